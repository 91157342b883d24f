"""Subscriptions are told what happens: in order, once, whatever fails in between."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from vinculo.actor import Source, system
from vinculo.audit import delivering
from vinculo.events import log
from vinculo.events.models import Event
from vinculo.plugins.calling import Owned
from vinculo.plugins.listening import Subscription

SYSTEM = system(Source.JOB)


@pytest.fixture
def happen(database):
    """Write events: ``happen("deal.won", "deal.lost")``; their titles are numbers."""
    count = iter(range(1, 1000))

    def happen(*names):
        with database.write() as session:
            for name in names:
                kind, action = name.split(".")
                log.write(
                    session, actor=SYSTEM, action=action, kind=kind, record_id=1, title=f"{next(count)}"
                )

    return happen


@pytest.fixture
def site(visitor):
    return visitor.app.state.site


@pytest.fixture
def listen(site):
    """Subscribe: what is told lands in the list that is returned."""

    def listen(name, *wanted, fails=lambda _title: None):
        told = []

        def deliver(site, session, events):
            for one in events:
                fails(one.title)
                log.write(session, actor=SYSTEM, action="noted", kind=name, record_id=1, title=one.title)
            told.extend(one.title for one in events)

        made = Subscription(name, lambda _site, _session: set(wanted), deliver)
        site.registry.subscriptions.append(Owned("audit", made))
        return told

    yield listen
    site.registry.subscriptions.clear()


def test_each_is_told_what_it_wants_from_its_first_time_on(site, happen, listen):
    won, closed = listen("a", "deal.won"), listen("b", "deal.won", "deal.lost")
    happen("deal.won")
    delivering.deliver(site)
    assert won == closed == []

    happen("deal.won", "deal.lost", "deal.opened", "lead.won")
    happen("deal.won")
    delivering.deliver(site)
    delivering.deliver(site)
    assert won == ["2", "6"]
    assert closed == ["2", "3", "6"]


def test_one_that_fails_is_told_again_and_holds_up_no_other(site, happen, listen, monkeypatch):
    monkeypatch.setattr(delivering, "AT_ONCE", 2)
    broken = [True]

    def fails(title):
        if title == "4" and broken:
            raise RuntimeError("no")

    a, b = listen("a", "deal.won", fails=fails), listen("b", "deal.won")
    delivering.deliver(site)
    happen(*["deal.won"] * 5)
    delivering.deliver(site)
    assert a == ["1", "2"]
    assert b == ["1", "2", "3", "4", "5"]

    broken.clear()
    delivering.deliver(site)
    assert a == ["1", "2", "3", "4", "5"]
    with site.database.read() as session:
        noted = sa.select(Event.title).where(Event.kind == "a", Event.action == "noted").order_by(Event.id)
        assert [*session.scalars(noted)] == a, "what it wrote before it failed was taken back"


def test_while_a_plugin_is_off_its_mark_stands_still(site, happen, listen):
    told = listen("a", "deal.won")
    delivering.deliver(site)
    (owned,) = site.registry.subscriptions
    site.registry.subscriptions.clear()
    happen("deal.won")
    delivering.deliver(site)
    site.registry.subscriptions.append(replace(owned))
    delivering.deliver(site)
    assert told == ["1"]
