"""Sixteen processes that write at once, some killed in the middle: stock stays sound.

``VINCULO_WRITERS=60`` lets them write for sixty seconds.
"""

import multiprocessing
import os
import random
import time
from contextlib import nullcontext
from decimal import Decimal

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy.exc import OperationalError

from vinculo.actor import Source, system
from vinculo.db.engine import Database
from vinculo.errors import VinculoError
from vinculo.records import service
from vinculo_warehouse import actions, checks
from vinculo_warehouse.models import Balance, Move, State, Type
from vinculo_warehouse.records import document

WRITERS, KILLED = 16, 5
SHORT = 4.0
SECONDS = float(os.environ.get("VINCULO_WRITERS", SHORT))
SYSTEM = system(Source.CLI)
OFTEN = (Type.SHIPMENT, Type.SHIPMENT, Type.SHIPMENT, Type.RECEIPT, Type.TRANSFER, Type.RESERVATION)
fork = multiprocessing.get_context("fork")  # nothing is imported anew


def act(session, rng, items, places, mine):
    """A document of some lines, or one of its own taken back."""
    if mine and rng.random() < 0.2:
        number = mine.pop(rng.randrange(len(mine)))
        record = service.get(session, document, number, actor=SYSTEM, lock=True)
        if record.state is State.POSTED:
            actions.release(session, record, actor=SYSTEM)
        return None
    what, (first, second) = rng.choice(OFTEN), rng.sample(places, 2)
    lines = [
        {"item_id": one, "quantity": Decimal(rng.randrange(1, 40)) / 4}
        for one in rng.sample(items, rng.randrange(1, 4))
    ]
    to = second if what is Type.TRANSFER else None
    how = {"state": State.POSTED, "warehouse_id": first, "to_warehouse_id": to, "actor": SYSTEM}
    return actions.make(session, what, lines, **how).id


def write(url, number, told, items, places):
    """Write until the time is over, and tell what came of it."""
    database, rng, mine = Database(url, busy_timeout_ms=30_000), random.Random(number), []
    posted = refused = waited = 0
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends:
        try:
            with database.write() as session:
                made = act(session, rng, items, places, mine)
            mine += [] if made is None else [made]
            posted += 1
        except VinculoError:
            refused += 1
        except OperationalError:  # a lock was waited for too long: nothing was written
            waited += 1
    told.put((posted, refused, waited))


def test_stock_is_sound_under_sixteen_writers_some_of_them_killed(
    database, make_item, make_warehouse, book, sound, capsys
):
    items = [make_item(f"Item {number}") for number in range(6)]
    places = [make_warehouse(name) for name in ("Main", "Shop", "Van")]
    for place in places:
        book("receipt", *((one, 50) for one in items), warehouse_id=place.id)
    database.close()  # no connection is shared with those that begin now
    ids = [[one.id for one in some] for some in (items, places)]
    url, told = database.url.render_as_string(hide_password=False), fork.SimpleQueue()
    processes = [
        fork.Process(target=write, args=(url, number, told, *ids), daemon=True) for number in range(WRITERS)
    ]
    for process in processes:
        process.start()
    time.sleep(SECONDS / 2)
    for process in processes[:KILLED]:
        process.kill()
    done = [told.get() for _process in processes[KILLED:]]
    for process in processes:
        process.join()

    posted, refused, waited = (sum(one) for one in zip(*done, strict=True))
    with capsys.disabled() if SECONDS > SHORT else nullcontext():
        print(f"\n{posted} posted, {refused} refused, {waited} waited too long")
    assert sound() == []
    assert posted > WRITERS
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.min(Balance.quantity))) >= 0
        kept = sa.select(sa.func.count()).select_from(Move)
        assert session.scalar(kept) > WRITERS


class Books(RuleBasedStateMachine):
    """Documents of all types in any order; the books stay sound, and nothing falls below zero."""

    session = None  # of the test
    items = places = ()

    @rule(
        what=st.sampled_from([one for one in Type if one is not Type.COUNT]),
        item=st.integers(0, 2), place=st.integers(0, 1), much=st.integers(1, 60), loses=st.booleans(),
    )  # fmt: skip
    def post(self, what, item, place, much, loses):
        """Whatever is refused writes nothing."""
        quantity = -much if loses and what is Type.ADJUSTMENT else much
        to = self.places[1 - place] if what is Type.TRANSFER else None
        self._try(lambda: actions.make(
            self.session, what, [{"item_id": self.items[item], "quantity": quantity}], state=State.POSTED,
            warehouse_id=self.places[place], to_warehouse_id=to, actor=SYSTEM,
        ))  # fmt: skip

    @rule(item=st.integers(0, 2), place=st.integers(0, 1), there=st.integers(0, 40))
    def count(self, item, place, there):
        """A count sets what is there."""
        self._try(lambda: actions.make(
            self.session, Type.COUNT, [{"item_id": self.items[item], "quantity": there}], state=State.POSTED,
            warehouse_id=self.places[place], actor=SYSTEM,
        ))  # fmt: skip

    @rule(number=st.integers(1, 40))
    def take_back(self, number):
        """Any document, whatever became of it."""

        def change():
            record = service.get(self.session, document, number, actor=SYSTEM, lock=True)
            actions.release(self.session, record, actor=SYSTEM)

        self._try(change)

    def _try(self, change):
        try:
            with self.session.begin_nested():
                change()
        except VinculoError:
            self.session.expire_all()

    @invariant()
    def sound(self):
        """All that the doctor looks at."""
        self.session.flush()
        assert [*checks.books(self.session)] == []


def test_the_books_are_sound_whatever_is_posted(session, make_item, make_warehouse):
    Books.session = session
    Books.items = [make_item(name).id for name in ("Flour", "Sugar", "Salt")]
    Books.places = [make_warehouse(name).id for name in ("Main", "Shop")]
    few = settings(
        max_examples=6, stateful_step_count=15, deadline=None, suppress_health_check=[*HealthCheck]
    )
    run_state_machine_as_test(Books, settings=few)
