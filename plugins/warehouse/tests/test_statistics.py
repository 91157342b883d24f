"""The formulae by hand, and what holds of them whatever comes and goes."""

import inspect
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vinculo_warehouse import explained, reports, statistics
from vinculo_warehouse.statistics import Step, average, fifo, proposed


def steps(*pairs):
    return [Step(Decimal(quantity), Decimal(cost)) for quantity, cost in pairs]


def went(method, *pairs):
    return [f"{one.went.normalize():f}" for one in method(steps(*pairs)) if one.went]


BOUGHT = (("10", "2"), ("10", "3"))


def test_first_in_first_out_by_hand():
    # 12 of them: ten at 2, two at 3; then the eight that are left, at 3
    assert went(fifo, *BOUGHT, ("-12", "0"), ("-8", "0")) == ["26", "24"]
    # three of something that cost 10 in all: 3.3333, and the rest of it
    assert went(fifo, ("3", "3.3333"), ("-1", "0"), ("-2", "0")) == ["3.3333", "6.6666"]


def test_moving_average_by_hand():
    # 20 cost 50, so 12 of them 30; eight cost 20, with two more at 5 ten cost 30, so 5 of them 15
    assert went(average, *BOUGHT, ("-12", "0"), ("2", "5"), ("-5", "0")) == ["30", "15"]


@pytest.mark.parametrize("method", [fifo, average])
def test_what_goes_out_before_it_came_costs_what_covers_it(method):
    # 3 go out of 1 that cost 4; the 5 at 10 that come cover two of them; three are left at 30
    assert went(method, ("1", "4"), ("-3", "0"), ("5", "10"), ("-3", "0")) == ["4", "20", "30"]


amounts = st.decimals(min_value="0.0001", max_value=1000, places=4)
moves = st.lists(st.tuples(amounts, amounts, st.booleans()), max_size=30)


@pytest.mark.parametrize("method", [fifo, average])
@given(moves)
def test_what_came_in_went_out_or_is_left(method, given_moves):
    taken = [Step(quantity if comes else -quantity, cost) for quantity, cost, comes in given_moves]
    there = sum((step.quantity for step in taken), Decimal(0))
    if there > 0:
        taken.append(Step(-there))
    elif there < 0:
        taken.append(Step(-there, Decimal("1.5")))
    found = list(method(taken))
    assert sum(one.came for one in found) == sum(one.went for one in found), "with nothing left, all has gone"
    left = Decimal(0)
    for one in found:
        left += one.came - one.went
        assert left >= 0
        assert one.went >= 0


def test_both_cost_the_same_where_all_costs_are_one():
    taken = steps(("5", "7"), ("-2", "0"), ("4", "7"), ("-6", "0"))
    assert [one.went for one in fifo(taken)] == [one.went for one in average(taken)]


@pytest.mark.parametrize(
    ("values", "much"),
    [
        (("5", "0", "5", "20", "6"), "0"),  # there is enough
        (("4", "1", "5", "20", "6"), "0"),  # with what is on order
        (("4", "0", "5", "20", "6"), "18"),  # 16 are missing, in sixes
        (("-3", "0", "5", None, None), "8"),
        (("1.5", "0", "2", "4", "0.4"), "2.8"),
        (("4", "0", "5", "2", None), "1"),  # the target is at least the minimum
    ],
)
def test_what_is_ordered_by_hand(values, much):
    assert proposed(*(None if one is None else Decimal(one) for one in values)) == Decimal(much)


def test_pages_say_what_the_code_says():
    said = {**explained.OF, reports.turnover: explained.TURNOVER}
    for function, text in said.items():
        assert " ".join(inspect.getdoc(function).split()) == str(text)
    assert {statistics.fifo, statistics.average, statistics.proposed} == {*explained.OF}
