"""Repeats and moments, for any day, time and zone: also where clocks are put forward and back."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vinculo_tasks import repeats
from vinculo_tasks.models import Remind, Repeat

# Zones that put clocks forward and back, at midnight too, one by half an hour; one never.
ZONES = [
    "America/New_York", "Europe/Lisbon", "Europe/Moscow", "America/Sao_Paulo", "Australia/Lord_Howe",
    "Africa/Cairo", "Asia/Beirut", "Pacific/Apia", "UTC",
]  # fmt: skip
days = st.dates(date(2005, 1, 1), date(2037, 12, 31))
clocks = st.integers(0, 24 * 60 - 1).map(lambda one: f"{one // 60:02}:{one % 60:02}")
zones = st.sampled_from(ZONES).map(ZoneInfo)
presets = st.sampled_from([one for one in Repeat if one not in (Repeat.NEVER, Repeat.RULE)])


def exists(wall, zone):
    """Whether the clock on the wall ever shows this."""
    back = wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    return back.replace(tzinfo=None) == wall


@given(days, clocks, zones)
def test_it_is_due_when_the_clock_on_the_wall_says_so(day, clock, zone):
    at = repeats.due_at(day, clock, zone)
    wall = datetime.combine(day, time.fromisoformat(clock))
    shown = at.astimezone(zone).replace(tzinfo=None)
    assert shown == wall or (not exists(wall, zone) and timedelta(0) < shown - wall <= timedelta(days=1))


@given(days, zones)
def test_a_day_without_a_time_is_over_when_the_next_begins(day, zone):
    at = repeats.due_at(day, None, zone)
    assert (at - timedelta(microseconds=1)).astimezone(zone).date() <= day or not exists(
        datetime.combine(day + timedelta(days=1), time()), zone
    )
    assert at.astimezone(zone).date() > day


@given(days, clocks, zones, st.sampled_from([Remind.DAY, Remind.WEEK]))
def test_a_day_before_is_the_same_time_on_the_clock(day, clock, zone, remind):
    at = repeats.remind_at(remind, day, clock, zone)
    before = timedelta(days=1 if remind is Remind.DAY else 7)
    wall = datetime.combine(day, time.fromisoformat(clock)) - before
    assert at.astimezone(zone).replace(tzinfo=None) == wall or not exists(wall, zone)


@given(days, clocks, zones, st.sampled_from([Remind.AT, Remind.QUARTER, Remind.HOUR]))
def test_minutes_before_are_minutes_that_pass(day, clock, zone, remind):
    minutes = {Remind.AT: 0, Remind.QUARTER: 15, Remind.HOUR: 60}[remind]
    due, at = repeats.due_at(day, clock, zone), repeats.remind_at(remind, day, clock, zone)
    assert due - at == timedelta(minutes=minutes)


@given(presets, days, st.integers(0, 400))
def test_the_next_day_is_later_and_none_is_left_out(repeat, due, late):
    rule, after = repeats.rule_of(repeat, due), due + timedelta(days=late)
    following = repeats.next_day(rule, due, after)
    assert following is not None
    assert following > after
    first = repeats.next_day(rule, due, due)
    assert first <= following
    longest = {"day": 1, "weekday": 3, "week": 7, "fortnight": 14, "month": 31, "quarter": 92, "year": 366}
    assert (first - due).days <= longest[repeat]


@given(presets, days)
def test_a_repeat_goes_on_by_the_calendar_for_years(repeat, due):
    """Each next one begins the rule anew; the day of the month is not lost in a short one."""
    rule, day, seen = repeats.rule_of(repeat, due), due, []
    for _one in range(30):
        day = repeats.next_day(rule, day, day)
        seen.append(day)
    assert seen == sorted(set(seen))
    if repeat in (Repeat.MONTH, Repeat.QUARTER):
        assert all(one.day == min(due.day, _last(one)) for one in seen)
        assert {(one.year * 12 + one.month - due.year * 12 - due.month) % (3 if repeat == "quarter" else 1)
                for one in seen} == {0}  # fmt: skip
    if repeat is Repeat.WEEKDAY:
        assert all(one.weekday() < 5 for one in seen)
    if repeat in (Repeat.WEEK, Repeat.FORTNIGHT):
        assert {one.weekday() for one in seen} == {due.weekday()}


RULES = [
    "FREQ=DAILY;INTERVAL=5", "FREQ=WEEKLY;BYDAY=SU", "FREQ=MONTHLY;BYDAY=-1SU", "FREQ=MONTHLY;BYMONTHDAY=-1",
    "FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", "FREQ=YEARLY;BYWEEKNO=13;BYDAY=SU",
]  # fmt: skip


@given(presets | st.sampled_from(RULES), days, clocks, zones)
def test_a_chain_keeps_the_time_on_the_clock_where_clocks_are_changed(repeat, due, clock, zone):
    """From task to task: what passes between two is days of the calendar and what clocks were put."""
    rule = repeat if repeat in RULES else repeats.rule_of(repeat, due)
    wall = time.fromisoformat(clock)
    before, at = due, repeats.due_at(due, clock, zone)
    for _one in range(24):
        day = repeats.next_day(rule, before, before)
        following = repeats.due_at(day, clock, zone)
        shown, was = following.astimezone(zone), at.astimezone(zone)
        both = all(exists(datetime.combine(one, wall), zone) for one in (before, day))
        assert following > at
        if both:
            assert (shown.date(), shown.time(), was.time()) == (day, wall, wall)
            assert following - at == (day - before) - (shown.utcoffset() - was.utcoffset())
        before, at = day, following


def _last(day):
    return ((day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)).day


@pytest.mark.parametrize(
    "rule",
    [
        "", "monthly", "FREQ=HOURLY", "FREQ=DAILY;COUNT=3", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;BYHOUR=3",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MONTHLY;BYDAY=XX",
        "DTSTART:20200101\nRRULE:FREQ=DAILY", "FREQ=DAILY;INTERVAL=99999", "FREQ=DAILY;UNTIL=junk",
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused(rule):
    with pytest.raises((ValueError, TypeError, KeyError)):
        repeats.check_rule(rule)


def test_a_rule_of_ones_own():
    rule = "FREQ=MONTHLY;BYDAY=1MO"
    repeats.check_rule(rule)
    assert repeats.next_day(rule, date(2026, 11, 2), date(2026, 11, 2)) == date(2026, 12, 7)
    ends = "FREQ=WEEKLY;UNTIL=20261120"
    repeats.check_rule(ends)
    assert repeats.next_day(ends, date(2026, 11, 10), date(2026, 11, 10)) == date(2026, 11, 17)
    assert repeats.next_day(ends, date(2026, 11, 17), date(2026, 11, 17)) is None


@given(st.text(max_size=60), days)
def test_nonsense_never_hangs_nor_breaks(text, due):
    try:
        repeats.check_rule(f"FREQ=DAILY;{text}")
    except (ValueError, TypeError, KeyError):
        return
    repeats.next_day(f"FREQ=DAILY;{text}", due, due)
