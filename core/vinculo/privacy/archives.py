"""Archives of plugins, sealed anew without a person."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.errors import InvalidFileError
from vinculo.plugins.models import PluginState
from vinculo.privacy.declared import Column, Declared
from vinculo.privacy.reach import GivenTables, Key, Roots, made, reach
from vinculo.privacy.rewriting import Rewriter
from vinculo.privacy.values import Values
from vinculo.transfer.plausible import SEARCH, TIMELINE
from vinculo.transfer.reading import Rows
from vinculo.transfer.sealed import PARTIAL, Sealed, file_hash, open_sealed, read_manifest, write_sealed

FOLDER: Final = "archives"  # below files.folder
TEXTS: Final = ("String", "Text", "Unicode", "UnicodeText", "JSON", "LargeBinary")


@dataclass(frozen=True, slots=True)
class ArchiveFound:
    """An archive that holds something of a person, with how many rows of each table; or a ``fault``."""

    path: Path
    plugin: str
    rows: Mapping[str, int]
    fault: str = ""


class _Rewritten:
    """An archive as it is to be: a ``Source``."""

    def __init__(self, sealed: Sealed, rewriter: Rewriter) -> None:
        self._sealed, self._rewriter = sealed, rewriter
        self.tables = sealed.tables
        self.schema, self.last_id = sealed.schema, sealed.last_id

    def rows(self, table: str) -> Rows:
        for chunk in self._sealed.rows(table):
            yield [row for raw in chunk if (row := self._rewriter(table, raw)) is not None]


def search(
    session: Session, files: Path, declared: Declared, roots: Roots, values: Values
) -> list[ArchiveFound]:
    """The archives that hold something of a person, and those that cannot be read."""
    found = []
    for path in paths(session, files):
        try:
            plugin = read_manifest(path).plugin
            with open_sealed(path, "plugin", plugin) as sealed:
                rewriter = _rewriter(sealed, declared, roots, values)
                source = _Rewritten(sealed, rewriter)
                for table in source.tables:
                    for _chunk in source.rows(table):
                        pass
                about = _about(sealed, roots, values)
            if any(rewriter.counts.values()) or about != sealed.manifest.about:
                found.append(ArchiveFound(path, plugin, {t: n for t, n in rewriter.counts.items() if n}))
        except InvalidFileError as error:
            found.append(ArchiveFound(path, "", {}, error.message))
    return found


def rewrite(
    found: ArchiveFound, declared: Declared, roots: Roots, values: Values, note: Mapping[str, Any]
) -> None:
    """Seal an archive anew, under the same name; its list of contents says that and when."""
    with open_sealed(found.path, "plugin", found.plugin) as sealed, tempfile.TemporaryDirectory() as folder:
        rewriter = _rewriter(sealed, declared, roots, values)
        manifest, root = sealed.manifest, Path(folder)
        described = {
            "what": "plugin",
            "plugin": found.plugin,
            "version": manifest.version,
            "created_at": manifest.created_at,
            "versions": manifest.versions,
            "about": {**_about(sealed, roots, values), "erased": [*manifest.about.get("erased", []), note]},
        }
        sealed.extract_files(root)
        source = _Rewritten(sealed, rewriter)
        for table in source.tables:  # which files go is known once all rows have passed
            for _chunk in source.rows(table):
                pass
        kept = [one for one in sorted(root.rglob("*")) if one.is_file() and not _goes(one, root, rewriter)]
        write_sealed(found.path, source, described, kept, root)


def note_hashes(session: Session, rewritten: Sequence[ArchiveFound], files: Path) -> dict[str, str]:
    """Tell the plugins the new hashes of their archives; by the name of the file."""
    hashes = {found.path.name: file_hash(found.path) for found in rewritten}
    for state in session.scalars(sa.select(PluginState)):
        name = Path(state.archive.get("file", "")).name
        if name in hashes:
            state.archive = {**state.archive, "sha256": hashes[name]}
    return hashes


def paths(session: Session, files: Path) -> list[Path]:
    """All archives: those in the folder, and the last one of each plugin wherever it lies."""
    folder = files / FOLDER
    known = {
        folder / name
        for state in session.scalars(sa.select(PluginState))
        if (name := state.archive.get("file"))
    }
    here = {path for path in folder.glob("*") if path.is_file() and path.suffix != PARTIAL}
    return sorted(path for path in known | here if path.is_file())


def missing(session: Session, files: Path) -> list[str]:
    """The archives that plugins name and that are not on this machine."""
    names = [state.archive.get("file", "") for state in session.scalars(sa.select(PluginState))]
    return sorted(name for name in names if name and not (files / FOLDER / name).is_file())


def rows_about(path: Path, declared: Declared, roots: Roots) -> dict[str, list[dict[str, Any]]]:
    """The rows of an archive that are about a person, by table."""
    with open_sealed(path, "plugin", read_manifest(path).plugin) as sealed:
        rewriter = _rewriter(sealed, declared, roots, Values(frozenset()))
        return {
            table: found
            for table, ids in rewriter.reached.rows.items()
            if table in sealed.tables
            and (found := [row for chunk in sealed.rows(table) for row in chunk if row["id"] in ids])
        }


def _rewriter(sealed: Sealed, declared: Declared, roots: Roots, values: Values) -> Rewriter:
    declared = declared.with_archive(sealed.manifest.about, sealed.manifest.plugin)
    own = [table for table in sealed.tables if table not in (TIMELINE, SEARCH)]
    keys = [key for table in own for key in _keys(sealed, table, declared)]
    rows = {table: (row for chunk in sealed.rows(table) for row in chunk) for table in own}
    reached = reach(GivenTables(rows, keys), roots)
    return Rewriter(declared, reached, values, {table: _columns(sealed, table) for table in own})


def _keys(sealed: Sealed, table: str, declared: Declared) -> list[Key]:
    return [
        made(declared, table, link["columns"][0], link["table"], is_part=link["on_delete"] == "CASCADE")
        for link in sealed.schema(table)["links"]
    ]


def _columns(sealed: Sealed, table: str) -> list[Column]:
    described = sealed.schema(table)
    unique = {name for names in described["unique"] for name in names}
    return [
        Column(one["name"], one["nullable"], one["type"] in TEXTS, one["name"] in unique, one.get("length"))
        for one in described["columns"]
    ]


def _about(sealed: Sealed, roots: Roots, values: Values) -> dict[str, Any]:
    """What the archive knows of the rows that it refers to: nothing of the person."""
    about = {**sealed.manifest.about}
    known = {table: dict(found) for table, found in about.get("referred", {}).items()}
    for table, found in known.items():
        for one, told in found.items():
            gone = int(one) in roots.ids.get(table, ())
            found[one] = {"created_at": told.get("created_at")} if gone else values.redacted(told)
    return {**about, "referred": known} if "referred" in about else about


def _goes(file: Path, root: Path, rewriter: Rewriter) -> bool:
    return file.relative_to(root).as_posix() in rewriter.files
