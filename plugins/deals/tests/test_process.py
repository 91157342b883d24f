"""Steps and rules of stages: what is to be done, who did it, and which moves are refused."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from vinculo.accounts.models import Role
from vinculo.app.live import Live
from vinculo.db.base import now
from vinculo.events.models import Event
from vinculo.testing.browsing import sign_in
from vinculo_deals import jobs, steps
from vinculo_deals.models import Visit
from vinculo_deals.process_models import Passage, Rule
from vinculo_deals.process_records import rule
from vinculo_deals.records import stage


@pytest.fixture
def make_rule(make_record, admin):
    def make_rule(name, query, **payload):
        made = make_record(rule, name=name, links_to=[stage], **payload)
        kept = admin.put(f"/api/v1/deal-rules/{made.id}/conditions", json={"query": query})
        assert kept.status_code == 200, kept.text
        return made

    return make_rule


def test_a_move_back_is_taken_back_whatever_is_not_met_meanwhile(
    admin, line, make_step, make_deal, go, faults, row, visits, database
):
    pipeline_id, at = line()
    made = make_deal(pipeline_id=pipeline_id)
    go(made, at["B"])
    go(made, at["C"])
    make_step("Call", stage_id=at["A"])  # and two stages lie between
    assert go(made, at["A"]).json()["moved"] is True
    assert admin.post(f"/deals/{made.id}/changes/{row().version}/undo").status_code == 200
    assert row().stage_id == at["C"]
    assert [name for name, _ended, _amount in visits(made.id)] == ["A", "B", "C"]
    go(made, at["A"])
    with database.write() as session:  # it has been there for a while
        last = sa.select(sa.func.max(Visit.id)).scalar_subquery()
        long_ago = now() - timedelta(minutes=6)
        session.execute(sa.update(Visit).where(Visit.id == last).values(entered_at=long_ago))
    assert faults(go(made, at["C"])) == {("stage_id", "stage_skipped")}
    assert faults(go(made, at["B"])) == {("stage_id", "step_missing")}


def test_a_deal_goes_on_only_once_required_steps_are_done(
    admin, line, make_step, make_deal, make_reason, go, faults, duties, row
):
    pipeline_id, at = line()
    for name, required in (("Call", True), ("Visit", True), ("Gift", False)):
        make_step(name, stage_id=at["A"], required=required, due_days=2)
    made = make_deal(pipeline_id=pipeline_id)
    assert faults(go(made, at["B"])) == {("stage_id", "step_missing")}
    assert {one["message"] for one in go(made, at["B"]).json()["errors"]} == {
        "“Call” is not done yet; do it, or skip it with a reason.",
        "“Visit” is not done yet; do it, or skip it with a reason.",
    }
    held = duties()
    assert now() + timedelta(days=2) <= held["Call"].due_at <= now() + timedelta(days=3)
    url = f"/api/v1/deals/{made.id}/steps"
    done = admin.post(f"{url}/{held['Call'].id}/done").json()
    assert (done["name"], done["done_by_id"] is not None) == ("Call", True)
    assert admin.post(f"{url}/{held['Call'].id}/done").json()["code"] == "step_settled"
    assert faults(admin.post(f"{url}/{held['Visit'].id}/skip", json={"reason": " "})) == {
        ("reason", "required")
    }
    skipped = admin.post(f"{url}/{held['Visit'].id}/skip", json={"reason": "They are far away."}).json()
    assert (skipped["reason"], skipped["approved_at"]) == ("They are far away.", None)
    assert go(made, at["B"]).json()["moved"] is True
    assert go(made, at["A"]).json()["moved"] is True, "going back is free"
    lost = go(made, at["Given up"], lost_reason_id=make_reason().id)
    assert (lost.status_code, row().state) == (200, "lost"), "so is losing"


@pytest.mark.parametrize("door", ["page", "form", "api", "bulk", "import"])
def test_what_is_not_met_is_refused_by_every_door(
    admin, line, make_step, make_rule, make_deal, row, door, import_file
):
    pipeline_id, at = line()
    make_step("Call", stage_id=at["A"])
    make_rule("An amount is agreed", "amount[gte]=100", stage_id=at["A"])
    made = make_deal("Refit", pipeline_id=pipeline_id, external_id="D1", amount="99.99")
    match door:
        case "page":
            answer = admin.post(f"/deals/{made.id}/move?version=1", data={"stage_id": at["B"]})
        case "form":
            answer = admin.post(f"/deals/{made.id}/fields/stage_id?version=1", data={"stage_id": at["B"]})
        case "api":
            answer = admin.patch(f"/api/v1/deals/{made.id}", json={"stage_id": at["B"]})
        case "bulk":
            answer = admin.post(
                f"/api/v1/deals/bulk-update?ids={made.id}", json={"values": {"stage_id": at["B"]}}
            )
        case "import":
            answer = import_file("external_id,title,stage\nD1,Refit,Line: B\n")
    text = answer if door == "import" else answer.text
    if door == "bulk":
        text = admin.get(f"/api/v1/bulk-changes/{answer.json()['id']}").text
    assert row().stage_id == at["A"]
    assert "“Call” is not done yet" in text
    assert "The stage is left only once this is met: “An amount is agreed”." in text


def test_rules_ask_for_facts_of_the_client_and_for_what_is_entered(
    admin, line, make_rule, make_deal, make_client, go, faults
):
    pipeline_id, at = line()
    make_rule("A client that bought before", "deals_won_year[gt]=0", stage_id=at["B"], way="enter",
              about="client")  # fmt: skip
    client = make_client()
    made = make_deal(pipeline_id=pipeline_id, client_id=client.id)
    assert faults(go(made, at["B"])) == {("stage_id", "rule_unmet")}
    other = admin.post("/api/v1/deals", json={"title": "Begins there", "stage_id": at["B"]})
    assert faults(other) == {("stage_id", "rule_unmet")}
    make_deal("Won", client_id=client.id, amount="5", stage_id=at["Done"], pipeline_id=pipeline_id)
    assert go(made, at["B"]).status_code == 200


def test_who_may_goes_past_it_for_a_reason_that_is_kept(
    admin, member, allow, line, make_step, make_deal, go, database, row
):
    pipeline_id, at = line()
    make_step("Call", stage_id=at["A"])
    made = make_deal(pipeline_id=pipeline_id)
    asked = admin.post(f"/deals/{made.id}/move?version=1", data={"stage_id": at["B"]})
    assert "Reason for moving it all the same" in asked.text
    allow()
    refused = member.post(f"/api/v1/deals/{made.id}/move", json={"stage_id": at["B"], "past": "I want to."})
    assert refused.status_code == 403
    page = member.post(f"/deals/{made.id}/move?version=1", data={"stage_id": at["B"], "past": "I want to."})
    assert page.status_code == 422
    assert "Reason for moving" not in page.text
    assert row().stage_id == at["A"]

    moved = admin.post(f"/deals/{made.id}/move?version=1", data={"stage_id": at["B"], "past": "In a hurry"})
    assert row().stage_id == at["B"], moved.text
    with database.read() as session:
        kept = session.scalar(sa.select(Passage))
        said = session.scalar(sa.select(Event.changes).where(Event.action == "moved_past"))
    assert (kept.reason, kept.stage_left, kept.stage_entered, kept.user_id is not None) == (
        "In a hurry", "A", "B", True,
    )  # fmt: skip
    assert "“Call” is not done yet" in kept.unmet[0]
    assert said["reason"] == [None, "In a hurry"]
    card = admin.get(f"/deals/{made.id}").text
    assert "Moved past what was not met" in card
    assert "In a hurry" in card
    assert "<td>Moved past what was not met</td>" in admin.get("/settings/audit?kind=deal").text


@pytest.mark.parametrize(("strictness", "shown"), [("manual", True), ("folder", False)])
def test_only_what_prescribes_binds(admin, line, make_step, make_rule, make_deal, go, strictness, shown):
    pipeline_id, at = line(strictness)
    make_step("Call", stage_id=at["A"])
    make_rule("An amount is agreed", "amount[gte]=100", stage_id=at["A"])
    made = make_deal(pipeline_id=pipeline_id)
    assert (">Call" in admin.get(f"/deals/{made.id}").text) is shown
    assert go(made, at["C"]).status_code == 200
    if not shown:
        admin.patch(f"/api/v1/pipelines/{pipeline_id}", json={"strictness": "manual"})
        go(made, at["A"])
        assert ">Call" in admin.get(f"/deals/{made.id}").text, "what was a folder asks from now on"


def test_history_that_a_file_brings_is_not_held_up(line, make_step, make_rule, import_file, admin, duties):
    _pipeline_id, at = line()
    make_step("Call", stage_id=at["A"], due_days=0)
    make_rule("An amount is agreed", "amount[gte]=100", stage_id=at["Done"], way="enter")
    make_rule("An amount is agreed", "amount[gte]=100", stage_id=at["B"], way="enter")
    rows = (
        "D1,Old,Line: Done,2020-01-01,2020-02-01\nD2,Open,Line: B,2020-01-01,\nD3,New,Line: A,2020-01-01,\n"
    )
    told = import_file(f"external_id,title,stage,started_on,closed_on\n{rows}")
    assert "The stage is entered only once this is met" in told
    assert {one["title"] for one in admin.get("/api/v1/deals").json()["items"]} == {"Old", "New"}
    assert duties()["Call"].due_at > now(), "what a file brings is not late at once"


def test_fields_and_files_show_that_steps_are_done(admin, line, make_step, make_deal, go, faults, duties):
    pipeline_id, at = line()
    make_step("Budget", stage_id=at["A"], evidence="field", field="amount")
    make_step("Offer", stage_id=at["A"], evidence="file")
    made = make_deal(pipeline_id=pipeline_id)
    held = duties()
    by_hand = admin.post(f"/api/v1/deals/{made.id}/steps/{held['Offer'].id}/done")
    assert by_hand.json()["code"] == "needs_evidence"
    admin.patch(f"/api/v1/deals/{made.id}", json={"amount": "10"})
    assert duties()["Budget"].done_by_id is not None
    assert faults(go(made, at["B"])) == {("stage_id", "step_missing")}
    about = {"about_kind": "deal", "about_id": str(made.id)}
    sent = admin.post("/api/v1/files/upload", data=about, files=[("file", ("offer.txt", b"An offer"))])
    assert sent.status_code == 201, sent.text
    assert "A file on it" not in admin.get(f"/deals/{made.id}").text, "the card knows before it is noted"
    assert go(made, at["B"]).status_code == 200
    assert duties()["Offer"].done_at <= now()


def test_what_needs_approval_is_done_by_who_may(admin, member, allow, line, make_step, make_deal, duties, go):
    pipeline_id, at = line()
    make_step("Discount", stage_id=at["A"], evidence="approval")
    make_step("Visit", stage_id=at["A"])
    made = make_deal(pipeline_id=pipeline_id)
    allow()
    url = f"/api/v1/deals/{made.id}/steps"
    discount, visit = duties()["Discount"].id, duties()["Visit"].id
    assert member.post(f"{url}/{discount}/done").status_code == 403
    assert member.post(f"{url}/{visit}/skip", json={"reason": "Far"}).status_code == 200
    assert member.post(f"{url}/{visit}/approve").status_code == 403
    allow("deals.step.approve")
    assert member.post(f"{url}/{discount}/approve").json()["done_at"]
    assert member.post(f"{url}/{visit}/approve").json()["approved_at"]
    assert member.post(f"{url}/{visit}/approve").json()["code"] == "step_settled"
    assert go(made, at["B"]).status_code == 200
    again = member.post(f"{url}/{visit}/reopen").json()
    assert (again["skipped_at"], again["reason"]) == (None, "")


def test_a_step_that_is_taken_out_keeps_what_was_done_and_one_that_is_added_asks_those_in_the_stage(
    admin, line, make_step, make_deal, duties, go
):
    pipeline_id, at = line()
    first = make_step("Call", stage_id=at["A"])
    made = make_deal(pipeline_id=pipeline_id)
    late = make_step("Visit", stage_id=at["A"])
    held = duties()
    admin.post(f"/api/v1/deals/{made.id}/steps/{held['Call'].id}/done")
    for one in (first, late):
        assert admin.delete(f"/api/v1/deal-steps/{one.id}").status_code in (200, 204)
    told = admin.get(f"/api/v1/deals/{made.id}/steps").json()["items"]
    assert [(one["name"], one["step_id"]) for one in told] == [("Call", None)]
    assert go(made, at["B"]).status_code == 200


def test_a_rule_that_cannot_be_told_holds_nobody_up(admin, line, make_rule, make_deal, go, database):
    pipeline_id, at = line()
    made = make_rule("Silent", "amount[gte]=1", stage_id=at["A"])
    with database.write() as session:
        session.execute(sa.update(Rule).values(conditions=[["interactions_silent[gt]", "3"]]))
    of = make_deal(pipeline_id=pipeline_id)
    assert "holds nobody up" in admin.get(f"/deal-rules/{made.id}").text
    assert go(of, at["B"]).status_code == 200
    refused = admin.put(f"/api/v1/deal-rules/{made.id}/conditions", json={"query": "nothing=1"})
    assert refused.json()["code"] == "unknown_parameter"


def test_steps_and_rules_stand_on_their_pipeline(admin, line, make_step, make_rule):
    pipeline_id, at = line()
    made = make_step("Call", stage_id=at["A"], due_days=3, weight=2)
    rule_made = make_rule("An amount is agreed", "amount[gte]=100", stage_id=at["B"])
    card = admin.get(f"/pipelines/{pipeline_id}").text
    assert f'href="/deal-steps/{made.id}"' in card
    assert "due after days: 3 · weight 2" in card
    assert f"/deal-steps/new?stage_id={at['A']}&amp;back=/pipelines/{pipeline_id}" in card
    told = admin.get(f"/deal-rules/{rule_made.id}").text
    assert "Amount: at least 100" in told
    page = admin.get(f"/deal-rules/{rule_made.id}/conditions").text
    assert "Add a condition" in page
    kept = admin.post(f"/deal-rules/{rule_made.id}/conditions?amount[gte]=2000")
    assert "Amount: at least 2" in kept.text


class TestWithOthers:
    @pytest.fixture
    def plugins_on(self):
        return ("deals", "interactions", "tasks")

    def test_a_talk_and_a_task_show_that_steps_are_done(
        self, admin, line, make_step, make_deal, make_client, go, duties, build_app
    ):
        pipeline_id, at = line()
        make_step("Talk", stage_id=at["A"], evidence="interaction")
        make_step("Samples", stage_id=at["A"], evidence="task")
        client = make_client()
        made = make_deal(pipeline_id=pipeline_id, client_id=client.id)
        card = admin.get(f"/deals/{made.id}").text
        assert "A talk with the client, or a message" in card
        talk = {"client_id": client.id, "type": "call_out", "subject": "Hello"}
        talked = admin.post("/api/v1/interactions", json=talk)
        assert talked.status_code == 201, talked.text
        about = {"about_kind": "deal", "about_id": made.id}
        task = admin.post("/tasks/add", data={"subject": "Bring samples", **about})
        assert task.status_code == 200, task.text
        assert go(made, at["B"]).status_code == 422
        assert admin.patch("/api/v1/tasks/1", json={"state": "done"}).status_code == 200
        jobs.settle(build_app().state.site)
        assert {name: one.done_at is not None for name, one in duties().items()} == {
            "Talk": True, "Samples": True,
        }  # fmt: skip
        assert go(made, at["B"]).status_code == 200

    def test_with_its_plugin_off_a_step_is_ticked_by_hand(
        self, admin, line, make_step, make_deal, duties, switch_plugin, open_browser, make_user
    ):
        pipeline_id, at = line()
        make_step("Talk", stage_id=at["A"], evidence="interaction")
        made = make_deal(pipeline_id=pipeline_id)
        switch_plugin("interactions", False)
        browser = open_browser(make_user("root", role="Administrator"))
        card = browser.get(f"/deals/{made.id}").text
        assert ">Talk" in card
        assert "nteraction" not in card
        assert "A talk with" not in card
        done = browser.post(f"/api/v1/deals/{made.id}/steps/{duties()['Talk'].id}/done")
        assert done.status_code == 200, done.text


@pytest.fixture
def live(settings, database, make_user):
    """An administrator's browser on an app that is built anew where fields are added."""
    on = settings.plugins.model_copy(update={"on": frozenset(["deals"])})
    with TestClient(Live(settings.model_copy(update={"plugins": on}), database, work=False)) as browser:
        with database.write() as session:
            sign_in(session, browser, make_user("admin", role=Role.ADMINISTRATOR))
        yield browser


def test_a_field_that_the_company_added_shows_that_a_step_is_done(live, database):
    field = {"kind": "deal", "label": "Contract no.", "type": "text"}
    made = live.post("/api/v1/custom-fields", json=field)
    assert made.json().get("name") == "x_contract_no", made.text
    ticked = {"kind": "deal", "label": "Signed", "type": "yes_no"}
    assert live.post("/api/v1/custom-fields", json=ticked).status_code == 201
    made = live.post("/api/v1/deals", json={"title": "Refit"}).json()
    made_steps = {}
    for name in ("x_contract_no", "x_signed", "x_weather"):
        wish = {"name": name, "stage_id": made["stage_id"], "evidence": "field", "field": name}
        made_steps[name] = live.post("/api/v1/deal-steps", json=wish)
    assert made_steps["x_weather"].status_code == 422
    assert "x_contract_no" in made_steps["x_weather"].json()["errors"][0]["message"]
    assert "Contract no." in live.get(f"/deal-steps/{made_steps['x_contract_no'].json()['id']}").text

    def done():
        found = live.get(f"/api/v1/deals/{made['id']}/steps").json()["items"]
        return {one["name"]: one["done_at"] is not None for one in found}

    assert done() == {"x_contract_no": False, "x_signed": False}
    url = f"/api/v1/deals/{made['id']}"
    assert live.patch(url, json={"x_signed": False, "note": "Not yet"}).status_code == 200
    assert done() == {"x_contract_no": False, "x_signed": False}
    assert live.patch(url, json={"x_contract_no": "C-7", "x_signed": True}).status_code == 200
    assert done() == {"x_contract_no": True, "x_signed": True}
    with database.read() as session:
        assert steps.using(session, {"deal": {"x_contract_no"}}) == ["Step of a stage: x_contract_no"]
        assert steps.using(session, {"deal": {"x_other"}}) == []
