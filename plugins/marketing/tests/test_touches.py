"""The source on forms and cards: said by a record itself, or inherited from what it hangs on."""

import pytest
import sqlalchemy as sa

from vinculo.clients.records import client as client_kind
from vinculo.plugins.contributions import Part
from vinculo.records import merging
from vinculo.testing.factories import SYSTEM
from vinculo_marketing import jobs
from vinculo_marketing.models import Touch

OF = "marketing_touch__of"


@pytest.fixture
def plugins_on():
    return ("interactions", "deals", "complaints", "tasks", "marketing")


@pytest.fixture
def touches(database):
    """All touches: (client, kind and id of the record, title, reason)."""

    def touches():
        with database.read() as session:
            rows = session.scalars(sa.select(Touch).order_by(Touch.id))
            return [(one.client_id, one.about_kind, one.about_id, one.title, one.reason) for one in rows]

    return touches


def source(**said):
    typed = dict.fromkeys(("channel_id", "campaign_id", "event_id", "source", "reason"), "") | said
    return {OF: "", **{f"marketing_touch__{name}": value for name, value in typed.items()}}


def test_the_source_is_said_with_the_client_refined_and_taken_back(admin, make, touches):
    fairs = make("channel", name="Fairs")
    form = admin.get("/clients/new").text
    assert 'class="fold part"' in form
    sent = {"name": "Padaria Luz", "stage": "potential"}
    admin.post("/clients/new", data=sent | source(channel_id=fairs.id, reason="Needs flour"))
    assert touches() == [(1, "", None, "Fairs", "Needs flour")]
    card = admin.get("/clients/1").text
    assert "Source of the contact" in card
    assert 'href="/touches/1">Fairs' in card

    edit = admin.get("/clients/1/edit").text
    assert f'name="{OF}" value="1"' in edit
    assert "Needs flour" in edit
    refined = source(channel_id=fairs.id, source="Hall 3", reason="Needs flour") | {OF: "1"}
    admin.post("/clients/1/edit", data=sent | {"version": "1"} | refined)
    assert touches() == [(1, "", None, "Fairs · Hall 3", "Needs flour")]
    taken = admin.post("/clients/1/edit", data=sent | {"version": "1"} | source() | {OF: "1"})
    assert taken.status_code == 200, taken.text
    assert touches() == []


def test_what_is_said_badly_is_told_beside_it_and_nothing_is_saved(admin, touches, make_client):
    answer = admin.post("/clients/new", data={"name": "Sol", "stage": "potential"} | source(reason="Why not"))
    assert answer.status_code == 422
    assert "Say by what" in answer.text
    assert admin.get("/api/v1/clients").json()["items"] == []
    assert touches() == []


def test_an_empty_level_inherits_and_says_so(admin, make, make_client, touches):
    client = make_client("Padaria Luz")
    make("touch", client_id=client.id, source="Recommendation")
    assert "Recommendation (inherited: Client)" in admin.get(f"/deals/new?client_id={client.id}").text
    made = admin.post("/api/v1/deals", json={"title": "Oven", "client_id": client.id})
    assert made.status_code == 201
    assert "Recommendation (inherited: Client)" in admin.get("/deals/1").text

    complaint = {"text": "Late", "severity": "normal", "about_kind": "deal", "about_id": "1"}
    admin.post("/complaints/open", data={**complaint, "back": "/deals/1"})
    assert "Recommendation (inherited: Client)" in admin.get("/complaints/1").text
    form = admin.get("/deals/1/edit").text
    assert "Recommendation (inherited: Client)" in form

    make("channel", name="Letters")
    deal = admin.get("/api/v1/deals/1").json()
    stage = str(deal["stage_id"])
    sent = {"title": "Oven", "client_id": str(client.id), "stage_id": stage, "version": str(deal["version"])}
    saved = admin.post("/deals/1/edit", data=sent | source(channel_id=1))
    assert saved.url.path == "/deals/1", saved.text
    assert touches()[1:] == [(client.id, "deal", 1, "Letters", "")]
    assert "Letters (inherited: Deal)" in admin.get("/complaints/1").text


def test_it_stands_in_the_forms_of_what_happens_with_clients(build_app):
    registry = build_app().state.site.registry
    with_part = {
        kind
        for kind, parts in registry.form_parts.items()
        if any(one.item.name == "marketing_touch" for one in parts)
    }
    assert with_part >= {"client", "deal", "interaction", "complaint"}
    assert with_part.isdisjoint(
        {"person", "counterparty", "pipeline", "task", "note", "touch", "participant"}
    )
    assert registry.owners[Part.FORMS, "deal: marketing_touch"] == "marketing"
    assert registry.owners[Part.PANELS, "deal: source"] == "marketing"
    assert any(one.item.name == "tasks" for one in registry.panels["marketing_event"])


def test_touches_follow_merges_and_records_that_move(admin, make, make_client, touches, database, build_app):
    luz, sol, mar = make_client("Luz"), make_client("Sol"), make_client("Mar")
    make("touch", client_id=sol.id, source="Fair")
    with database.write() as session:
        merging.merge(session, client_kind, luz.id, [sol.id], actor=SYSTEM)
    assert touches() == [(luz.id, "", None, "Fair", "")]

    admin.post("/api/v1/deals", json={"title": "Oven", "client_id": luz.id})
    stage = admin.get("/api/v1/deals/1").json()["stage_id"]
    sent = {"title": "Oven", "client_id": str(luz.id), "stage_id": str(stage), "version": "1"}
    admin.post("/deals/1/edit", data=sent | source(source="Letter"))
    admin.patch("/api/v1/deals/1", json={"client_id": mar.id})
    jobs.settle(admin.app.state.site)
    assert touches()[1][:3] == (mar.id, "deal", 1)
    assert "Letter" in admin.get(f"/clients/{mar.id}").text


def test_a_program_says_the_source_of_any_record_and_asks_what_it_inherits(admin, make_client, make, touches):
    client = make_client("Padaria Luz")
    fairs = make("channel", name="Fairs")
    make("touch", client_id=client.id, source="Recommendation")
    deal = admin.post("/api/v1/deals", json={"title": "Oven", "client_id": client.id}).json()["id"]
    url = f"/api/v1/sources/deal/{deal}"

    told = admin.get(url).json()
    assert told["inherited"] is True
    assert (told["touch"]["title"], told["touch"]["said_by"]) == ("Recommendation", "client")
    made = admin.post(url, json={"channel_id": fairs.id, "source": "Hall 3", "reason": "Needs flour"})
    assert made.status_code == 201, made.text
    assert touches()[1:] == [(client.id, "deal", deal, "Fairs · Hall 3", "Needs flour")]
    told = admin.get(url).json()
    assert (told["inherited"], told["touch"]["title"]) == (False, "Fairs · Hall 3")
    assert "Fairs · Hall 3" in admin.get(f"/deals/{deal}").text


@pytest.mark.parametrize(
    ("path", "said", "status", "code"),
    [
        ("deal/1", {"reason": "Why not"}, 422, None),
        ("deal/7", {"source": "A friend"}, 404, "not_found"),
        ("channel/1", {"source": "A friend"}, 404, "no_source"),
        ("nothing/1", {"source": "A friend"}, 404, "no_source"),
    ],
)
def test_what_a_program_says_badly_is_refused(admin, make_client, make, path, said, status, code, touches):
    make("channel", name="Fairs")
    admin.post("/api/v1/deals", json={"title": "Oven", "client_id": make_client("Luz").id})
    answer = admin.post(f"/api/v1/sources/{path}", json=said)
    assert answer.status_code == status, answer.text
    assert code in (None, answer.json()["code"])
    assert touches() == []
