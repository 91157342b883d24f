"""The number beside deals in the menu: one's own open deals that are behind."""

import re
from datetime import timedelta

import pytest

from vinculo.actor import FieldAccess, Scope
from vinculo.i18n import today


def shown(browser):
    """What the menu says of deals, on their own page: there the number is never old."""
    entry = re.search(r'<a[^>]*href="/deals"[^>]*>.*?</a>', browser.get("/deals").text, re.DOTALL)
    found = re.search(r'class="count"[^>]*>(\d+)', entry[0])
    return int(found[1]) if found else None


def day(ago):
    return f"{today() - timedelta(days=ago)}"


@pytest.fixture
def deals(make_deal, stages, make_reason):
    """Three that are behind, one of them in both ways, among some that are not."""
    make_deal("Step", responsible_id=1, next_step="Call", next_step_on=day(1))
    make_deal("Close", responsible_id=1, expected_on=day(3))
    make_deal("Both", responsible_id=1, expected_on=day(1), next_step="Call", next_step_on=day(1))
    make_deal("Today", responsible_id=1, expected_on=day(0), next_step="Call", next_step_on=day(0))
    make_deal("Nobody's", expected_on=day(1))
    lost = {"stage_id": stages()["Closed lost"], "lost_reason_id": make_reason().id}
    make_deal("Lost", responsible_id=1, expected_on=day(1), **lost)


def test_the_menu_counts_what_is_behind(admin, deals):
    assert shown(admin) == 3


def test_there_is_one_entry_and_no_number_where_nothing_is(admin, make_deal):
    make_deal("Nobody's", expected_on=day(1))
    assert shown(admin) is None
    assert len(re.findall(r'<a class="nav"[^>]*href="/deals"', admin.get("/clients").text)) == 1


@pytest.mark.parametrize(
    ("hidden", "count"), [("expected_on", 2), ("next_step_on", 2), ("responsible_id", None), ("note", 3)]
)
def test_who_does_not_see_a_day_is_told_nothing_of_it(hidden, count, member, make_role, request):
    request.getfixturevalue("deals")  # after the member, who is the first user here
    make_role("Member", {"deals.deal.read": Scope.ALL}, {("deal", hidden): FieldAccess.HIDDEN})
    assert shown(member) == count
