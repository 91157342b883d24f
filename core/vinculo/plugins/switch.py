"""Switching plugins on and off, by the table and by the pins of the configuration."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.errors import ConflictError, NotFoundError
from vinculo.i18n import gettext as _
from vinculo.plugins.discovery import Installed
from vinculo.plugins.models import PluginState, State


@dataclass(frozen=True, slots=True)
class Pins:
    """What the configuration decides, and nothing else may change."""

    on: frozenset[str] = frozenset()
    off: frozenset[str] = frozenset()

    def refuse(self, name: str) -> None:
        """Raise ``ConflictError`` for a pinned plugin."""
        for key in ("on", "off"):
            if name in getattr(self, key):
                raise ConflictError(
                    _(
                        "%(name)s is pinned by the configuration: take it out of plugins.%(key)s first.",
                        name=name,
                        key=key,
                    ),
                    code="pinned",
                )


@dataclass(frozen=True, slots=True)
class Status:
    """A plugin as lists show it. ``state`` ∈ on, off."""

    name: str
    title: str
    summary: str
    version: str
    state: str
    pinned: bool
    fault: str
    changed_at: datetime | None
    changed_by: str


def enabled(session: Session, pins: Pins) -> frozenset[str]:
    """The names of the plugins that are on."""
    rows = session.scalars(sa.select(PluginState.name).where(PluginState.state == State.ON))
    return (frozenset(rows) | pins.on) - pins.off


def switch(
    session: Session, plugins: Mapping[str, Installed], name: str, state: State, *, pins: Pins, actor: Actor
) -> None:
    """Write the new state. Raises ``NotFoundError``, or ``ConflictError`` if pinned, faulty or required."""
    plugin = plugins.get(name)
    if plugin is None:
        raise NotFoundError(
            _("There is no plugin “%(name)s”; installed are: %(names)s.", name=name, names=", ".join(plugins))
        )
    pins.refuse(name)
    _check_requirements(plugins, enabled(session, pins), plugin, state)
    row = session.scalar(sa.select(PluginState).where(PluginState.name == name).with_for_update())
    if row is None:
        row = PluginState(name=name)
        session.add(row)
    row.state = state
    row.version = plugin.manifest.version if plugin.manifest else ""
    row.changed_at, row.changed_by_id = now(), actor.user_id
    session.flush()


def statuses(session: Session, plugins: Mapping[str, Installed], pins: Pins) -> list[Status]:
    """All installed plugins by name."""
    users = sa.table("accounts_user", sa.column("id"), sa.column("full_name"))
    found = session.execute(
        sa.select(PluginState, users.c.full_name).outerjoin(users, users.c.id == PluginState.changed_by_id)
    )
    rows = {row.name: (row, who or "") for row, who in found}
    on = enabled(session, pins)
    return [
        _status(plugin, *rows.get(name, (None, "")), pins, on=name in on) for name, plugin in plugins.items()
    ]


def _status(plugin: Installed, row: PluginState | None, who: str, pins: Pins, *, on: bool) -> Status:
    manifest = plugin.manifest
    return Status(
        name=plugin.name,
        title=str(manifest.title) if manifest else plugin.name,
        summary=str(manifest.summary) if manifest else "",
        version=manifest.version if manifest else "",
        state="on" if on else "off",
        pinned=plugin.name in pins.on | pins.off,
        fault=plugin.fault,
        changed_at=row.changed_at if row else None,
        changed_by=who,
    )


def _check_requirements(
    plugins: Mapping[str, Installed], on: Collection[str], plugin: Installed, state: State
) -> None:
    if state is State.OFF:
        dependants = [
            n for n in on if (p := plugins.get(n)) and p.manifest and plugin.name in p.manifest.requires
        ]
        if dependants:
            raise ConflictError(
                _(
                    "%(names)s require %(name)s; switch them off first.",
                    names=", ".join(dependants),
                    name=plugin.name,
                ),
                code="required",
            )
        return
    if plugin.manifest is None:
        raise ConflictError(
            _("The plugin %(name)s cannot be used: %(fault)s.", name=plugin.name, fault=plugin.fault)
        )
    missing = [name for name in plugin.manifest.requires if name not in on]
    if missing:
        raise ConflictError(
            _(
                "The plugin %(name)s requires %(missing)s; switch that on, too.",
                name=plugin.name,
                missing=", ".join(missing),
            ),
            code="requires",
        )
