"""Throw-away packages with migrations, so that these tests need no table of the kernel."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent, indent

import pytest

from vinculo.db.base import Base
from vinculo.db.engine import Database
from vinculo.db.migrations import History

SCRIPT = '''\
"""{title}."""

import os
import time
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {down}


def upgrade():
{up}


def downgrade():
{down_body}
'''

_numbers = itertools.count(1)


@dataclass
class Plugin:
    """A package on disk that can grow migrations and models."""

    name: str
    folder: Path
    history: History
    scripts: list[str] = field(default_factory=list)

    def migration(
        self, up: str, down: str = "pass", *, title: str = "Change", follows: str | None = None
    ) -> str:
        """Add the next migration; its revision comes back."""
        revision = f"{len(self.scripts) + 1:04}"
        previous = follows or (self.scripts[-1] if self.scripts else None)
        text = SCRIPT.format(
            title=title,
            revision=revision,
            down=repr(previous),
            up=indent(dedent(up).strip(), "    "),
            down_body=indent(dedent(down).strip(), "    "),
        )
        (self.folder / "migrations" / f"{revision}_change.py").write_text(text)
        self.scripts.append(revision)
        return revision

    def forget(self, revision: str) -> None:
        """An older package: it does not have that migration."""
        (self.folder / "migrations" / f"{revision}_change.py").unlink()

    def models(self, text: str) -> None:
        """Write models.py."""
        (self.folder / "models.py").write_text(dedent(text))


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


@pytest.fixture
def make_plugin(packages: Path) -> Iterator[Callable[[str], Plugin]]:
    """Make a package; the tables of its models leave the metadata when the test ends."""
    before = set(Base.metadata.tables)
    made: list[str] = []

    def make(name: str) -> Plugin:
        package = f"throwaway_{name}_{next(_numbers)}"
        folder = packages / package
        (folder / "migrations").mkdir(parents=True)
        (folder / "__init__.py").touch()
        made.append(package)
        return Plugin(name, folder, History(name, package, (f"{package}.models",), (f"{name}_",)))

    yield make
    for key in set(Base.metadata.tables) - before:
        Base.metadata.remove(Base.metadata.tables[key])
    for module in [m for m in sys.modules if m.split(".")[0] in made]:
        del sys.modules[module]


@pytest.fixture
def empty(database_url: str) -> Iterator[Database]:
    """A database without a table."""
    database = Database(database_url)
    yield database
    database.close()
