"""Stays in working time: counted by hand, whether before or now, and by another calendar."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from vinculo.actor import Source, system
from vinculo.company.calendar_records import working_calendar
from vinculo.company.hours import spans
from vinculo.company.working_time import WorkingTime
from vinculo_deals import tallies, working_hours, working_stays
from vinculo_deals.kept_models import Tally
from vinculo_deals.models import Deal, Visit
from vinculo_deals.reports import Which
from vinculo_deals.statistics import Stays

OFFICE = (spans("09:00-13:00, 14:00-18:00"),) * 5 + ((), ())
BERLIN = ZoneInfo("Europe/Berlin")
URL = "/deals/reports/stays?by=working"


def at(day, hour, minute=0, month=10):
    """A moment in Berlin; 2025-10-10 is a Friday."""
    return datetime(2025, month, day, hour, minute, tzinfo=BERLIN)


def test_hours_by_hand():
    stays = [
        (at(10, 12), at(13, 9, 30)),  # 1 hour up to lunch, 4 after it, half an hour on Monday
        (at(11, 10), at(12, 20)),  # a weekend
        (at(6, 9), at(10, 18)),  # a week
        (at(6, 9), at(6, 9)),
        (at(6, 18), at(6, 9)),  # it was never left before it was entered
        (at(6, 12, 59), at(6, 14, 58)),  # a minute and 58 minutes: not an hour yet
    ]
    assert working_hours.hours(WorkingTime(BERLIN, OFFICE), stays) == [5, 0, 40, 0, 0, 0]
    assert working_hours.hours(WorkingTime(BERLIN, OFFICE), []) == []


SECONDS = st.integers(1_770_000_000, 1_796_000_000)  # of 2026
MOMENTS = SECONDS.map(lambda one: datetime.fromtimestamp(one, UTC))


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(MOMENTS, MOMENTS), min_size=1, max_size=5),
    st.sampled_from([BERLIN, ZoneInfo("America/Sao_Paulo"), ZoneInfo("Australia/Sydney")]),
)
def test_sums_say_what_the_calendar_says(stays, zone):
    time = WorkingTime(zone, (spans("00:00-03:30, 22:15-24:00"),) * 7, country="BR")
    assert working_hours.hours(time, stays) == [time.working_seconds(*stay) // 3600 for stay in stays]


@pytest.fixture
def office(make_record):
    week = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), "09:00-13:00, 14:00-18:00")
    zone = {"time_zone": "Europe/Berlin", "country": "DE"}
    return make_record(
        working_calendar, name="Office", is_default=True, saturday="", sunday="", **week, **zone
    )


@pytest.fixture
def deals(line, make_deal, go, database):
    """Two deals that left stage A after 5 and 40 working hours, and stand in B since a Monday."""
    pipeline_id, stages = line("manual")
    made = [make_deal(f"Deal {n}", pipeline_id=pipeline_id) for n in range(2)]
    for one in made:
        go(one, stages["B"])
    days = [(at(10, 12), at(13, 9, 30)), (at(6, 9), at(10, 18))]
    with database.write() as session:
        for one, (entered, left) in zip(made, days, strict=True):
            stay = sa.update(Visit).where(Visit.deal_id == one.id, Visit.left_at.is_not(None))
            session.execute(stay.values(entered_at=entered, left_at=left, days=(left - entered).days))
            open_one = sa.update(Visit).where(Visit.deal_id == one.id, Visit.left_at.is_(None))
            session.execute(open_one.values(entered_at=at(13, 9)))
            session.execute(sa.update(Deal).where(Deal.id == one.id).values(stage_since=at(13, 9)))
    return made


@pytest.fixture
def counted(database, monkeypatch):
    """The report on a Monday after lunch: five hours have gone by since it began."""
    monkeypatch.setattr(working_stays, "now", lambda: at(13, 15))

    def counted():
        with database.read() as session:
            found = working_stays.count(session, Which(system(Source.JOB)))
            return {stage: [*stays] for stage, stays in found.by_stage.items()}, found.waiting

    return counted


@pytest.fixture
def renew(database):
    def renew():
        with database.write() as session:
            return tallies.renew(session)

    return renew


EXPECTED = {"A": [Stays(5, 1, 0), Stays(40, 1, 0)], "B": [Stays(5, 0, 2)]}


@pytest.mark.usefixtures("office")
def test_it_is_the_same_before_and_after_it_was_counted(deals, counted, renew, go, stages, database):
    assert counted() == (EXPECTED, 0)
    assert renew() == 2
    assert counted() == (EXPECTED, 0)
    with database.read() as session:
        held = session.scalars(sa.select(Tally.hours).order_by(Tally.id))
        assert [one.partition(":")[2] for one in held] == ["5", "40"]
        assert tallies.check(session) == []

    go(deals[0], stages()["C"])
    assert counted()[0]["B"] == [Stays(5, 0, 1), *counted()[0]["B"][1:]], "what moved is measured at once"
    assert len(counted()[0]["C"]) == 1
    assert renew() == 1


def test_another_calendar_counts_anew(office, deals, counted, renew, admin, monkeypatch):
    renew()
    url = f"/api/v1/working-calendars/{office.id}"
    changed = admin.patch(url, json={"friday": "09:00-12:30"})
    assert changed.status_code == 200, changed.text
    by_hand = {"A": [Stays(1, 1, 0), Stays(35, 1, 0)], "B": [Stays(5, 0, 2)]}  # two halves; 4 * 8 + 3.5
    assert counted() == (by_hand, 0)

    monkeypatch.setattr(working_stays, "FEW", 1)
    assert counted() == ({"B": [Stays(5, 0, 2)]}, 2)
    assert "not counted yet of 2 deals" in admin.get(URL).text
    assert renew() == 2
    assert counted() == (by_hand, 0)
    assert renew() == 0


def test_the_page_offers_it_where_the_company_says_when_it_works(admin, deals, renew, make_record):
    pipeline = deals[0].pipeline_id
    address = f"{URL}&pipeline={pipeline}"
    before = admin.get(address).text
    assert "Working hours" not in before
    assert "Days by which half have left" in before, "there is no working time to count in"

    week = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), "09:00-13:00, 14:00-18:00")
    make_record(working_calendar, name="Office", is_default=True, saturday="", sunday="",
                time_zone="Europe/Berlin", **week)  # fmt: skip
    page = admin.get(address).text
    assert re.search(r'<option value="working" selected>Working hours</option>', page)
    assert "Working hours by which half have left" in page
    assert (
        '<td>A</td><td class="num">5</td><td class="num">5</td><td class="num">2</td><td class="num">0</td>'
        in page
    )
    assert "full working hours of each stay" in page
    assert "Days by which half have left" in admin.get(address.replace("working", "calendar")).text


def test_the_doctor_sees_hours_that_are_wrong(office, deals, renew, database):
    renew()
    with database.write() as session:
        session.execute(sa.update(Tally).where(Tally.id == deals[0].id).values(hours="1:99"))
    with database.read() as session:
        assert len(tallies.check(session)) == 1
    assert office
