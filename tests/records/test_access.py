"""Whose a record is, and that nobody meets another's through any door."""

from __future__ import annotations

import json

import pytest

from vinculo.actor import FieldAccess, Scope


@pytest.fixture
def company(make_department, make_role, make_user, make_client):
    """Two departments, one below North, and a client of each user; members may only read what is theirs."""
    make_role("Member", {"*": Scope.OWN})
    for name, below in (("North", ""), ("Coast", "North"), ("South", "")):
        make_department(name, below=below)
    make_role("Lead", {"*": Scope.DEPARTMENT})
    make_role("Director", {"*": Scope.ALL})
    users = {
        "nina": make_user("nina", department="North", role="Lead"),
        "nuno": make_user("nuno", department="North"),
        "cara": make_user("cara", department="Coast"),
        "sara": make_user("sara", department="South", role="Lead"),
        "dora": make_user("dora", role="Director"),
        "ivan": make_user("ivan"),
    }
    for login, user in users.items():
        make_client(f"Client of {login}", responsible_id=user.id)
    return users


SEEN = {
    "nina": {"nina", "nuno", "cara"},
    "nuno": {"nuno"},
    "cara": {"cara"},
    "sara": {"sara"},
    "dora": {"nina", "nuno", "cara", "sara", "dora", "ivan"},
    "ivan": {"ivan"},
}


@pytest.mark.parametrize("login", SEEN)
def test_one_sees_ones_own_those_of_departments_below_or_all(company, open_browser, login):
    browser = open_browser(company[login])

    items = browser.get("/api/v1/clients").json()["items"]

    assert {item["name"] for item in items} == {f"Client of {name}" for name in SEEN[login]}


def test_what_one_does_not_see_is_not_there_and_what_one_only_reads_is_forbidden(
    company, open_browser, make_role
):
    make_role("Lead", {"clients.client.update": Scope.OWN, "*": Scope.DEPARTMENT})
    make_role("Lead", {"*": None, "clients.client.read": Scope.DEPARTMENT})
    nina = open_browser(company["nina"])
    ids = {
        item["name"]: item["id"]
        for item in open_browser(company["dora"]).get("/api/v1/clients").json()["items"]
    }

    def answers(name):
        url = f"/api/v1/clients/{ids[name]}"
        change = nina.patch(url, json={"industry": "Food"})
        page = f"/clients/{ids[name]}"
        return [nina.get(url).status_code, change.status_code, nina.get(page).status_code,
                nina.get(f"{page}/edit").status_code, nina.get(f"{page}/history").status_code]  # fmt: skip

    assert answers("Client of nina") == [200, 200, 200, 200, 200]
    assert answers("Client of nuno") == [200, 403, 200, 403, 200]
    assert answers("Client of sara") == [404, 404, 404, 404, 404]


def test_nobody_named_is_whoever_made_it(company, open_browser, admin):
    nuno, sara = open_browser(company["nuno"]), open_browser(company["sara"])

    made = nuno.post("/api/v1/clients", json={"name": "New", "responsible_id": None}).json()

    assert nuno.get(f"/api/v1/clients/{made['id']}").status_code == 200
    assert sara.get(f"/api/v1/clients/{made['id']}").status_code == 404
    own = nuno.post("/api/v1/clients", json={"name": "Newer"}).json()
    assert own["responsible_id"] == company["nuno"].id


def test_one_gives_a_record_only_to_those_within_ones_scope(company, open_browser):
    nina = open_browser(company["nina"])
    name = {"name": "Handed"}

    assert (
        nina.post("/api/v1/clients", json={**name, "responsible_id": company["cara"].id}).status_code == 201
    )
    refused = nina.post("/api/v1/clients", json={**name, "responsible_id": company["sara"].id})
    assert (refused.status_code, refused.json()["code"]) == (403, "out_of_scope")

    mine = nina.get("/api/v1/clients?name=Client of nina").json()["items"][0]
    gone = nina.patch(f"/api/v1/clients/{mine['id']}", json={"responsible_id": company["sara"].id})
    assert gone.status_code == 403
    assert nina.get(f"/api/v1/clients/{mine['id']}").json()["responsible_id"] == company["nina"].id


def test_legal_entities_and_people_are_of_their_clients(
    company, open_browser, make_client, make_counterparty, make_person
):
    mine = make_client("Luz", responsible_id=company["nuno"].id)
    firm = make_counterparty("Luz Ltda", links=[{"client_id": mine.id}])
    orphan = make_counterparty("Nobody Ltda")
    ana = make_person("Ana", client_id=mine.id)
    rui = make_person("Rui", roles=[{"counterparty_id": firm.id}])

    def sees(login):
        browser = open_browser(company[login])
        urls = (
            f"counterparties/{firm.id}",
            f"counterparties/{orphan.id}",
            f"people/{ana.id}",
            f"people/{rui.id}",
        )
        return [browser.get(f"/api/v1/{url}").status_code for url in urls]

    assert sees("nuno") == [200, 404, 200, 200]
    assert sees("nina") == [200, 404, 200, 200]
    assert sees("sara") == [404, 404, 404, 404]
    assert sees("dora") == [200, 200, 200, 200]


def test_a_link_to_what_one_does_not_see_is_a_link_to_nothing(company, open_browser, admin):
    theirs = admin.get("/api/v1/clients?name=Client of sara").json()["items"][0]["id"]
    nuno = open_browser(company["nuno"])

    def fault(client_id):
        answer = nuno.post(
            "/api/v1/counterparties", json={"legal_name": "X", "links": [{"client_id": client_id}]}
        )
        return answer.status_code, json.dumps(answer.json()["errors"]).replace(str(client_id), "…")

    assert fault(theirs) == fault(999_999)
    typed = nuno.post(
        "/counterparties/new", data={"legal_name": "X", "links-0-client_id__text": "Client of sara"}
    )
    assert "there is no Client called" in typed.text


def test_a_record_that_hangs_on_two_clients_keeps_the_link_one_does_not_see(
    company, open_browser, make_counterparty, admin
):
    ids = {item["name"]: item["id"] for item in admin.get("/api/v1/clients").json()["items"]}
    mine, theirs = ids["Client of nuno"], ids["Client of sara"]
    links = [{"client_id": theirs, "valid_to": "2025-12-31"}, {"client_id": mine, "valid_from": "2026-01-01"}]
    firm = make_counterparty("Moved Ltda", links=links)
    nuno = open_browser(company["nuno"])

    card, form = nuno.get(f"/counterparties/{firm.id}"), nuno.get(f"/counterparties/{firm.id}/edit")
    assert "Client of nuno" in card.text
    assert "Client of sara" not in card.text + form.text
    overlapping = nuno.patch(
        f"/api/v1/counterparties/{firm.id}",
        json={"links": [{"client_id": theirs}, {"client_id": mine}]},
    )
    assert "another client" in overlapping.text
    assert "Client of sara" not in overlapping.text
    rows = admin.get(f"/api/v1/counterparties/{firm.id}").json()["links"]
    data = {"legal_name": "Moved Inc", "version": "1"}
    for n, row in enumerate(rows):
        shown = "Client of nuno" if row["client_id"] == mine else str(theirs)
        data |= {f"links-{n}-id": row["id"], f"links-{n}-client_id": row["client_id"],
                 f"links-{n}-client_id__text": shown, f"links-{n}-valid_from": row["valid_from"] or "",
                 f"links-{n}-valid_to": row["valid_to"] or "", f"links-{n}-reason": ""}  # fmt: skip
    saved = nuno.post(f"/counterparties/{firm.id}/edit", data=data, follow_redirects=False)
    assert saved.status_code == 303
    assert [row["client_id"] for row in admin.get(f"/api/v1/counterparties/{firm.id}").json()["links"]] == [
        theirs,
        mine,
    ]


def test_names_behind_links_are_shown_only_to_those_who_see_the_record(
    company, open_browser, make_role, admin, make_department
):
    make_role("Member", {"accounts.user.read": Scope.ALL, "accounts.department.read": None, "*": Scope.OWN})
    nuno = open_browser(company["nuno"])
    assert "Nuno" in nuno.get("/clients").text


class TestFields:
    """The rights to fields: hidden and read only."""

    @pytest.fixture
    def member(self, make_role, make_user, open_browser, make_client):
        fields = {
            ("client", "industry"): FieldAccess.HIDDEN,
            ("client", "stage"): FieldAccess.HIDDEN,
            ("client", "contact_points"): FieldAccess.HIDDEN,
            ("client", "website"): FieldAccess.READ_ONLY,
        }
        make_role("Member", {"*": Scope.ALL}, fields)
        points = [{"type": "email", "value": "secret@luz.example"}]
        self.client = make_client("Luz", industry="Bakery", website="luz.example", contact_points=points)
        return open_browser(make_user("bea"))

    def test_a_hidden_field_is_nowhere(self, member):
        url = f"clients/{self.client.id}"
        pages = [f"/{url}", f"/{url}/edit", f"/{url}/history", "/clients?columns=name,industry,stage"]
        pages += [f"/api/v1/{url}", "/api/v1/clients", f"/api/v1/{url}/history", "/clients/export.csv"]
        pages += ["/clients/new", "/api/v1/clients/export", "/search?q=Luz"]

        for page in pages:
            answer = member.get(page)
            assert answer.status_code == 200, page
            assert "Bakery" not in answer.text, page
            assert "secret@luz" not in answer.text, page
            assert 'name="stage' not in answer.text, page
            assert "Potential" not in answer.text, page

    def test_one_neither_filters_nor_sorts_nor_asks_by_it(self, member):
        for query in ("industry=Bakery", "sort=industry", "industry[empty]=true", "sort=-stage"):
            assert member.get(f"/api/v1/clients?{query}").status_code == 400
            assert member.get(f"/clients?{query}").status_code == 400
        assert member.get("/api/v1/clients?fields=industry").status_code == 422

    def test_it_is_not_found_by(self, member, admin):
        for browser, hits in ((admin, 1), (member, 0)):
            assert len(browser.get("/api/v1/clients?q=secret").json()["items"]) == hits
            assert ("Luz" in browser.get("/search?q=secret").text) is bool(hits)
            assert ("Luz" in browser.get("/lookup/client?q=secret").text) is bool(hits)
        assert len(member.get("/api/v1/clients?q=luz").json()["items"]) == 1

    def test_a_merge_takes_no_value_of_it(self, member, make_client):
        other = make_client("Luz Ltda", industry="Mill", website="other.example")
        for name in ("industry", "website"):
            asked = {"ids": [other.id], "fields": {name: other.id}}
            refused = member.post(f"/api/v1/clients/{self.client.id}/merge", json=asked)
            assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, f"fields.{name}")

    def test_a_write_names_the_field(self, member):
        url = f"/api/v1/clients/{self.client.id}"

        refused = member.patch(url, json={"website": "other.example"})
        assert (refused.status_code, refused.json()["code"]) == (403, "read_only_field")
        assert "website" in refused.json()["detail"]
        unknown = member.patch(url, json={"industry": "x"})
        assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (422, "unknown_field")
        assert "contact_points" not in unknown.text

    def test_a_form_shows_what_one_may_only_read_and_keeps_all_else(self, member, admin):
        form = member.get(f"/clients/{self.client.id}/edit").text
        assert "https://luz.example" in form
        assert 'name="website"' not in form

        data = {"name": "Luz II", "website": "evil.example", "version": "1"}
        member.post(f"/clients/{self.client.id}/edit", data=data)

        after = admin.get(f"/api/v1/clients/{self.client.id}").json()
        assert (after["name"], after["industry"], after["website"]) == (
            "Luz II",
            "Bakery",
            "https://luz.example",
        )
        assert len(after["contact_points"]) == 1

    def test_the_most_that_a_role_says_holds(self, member, make_role, database, open_browser, make_user):
        make_role("Seller", {}, {("client", "industry"): FieldAccess.FULL})
        seller = open_browser(make_user("eva", role="Seller"))

        assert "Bakery" in seller.get(f"/clients/{self.client.id}").text
