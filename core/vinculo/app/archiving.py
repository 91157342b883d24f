"""Archiving, purging and restoring a plugin: the rows travel, and the switch says so."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import sqlalchemy as sa

from vinculo.actor import Actor
from vinculo.app.composition import enabled, history_of, load_registry
from vinculo.db.base import now
from vinculo.errors import ConflictError, FieldError, InvalidError
from vinculo.events import log
from vinculo.i18n import gettext as _
from vinculo.plugins import discovery, switch, tables
from vinculo.plugins.models import PluginState, State
from vinculo.privacy import erasing
from vinculo.privacy.erasing import House
from vinculo.transfer import archives
from vinculo.transfer.archives import Archived, LastArchive, Restored
from vinculo.transfer.reading import TableSeal
from vinculo.transfer.sealed import file_hash, read_manifest

if TYPE_CHECKING:
    from vinculo.app.building import Host

FOLDER: Final = "archives"  # below files.folder


class Archiving:
    """What happens to the rows of a plugin that is off."""

    def __init__(self, host: Host) -> None:
        self._database, self._settings = host.database, host.settings
        self._files = host.settings.files.folder
        self._folder = self._files / FOLDER

    def archive(self, name: str, path: Path | None = None, *, actor: Actor) -> Archived:
        """Seal the rows of a plugin in one file, by default below files.folder.

        Raises ``ConflictError`` while it is on, or if it has no tables.
        """
        self._require_off(name)
        made = archives.archive_plugin(self._database, name, path or self._new(name), files=self._files)
        self._write(name, State.ARCHIVED, made, actor=actor)
        return made

    def purge(
        self, name: str, path: Path | None = None, *, confirmation: str, actor: Actor
    ) -> Sequence[TableSeal]:
        """Drop the tables of a plugin whose rows are all in a valid archive, by default the last one.

        Raises ``InvalidError`` unless ``confirmation`` is the plugin's name, ``ConflictError`` while it is
        on or where the archive is not that of its present rows.
        """
        self._require_off(name)
        if confirmation.strip() != name:
            text = _("To confirm, type the name of the plugin: %(name)s.", name=name)
            raise InvalidError([FieldError("confirmation", text)], code="not_confirmed")
        target = path or self._last(name)
        gone = archives.purge_plugin(self._database, name, target, kinds=self._kinds_of_kernel())
        self._write(name, State.PURGED, Archived(target, file_hash(target), gone), actor=actor)
        return gone

    def restore(self, name: str, path: Path | None = None, *, actor: Actor) -> Restored:
        """Bring the rows of a plugin back from its archive, by default the last one; it is off then.

        Raises ``ConflictError`` while it is on, or where its tables hold rows.
        """
        self._require_off(name)
        target = path or self._last(name)
        plugin = discovery.installed().get(name)
        restored = archives.restore_plugin(
            self._database,
            name,
            target,
            history=history_of(plugin) if plugin else None,
            files=self._files,
            kinds=self._kinds_of_kernel(),
        )
        sealed = Archived(target, file_hash(target), restored.tables)
        self._write(name, State.OFF, sealed, actor=actor, restored=restored)
        self._erase_again(target, actor)
        return restored

    def restore_from(self, name: str, sent: IO[bytes], *, actor: Actor) -> Restored:
        """The same from a file that somebody sent; it is kept among the archives if it is one."""
        self._require_off(name)
        path = self._new(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        sent.seek(0)
        try:
            with path.open("xb") as target:
                shutil.copyfileobj(sent, target)
            return self.restore(name, path, actor=actor)
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def last_archive(self, name: str) -> LastArchive | None:
        """What is known of the last sealed file of a plugin."""
        row = self._row_of(name)
        if row is None or not row.archive.get("file"):
            return None
        path = self._folder / row.archive["file"]
        is_here = path.is_file()
        return LastArchive(
            path,
            row.archive["sha256"],
            datetime.fromisoformat(row.archive["at"]),
            row.archive.get("rows", {}),
            path.stat().st_size if is_here else None,
            is_here and path.resolve().is_relative_to(self._folder.resolve()),
        )

    def rows(self, name: str) -> Mapping[str, int]:
        """How many rows each table of a plugin has."""
        with self._database.read() as session:
            connection = session.connection()
            return tables.count_rows(connection, tables.of_plugin(connection, name))

    def _new(self, name: str) -> Path:
        """A file that is not there yet, also if two ask in one second."""
        return self._folder / f"{name}-{now():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}.vinculo"

    def _require_off(self, name: str) -> None:
        found = discovery.installed()
        if name not in found and self._row_of(name) is None:
            raise switch.unknown(found, name)
        if name in enabled(self._settings, self._database):
            raise archives.still_on(name)

    def _row_of(self, name: str) -> PluginState | None:
        with self._database.read() as session:
            return session.scalar(sa.select(PluginState).where(PluginState.name == name))

    def _kinds_of_kernel(self) -> Mapping[str, str]:
        kernel = load_registry(self._settings, self._database, ())
        return {kind.name: kind.model.__tablename__ for kind in kernel.kinds.values()}

    def _last(self, name: str) -> Path:
        last = self.last_archive(name)
        if last is None:
            text = _("There is no archive of %(name)s yet; name its file, or archive it first.", name=name)
            raise ConflictError(text, code="no_archive")
        if last.size is None:
            text = _(
                "The archive %(file)s is not on this machine; bring it there first.", file=last.path.name
            )
            raise ConflictError(text, code="archive_missing")
        return last.path

    def _write(
        self, name: str, state: State, sealed: Archived, *, actor: Actor, restored: Restored | None = None
    ) -> None:
        with self._database.write() as session:
            row = session.scalar(sa.select(PluginState).where(PluginState.name == name).with_for_update())
            if row and row.state is State.ON:
                raise archives.still_on(name)  # somebody was quicker
            row = switch.record(session, row, name, state, actor=actor)
            if row.archive.get("sha256") != sealed.sha256:  # else all is known of it, and when it was made
                row.archive = {"sha256": sealed.sha256, "at": now().isoformat(), "rows": _counts(sealed)}
            row.archive = {**row.archive, "file": self._shown(sealed.file)}
            if restored:
                row.version, row.revision = restored.version, restored.revision
                row.about = dict(restored.about)
            what = "restored" if restored else state.value
            log.write(
                session, actor=actor, action=what, kind="plugin", record_id=row.id, title=name, version=None
            )

    def _erase_again(self, path: Path, actor: Actor) -> None:
        """Whoever was erased since the archive was made may be in it still."""
        with self._database.read() as session:
            entries = erasing.since(session, read_manifest(path).created_at)
        house = House(self._database, self._files, self._kinds_of_kernel())
        erasing.again(house, entries, actor=actor)

    def _shown(self, path: Path) -> str:
        """Within the folder of archives only the name counts: the folder moves with the company."""
        found = path.resolve()
        folder = self._folder.resolve()
        return str(found.relative_to(folder) if found.is_relative_to(folder) else found)


def _counts(sealed: Archived) -> Mapping[str, int]:
    return {seal.table: seal.rows for seal in sealed.tables}
