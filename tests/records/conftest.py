"""Imports as a caller makes them: a file, a kind, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from vinculo.accounts.records import user
from vinculo.actor import Source, system
from vinculo.clients.records import client
from vinculo.counterparties.records import counterparty
from vinculo.people.records import person, role
from vinculo.records import importing, mapping, service
from vinculo.records.import_rejects import Rejects
from vinculo.records.importing import Plan, Tally
from vinculo.records.kind import RecordKind

KINDS = {kind.name: kind for kind in (client, counterparty, person, role, user)}
REAL = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture
def kinds():
    return KINDS


@pytest.fixture
def real_file() -> Callable[[str], Path]:
    """A file that nobody here wrote."""

    def find(name: str) -> Path:
        if not REAL.is_dir():
            pytest.skip("the real files are not here")
        return REAL / name

    return find


@pytest.fixture
def write_file(tmp_path) -> Callable[..., Path]:
    """Write lines as a CSV file."""

    def write(*lines: str, name: str = "file.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes("\n".join([*lines, ""]).encode(encoding))
        return path

    return write


@pytest.fixture
def import_file(database, tmp_path) -> Callable[..., Tally]:
    """Import a file; the mapping is guessed and completed, the rejected rows go to rejects.csv."""

    def run(path: Path, kind: RecordKind = client, **options: Any) -> Tally:
        seen = importing.count_rows(path)
        columns = options.pop("columns", None) or mapping.guess(kind, seen.header)
        match = options.pop("match", mapping.default_match(kind, columns))
        options.setdefault("actor", system(Source.IMPORT))
        dry_run = options.pop("dry_run", False)
        plan = Plan(kind=kind, path=path, mapping=columns, match=match, dry_run=dry_run)
        rejects = Rejects(tmp_path / "rejects.csv")
        tally = importing.run(database, KINDS, plan, rejects=rejects, **options)
        rejects.finish()
        return tally

    return run


@pytest.fixture
def all_of(database) -> Callable[[RecordKind], list[dict[str, Any]]]:
    """All records of a kind as plain values, in the order of their titles."""

    def read(kind: RecordKind) -> list[dict[str, Any]]:
        with database.read() as session:
            records = session.scalars(sa.select(kind.model)).all()
            found = [service.snapshot(kind, record) for record in records]
        return sorted(found, key=lambda values: (values[kind.title], values["external_id"] or ""))

    return read
