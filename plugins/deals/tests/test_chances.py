"""How likely deals are to be won: by hand, in the database, on their cards and in hindsight."""

import re
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from vinculo.db.base import now
from vinculo.i18n import today
from vinculo_deals import chances
from vinculo_deals.likelihood import (
    Judged,
    Like,
    Past,
    Rate,
    brier,
    deciles,
    hindsight,
    probability,
    shrunk,
)
from vinculo_deals.models import Deal

DAY = date(2026, 3, 1)


def past(number, day, won, stage=1, client=None):
    return Past(number, DAY + timedelta(days=day), won, Like(stage, 7, client, 1))


def test_a_probability_is_the_mean_of_rates_that_are_drawn_in():
    overall = Rate(30, 100)
    assert shrunk(Rate(2, 2), overall) == 5 / 12  # (2 + 10 x 0.3) / 12
    rates = [Rate(20, 40), Rate(2, 2), Rate(), Rate(30, 100)]
    by_hand = ((20 + 3) / 50 + 5 / 12 + (30 + 3) / 110) / 3
    assert probability(rates, overall) == pytest.approx(by_hand)
    assert probability([Rate(), Rate()], overall) is None


def test_hindsight_knows_no_deal_that_closed_on_that_day_or_later():
    deals = [past(1, 0, True), past(2, 0, False), past(3, 1, True), past(4, 900, False)]
    since = {one.day: one.day - timedelta(days=730) for one in deals}
    found = {one.id: likely for one, likely in hindsight(deals, {1: [1, 2]}, since)}
    assert found.keys() == {3}  # the first two have none before them, and all are too old for the last
    assert found[3] == pytest.approx((5 + 1) / 12)  # each of its rates is 1 of 2


def test_a_won_deal_counts_for_all_stages_and_a_lost_one_as_far_as_it_came():
    deals = [past(1, 0, True), past(2, 0, False), past(3, 1, True, stage=2)]
    since = dict.fromkeys((one.day for one in deals), DAY)
    ((_one, likely),) = hindsight(deals, {1: [1, 2]}, since)
    second, others = (1 + 5) / 11, (1 + 5) / 12
    assert likely == pytest.approx((second + others + others) / 3)


def test_a_score_and_its_steps():
    judged = [Judged(80, False, 3, 4), Judged(85, True, 1, 1), Judged(100, False, 0, 1)]
    assert brier(judged) == pytest.approx((3 * 0.04 + 0.64 + 0.0225 + 1) / 6)
    eighties, last = deciles(judged)
    assert (eighties.first, eighties.last, eighties.rate) == (80, 89, Rate(4, 5))
    assert eighties.expected == pytest.approx(0.81)
    assert (last.first, last.last, last.rate) == (90, 100, Rate(0, 1))
    assert brier([]) is None


@pytest.fixture
def count(database):
    """Let the job count the rates."""

    def count():
        with database.write() as session:
            chances.refresh(session, today=today(), at=now())

    return count


@pytest.fixture
def company(admin, make_client, make_deal, make_reason, stages):
    """Of a client four deals: two won, one lost, one open."""
    reason, client = make_reason(), make_client()
    deal = make_deal("Open", client_id=client.id)
    at = stages()
    for name in ("A", "B"):
        made = make_deal(name, client_id=client.id, stage_id=at["Offer"])
        admin.patch(f"/api/v1/deals/{made.id}", json={"stage_id": at["Closed won"]})
    make_deal("C", client_id=client.id)
    lost = {"stage_id": at["Closed lost"], "lost_reason_id": reason.id}
    admin.patch(f"/api/v1/deals/{deal.id + 3}", json=lost)
    return deal, client


def test_a_deal_follows_those_before_until_somebody_says_otherwise(admin, company, count, row, stages):
    deal, _client = company
    assert row(deal.id).chance == 10  # that of the stage, as long as nothing was counted
    count()
    # All rates are 2 of 3, and so is that of all.
    assert row(deal.id).chance == 67
    admin.patch(f"/api/v1/deals/{deal.id}", json={"stage_id": stages()["Offer"]})
    offer = (2 + 10 * 2 / 3) / 12  # nobody was lost there
    assert row(deal.id).chance == round(100 * (offer + 2 / 3 + 2 / 3) / 3)
    page = admin.get(f"/deals/{deal.id}").text
    assert "2 of 2 won" in page
    assert "by deals before" in page

    admin.patch(f"/api/v1/deals/{deal.id}", json={"probability": 95})
    count()
    assert row(deal.id).chance == 95
    page = admin.get(f"/deals/{deal.id}").text
    assert "by hand" in page
    assert "deals before say 69 %" in page
    (url,) = re.findall(r'action="(/deals/\d+/fields/probability\?version=\d+)"', page)
    assert admin.post(url, data={"probability": ""}).status_code == 200
    assert (row(deal.id).probability, row(deal.id).chance) == (None, 69)


def test_a_closed_deal_keeps_what_it_was_and_rates_that_are_gone_go(admin, company, count, row, database):
    deal, client = company
    count()
    version = row(deal.id).version
    admin.delete(f"/api/v1/clients/{client.id}")
    count()
    with database.read() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM deals_win_rate")) == 0
        assert session.scalar(sa.select(sa.func.count()).select_from(Deal)) == 0
    assert version == 1


def test_what_a_file_says_is_judged_by_deals_before(admin, make_deal, count, row, stages, make_reason):
    make_deal("First")
    at, reason = stages(), make_reason()
    days = [today() - timedelta(days=one) for one in (30, 20, 10)]
    ends = ("Closed won", "Closed lost", "Closed won")
    for number, (day, stage) in enumerate(zip(days, ends, strict=True)):
        lost = {"lost_reason_id": reason.id} if stage == "Closed lost" else {}
        make_deal(f"{number}", stage_id=at[stage], started_on=f"{day}", closed_on=f"{day}", **lost)
    assert [row(one).chance for one in (2, 3, 4)] == [None, None, None]
    count()
    count()  # nothing is judged twice
    assert [row(one).chance for one in (2, 3, 4)] == [None, 100, 50]
    found = admin.get("/deals/reports/calibration").text
    assert "Brier score 0.625 of 2 closed deals" in found  # (1² + 0.5²) / 2
    (link,) = re.findall(r'href="(/deals\?[^"]*chance%5Bgte%5D=90[^"]*)"', found)
    listed = admin.get("/api/v1/deals?" + link.replace("&amp;", "&").partition("?")[2]).json()["items"]
    assert [one["title"] for one in listed] == ["1"]
