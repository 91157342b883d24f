"""An import that is taken back leaves everything as it was, and overwrites nothing that was done since."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from vinculo.clients.records import client as client_kind
from vinculo.db.base import Base, now
from vinculo.errors import ConflictError
from vinculo.events.models import Trash
from vinculo.people.records import person as person_kind
from vinculo.records import import_here, import_parts, import_reverts, importing, service, tidying, trash
from vinculo.records.images import STAMPS
from vinculo.records.import_rejects import Rejects
from vinculo.records.importing import Plan
from vinculo.records.models import ImportRun
from vinculo.records.reading import RowValues, Values
from vinculo.testing.factories import KINDS, SYSTEM

WORKER = Path(__file__).with_name("revert_worker.py")
UNHASHED = {"events_event", "events_head", "events_trash"}


def content(database):
    """A hash of every row of every table but the log, the trash and what is known of imports."""
    found = hashlib.sha256()
    with database.read() as session:
        for table in Base.metadata.sorted_tables:
            if table.name not in UNHASHED and not table.name.startswith(("accounts_", "records_import")):
                passing = STAMPS | ({"id"} if table.name == "records_match_key" else set())  # written anew
                columns = [column for column in table.c if column.name not in passing]
                rows = sorted(map(repr, session.execute(sa.select(*columns))))
                found.update(f"{table.name}{rows}".encode())
    return found.hexdigest()


@pytest.fixture
def bring_in(database, write_file, tmp_path):
    """Import lines of CSV; the id of the run."""

    def bring(*lines: str, kind=client_kind, match=None, others=()) -> int:
        path = write_file(*lines)
        seen = importing.count_rows(path)
        parts = import_parts.of(KINDS, kind, others, SYSTEM)
        columns = parts.guess(seen.header)
        keys = parts.default_match(columns) if match is None else match
        what = {"mapping": columns, "match": keys, "others": others}
        plan = Plan(kind=kind, path=path, layout=seen.layout, **what)
        with database.write() as session:
            run = import_here.begin(session, tmp_path, plan, total=seen.total, actor=SYSTEM)
        rejects = Rejects(tmp_path / "rejects.csv")
        import_here.run(database, KINDS, plan, run, actor=SYSTEM, rejects=rejects)
        return run.id

    return bring


def take_back(database, run_id, *overwrite):
    with database.write() as session:
        run = session.get(ImportRun, run_id)
        import_reverts.begin(session, run, KINDS, actor=SYSTEM, overwrite=overwrite)
    return import_reverts.work(database, KINDS, run_id, actor=SYSTEM)


def clashes(database, run_id):
    with database.read() as session:
        run = session.get(ImportRun, run_id)
        return [*import_reverts.clashes(session, KINDS, run, actor=SYSTEM, most=50)]


def change(database, kind, record_id, **values):
    rows = {name: values.pop(name) for name in ("contact_points",) if name in values}
    with database.write() as session:
        record = service.get(session, kind, record_id, actor=SYSTEM, lock=True)
        added = {name: [RowValues(one) for one in some] for name, some in rows.items()}
        given = Values(fields=values, additions=added)
        service.update(session, kind, record, given, actor=SYSTEM)


FILE = [
    "External id,Name,Industry,Phone,E-mail",
    "A-1,Luz,Food,+551132654321,luz@example.com",
    "A-2,Sol,Retail,,sol@example.com",
    "A-3,Mar,Retail,,",
    "A-2,Sol Ltda,,+551132654322,",
]


def test_all_is_as_before(database, bring_in, make_client):
    make_client("Padaria Luz", external_id="A-1", industry="Bakery", note="x")
    before = content(database)
    run_id = bring_in(*FILE)
    assert content(database) != before

    done = take_back(database, run_id)
    assert (done.deleted, done.restored, done.lost) == (2, 1, 0)
    assert clashes(database, run_id) == []
    assert content(database) == before
    with pytest.raises(ConflictError) as refused:
        take_back(database, run_id)
    assert refused.value.code == "nothing_to_revert"


def test_what_was_done_since_stays_unless_it_is_chosen(database, bring_in, make_client, make_person):
    luz = make_client("Padaria Luz", external_id="A-1", industry="Bakery", note="x")
    run_id = bring_in(*FILE)
    sol, mar = (found(database, external_id) for external_id in ("A-2", "A-3"))
    change(
        database,
        client_kind,
        luz.id,
        name="Luz do Sol",
        note="y",
        contact_points=[{"type": "email", "value": "b@x.com"}],
    )
    change(database, client_kind, sol, industry="Energy")
    make_person("Ana", client_id=mar)

    done = take_back(database, run_id)
    assert (done.deleted, done.restored) == (0, 1)
    left = clashes(database, run_id)
    assert {(clash.key, clash.before, clash.imported, clash.present) for clash in left} == {
        (f"client:{luz.id}:name", "Padaria Luz", "Luz", "Luz do Sol"),
        (f"client:{sol}:", None, None, None),
        (f"client:{mar}:", None, None, None),
    }
    assert {clash.reason for clash in left if clash.id == mar} == {"other records hang on it: People: 1"}
    with database.read() as session:
        kept = service.get(session, client_kind, luz.id, actor=SYSTEM)
        assert (kept.name, kept.note, kept.industry) == ("Luz do Sol", "y", "Bakery")
        assert [row.value for row in kept.contact_points] == ["b@x.com"]

    done = take_back(database, run_id, f"client:{luz.id}:name", f"client:{mar}:")
    assert (done.deleted, done.restored) == (1, 2)
    assert [clash.id for clash in clashes(database, run_id)] == [sol]
    assert take_back(database, run_id, "*").deleted == 2
    with database.read() as session:
        assert service.get(session, client_kind, luz.id, actor=SYSTEM).name == "Padaria Luz"
        assert session.scalar(sa.select(sa.func.count()).select_from(client_kind.model)) == 1


def found(database, external_id):
    with database.read() as session:
        return session.scalar(sa.select(client_kind.model.id).filter_by(external_id=external_id))


EDITS = st.lists(
    st.tuples(st.sampled_from(["A-1", "A-2", "A-3"]), st.sampled_from(["name", "note", "points", "goes"])),
    max_size=4,
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS)
@example(edits=[])
def test_edits_since_are_kept_and_the_rest_is_as_before(database, bring_in, make_client, edits):
    empty(database)
    luz = make_client("Padaria Luz", external_id="A-1", industry="Bakery")
    before = content(database)
    run_id = bring_in(*FILE)
    ids = {external_id: found(database, external_id) for external_id in ("A-1", "A-2", "A-3")}
    edited = {external_id for external_id, what in edits if edit(database, ids[external_id], what)}
    present = {one: values_of(database, record_id) for one, record_id in ids.items()}

    assert take_back(database, run_id).state == "done"
    after = {one: values_of(database, record_id) for one, record_id in ids.items()}
    for made in ("A-2", "A-3"):
        assert after[made] == (present[made] if made in edited else None)
    if was := present["A-1"]:
        told = {clash.part for clash in clashes(database, run_id) if clash.id == luz.id}
        points = [row["value"] for row in was["contact_points"] if row["value"] == "new@x.com"]
        assert [row["value"] for row in after["A-1"]["contact_points"]] == points
        changed = was["name"] != "Luz"
        kept = {"industry": "Bakery", "note": was["note"], "name": was["name"] if changed else "Padaria Luz"}
        assert {name: after["A-1"][name] for name in kept} == kept
        assert told == ({"name"} if changed else set())
    if not edited:
        assert content(database) == before


def empty(database):
    with database.write() as session:
        for record in session.scalars(sa.select(client_kind.model)).all():
            trash.delete(session, client_kind, record, actor=SYSTEM)


def edit(database, record_id, what):
    """Whether there was still something to edit."""
    if values_of(database, record_id) is None:
        return False
    if what == "goes":
        with database.write() as session:
            record = service.get(session, client_kind, record_id, actor=SYSTEM, lock=True)
            trash.delete(session, client_kind, record, actor=SYSTEM)
    elif what == "points":
        change(database, client_kind, record_id, contact_points=[{"type": "email", "value": "new@x.com"}])
    else:
        change(database, client_kind, record_id, **{what: "edited"})
    return True


def values_of(database, record_id):
    with database.read() as session:
        record = session.get(client_kind.model, record_id)
        return record and service.snapshot(client_kind, record)


def test_one_that_is_killed_goes_on_and_nothing_is_done_twice(database, bring_in, tmp_path):
    before = content(database)
    lines = ("Name,Contact name", *(f"Client {number},Person {number}" for number in range(60)))
    run_id = bring_in(*lines, others=["person"])
    with database.write() as session:
        import_reverts.begin(session, session.get(ImportRun, run_id), KINDS, actor=SYSTEM)
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, str(WORKER), url, str(run_id)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "in the middle\n"
    finally:
        process.kill()
        process.communicate()
    with database.read() as session:
        models = client_kind.model, person_kind.model
        left = [session.scalar(sa.select(sa.func.count()).select_from(model)) for model in models]
        assert 0 < sum(left) < 120

    done = import_reverts.work(database, KINDS, run_id, actor=SYSTEM)
    assert (done.state, done.deleted, done.done, done.total) == ("done", 120, 120, 120)
    assert content(database) == before
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Trash)) == 120


@pytest.mark.databases("sqlite")
def test_after_its_time_an_import_is_for_good(database, bring_in, tmp_path):
    run_id = bring_in("Name", "Luz")
    with database.write() as session:
        session.get(ImportRun, run_id).created_at = now() - tidying.IMPORTS_KEPT
    tidying.tidy(
        SimpleNamespace(database=database, settings=SimpleNamespace(files=SimpleNamespace(folder=tmp_path)))
    )
    with pytest.raises(ConflictError):
        take_back(database, run_id)
