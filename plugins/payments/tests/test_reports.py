"""The formulae by hand."""

import inspect
from datetime import date
from decimal import Decimal

from vinculo_payments import explained
from vinculo_payments.statistics import bucket, days_sales_outstanding, lateness, median

DAY = date(2026, 3, 31)


def test_the_first_overdue_bucket_starts_at_one_day():
    due = {date(2026, 4, 1): 0, DAY: 0, date(2026, 3, 30): 1, date(2026, 3, 1): 1, date(2026, 2, 28): 2}
    assert {one: bucket(one, DAY) for one in due} == due
    assert [bucket(date.fromordinal(DAY.toordinal() - age), DAY) for age in (60, 61, 90, 91)] == [2, 3, 3, 4]


def test_what_is_owed_in_days_of_sales():
    assert days_sales_outstanding(Decimal(50), Decimal(200), 365) == 91.25
    assert days_sales_outstanding(Decimal(50), Decimal(0), 365) is None


def test_lateness_goes_by_amount():
    assert lateness([(10, Decimal(100)), (-2, Decimal(300))]) == 1.0
    assert lateness([]) is None
    assert (median([30, 1, 5]), median([])) == (5, 0)


def test_pages_say_what_the_code_says():
    for function, text in explained.OF.items():
        assert str(text) == inspect.getdoc(function)
