"""What holds for every task by whatever door, and what follows when one is done."""

import re
from datetime import timedelta

import pytest

from vinculo.i18n import today
from vinculo_tasks import plan_pages

PAST = "2026-11-02"


def test_what_cannot_be_is_refused_by_field(admin, make_client):
    def faults(**payload):
        answer = admin.post("/api/v1/tasks", json={"subject": "Call", **payload})
        assert answer.status_code == 422
        return {(one["field"], one["code"]) for one in answer.json()["errors"]}

    assert faults(due_time="09:30") == {("due_on", "required")}
    assert faults(repeat="day") == {("due_on", "required")}
    assert faults(due_on="0206-12-20") == {("due_on", "out_of_range")}
    assert faults(due_on=PAST, repeat="rule", rule="each monday") == {("rule", "invalid_rule")}
    assert faults(due_on=PAST, repeat="rule") == {("rule", "invalid_rule")}
    step = {"subject": "Call", "days": 1, "whose": "person"}
    plan = admin.post("/api/v1/task-plans", json={"name": "Welcome", "steps": [step]})
    assert plan.json()["errors"][0]["field"] == "steps[0].assignee_id"


def test_it_is_closed_by_whoever_closes_it_and_can_be_taken_back(admin, make_task, rows, toast):
    made = make_task(due_on=PAST)
    page = admin.post(f"/tasks/{made.id}/done", data={"result": "He agrees", "back": "/tasks/day"})
    assert page.url.path == "/tasks/day"
    (row,) = rows()
    assert (row.state, row.result, row.closed_by_id, bool(row.closed_at)) == ("done", "He agrees", 1, True)
    assert row.remind_at is None

    text, undo = toast(page)
    assert text == "Done: Call Ana"
    page = admin.post(undo)
    assert page.url.path == "/tasks/day"
    (row,) = rows()
    assert (row.state, row.result, row.closed_by_id, row.closed_at) == ("open", "", None, None)
    assert row.remind_at

    admin.post(f"/tasks/{made.id}/cancel")
    assert rows()[0].state == "cancelled"
    admin.post(f"/tasks/{made.id}/reopen")
    assert rows()[0].state == "open"


@pytest.mark.parametrize("door", ["page", "api"])
def test_a_repeating_one_makes_the_next_and_undo_takes_it_back(admin, make_task, rows, toast, door):
    start = today() - timedelta(days=3)
    made = make_task(due_on=start.isoformat(), due_time="09:30", repeat="week",
                     items=[{"text": "Price list", "done": True}])  # fmt: skip
    if door == "page":
        undo = toast(admin.post(f"/tasks/{made.id}/done"))[1]
    else:
        admin.patch(f"/api/v1/tasks/{made.id}", json={"state": "done"})
        undo = f"/tasks/{made.id}/changes/2/undo"
    first, second = rows()
    assert (second.due_on, second.due_time, second.state) == (start + timedelta(days=7), "09:30", "open")
    assert (second.rule, second.follows_id) == ("FREQ=WEEKLY", first.id)
    items = admin.get(f"/api/v1/tasks/{second.id}").json()["items"]
    assert [(one["text"], one["done"]) for one in items] == [("Price list", False)]

    admin.post(undo)
    assert [(row.id, row.state) for row in rows()] == [(first.id, "open")]


@pytest.mark.databases("sqlite")
def test_undo_leaves_a_next_one_that_was_worked_on(admin, make_task, rows, toast):
    made = make_task(due_on=PAST, repeat="week")
    undo = toast(admin.post(f"/tasks/{made.id}/done"))[1]
    admin.patch("/api/v1/tasks/2", json={"note": "Ask for Ben"})
    admin.post(undo)
    assert [row.state for row in rows()] == ["open", "open"]


@pytest.mark.databases("sqlite")
def test_the_next_may_be_counted_from_the_day_it_is_done(admin, make_task, rows):
    made = make_task(due_on=PAST, repeat="fortnight", repeat_from="done")
    admin.post(f"/tasks/{made.id}/done")
    assert rows()[1].due_on == today() + timedelta(days=14)


@pytest.mark.databases("sqlite")
def test_by_the_calendar_what_was_missed_is_left_out(admin, make_task, rows):
    made = make_task(due_on=(today() - timedelta(days=30)).isoformat(), repeat="day")
    admin.post(f"/tasks/{made.id}/done")
    assert rows()[1].due_on == today()


@pytest.mark.databases("sqlite")
def test_the_last_day_of_the_month_stays_the_last(admin, make_task, rows):
    make_task(due_on="2099-01-31", repeat="month")
    for number in (1, 2, 3):
        admin.post(f"/tasks/{number}/done")
    assert [f"{row.due_on:%m-%d}" for row in rows()] == ["01-31", "02-28", "03-31", "04-30"]


def test_a_type_creates_or_suggests_the_next(admin, make_task, make_type, make_client, rows, toast):
    client = make_client("Padaria Luz")
    ask = make_type("Ask about the offer", lead_days=7)
    offer = make_type("Send an offer", lead_days=2, chaining="create", next_type_id=ask.id, next_from="due")
    call = make_type("Call", chaining="suggest", next_type_id=offer.id)

    make_task(type_id=offer.id, client_id=client.id)
    (row,) = rows()
    assert row.due_on == today() + timedelta(days=2), "its type has days of lead"
    admin.post("/tasks/1/done")
    following = rows()[1]
    assert (following.subject, following.client_id) == ("Ask about the offer", client.id)
    assert following.due_on == today() + timedelta(days=9)

    make_task(type_id=call.id, client_id=client.id, due_on=PAST)
    page = admin.post("/tasks/3/done?back=/clients/1")
    assert page.url.path == "/tasks/new"
    assert 'value="Send an offer"' in page.text
    assert "Padaria Luz" in page.text
    assert toast(page)[0] == "Done: Call Ana"
    assert len(rows()) == 3, "it is only suggested"


@pytest.mark.databases("sqlite")
def test_the_checklist_is_ticked_in_place(admin, make_task):
    make_task(items=[{"text": "Price list"}, {"text": "Samples"}])
    page = admin.post("/tasks/1/items/2")
    assert page.url.path == "/tasks/1"
    assert page.text.count('aria-checked="true"') == 1
    assert [one["done"] for one in admin.get("/api/v1/tasks/1").json()["items"]] == [False, True]
    assert admin.post("/tasks/1/items/99").status_code == 404


def test_who_is_given_a_task_is_told(admin, make_user, open_browser):
    ben = make_user("ben")
    admin.post("/api/v1/tasks", json={"subject": "Call Ana", "assignee_id": ben.id})
    admin.post("/api/v1/tasks", json={"subject": "My own", "assignee_id": 1})
    reader = open_browser(ben)
    assert "A task for you: Call Ana" in reader.get("/notices").text
    assert reader.post("/notices/1").url.path == "/tasks/1"
    assert "My own" not in admin.get("/notices").text


def test_a_plan_is_shown_and_then_applied(admin, make_client, make_user, rows):
    ben = make_user("ben")
    one, two = make_client("Luz", responsible_id=ben.id), make_client("Sol")
    steps = [
        {"subject": "Welcome", "days": 0, "whose": "owner"},
        {"subject": "Visit", "days": 7, "whose": "applier"},
        {"subject": "Check", "days": -1, "whose": "person", "assignee_id": ben.id},
    ]
    assert admin.post("/api/v1/task-plans", json={"name": "New client", "steps": steps}).status_code == 201
    asked = {"kind": "client", "ids": f"{one.id},{two.id}", "plan": "1", "day": "2026-12-01"}

    page = admin.get("/tasks/plans/apply", params=asked).text
    assert page.count("Welcome") == 2
    assert "Add 6 tasks" in page
    assert rows() == [], "it was only shown"

    admin.post("/tasks/plans/apply", data=asked)
    made = [(row.client_id, row.subject, f"{row.due_on}", row.assignee_id) for row in rows()]
    assert made == [
        (one.id, "Welcome", "2026-12-01", ben.id), (one.id, "Visit", "2026-12-08", 1),
        (one.id, "Check", "2026-11-30", ben.id), (two.id, "Welcome", "2026-12-01", 1),
        (two.id, "Visit", "2026-12-08", 1), (two.id, "Check", "2026-11-30", ben.id),
    ]  # fmt: skip
    refused = {404: [{"ids": "1,99"}, {"kind": "nothing"}, {"plan": "9"}], 400: [{"ids": "x"}],
               422: [{"day": "soon"}, {"day": "9999-12-31"}]}  # fmt: skip
    for status, many in refused.items():
        for wrong in many:
            assert admin.get("/tasks/plans/apply", params=asked | wrong).status_code == status, wrong


def test_a_plan_is_applied_to_what_is_ticked_or_to_a_whole_list(admin, make_client, monkeypatch):
    one, two, _three = (
        make_client(name, stage=stage) for name, stage in (("A", "lost"), ("B", "lost"), ("C", "active"))
    )
    assert "/tasks/plans/apply/client" in admin.get("/clients").text

    def leads_to(query):
        answer = admin.get(f"/tasks/plans/apply/client?{query}", follow_redirects=False)
        return answer.headers.get("location") or answer.json()["code"]

    assert leads_to(f"ids={one.id}&ids={two.id}") == f"/tasks/plans/apply?kind=client&ids={one.id},{two.id}"
    assert leads_to("stage=lost") == f"/tasks/plans/apply?kind=client&ids={one.id},{two.id}"
    monkeypatch.setattr(plan_pages, "MOST", 2)
    assert admin.get("/tasks/plans/apply/client").status_code == 409
    assert admin.get("/tasks/plans/apply/nothing").status_code == 404


def test_what_is_ticked_is_done_at_once_and_taken_back_at_once(admin, member, make_role, make_task, rows):
    made = [make_task(f"T{n}", due_on="2026-11-30", repeat="week" if n == 1 else "never") for n in range(3)]
    assert 'formaction="/tasks/done" formmethod="post"' in admin.get("/tasks").text

    page = admin.post("/tasks/done", data={"ids": [made[0].id, made[1].id]}).text
    assert [(row.subject, row.state.value) for row in rows()] == [
        ("T0", "done"), ("T1", "done"), ("T2", "open"), ("T1", "open"),
    ]  # fmt: skip
    admin.post(re.search(r'action="(/bulk-changes/\d+/undo)"', page)[1])
    assert {row.subject for row in rows() if row.state.value == "open"} == {"T0", "T1", "T2"}
    for nothing in ({}, {"ids": "x"}, {"ids": ""}):
        assert admin.post("/tasks/done", data=nothing).status_code == 422, nothing
    make_role("Member", {"*": None})
    assert member.post("/tasks/done", data={"ids": made[0].id}).status_code == 403
