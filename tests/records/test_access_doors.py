"""Doors one by one: files, batches, undo, merges and the timeline keep to the rights of who comes through."""

from __future__ import annotations

import pytest

from vinculo.accounts.rights import RightsBook
from vinculo.accounts.signin import actor_of
from vinculo.actor import ExportLimits, FieldAccess, Scope
from vinculo_interactions.records import interaction


@pytest.fixture
def plugins_on():
    return ("interactions",)


@pytest.fixture
def ana(make_role, make_user, open_browser):
    """A browser of somebody who sees what is theirs."""
    make_role("Member", {"*": Scope.OWN, "accounts.user.read": Scope.ALL})
    return open_browser(make_user("ana"))


@pytest.fixture
def theirs(make_user, make_client):
    """A client of somebody else."""
    return make_client("Secret Ltd", external_id="X1", responsible_id=make_user("bia").id, industry="Gold")


def test_a_batch_neither_changes_nor_names_what_one_does_not_see(ana, admin, theirs):
    answer = ana.post("/api/v1/clients/batch", json={"items": [{"external_id": "X1", "name": "Mine"}]})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "duplicate_external_id"
    assert "Secret" not in answer.text
    assert admin.get(f"/api/v1/clients/{theirs.id}").json()["name"] == "Secret Ltd"


def test_a_file_matches_only_what_one_sees(ana, admin, theirs, database, make_user, import_file, write_file):
    book = RightsBook(ana.app.state.site.registry.permissions, ExportLimits())
    with database.read() as session:
        actor = actor_of(session, make_user("ana").id, book)

    path = write_file("external_id,name", "X1,Mine", "Y1,New")
    done = import_file(path, match=["external_id"], actor=actor)

    assert (done.created, done.changed, done.rejected) == (1, 0, 1)
    assert "Secret" not in str(done.errors)
    assert admin.get(f"/api/v1/clients/{theirs.id}").json()["name"] == "Secret Ltd"
    assert [one["name"] for one in ana.get("/api/v1/clients").json()["items"]] == ["New"]


def test_a_column_of_a_field_that_one_may_not_write_is_no_target(ana, make_role):
    make_role("Member", {}, {("client", "industry"): FieldAccess.READ_ONLY})
    file = {"file": ("c.csv", b"name,industry\nNew,Food\n", "text/csv")}

    answer = ana.post("/api/v1/clients/import", files=file, data={"mapping": '{"industry": "industry"}'})

    assert answer.status_code == 422
    assert "is no field of" in answer.text


def test_undo_is_for_who_deleted_and_for_who_may_delete_all(
    ana, admin, theirs, make_user, open_browser, make_client
):
    gone = admin.delete(f"/api/v1/clients/{theirs.id}").json()["restore"]
    assert ana.post(gone).status_code == 404

    own = make_client("Mine", responsible_id=make_user("ana").id)
    mine = ana.delete(f"/api/v1/clients/{own.id}").json()["restore"]
    assert open_browser(make_user("eva")).post(mine).status_code == 404
    assert ana.post(mine).status_code == 204
    assert admin.post(gone).status_code == 204


def test_one_merges_only_what_one_sees_and_may_delete(ana, theirs, make_client, make_user, make_role):
    me = make_user("ana")
    one, two = make_client("One", responsible_id=me.id), make_client("Two", responsible_id=me.id)

    assert ana.post(f"/api/v1/clients/{one.id}/merge", json={"ids": [theirs.id]}).status_code == 404
    make_role("Member", {"clients.client.delete": None, "*": None, "clients.client.read": Scope.OWN,
                         "clients.client.update": Scope.OWN})  # fmt: skip
    assert ana.post(f"/api/v1/clients/{one.id}/merge", json={"ids": [two.id]}).status_code == 403


def test_a_timeline_tells_of_the_kinds_one_reads_and_hides_what_is_hidden(
    ana, theirs, make_record, make_role, admin
):
    make_record(interaction, client_id=theirs.id, subject="Talk", outcome="Signed", type="meeting")
    make_role("Member", {"clients.client.read": Scope.ALL})
    url = f"/clients/{theirs.id}"
    assert "Signed" in admin.get(url).text

    assert "Talk" not in ana.get(url).text
    make_role(
        "Member",
        {"interactions.interaction.read": Scope.ALL},
        {("interaction", "outcome"): FieldAccess.HIDDEN},
    )
    text = ana.get(url).text
    assert "Talk" in text
    assert "Signed" not in text
    assert "Signed" not in ana.get(f"{url}/timeline").text


def test_an_action_reaches_no_further_than_reading(ana, theirs, make_role):
    make_role("Member", {"clients.client.export": Scope.ALL, "clients.client.delete": Scope.ALL})

    assert "Secret" not in ana.get("/clients/export.csv").text
    assert ana.delete(f"/api/v1/clients/{theirs.id}").status_code == 404


def test_one_exports_only_for_the_scope_of_exporting(ana, theirs, make_role):
    make_role("Member", {"clients.client.read": Scope.ALL})

    assert "Secret" in ana.get("/api/v1/clients").text
    assert "Secret" not in ana.get("/api/v1/clients/export").text


PAGES = ("/clients", "/api/v1/clients", "/clients/{}", "/api/v1/clients/{}", "/", "/people", "/search?q=talk")


@pytest.mark.parametrize("scope", [Scope.OWN, Scope.DEPARTMENT])
def test_rights_take_one_query_more_at_most(
    scope, count_queries, open_browser, make_user, make_role, make_client, make_department, make_record
):
    make_department("North")
    make_role("Director", {"*": Scope.ALL})
    make_role("Member", {"*": scope, "clients.client.update": Scope.OWN, "clients.client.delete": Scope.OWN})
    users = make_user("dora", role="Director"), make_user("nuno", department="North")
    clients = [make_client(user.login, responsible_id=user.id) for user in users]
    for client in clients:
        make_record(interaction, client_id=client.id, subject="Talk", type="meeting")
    browsers = [open_browser(user) for user in users]

    def asked(browser, path):
        browser.get(path)  # what a user may do is asked once
        with count_queries() as sent:
            assert browser.get(path).status_code == 200
        return len(sent)

    for path in PAGES:
        free, narrowed = (asked(b, path.format(c.id)) for b, c in zip(browsers, clients, strict=True))
        assert narrowed <= free + 1, path
