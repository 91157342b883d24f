"""Archiving, purging and restoring a plugin: the rows travel, and the switch says so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from vinculo.actor import Actor
from vinculo.app.composition import enabled, history_of, load_registry
from vinculo.db.base import now
from vinculo.errors import ConflictError, FieldError, InvalidError
from vinculo.events import log
from vinculo.i18n import gettext as _
from vinculo.plugins import discovery, switch
from vinculo.plugins.models import PluginState, State
from vinculo.transfer import archives
from vinculo.transfer.archives import Archived, Restored
from vinculo.transfer.reading import TableSeal
from vinculo.transfer.sealed import file_hash

if TYPE_CHECKING:
    from vinculo.app.building import Host

FOLDER: Final = "archives"  # below files.folder


class Archiving:
    """What happens to the rows of a plugin that is off."""

    def __init__(self, host: Host) -> None:
        self._database, self._settings = host.database, host.settings
        self._files = host.settings.files.folder

    def archive(self, name: str, path: Path | None = None, *, actor: Actor) -> Archived:
        """Seal the rows of a plugin in one file, by default below files.folder.

        Raises ``ConflictError`` while it is on, or if it has no tables.
        """
        self._require_off(name)
        moment = now()
        target = path or self._files / FOLDER / f"{name}-{moment:%Y%m%d-%H%M%S}.vinculo"
        made = archives.archive_plugin(self._database, name, target, files=self._files)
        self._write(name, State.ARCHIVED, actor, archive=made.file, sha256=made.sha256)
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
        gone = archives.purge_plugin(self._database, name, target)
        self._write(name, State.PURGED, actor, archive=target, sha256=file_hash(target))
        return gone

    def restore(self, name: str, path: Path | None = None, *, actor: Actor) -> Restored:
        """Bring the rows of a plugin back from its archive, by default the last one; it is off then.

        Raises ``ConflictError`` while it is on, or where its tables hold rows.
        """
        self._require_off(name)
        target = path or self._last(name)
        plugin = discovery.installed().get(name)
        kernel = load_registry(self._settings, self._database, ())
        restored = archives.restore_plugin(
            self._database,
            name,
            target,
            history=history_of(plugin) if plugin else None,
            files=self._files,
            kinds={kind.name: kind.model.__tablename__ for kind in kernel.kinds.values()},
        )
        row = self._write(name, State.OFF, actor, archive=target, sha256=file_hash(target), restored=restored)
        assert row.version == restored.version
        return restored

    def _require_off(self, name: str) -> None:
        found = discovery.installed()
        if name not in found and self._row_of(name) is None:
            raise switch.unknown(found, name)
        if name in enabled(self._settings, self._database):
            text = _("%(name)s is on; switch it off first.", name=name)
            raise ConflictError(text, code="still_on")

    def _row_of(self, name: str) -> PluginState | None:
        with self._database.read() as session:
            return session.scalar(sa.select(PluginState).where(PluginState.name == name))

    def _last(self, name: str) -> Path:
        row = self._row_of(name)
        if row is None or not row.archive.get("file"):
            text = _("There is no archive of %(name)s yet; name its file, or archive it first.", name=name)
            raise ConflictError(text, code="no_archive")
        return Path(row.archive["file"])

    def _write(
        self,
        name: str,
        state: State,
        actor: Actor,
        *,
        archive: Path,
        sha256: str,
        restored: Restored | None = None,
    ) -> PluginState:
        with self._database.write() as session:
            row = session.scalar(sa.select(PluginState).where(PluginState.name == name).with_for_update())
            row = switch.record(session, row, name, state, actor=actor)
            row.archive = {"file": str(archive.resolve()), "sha256": sha256, "at": now().isoformat()}
            if restored:
                row.version, row.revision = restored.version, restored.revision
                row.about = dict(restored.about)
            what = "restored" if restored else state.value
            log.write(
                session, actor=actor, action=what, kind="plugin", record_id=row.id, title=name, version=None
            )
            return row
