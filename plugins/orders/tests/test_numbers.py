"""Numbers of many who count at once."""

from concurrent.futures import ThreadPoolExecutor

from vinculo.company import charging
from vinculo_orders.models import Counter

WRITERS = 16


class GivenUpError(Exception):
    """What makes a transaction fail."""


def test_sixteen_who_count_leave_no_gap_also_where_some_give_up(admin, database):
    def count(number):
        with database.write() as session:
            found = charging.count(session, Counter, "1/2026")
            if number % 3 == 0:
                raise GivenUpError
        return found

    with ThreadPoolExecutor(WRITERS) as pool:
        waiting = [pool.submit(count, number) for number in range(WRITERS * 3)]
    found = [one.result() for one in waiting if one.exception() is None]
    assert sorted(found) == list(range(1, WRITERS * 2 + 1))
