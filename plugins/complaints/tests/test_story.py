"""Complaints as people meet them: opened on a card, worked on, solved; actions that somebody approves."""

import pytest
import sqlalchemy as sa

from vinculo.actor import Scope
from vinculo.app import load_registry
from vinculo.audit.wording import actions
from vinculo.errors import ConflictError
from vinculo.events.models import Event
from vinculo.plugins.contributions import Performer
from vinculo_complaints.models import Action


def test_a_complaint_is_opened_on_a_card_worked_on_and_solved(
    admin, make_client, make_topic, row, states, database
):
    client, topic = make_client("Padaria Luz"), make_topic()
    assert "Add complaint" in admin.get(f"/clients/{client.id}?tab=complaints").text

    sent = {
        "client_id": client.id,
        "topic_id": topic.id,
        "severity": "high",
        "text": "Two crates are broken.",
    }
    made = admin.post("/complaints/open", data={**sent, "back": f"/clients/{client.id}"})
    assert made.url.path == f"/clients/{client.id}"
    assert "Damaged goods" in made.text, "it is called by its topic, and stands on the timeline"
    assert row().due_at > row().received_at

    card = admin.get("/complaints/1").text
    assert "Take into work" in card
    admin.post("/complaints/1/move", data={"state": "work"})
    admin.post("/complaints/1/answered")
    assert row().answer_seconds is not None

    assert "Satisfaction" in admin.get("/complaints/1/end?state=solved").text
    refused = admin.post("/complaints/1/move", data={"state": "solved"})
    assert refused.status_code == 422
    assert "Say what came of it." in refused.text
    admin.post("/complaints/1/move", data={"state": "solved", "result": "Sent anew", "satisfaction": "5"})
    assert (row().state, row().satisfaction, row().result) == ("solved", 5, "Sent anew")
    assert [state for state, _who in states()] == ["new", "work", "solved"]
    assert all(who for _state, who in states())

    facts = admin.get(
        f"/api/v1/clients/{client.id}?fields=complaints_open,complaints_year,complaints_satisfaction"
    )
    assert facts.status_code == 200
    told = admin.get("/api/v1/clients?fields=complaints_open,complaints_year,complaints_satisfaction").json()
    one = told["items"][0]
    assert (one["complaints_open"], one["complaints_year"], one["complaints_satisfaction"]) == (0, 1, 5)
    with database.read() as session:
        said = session.scalars(sa.select(Event.action).where(Event.kind == "complaint").order_by(Event.id))
        assert [one for one in said if one not in ("created", "changed")] == ["opened", "taken", "solved"]
    log = admin.get("/settings/audit?kind=complaint").text
    for name in ("Complaint opened", "Complaint taken up", "Complaint solved"):
        assert f"<td>{name}</td>" in log


def test_what_two_plugins_log_alike_bears_both_names(settings, database):
    kinds = load_registry(settings, database, ["deals", "complaints"]).kinds
    assert set(actions(kinds)["reopened"].split(" · ")) == {"Deal reopened", "Complaint reopened"}


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"state": "solved"}, ("result", "required")),
        ({"state": "reopened"}, ("state", "not_closed")),
        ({"satisfaction": 3}, ("satisfaction", "not_solved")),
        ({"satisfaction": 6}, ("satisfaction", "invalid")),
        ({"received_at": "0206-12-20T10:00:00+00:00"}, ("received_at", "out_of_range")),
        ({"received_at": "2026-12-20T10:00:00+00:00", "answered_at": "2026-12-19T10:00:00+00:00"},
         ("answered_at", "before_received")),
        ({"client_id": None}, ("client_id", "type")),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_field(admin, make_client, faults, given, fault):
    sent = {"subject": "Broken", "client_id": make_client().id, **given}
    assert fault in faults(admin.post("/api/v1/complaints", json=sent))
    assert admin.get("/api/v1/complaints").json()["items"] == []


def test_an_unknown_state_is_named(admin, make_complaint):
    make_complaint()
    answer = admin.post("/complaints/1/move", data={"state": "gone"})
    assert answer.status_code == 422
    assert "choose one of: new, work" in answer.text


def test_taking_a_move_back_leaves_the_state_of_before(admin, make_complaint, row):
    make_complaint()
    admin.post("/complaints/1/move", data={"state": "work"})
    admin.post(f"/complaints/1/changes/{row().version}/undo")
    assert row().state == "new"


def test_an_action_without_anybody_who_performs_it_is_ticked_off(
    admin, make_complaint, member, make_role, database
):
    make_complaint()
    admin.post("/complaints/1/actions", data={"kind": "credit_note", "amount": "12.50", "note": "Two crates"})
    assert "Credit note 12.5" in admin.get("/complaints/1").text

    admin.post("/complaints/1/actions/1/approve")
    again = admin.post("/complaints/1/actions/1/approve")
    assert again.status_code == 409
    admin.post("/complaints/1/actions/1/done")
    with database.read() as session:
        one = session.get(Action, 1)
        assert (one.step, one.made_kind, one.decided_by_id is not None) == ("done", "", True)

    for data, word in (({"kind": "gift"}, "is no action"), ({"kind": "return", "amount": "much"}, "much")):
        refused = admin.post("/complaints/1/actions", data=data)
        assert refused.status_code == 422
        assert word in refused.text


def test_nobody_approves_without_the_right(
    make_role, make_user, open_browser, make_complaint, admin, database
):
    make_complaint()
    admin.post("/complaints/1/actions", data={"kind": "return"})
    rights = {"complaints.complaint.read": Scope.ALL, "complaints.complaint.update": Scope.ALL}
    make_role("Member", {"*": None, **rights})
    browser = open_browser(make_user("bea"))
    assert "Approve" not in browser.get("/complaints/1").text
    assert browser.post("/complaints/1/actions/1/approve").status_code == 403
    with database.read() as session:
        assert session.get(Action, 1).step == "proposed"


class TestWithTasks:
    @pytest.fixture
    def plugins_on(self):
        return ("complaints", "tasks")

    def test_what_is_approved_becomes_a_task_on_the_complaint(self, admin, make_complaint, database):
        made = make_complaint("Broken crates")
        admin.post("/complaints/1/actions", data={"kind": "return", "note": "Fetch them"})
        admin.post("/complaints/1/actions/1/approve")

        (task,) = admin.get("/api/v1/tasks").json()["items"]
        assert task["subject"] == "Return of goods: Broken crates"
        assert (task["about_kind"], task["about_id"], task["client_id"]) == ("complaint", 1, made.client_id)
        assert "/tasks/1" in admin.get("/complaints/1").text
        assert "Return of goods: Broken crates" in admin.get("/complaints/1?tab=tasks").text


class TestAboutAnything:
    @pytest.fixture
    def plugins_on(self):
        return ("complaints", "interactions")

    def test_it_begins_on_a_call_and_knows_its_client(self, admin, make_client, row):
        call = {"client_id": make_client().id, "type": "call_in", "subject": "Angry call",
                "happened_at": "2026-11-20T10:00:00+00:00"}  # fmt: skip
        assert admin.post("/api/v1/interactions", json=call).status_code == 201
        assert 'name="about_kind" value="interaction"' in admin.get("/interactions/1").text

        admin.post("/complaints/open", data={"about_kind": "interaction", "about_id": "1", "severity": "low"})
        assert (row().about_kind, row().about_id, row().client_id) == ("interaction", 1, 1)
        assert "Angry call" in admin.get("/complaints/1").text
        gone = admin.post("/complaints/open", data={"about_kind": "interaction", "about_id": "9"})
        assert gone.status_code == 404


def test_the_same_topic_again_is_told_on_the_card(admin, make_client, make_topic, make_complaint):
    client, topic = make_client(), make_topic()
    for subject in ("First", "Second"):
        make_complaint(subject, client_id=client.id, topic_id=topic.id)
    assert "It repeats" in admin.get("/complaints/2").text


def test_programs_propose_and_approve(admin, make_complaint, faults):
    make_complaint()
    url = "/api/v1/complaints/1/actions"
    assert faults(admin.post(url, json={"kind": "return", "amount": "much"})) == {("amount", "invalid")}
    assert {field for field, _code in faults(admin.post(url, json={"kind": "gift"}))} == {"body"}

    made = admin.post(url, json={"kind": "return", "amount": "12.50", "note": "Two"})
    assert made.status_code == 201, made.text
    told = {"id": 1, "kind": "return", "note": "Two", "amount": "12.50", "step": "proposed", "made": None}
    assert made.json() == told
    assert admin.post(f"{url}/1/done").json()["code"] == "action_decided"
    assert [admin.post(f"{url}/1/{step}").json()["step"] for step in ("approve", "done")] == [
        "approved",
        "done",
    ]
    assert admin.post(f"{url}/9/refuse").status_code == 404


def test_a_plugin_that_performs_an_action_decides_with_it(admin, make_complaint, database):
    made = make_complaint()
    performers = admin.app.state.site.registry.performers
    asked = []

    def perform(session, approved, actor):
        if approved.note == "gone":
            raise ConflictError("There is nothing to return.")
        asked.append((approved.action, approved.amount, approved.about, approved.client_id))
        return "client", made.client_id

    performers["approved: return"] = Performer("return", "Receipt", perform)
    for note in ("gone", "here"):
        admin.post("/complaints/1/actions", data={"kind": "return", "amount": "3", "note": note})
    refused = admin.post("/complaints/1/actions/1/approve")
    admin.post("/complaints/1/actions/2/approve")

    assert refused.status_code == 409
    assert "There is nothing to return." in refused.text
    assert asked == [("return", 3, ("complaint", 1), made.client_id)]
    with database.read() as session:
        steps = [(one.step, one.made_kind) for one in session.scalars(sa.select(Action).order_by(Action.id))]
    assert steps == [("proposed", ""), ("approved", "client")]
