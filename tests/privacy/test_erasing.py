"""A person is erased wherever they left something, and nobody else is."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from vinculo.actor import Source, system
from vinculo.events import chain
from vinculo.events.models import Event
from vinculo.events.verify_log import find_faults
from vinculo.people.models import ContactPoint, Person
from vinculo.plugins.models import PluginState
from vinculo.privacy import erasing, subjects
from vinculo.transfer.reading import snapshot
from vinculo.transfer.sealed import file_hash, open_sealed

ACTOR = system(Source.CLI)


def erase(house, person_id):
    with house.database.read() as session:
        found = subjects.subject(session, person_id)
    return erasing.erase(house, found, actor=ACTOR)


@pytest.mark.parametrize("installed", [True, False], ids=["off", "package gone"])
def test_no_value_is_found_anywhere(house, case, traces_of, database, uninstall, installed):
    before = traces_of()
    assert len({one.rpartition(": ")[2] for one in before}) >= 12
    if not installed:
        uninstall("interactions")
    with database.read() as session:
        planned = erasing.plan(session, house, subjects.subject(session, case.id))

    done = erase(house, case.id)

    assert traces_of() == []
    assert done.lines == planned.lines
    with snapshot(database) as connection:
        assert find_faults(chain.rows(connection), lambda: chain.head(connection))[1] == []
    with database.read() as session:
        assert session.get(Person, case.id).name == f"Erased person {case.id}"
        assert session.get(Person, case.colleague).name == "Bruno Lima"
        assert session.scalars(sa.select(ContactPoint.value)).all() == ["b@l.com"]
        event = session.get(Event, done.event)
        assert (event.kind, event.record_id, event.changes["certificate"][1]) == (
            "person",
            case.id,
            done.hash,
        )
        state = session.scalar(sa.select(PluginState).where(PluginState.name == "interactions"))
    path = house.files / "archives" / state.archive["file"]
    assert file_hash(path) == state.archive["sha256"] == done.archives[0].sha256
    with open_sealed(path, "plugin", "interactions") as sealed:
        assert sealed.manifest.about["erased"][0]["register"] == done.register
