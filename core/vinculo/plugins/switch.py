"""Switching plugins on and off, by the table and by the pins of the configuration."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.errors import ConflictError, NotFoundError
from vinculo.i18n import gettext as _
from vinculo.plugins import discovery
from vinculo.plugins.discovery import Installed
from vinculo.plugins.models import PluginState, State
from vinculo.settings import Settings, origin


@dataclass(frozen=True, slots=True)
class Pins:
    """What the configuration decides, and nothing else may change. ``sources`` is where each key stands."""

    on: frozenset[str] = frozenset()
    off: frozenset[str] = frozenset()
    sources: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings) -> Pins:
        """The pins of a configuration."""
        pinned = settings.plugins
        sources = {key: origin(settings, f"plugins.{key}").partition(":")[2] for key in ("on", "off")}
        return cls(frozenset(pinned.on), frozenset(pinned.off), sources)

    def key(self, name: str) -> str:
        """The key that pins a plugin, ``plugins.on`` or ``plugins.off``; "" for one that is free."""
        return next((f"plugins.{key}" for key in ("on", "off") if name in getattr(self, key)), "")

    def place(self, name: str) -> str:
        """The file or variable in which it is pinned."""
        return self.sources.get(self.key(name).rpartition(".")[2], "")

    def refuse(self, name: str) -> None:
        """Raise ``ConflictError`` for a pinned plugin."""
        key, place = self.key(name), self.place(name)
        if not key:
            return
        where = f"{key} ({place})" if place else key
        text = _("%(name)s is pinned by the configuration: take it out of %(where)s first.")
        raise ConflictError(text % {"name": name, "where": where}, code="pinned")


@dataclass(frozen=True, slots=True)
class Status:
    """A plugin as lists show it.

    ``state`` ∈ installed (never switched), on, off, archived, purged, quarantined. ``fault`` says why one
    that should be on is not, or why it cannot be used. ``version`` is that of the package, "" where it is
    gone; ``last_version`` and ``revision`` are those it last ran with. ``pinned`` is the key that pins
    it, ``pinned_in`` the file or variable.
    """

    name: str
    title: str
    summary: str
    icon: str
    version: str
    last_version: str
    revision: str
    state: str
    installed: bool
    pinned: str
    pinned_in: str
    fault: str
    requires: Sequence[str]
    required_by: Sequence[str]
    archive: Mapping[str, Any]
    changed_at: datetime | None
    changed_by: str

    @property
    def is_on(self) -> bool:
        """Whether it works."""
        return self.state == State.ON and not self.fault


def enabled(session: Session, pins: Pins) -> frozenset[str]:
    """The names of the plugins that should be on: switched or pinned so, and not quarantined."""
    rows = {row.name: row.state for row in session.execute(sa.select(PluginState.name, PluginState.state))}
    on = {name for name, state in rows.items() if state is State.ON}
    aside = {name for name, state in rows.items() if state is State.QUARANTINED}
    return frozenset((on | pins.on) - pins.off - aside)


def signature(session: Session) -> Hashable:
    """Changes with every switch; what a process compares to know that its app is still the right one."""
    found = session.execute(
        sa.select(PluginState.name, PluginState.state, PluginState.changed_at).order_by(PluginState.name)
    )
    return tuple(tuple(row) for row in found)


def switch(
    session: Session, plugins: Mapping[str, Installed], name: str, state: State, *, pins: Pins, actor: Actor
) -> tuple[PluginState, bool]:
    """Write ON or OFF; also whether that is news. On once more is: every process tries it again.

    Raises ``NotFoundError``, or ``ConflictError`` if pinned, faulty or required.
    """
    plugin = plugins.get(name)
    row = session.scalar(sa.select(PluginState).where(PluginState.name == name).with_for_update())
    if plugin is None and (row is None or state is State.ON):
        raise unknown(plugins, name)
    trying_again = state is State.ON and row is not None and row.state is State.QUARANTINED
    if not (trying_again and name in pins.on):
        pins.refuse(name)
    check_requirements(plugins, enabled(session, pins), name, state)
    if row is not None and state is State.OFF and row.state in (State.OFF, State.ARCHIVED, State.PURGED):
        return row, False  # where the rows of one that was archived are must not be forgotten
    return record(session, row, name, state, actor=actor, plugin=plugin), True


def record(
    session: Session,
    row: PluginState | None,
    name: str,
    state: State,
    *,
    actor: Actor,
    plugin: Installed | None = None,
    reason: str = "",
) -> PluginState:
    """Write a state without asking; ``row`` is the plugin's, None if it has none yet."""
    if row is None:
        row = PluginState(name=name, version="", revision="", archive={}, about={})
        session.add(row)
    row.state, row.reason = state, reason
    if state is State.ON and plugin and plugin.manifest:
        row.version = plugin.manifest.version
    row.changed_at, row.changed_by_id = now(), actor.user_id
    session.flush()
    return row


def quarantine(session: Session, name: str, reason: str, *, actor: Actor) -> PluginState:
    """Set a plugin aside, with the reason, until somebody switches it on again."""
    row = session.scalar(sa.select(PluginState).where(PluginState.name == name).with_for_update())
    return record(session, row, name, State.QUARANTINED, actor=actor, reason=reason)


def unknown(plugins: Mapping[str, Installed], name: str) -> NotFoundError:
    """No package has this name."""
    known = ", ".join(plugins)
    text = _("There is no plugin “%(name)s”; installed are: %(names)s.", name=name, names=known)
    return NotFoundError(text, code="unknown_plugin")


def statuses(session: Session, plugins: Mapping[str, Installed], pins: Pins) -> list[Status]:
    """All installed plugins, and those of which tables or an archive are left, by name."""
    users = sa.table("accounts_user", sa.column("id"), sa.column("full_name"), sa.column("login"))
    who = sa.func.coalesce(sa.func.nullif(users.c.full_name, ""), users.c.login, "")
    found = session.execute(
        sa.select(PluginState, who).outerjoin(users, users.c.id == PluginState.changed_by_id)
    )
    rows = {row.name: (row, by) for row, by in found}
    on = enabled(session, pins)
    _usable, faults = discovery.sound(plugins, on)
    reasons = {name: fault.message for name, fault in faults.items()}
    return [
        _status(name, plugins, *rows.get(name, (None, "")), pins, on, reasons.get(name, ""))
        for name in sorted({*plugins, *rows, *on})
    ]


def _status(
    name: str,
    plugins: Mapping[str, Installed],
    row: PluginState | None,
    who: str,
    pins: Pins,
    on: Collection[str],
    fault: str,
) -> Status:
    plugin = plugins.get(name)
    manifest = plugin.manifest if plugin else None
    about = row.about if row else {}
    return Status(
        name=name,
        title=str(manifest.title) if manifest else about.get("title", name),
        summary=str(manifest.summary) if manifest else "",
        icon=manifest.icon if manifest else "puzzle",
        version=manifest.version if manifest else "",
        last_version=row.version if row else "",
        revision=row.revision if row else "",
        state=_state(name, row, pins, on),
        installed=plugin is not None,
        pinned=pins.key(name),
        pinned_in=pins.place(name),
        fault=fault or (row.reason if row else "") or (plugin.fault if plugin else ""),
        requires=sorted(manifest.required if manifest else about.get("requires", ())),
        required_by=dependants(plugins, plugins, name),
        archive=row.archive if row else {},
        changed_at=row.changed_at if row else None,
        changed_by=who,
    )


def _state(name: str, row: PluginState | None, pins: Pins, on: Collection[str]) -> str:
    if name in on:
        return State.ON
    if row is not None and row.state is not State.ON:
        return row.state
    return State.OFF if row is not None or name in pins.off else "installed"


def dependants(plugins: Mapping[str, Installed], names: Collection[str], name: str) -> list[str]:
    """Those of ``names`` that require a plugin."""
    return sorted(
        other for other in names if (p := plugins.get(other)) and p.manifest and name in p.manifest.required
    )


def check_requirements(
    plugins: Mapping[str, Installed], on: Collection[str], name: str, state: State
) -> None:
    """Raise ``ConflictError`` if it lacks what it requires, or, to be switched off, is required."""
    if state is State.OFF:
        needed_by = dependants(plugins, on, name)
        if needed_by:
            text = _("%(names)s require %(name)s; switch them off first.")
            raise ConflictError(text % {"names": ", ".join(needed_by), "name": name}, code="required")
        return
    manifest = plugins[name].manifest
    if manifest is None:
        text = _("The plugin %(name)s cannot be used: %(fault)s.", name=name, fault=plugins[name].fault)
        raise ConflictError(text, code="unusable")
    missing = sorted(manifest.required - set(on))
    if missing:
        text = _("The plugin %(name)s requires %(missing)s; switch that on, too.")
        raise ConflictError(text % {"name": name, "missing": ", ".join(missing)}, code="requires")
