"""The event log is a chain: nothing is edited, removed or put in unseen, and writers do not fork it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vinculo.actor import Source, system
from vinculo.clients.records import client
from vinculo.db.base import now
from vinculo.events import chain, log, verify_log
from vinculo.events.models import Event, Head
from vinculo.events.verify_log import FACTS, GENESIS, Fault, find_faults, link, seal
from vinculo.records import service
from vinculo.records.reading import Values

ACTOR = system(Source.CLI)
WORKER = Path(__file__).with_name("chain_worker.py")
SCRIPT = Path(verify_log.__file__)
NAMES = ["Padaria Luz", "Заря", 'O\'Brien "& Sons"', "线", "a\u2028b", "Ünï\tcode", "\U0001f511 key"]


@pytest.fixture
def add(database):
    """Add clients of these names, each in a transaction of its own."""

    def add(*names: str) -> None:
        for name in names:
            with database.write() as session:
                service.create(session, client, Values({"name": name}), actor=ACTOR)

    return add


def titles(database):
    with database.read() as session:
        return list(session.scalars(sa.select(Event.title).order_by(Event.id)))


def test_whatever_is_rolled_back_leaves_the_chain_whole(database, add, faults_of):
    add(*NAMES)
    with database.write() as session:
        service.create(session, client, Values({"name": "kept"}), actor=ACTOR)
        outer = session.begin_nested()
        with session.begin_nested():
            service.create(session, client, Values({"name": "inner"}), actor=ACTOR)
        service.create(session, client, Values({"name": "outer"}), actor=ACTOR)
        outer.rollback()
        with session.begin_nested():
            service.create(session, client, Values({"name": "released"}), actor=ACTOR)
    with database.write() as session:
        service.create(session, client, Values({"name": "taken back"}), actor=ACTOR)
        session.rollback()
        service.create_many(session, client, [Values({"name": "one"}), Values({"name": "two"})], actor=ACTOR)

    assert titles(database) == [*NAMES, "kept", "released", "one", "two"]
    assert faults_of(database) == []
    with database.read() as session:
        assert [*session.scalars(sa.select(Event.id).order_by(Event.id))] == [*range(1, len(NAMES) + 5)]


@pytest.fixture
def tampered(database, add):
    """A log, and ``check(change)``: the faults after a change of the table, which is then taken back."""
    add(*NAMES)

    def check(*statements) -> list[Fault]:
        with database.write_engine.connect() as connection, connection.begin() as transaction:
            for statement in statements:
                connection.execute(statement)
            faults = find_faults(chain.rows(connection), lambda: chain.head(connection))[1]
            transaction.rollback()
        return list(faults)

    return check


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
EDITS = {
    "at": st.integers(1, 10**6).map(lambda n: now() + timedelta(microseconds=n)),
    "actor_id": st.integers(1, 10**6),
    "source": st.sampled_from([Source.API, Source.JOB]),
    "via": TEXTS.filter(bool),
    "version": st.integers(2, 99) | st.none(),
    "action": st.sampled_from(["changed", "viewed", "erased"]),
    "kind": st.sampled_from(["person", ""]),
    "record_id": st.integers(100, 10**6),
    "client_id": st.integers(100, 10**6) | st.none(),
    "title": TEXTS.filter(lambda text: text not in NAMES),
    "changes": st.dictionaries(TEXTS, st.lists(TEXTS, min_size=2, max_size=2), max_size=2),
    "salt": st.sampled_from(["", "0" * 32]),
    "sealed": st.just("0" * 64),
    "hash": st.just("f" * 64),
}
ROWS = st.integers(1, len(NAMES))
TRIED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@TRIED
@given(row=ROWS, edit=st.sampled_from([*EDITS]).flatmap(lambda n: st.tuples(st.just(n), EDITS[n])))
def test_an_edited_row_is_found_and_named(tampered, row, edit):
    column, value = edit

    faults = tampered(sa.update(Event).where(Event.id == row).values({column: value}))

    assert row in {number for fault in faults for number in range(fault.first, fault.last + 1)}, faults


@TRIED
@given(rows=st.sets(ROWS, min_size=1))
def test_removed_rows_are_found_and_named(tampered, rows):
    faults = tampered(sa.delete(Event).where(Event.id.in_(rows)))

    assert {fault.code for fault in faults} <= {"removed", "cut"}
    assert {number for fault in faults for number in range(fault.first, fault.last + 1)} == rows


@TRIED
@given(one=ROWS, other=ROWS.filter(bool))
def test_exchanged_rows_are_found(tampered, one, other):
    move = [(one, -1), (other, one), (-1, other)]
    swap = [sa.update(Event).where(Event.id == old).values(id=new) for old, new in move]

    faults = tampered(*swap)

    assert bool(faults) == (one != other)


@TRIED
@given(at=ROWS, rehash=st.booleans(), head=st.booleans())
def test_a_row_that_was_put_in_is_found(database, tampered, at, rehash, head):
    """Also where whoever did it moved the others up, and hashed his own row as it should be."""
    with database.read() as session:
        found = [*chain.rows(session)]
    previous = found[at - 2]["hash"] if at > 1 else GENESIS
    forged = {**found[-1], "id": at, "title": "forged"}
    forged["sealed"] = seal(forged["salt"], forged["title"], forged["changes"])
    forged["hash"] = link(previous, forged) if rehash else "f" * 64
    forged["at"] = now()
    up = [
        sa.update(Event).where(Event.id == number).values(id=number + 1)
        for number in range(len(found), at - 1, -1)
    ]
    moved = [sa.update(Head).values(number=len(found) + 1)] if head else []

    assert tampered(*up, sa.insert(Event.__table__).values(forged), *moved)


@TRIED
@given(cut=st.integers(0, len(NAMES) - 1), since=ROWS)
def test_a_tail_that_was_cut_off_with_its_head_is_found_by_a_checkpoint(database, tampered, cut, since):
    with database.write_engine.connect() as connection, connection.begin() as transaction:
        found = [*chain.rows(connection)]
        point = (found[since - 1]["id"], found[since - 1]["hash"])
        connection.execute(sa.delete(Event).where(Event.id > cut))
        last = found[cut - 1]["hash"] if cut else GENESIS
        connection.execute(sa.update(Head).values(number=cut, hash=last))
        rows = chain.rows(connection, since=point[0])
        faults = find_faults(rows, lambda: chain.head(connection), point)[1]
        without = find_faults(chain.rows(connection), lambda: chain.head(connection))[1]
        transaction.rollback()

    assert bool(faults) == (since > cut)
    assert without == []


def test_since_a_checkpoint_only_what_came_later_is_looked_at(database, add, faults_of):
    add(*NAMES)
    with database.read() as session:
        point = chain.head(session)
    add("later", "latest")
    with database.write_engine.begin() as connection:
        connection.execute(sa.update(Event).where(Event.id == 2).values(title="edited"))
        connection.execute(sa.update(Event).where(Event.id == point[0] + 2).values(title="edited"))

    assert faults_of(database, point) == [Fault("edited", point[0] + 2, point[0] + 2)]
    assert len(faults_of(database)) == 2
    assert faults_of(database, (point[0], "0" * 64))[0].code == "checkpoint"


def test_threads_and_processes_that_write_at_once_do_not_fork_it(database, faults_of):
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, str(WORKER), url]
    others = [subprocess.Popen([*command, f"process {n}", "15"], stderr=subprocess.PIPE) for n in range(2)]

    def write(name: str) -> None:
        for number in range(15):
            with database.write() as session:
                session.connection()
                service.create(session, client, Values({"name": f"{name} {number}"}), actor=ACTOR)

    threads = [threading.Thread(target=write, args=(f"thread {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for process in others:
        _out, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors.decode()

    assert len(titles(database)) == 6 * 15
    assert faults_of(database) == []


def test_what_is_erased_leaves_the_fact_and_the_chain(database, add, faults_of):
    add(*NAMES)
    with database.write() as session:
        assert log.erase(session, [2, 3], actor=ACTOR, title="privacy") == 2

    with database.read() as session:
        gone = session.get(Event, 2)
        assert (gone.title, gone.changes, gone.kind, gone.action) == ("", {}, "client", "created")
    assert faults_of(database) == []
    with database.write_engine.begin() as connection:
        connection.execute(sa.update(Event).where(Event.id == 5).values(title="", changes={}, salt=""))
    assert faults_of(database) == [Fault("erased", 5, 5)]


def test_the_form_that_is_hashed_is_the_documented_one(database, add):
    """Written out by hand: whoever checks the log by other means relies on it."""
    import hashlib

    add('Заря "&" / Sons')
    with database.read() as session:
        (row,) = chain.rows(session)

    content = json.dumps(
        [row["salt"], row["title"], row["changes"]], ensure_ascii=False, separators=(",", ":")
    )
    sealed = hashlib.sha256(content.encode()).hexdigest()
    facts = [GENESIS, *(row[name] for name in FACTS), sealed]
    line = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
    assert (row["sealed"], row["hash"]) == (sealed, hashlib.sha256(line.encode()).hexdigest())
    assert line.startswith(f'["{GENESIS}",1,"{row["at"]}",null,"cli","",1,"created","client",')


def test_the_script_that_stands_alone_checks_a_database_and_an_export(database, add, tmp_path):
    add(*NAMES)
    with database.read() as session:
        point = chain.head(session)
        lines = [{"vinculo_log": 1, "number": point[0], "hash": point[1]}, *chain.rows(session)]
    dump = tmp_path / "log.jsonl"

    def run(path: Path, *more: str) -> tuple[int, str]:
        command = [sys.executable, "-I", "-S", str(SCRIPT), str(path), *more]
        done = subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")
        return done.returncode, done.stdout + done.stderr

    def written(rows) -> Path:
        dump.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return dump

    assert run(written(lines), "--since", f"3:{lines[3]['hash']}")[0] == 0
    assert run(written(lines))[1].endswith(f"{point[0]}:{point[1]}\n")
    code, said = run(written([*lines[:3], {**lines[3], "title": "edited"}, *lines[5:]]))
    assert code == 1
    assert "row 3: edited" in said
    assert "row 4: removed" in said
    assert run(tmp_path / "nothing.jsonl")[0] == 2
    dump.write_text("{}\n")
    assert run(dump)[0] == 2
    if database.is_sqlite:
        file = Path(database.url.database)
        assert run(file)[0] == 0
        with database.write_engine.begin() as connection:
            connection.execute(sa.delete(Event).where(Event.id == 1))
        assert "row 1: removed" in run(file)[1]
