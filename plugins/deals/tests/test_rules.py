"""What holds for every deal by whatever door, and what follows when it moves."""

from datetime import timedelta

import pytest

from vinculo.events.models import Event
from vinculo.i18n import today


def test_nothing_but_a_title_need_be_known_and_the_first_brings_a_pipeline(admin, row):
    made = admin.post("/api/v1/deals", json={"title": "Refit"})
    assert made.status_code == 201, made.text
    held = row(made.json()["id"])
    assert (held.state, held.amount, held.client_id, held.started_on) == ("open", None, None, today())
    assert held.reached_id == held.stage_id
    found = admin.get("/api/v1/pipelines").json()["items"]
    stages = admin.get(f"/api/v1/pipelines/{found[0]['id']}").json()["stages"]
    assert [one["name"] for one in stages][:2] == ["Interest", "Needs are clear"]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"amount": "-1"}, ("amount", "invalid")),
        ({"amount": "1000000000000"}, ("amount", "invalid")),
        ({"expected_on": "0206-12-20"}, ("expected_on", "out_of_range")),
        ({"probability": 101}, ("probability", "invalid")),
        ({"stage_id": 99}, ("stage_id", "no_such_record")),
        ({"team": [{"user_id": 1, "share": "90"}]}, ("team", "shares")),
        ({"team": [{"user_id": 1, "share": "50"}] * 2}, ("team[1].user_id", "duplicate")),
        (
            {"lines": [{"product": "A", "quantity": "1000000000", "price": "1000000000"}]},
            ("lines", "too_much"),
        ),
    ],
)
def test_what_cannot_be_is_refused_by_field(admin, faults, given, fault):
    assert fault in faults(admin.post("/api/v1/deals", json={"title": "Refit", **given}))
    assert admin.get("/api/v1/deals").json()["items"] == []


def test_lines_with_prices_say_the_amount(admin, make_deal):
    lines = [{"product": "A", "quantity": "3", "price": "9.80", "discount": "15"}, {"product": "B"}]
    made = make_deal(amount="1", lines=lines)
    assert admin.get(f"/api/v1/deals/{made.id}").json()["amount"] == "24.99"  # 3 times 9.80, less 15 %
    made = make_deal(amount="1", lines=[{"product": "B"}])
    assert admin.get(f"/api/v1/deals/{made.id}").json()["amount"] == "1.00"


def test_a_deal_is_moved_lost_for_a_reason_reopened_and_won(
    admin, make_deal, make_reason, stages, row, visits, faults
):
    made, reason = make_deal(amount="50"), make_reason()
    at = stages()
    url = f"/api/v1/deals/{made.id}"

    admin.patch(url, json={"stage_id": at["Offer"]})
    assert faults(admin.patch(url, json={"stage_id": at["Closed lost"]})) == {("lost_reason_id", "required")}
    admin.patch(url, json={"stage_id": at["Closed lost"], "lost_reason_id": reason.id})
    lost = row()
    assert (lost.state, lost.closed_on, lost.lost_reason_id, lost.reached_id) == (
        "lost", today(), reason.id, at["Offer"],
    )  # fmt: skip

    admin.patch(url, json={"stage_id": at["Interest"], "amount": "70"})
    again = row()
    assert (again.state, again.closed_on, again.lost_reason_id) == ("open", None, None)
    assert again.reached_id == at["Offer"]

    admin.patch(url, json={"stage_id": at["Closed won"]})
    assert (row().state, row().closed_on) == ("won", today())
    assert visits() == [
        ("Interest", True, 50), ("Offer", True, 50), ("Closed lost", True, 50), ("Interest", True, 70),
        ("Closed won", False, 70),
    ]  # fmt: skip


def test_the_log_tells_by_names_that_stay(admin, make_deal, make_reason, stages, database):
    made, reason, at = make_deal(), make_reason(), stages()
    url = f"/api/v1/deals/{made.id}"
    for to in ("Offer", "Closed lost", "Interest", "Closed won"):
        admin.patch(
            url, json={"stage_id": at[to]} | ({"lost_reason_id": reason.id} if to == "Closed lost" else {})
        )
    with database.read() as session:
        found = session.query(Event).filter(Event.kind == "deal", Event.action != "changed")
        actions = [one.action for one in found.order_by(Event.id)]
    assert actions == ["created", "moved", "lost", "reopened", "won"]


def test_a_move_that_is_taken_back_at_once_leaves_no_visit(admin, make_deal, stages, row, visits):
    made, at = make_deal(), stages()
    since = row().stage_since
    admin.patch(f"/api/v1/deals/{made.id}", json={"stage_id": at["Negotiation"]})
    assert len(visits()) == 2
    admin.post(f"/deals/{made.id}/changes/2/undo")
    held = row()
    assert (held.stage_id, held.reached_id, held.stage_since) == (at["Interest"], at["Interest"], since)
    assert visits() == [("Interest", False, None)]


def test_two_who_move_one_card_do_not_overwrite_each_other(admin, make_deal, stages, row):
    made, at = make_deal(), stages()
    url = f"/api/v1/deals/{made.id}"
    assert admin.patch(url, json={"stage_id": at["Offer"], "version": 1}).status_code == 200
    late = admin.patch(url, json={"stage_id": at["Negotiation"], "version": 1})
    assert (late.status_code, late.json()["code"]) == (409, "stale_version")
    assert row().stage_id == at["Offer"]


def test_no_stage_is_skipped_where_the_order_is_prescribed(admin, make_deal, make_pipeline, stages, faults):
    line = make_pipeline("Line", ("A", "B", "C"), strictness="prescribed")
    made, at = make_deal(pipeline_id=line.id), stages(line.id)
    url = f"/api/v1/deals/{made.id}"
    assert faults(admin.patch(url, json={"stage_id": at["C"]})) == {("stage_id", "stage_skipped")}
    assert faults(admin.patch(url, json={"stage_id": at["Done"]})) == {("stage_id", "stage_skipped")}
    for name in ("B", "A", "B", "C", "Done"):
        assert admin.patch(url, json={"stage_id": at[name]}).status_code == 200


def test_a_stage_in_use_stays_and_others_may_go(admin, make_deal, make_pipeline, stages, faults, visits):
    line = make_pipeline()
    made, at = make_deal(pipeline_id=line.id), stages(line.id)
    url = f"/api/v1/pipelines/{line.id}"
    rows = admin.get(url).json()["stages"]
    without = [one for one in rows if one["name"] != "New"]
    assert faults(admin.patch(url, json={"stages": without})) == {("stages", "stage_in_use")}
    closed = [one | {"state": "won"} if one["name"] == "New" else one for one in rows]
    assert faults(admin.patch(url, json={"stages": closed})) == {("stages", "stage_in_use")}
    refused = admin.delete(url)
    assert (refused.status_code, refused.json()["code"]) == (409, "pipeline_in_use")

    admin.patch(f"/api/v1/deals/{made.id}", json={"stage_id": at["Repair"]})
    assert admin.patch(url, json={"stages": without}).status_code == 200
    assert visits() == [("New", True, None), ("Repair", False, None)]


def test_a_pipeline_ends_in_won_and_in_lost(admin, faults):
    made = admin.post("/api/v1/pipelines", json={"name": "X", "stages": [{"name": "A", "state": "open"}]})
    assert faults(made) == {("stages", "state_missing")}
    stages = [{"name": n, "state": s} for n, s in (("A", "open"), ("a", "won"), ("C", "lost"))]
    made = admin.post("/api/v1/pipelines", json={"name": "X", "stages": stages})
    assert faults(made) == {("stages[1].name", "duplicate")}


def test_a_deal_that_goes_to_another_pipeline_stands_where_it_stood(
    admin, make_deal, make_pipeline, stages, row, faults
):
    first, other = make_pipeline(), make_pipeline("Sales", ("Look", "Repair"))
    made = make_deal(stage_id=stages(first.id)["Repair"])
    url = f"/api/v1/deals/{made.id}"
    admin.patch(url, json={"pipeline_id": other.id})
    assert row().stage_id == row().reached_id == stages(other.id)["Repair"]
    both = {"pipeline_id": first.id, "stage_id": stages(other.id)["Look"]}
    assert faults(admin.patch(url, json=both)) == {("stage_id", "other_pipeline")}
    admin.patch(url, json={"stage_id": stages(first.id)["Done"]})
    assert (row().pipeline_id, row().state) == (first.id, "won")


def test_what_a_client_tells_of_its_deals(admin, make_client, make_deal, make_reason, stages):
    client, reason = make_client(), make_reason()
    make_deal(client_id=client.id, amount="10")
    at = stages()
    ago = today() - timedelta(days=400)
    make_deal(client_id=client.id, amount="20", stage_id=at["Closed won"])
    make_deal(client_id=client.id, amount="40", stage_id=at["Closed won"], closed_on=f"{ago}")
    make_deal(client_id=client.id, stage_id=at["Closed lost"], lost_reason_id=reason.id)
    names = "deals_open,deals_open_amount,deals_won_year,deals_last_win,deals_win_rate"
    (told,) = admin.get(f"/api/v1/clients?fields={names}").json()["items"]
    assert [told[one] for one in names.split(",")] == [1, "10.00", "20.00", f"{today()}", 66]
    card = admin.get(f"/clients/{client.id}").text
    assert "Won in 12 months" in card
    assert "Refit" in card


def test_amounts_count_in_the_companys_currency_by_the_rate_of_the_day(admin, make_client, make_deal, row):
    client = make_client()
    made = make_deal(client_id=client.id, amount="100", currency="EUR", started_on="2026-03-02")
    assert (row().base_amount, "No rate of EUR yet" in admin.get(f"/deals/{made.id}").text) == (None, True)
    rate = {"currency": "EUR", "base": "USD", "day": "2026-03-01", "rate": "1.1"}
    assert admin.post("/api/v1/rates", json=rate).status_code == 201
    made = make_deal(client_id=client.id, amount="10", currency="EUR", started_on="2026-03-02")
    assert row(made.id).base_amount == 11
    (told,) = admin.get("/api/v1/clients?fields=deals_open_amount").json()["items"]
    assert told["deals_open_amount"] == "11.00"


@pytest.mark.parametrize("amount", ["-1", "1000000000000"])
def test_an_amount_that_cannot_be_is_refused_on_the_page_and_by_the_api(
    admin, make_deal, faults, row, amount
):
    made = make_deal(amount="5")
    refusal = f"Amount: {amount} is not between 0 and 999999999999.99."
    answer = admin.patch(f"/api/v1/deals/{made.id}", json={"amount": amount})
    assert faults(answer) == {("amount", "invalid")}
    assert answer.json()["detail"] == refusal
    page = admin.post(f"/deals/{made.id}/fields/amount?version=1", data={"amount": amount})
    assert page.status_code == 422
    assert refusal in page.text
    assert row(made.id).amount == 5


def test_an_amount_without_a_rate_stays_and_is_left_out_of_totals(admin, make_deal):
    make_deal("In yen", amount="700", currency="JPY")
    make_deal("At home", amount="100")
    board = admin.get("/deals/board").text
    assert "700 JPY" in board
    assert '<p class="total num">100 USD</p>' in board
