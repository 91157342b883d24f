"""What is shown on request stands nowhere but in the answer to who asks, and asking is on record."""

from __future__ import annotations

import io
import re

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from vinculo.actor import FieldAccess, Scope
from vinculo.events.models import Event

ON_REQUEST = FieldAccess.ON_REQUEST
SECRETS = ("98765", "segredo@", "quiet.example", "Whispered", "1981")
POINTS = [
    {"type": "phone", "value": "+55 11 98765-4321", "purpose": "mobile"},
    {"type": "email", "value": "segredo@quiet.example"},
]


@pytest.fixture
def ana(make_role, make_user, open_browser):
    """A browser of somebody who may do all that is not administrative, and sees some of it on request."""
    parts = [("client", "contact_points"), ("client", "note"), ("client", "website"),
             ("person", "contact_points"), ("person", "birthday")]  # fmt: skip
    make_role("Member", {"*": Scope.ALL, "audit.read": Scope.ALL}, dict.fromkeys(parts, ON_REQUEST))
    return open_browser(make_user("ana"))


@pytest.fixture
def luz(make_client, make_person, admin):
    """A client with one person, both with a past."""
    values = {"note": "Whispered", "website": "https://quiet.example", "country": "BR"}
    found = make_client("Padaria Luz", contact_points=POINTS, **values)
    person = make_person("Bia", client_id=found.id, contact_points=POINTS, birthday="1981-02-03")
    for path in (f"/api/v1/clients/{found.id}", f"/api/v1/people/{person.id}"):
        assert admin.patch(path, json={"contact_points": []}).status_code == 200
        assert admin.patch(path, json={"contact_points": POINTS}).status_code == 200
    return found, person


def reads(client_id, person_id):
    """Everything that reads of these records, or finds them."""
    own = (("clients", client_id, "client", "Whispered"), ("people", person_id, "person", "1981"))
    for plural, number, kind, _word in own:
        yield from (f"/{plural}", f"/{plural}/{number}", f"/{plural}/{number}/edit", f"/go/{kind}/{number}")
        yield from (f"/{plural}/{number}/history", f"/api/v1/{plural}/{number}/history")
        yield from (f"/api/v1/{plural}", f"/api/v1/{plural}/{number}")
        yield from (f"/{plural}/export.csv", f"/{plural}/export.xlsx", f"/api/v1/{plural}/export")
        yield from (f"/{plural}?columns=name,note,website,birthday",)
        for term in ("Bia", "luz"):
            yield from (f"/search?q={term}", f"/search/palette?q={term}", f"/lookup/{kind}?q={term}")
            yield f"/api/v1/{plural}?q={term}"
    yield from ("/", f"/clients/{client_id}/timeline")
    yield from ("/settings/audit", "/settings/audit/export.csv", "/api/v1/audit")


def told(answer):
    if "spreadsheetml" not in answer.headers.get("content-type", ""):
        return re.sub(r"[0-9a-f]{32,}|\.\d{6}", "", answer.text)  # any four digits stand in some hash
    return str(CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python())


def found(browser, term):
    names = [item["name"] for item in browser.get("/api/v1/people", params={"q": term}).json()["items"]]
    hits = browser.get("/lookup/person", params={"q": term}).text
    assert ("Bia" in hits) == bool(names)
    return names


def revealed(database):
    with database.read() as session:
        query = sa.select(Event).where(Event.action == "revealed").order_by(Event.id)
        return [
            (e.kind, e.record_id, e.client_id, e.source, e.changes, e.version) for e in session.scalars(query)
        ]


def test_no_door_shows_it_but_the_one_that_is_asked(ana, admin, luz, database):
    client, person = (one.id for one in luz)
    for path in reads(client, person):
        answer = ana.get(path)
        assert answer.status_code == 200, path
        assert [secret for secret in SECRETS if secret in told(answer)] == [], path
    changed = ana.patch(f"/api/v1/clients/{client}", json={"industry": "Food"})
    assert [secret for secret in SECRETS if secret in changed.text] == []
    assert ana.patch(f"/api/v1/people/{person}", json={"contact_points": []}).status_code == 422
    for path in (
        f"/clients?website={POINTS[1]['value']}",
        "/clients?sort=note",
        "/api/v1/clients?fields=website",
        "/api/v1/people?birthday[gt]=1980-01-01",
    ):
        assert ana.get(path).status_code in (400, 422), path
    assert "Whispered" in admin.get(f"/clients/{client}").text
    assert revealed(database) == []

    card = ana.get(f"/clients/{client}").text
    assert card.count("+55 ••• ••21") == card.count("s•••@•••.example") == 2  # its own and its person's
    assert card.count('name="fields" value="contact_points"') == 2
    url = f"/people/{person}/reveal"
    piece = ana.post(url, data={"fields": "contact_points"}, headers={"HX-Request": "true"})
    assert 'href="tel:+5511987654321">+55 11 98765-4321<' in piece.text
    assert "<html" not in piece.text
    whole = ana.post(f"/clients/{client}/reveal", data={"fields": "note"})
    assert "Whispered" in whole.text
    assert "98765" not in whole.text
    answer = ana.post(f"/api/v1/people/{person}/reveal", json={"fields": ["birthday", "contact_points"]})
    assert answer.json()["values"]["birthday"] == "1981-02-03"
    assert answer.json()["values"]["contact_points"][1]["value"] == "segredo@quiet.example"

    assert revealed(database) == [
        ("person", person, client, "page", {"fields": [None, ["contact_points"]]}, None),
        ("client", client, client, "page", {"fields": [None, ["note"]]}, None),
        ("person", person, client, "api", {"fields": [None, ["birthday", "contact_points"]]}, None),
    ]
    assert "Shown on request" in admin.get("/settings/audit?action=revealed").text


def test_asking_takes_the_right_to_the_record_and_to_the_field(ana, luz, make_role, database, visitor):
    client, person = (one.id for one in luz)
    for body in ({"fields": []}, {"fields": ["nothing"]}, {"fields": ["name"]}, {"fields": 1}, {}, []):
        assert ana.post(f"/api/v1/people/{person}/reveal", json=body).status_code == 422, body
    make_role("Member", {"*": Scope.ALL}, {("person", "contact_points"): FieldAccess.HIDDEN})
    assert "+55 •••" not in ana.get(f"/people/{person}").text
    assert ana.post(f"/people/{person}/reveal", data={"fields": "contact_points"}).status_code == 422
    make_role("Member", {"*": Scope.OWN})
    assert ana.post(f"/clients/{client}/reveal", data={"fields": "note"}).status_code == 404
    assert visitor.post(f"/api/v1/clients/{client}/reveal", json={"fields": ["note"]}).status_code == 401

    assert revealed(database) == []


def test_a_whole_number_finds_whose_it_is_a_piece_of_it_does_not(ana, admin, luz):
    assert found(admin, "98765") == ["Bia"]
    for piece in ("98765", "551198765432", "segredo", "segredo@quiet", "quiet.example"):
        assert found(ana, piece) == [], piece
    for whole in ("+55 11 98765-4321", "Segredo@quiet.example", "bi"):
        assert found(ana, whole) == ["Bia"], whole


def test_a_new_record_takes_it_and_an_old_one_does_not(ana, admin):
    form = ana.get("/people/new").text
    assert 'name="birthday"' in form
    made = ana.post("/api/v1/people", json={"name": "Rui", "contact_points": POINTS})
    assert made.status_code == 201
    assert "98765" not in made.text

    number = made.json()["id"]
    assert 'name="birthday"' not in ana.get(f"/people/{number}/edit").text
    saved = ana.post(f"/people/{number}/edit", data={"name": "Rui B", "version": "1"}, follow_redirects=False)
    assert saved.status_code == 303
    kept = admin.get(f"/api/v1/people/{number}").json()
    assert (kept["name"], len(kept["contact_points"])) == ("Rui B", 2)


def test_pages_of_rights_say_it_in_words(admin, make_user, make_role):
    role = make_role("Member", {}, {("client", "note"): ON_REQUEST})
    user = make_user("ana")

    assert "Shown on request, each time recorded" in admin.get(f"/settings/roles/{role.id}").text
    assert "Shown on request, each time recorded" in admin.get(f"/settings/users/{user.id}/rights").text
