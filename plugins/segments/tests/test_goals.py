"""Goals for clients and groups: what is reached, and what is expected by today."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from vinculo.db.base import now
from vinculo_segments import goals
from vinculo_segments.models import Goal

FIGURE = "interactions_contacts"


@pytest.fixture
def firms(make_client, log):
    firms = [make_client(name, country="BR") for name in ("Alfa", "Beta")]
    for number, client in enumerate([firms[0], firms[0], firms[0], firms[1]]):
        log(client, f"Call {number}", happened_at=(now() - timedelta(days=3)).isoformat())
    return firms


def goal(browser, **values):
    today = now().date()
    sent = {"name": "Talks", "metric": FIGURE, "target": "4", "base_on": str(today - timedelta(days=10)),
            "due_on": str(today + timedelta(days=30))} | values  # fmt: skip
    return browser.post("/api/v1/goals", json=sent)


def test_a_goal_of_a_client_shows_on_its_card_and_at_home(admin, firms):
    assert goal(admin, client_id=firms[0].id).status_code == 201

    for page in (f"/clients/{firms[0].id}", "/"):
        text = admin.get(page).text
        assert "Talks" in text, page
        assert "3 of 4 by" in text, page
        assert "expected by today: 1" in text, page
        assert "On track" in text, page


@pytest.mark.parametrize(
    ("measure", "target", "badge"),
    [
        ("sum", "4", "Reached"),
        ("average", "2", "Reached"),
        ("sum", "20", "Behind"),
        ("average", "3", "On track"),
    ],
)
def test_a_goal_of_a_group_adds_up_or_averages(admin, firms, groups, measure, target, badge):
    group = groups(admin).make("Brazil", "country=BR", shared=True)
    assert goal(admin, segment_id=group, measure=measure, target=target).status_code == 201
    card = admin.get(f"/segments/{group}").text
    assert badge in card
    assert ("4 of" if measure == "sum" else "2 of") in card


def test_a_goal_that_is_over_is_missed_and_one_whose_figure_is_off_waits(
    admin, firms, switch_plugin, open_browser, make_user
):
    today = now().date()
    goal(admin, client_id=firms[0].id, name="Over", target="9", due_on=str(today - timedelta(days=1)))
    assert "Missed" in admin.get(f"/clients/{firms[0].id}").text
    switch_plugin("interactions", False)
    assert "cannot be had" in open_browser(make_user("admin")).get(f"/clients/{firms[0].id}").text


def test_a_goal_is_for_one_client_or_one_group_and_is_due_later(admin, firms):
    assert goal(admin).json()["errors"][0]["code"] == "one_of_two"
    early = goal(admin, client_id=firms[0].id, due_on="2001-01-01").json()
    assert early["errors"][0]["code"] == "too_early"


def test_a_goal_names_a_figure_that_there_is(admin, firms):
    refusal = goal(admin, client_id=firms[0].id, metric="contacts").json()["errors"][0]
    assert refusal["field"] == "metric"
    assert "“contacts”" in refusal["message"]
    assert FIGURE in refusal["message"]
    assert goal(admin, client_id=firms[0].id, metric="interactions_last_contact").status_code == 422  # a day
    assert f'<option value="{FIGURE}">Contacts in 12 months</option>' in admin.get("/goals/new").text
    assert goal(admin, client_id=firms[0].id).json()["metric"] == FIGURE


def test_without_a_plugin_that_knows_figures_no_goal_is_set(
    admin, firms, switch_plugin, open_browser, make_user
):
    switch_plugin("interactions", False)
    later = open_browser(make_user("admin"))
    refusal = goal(later, client_id=firms[0].id).json()["errors"][0]
    assert "no plugin that is on knows one" in refusal["message"]
    assert later.get("/goals/new").status_code == 200
    assert later.get("/api/v1/openapi.json").status_code in (200, 404)


def test_what_is_expected_grows_evenly_from_the_base_to_the_target():
    one = Goal(base=Decimal(10), target=Decimal(20), base_on=date(2026, 1, 1), due_on=date(2026, 1, 11))
    assert [goals.expected(one, date(2026, 1, day)) for day in (1, 6, 11)] == [10, 15, 20]
    assert goals.expected(one, date(2025, 1, 1)) == 10
    assert goals.expected(one, date(2027, 1, 1)) == 20
    falling = Goal(base=Decimal(20), target=Decimal(10), base_on=one.base_on, due_on=one.due_on)
    assert goals.Progress(falling, Decimal(15), Decimal(9)).reached
    assert not goals.Progress(falling, Decimal(15), Decimal(16)).on_track
    assert goals.Progress(falling, Decimal(15), Decimal(15)).percent == 50
