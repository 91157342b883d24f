"""Working time between moments, counted by hand, and what holds for any calendar and any moments."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vinculo.company.hours import spans, written
from vinculo.company.working_time import ALWAYS, NeverOpenError, WorkingTime

BERLIN, SAO_PAULO, SYDNEY, APIA = (
    ZoneInfo(name) for name in ("Europe/Berlin", "America/Sao_Paulo", "Australia/Sydney", "Pacific/Apia")
)
OFFICE = (spans("09:00-13:00, 14:00-18:00"),) * 5 + ((), ())
NIGHT = (spans("00:00-06:00, 22:00-24:00"),) * 7
HOUR = 3600


def time(zone=BERLIN, week=OFFICE, **more):
    return WorkingTime(zone, week, **more)


def at(zone, *parts):
    return datetime(*parts, tzinfo=zone)


# 2026-11-27 is a Friday


def test_lunch_nights_and_weekends_do_not_count():
    office = time()
    friday, monday = at(BERLIN, 2026, 11, 27, 12), at(BERLIN, 2026, 11, 30, 9, 30)

    assert office.working_seconds(friday, monday) == (1 + 4) * HOUR + 1800
    assert office.add(friday, 5 * HOUR + 1800) == monday
    assert office.add(friday, HOUR) == at(BERLIN, 2026, 11, 27, 13), "the end of an hour, not the next begin"
    assert office.add(friday, HOUR + 1) == at(BERLIN, 2026, 11, 27, 14, 0, 1)


def test_it_is_open_from_the_first_minute_up_to_the_last():
    office = time()

    assert office.is_open(at(BERLIN, 2026, 11, 27, 9))
    assert not office.is_open(at(BERLIN, 2026, 11, 27, 13))
    assert office.next_open(at(BERLIN, 2026, 11, 27, 18)) == at(BERLIN, 2026, 11, 30, 9)
    inside = at(BERLIN, 2026, 11, 27, 10, 15)
    assert office.next_open(inside) == inside
    assert office.next_open(inside).tzinfo is UTC


def test_public_holidays_are_off_and_own_days_stand_above_them():
    sp = time(SAO_PAULO, country="BR", subdivision="SP", days={date(2026, 12, 25): spans("09:00-12:00"),
                                                               date(2026, 12, 24): ()})  # fmt: skip

    assert not sp.is_working_day(date(2026, 11, 20)), "Zumbi, since 2023 in all of Brazil"
    assert not sp.is_working_day(date(2026, 7, 9)), "of São Paulo alone"
    assert time(SAO_PAULO, country="BR").is_working_day(date(2026, 7, 9))
    assert not sp.is_working_day(date(2026, 12, 24))
    day = at(SAO_PAULO, 2026, 12, 25), at(SAO_PAULO, 2026, 12, 26)
    assert sp.working_seconds(*day) == 3 * HOUR


def test_working_days_are_counted_over_days_off():
    sp = time(SAO_PAULO, country="BR")

    assert sp.add_working_days(date(2026, 11, 19), 1) == date(2026, 11, 23), "Friday is a holiday"
    assert sp.add_working_days(date(2026, 11, 23), -1) == date(2026, 11, 19)
    assert sp.add_working_days(date(2026, 11, 20), 0) == date(2026, 11, 23)
    assert sp.add_working_days(date(2026, 11, 19), 0) == date(2026, 11, 19)
    assert sp.add_working_days(date(2026, 11, 21), 5) == date(2026, 11, 27)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (BERLIN, (2026, 3, 29), 7),  # 02:00 is skipped, in the middle of 00:00-06:00
        (BERLIN, (2026, 10, 25), 9),  # 02:00 comes twice
        (SYDNEY, (2026, 10, 4), 7),
        (SYDNEY, (2026, 4, 5), 9),
        (SAO_PAULO, (2018, 11, 4), 7),  # midnight itself is skipped
        (SAO_PAULO, (2018, 2, 17), 9),  # the last hour of the day comes twice
        (APIA, (2011, 12, 30), 0),  # a whole day is skipped
        (BERLIN, (2026, 11, 27), 8),
    ],
)
def test_hours_are_those_on_the_wall_where_clocks_are_changed(zone, day, hours):
    night, first = time(zone, NIGHT), date(*day)
    begin, end = (
        datetime(one.year, one.month, one.day, 12, tzinfo=zone)
        for one in (first - timedelta(days=1), first + timedelta(days=1))
    )
    # noon to noon of two days: the 2 h and 6 h of the days around, and what the day itself has
    assert night.working_seconds(begin, end) == (2 + 6 + hours) * HOUR


def test_spring_and_autumn_are_counted_by_hand():
    early = time(BERLIN, (spans("01:30-03:30"),) * 7)

    assert early.working_seconds(at(BERLIN, 2026, 3, 29), at(BERLIN, 2026, 3, 29, 12)) == HOUR
    assert early.working_seconds(at(BERLIN, 2026, 10, 25), at(BERLIN, 2026, 10, 25, 12)) == 3 * HOUR
    assert early.add(at(BERLIN, 2026, 3, 29), HOUR) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_without_a_calendar_every_hour_counts():
    begin = datetime(2026, 11, 28, 23, tzinfo=UTC)

    assert ALWAYS.working_seconds(begin, begin + timedelta(days=3)) == 72 * HOUR
    assert ALWAYS.add(begin, 30 * HOUR) == begin + timedelta(hours=30)
    assert ALWAYS.is_open(begin)


def test_what_never_opens_says_so_instead_of_searching_for_ever():
    never = time(week=((),) * 7)

    begin = at(BERLIN, 2026, 1, 1)
    for asked in (
        lambda: never.add(begin, 1),
        lambda: never.next_open(begin),
        lambda: never.add_working_days(begin.date(), -1),
    ):
        with pytest.raises(NeverOpenError):
            asked()
    with pytest.raises(ValueError):
        never.add(at(BERLIN, 2026, 1, 1), -1)


# Any calendar, any moments

ZONES = st.sampled_from([BERLIN, SAO_PAULO, SYDNEY, APIA, ZoneInfo("Asia/Kolkata"), ZoneInfo("UTC")])
MOMENTS = st.integers(1_230_768_000, 1_798_675_200).map(lambda one: datetime.fromtimestamp(one, UTC))
DAYS = st.lists(st.integers(0, 96), max_size=6, unique=True).map(
    lambda ends: tuple((a * 15, b * 15) for a, b in zip(sorted(ends)[::2], sorted(ends)[1::2], strict=False))
)
WEEKS = st.lists(DAYS, min_size=7, max_size=7).filter(any)
CALENDARS = st.builds(WorkingTime, ZONES, WEEKS, st.sampled_from(["", "BR", "RU"]))
NEAR = st.integers(0, 20 * 24 * HOUR).map(lambda one: timedelta(seconds=one))


@settings(deadline=None)
@given(CALENDARS, MOMENTS, NEAR, NEAR)
def test_parts_add_up_to_the_whole(calendar, begin, one, other):
    middle, end = begin + one, begin + one + other
    whole = calendar.working_seconds(begin, end)

    assert whole == calendar.working_seconds(begin, middle) + calendar.working_seconds(middle, end)
    assert 0 <= whole <= (end - begin).total_seconds()
    assert calendar.working_seconds(end, begin) == (0 if end > begin else whole)


@settings(deadline=None)
@given(CALENDARS, MOMENTS, st.integers(1, 200_000))
def test_adding_is_the_inverse_of_counting(calendar, begin, seconds):
    end = calendar.add(begin, seconds)

    assert calendar.working_seconds(begin, end) == seconds
    assert calendar.working_seconds(begin, end - timedelta(seconds=1)) == seconds - 1, "the first such moment"
    assert calendar.add(begin, seconds + 1) > end
    assert calendar.is_open(end - timedelta(seconds=1))


@settings(deadline=None)
@given(CALENDARS, MOMENTS, NEAR)
def test_a_moment_of_working_time_is_found_again(calendar, begin, later):
    end = calendar.next_open(begin + later)
    seconds = calendar.working_seconds(begin, end + timedelta(seconds=1))

    assert calendar.add(begin, seconds) == end + timedelta(seconds=1)
    assert calendar.next_open(end) == end
    opens = calendar.next_open(begin)
    assert calendar.working_seconds(begin, opens) == 0
    assert calendar.is_open(opens)


@settings(deadline=None)
@given(CALENDARS, MOMENTS, st.integers(1, 40))
def test_working_days_there_and_back(calendar, begin, count):
    day = calendar.add_working_days(begin.date(), 0)

    there = calendar.add_working_days(day, count)
    assert calendar.add_working_days(there, -count) == day
    assert (
        sum(calendar.is_working_day(day + timedelta(days=n)) for n in range(1, (there - day).days + 1))
        == count
    )


# Hours as people write them


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("9-18", "09:00-18:00"),
        ("14:00\N{EN DASH}18:00; 9:00 - 13:00", "09:00-13:00, 14:00-18:00"),
        ("9-13,13-18", "09:00-18:00"),
        ("22-24", "22:00-24:00"),
        (" ", ""),
    ],
)
def test_hours_are_kept_in_one_way(typed, kept):
    assert written(spans(typed)) == kept


@pytest.mark.parametrize(
    "typed", ["9", "9-25", "24:15-24:30", "18-9", "9-9", "9-13, 12-18", "٩-١٨", "9:60-10"]
)
def test_what_are_no_hours_is_refused(typed):
    with pytest.raises(ValueError, match=r"\w{4}"):
        spans(typed)
