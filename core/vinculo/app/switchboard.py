"""Switching plugins: first the plan, then the trial, the migration and the switch itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import sqlalchemy as sa
from litestar import Litestar
from sqlalchemy.orm import Session

from vinculo.actor import Actor, Source, system
from vinculo.app.archiving import Archiving
from vinculo.app.composition import enabled, history_of, load_registry
from vinculo.db import histories, migrations
from vinculo.db.base import Base
from vinculo.db.migrations import Progress
from vinculo.errors import ConflictError, SchemaError
from vinculo.events import log
from vinculo.i18n import gettext as _
from vinculo.plugins import discovery, memory, switch, tables
from vinculo.plugins.discovery import Installed
from vinculo.plugins.faults import PluginError, one_line
from vinculo.plugins.models import PluginState, State
from vinculo.plugins.plan import Action, Inventory, Parts, Plan, difference, fields_of
from vinculo.plugins.registry import Registry
from vinculo.plugins.switch import Pins, Status
from vinculo.records import view_uses
from vinculo.records.kind import RecordKind

if TYPE_CHECKING:
    from vinculo.app.building import Host

Plugins = Mapping[str, Installed]
Assemble = Callable[["Host", Registry], Litestar]


class Switchboard(Archiving):
    """The switches of one installation. Every method sees the database as it is at the time."""

    def __init__(self, host: Host, assemble: Assemble) -> None:
        super().__init__(host)
        self._host = host
        self._assemble = assemble
        self.pins = Pins.of(host.settings)

    def statuses(self, session: Session) -> Sequence[Status]:
        """All plugins that are installed, or left something behind."""
        return switch.statuses(session, discovery.installed(), self.pins)

    def plan(self, action: Action, name: str) -> Plan:
        """What a switch would come to, or why it is refused. Raises ``NotFoundError`` for an unknown name.

        To plan ``on`` imports the plugin and builds an app with it, which nobody sees.
        """
        found = discovery.installed()
        try:
            return self._plan(found, action, name)
        except (ConflictError, PluginError) as refusal:
            return Plan(action, name, [name], rows=self._rows([name]), refusal=refusal.message)

    def switch(self, action: Action, name: str, *, cascade: bool = False, actor: Actor) -> Plan:
        """Switch a plugin, and with ``cascade`` those that stand against it. Returns what was planned.

        Raises ``ConflictError`` where it is pinned, required by others, or does not work: one that is
        broken itself is then quarantined, nothing else has changed. Migrations and switch have
        transactions of their own: call it outside of a write session.
        """
        found = discovery.installed()
        state = State.ON if action == "on" else State.OFF
        try:
            plan = self._plan(found, action, name)
            names = plan.names if cascade else [name]
            self._throw(found, names, state, actor)
        except PluginError as fault:
            if fault.own and not fault.clash:
                self.quarantine(fault.plugin, fault.message, actor=actor)
            raise ConflictError(fault.message, code=fault.code) from fault
        return replace(plan, names=names)

    def switch_all_on(self, *, actor: Actor) -> None:
        """Switch on all that are sound, each after those it requires: for a new company, so without plans.

        Raises ``ConflictError`` where one is pinned, ``PluginError`` where one cannot be migrated.
        """
        found = discovery.installed()
        on = enabled(self._host.settings, self._host.database)
        wanted = [one.name for one in discovery.sound(found, found)[0] if one.name not in on]
        self._throw(found, wanted, State.ON, actor)

    def _throw(self, found: Plugins, names: Sequence[str], state: State, actor: Actor) -> None:
        """Throw the switches, after the migrations. Raises what stands against it."""
        self._check_requirements(found, names, state)
        if state is State.ON:
            self._migrate(found, names)
        kinds = self._kinds(names) if state is State.ON else {}
        with self._host.database.write() as session:
            for one in names:
                row, changed = switch.switch(session, found, one, state, pins=self.pins, actor=actor)
                if state is State.ON:
                    self._remember(row, found[one], kinds[one])
                if changed:
                    _log(session, row, f"switched {state}", actor)
        for one in names:
            self._host.guard.forget(one)

    def upgrade(self, on_progress: Progress, on_fault: Callable[[str], None]) -> int:
        """Migrate the plugins that are on, and note their versions; how many migrations that took.

        One that fails is quarantined, and the others go on.
        """
        count = 0
        found = discovery.installed()
        on = enabled(self._host.settings, self._host.database)
        for plugin in discovery.sound(found, on)[0]:
            try:
                count += len(migrations.upgrade(self._host.database, [history_of(plugin)], on_progress))
            except SchemaError as error:
                on_fault(error.message)
                self.quarantine(plugin.name, error.message, actor=system(Source.CLI))
            else:
                self._note_version(plugin)
        return count

    def quarantine(self, name: str, reason: str, *, actor: Actor) -> None:
        """Set a plugin aside until somebody switches it on again."""
        with self._host.database.write() as session:
            row = switch.quarantine(session, name, reason, actor=actor)
            _log(session, row, "quarantined", actor)

    def _plan(self, found: Plugins, action: Action, name: str) -> Plan:
        on = enabled(self._host.settings, self._host.database)
        if name not in found and not (action == "off" and name in self._known()):
            raise switch.unknown(found, name)
        others = _required(found, name, on) if action == "on" else _requiring(found, name, on)
        names = [*others, name]
        _require_installed(found, name, others, action)
        for one in names:
            if not (action == "on" and one in self.pins.on):
                self.pins.refuse(one)
        before = self._parts(on)
        after = self._parts(on | {*names}, names) if action == "on" else self._parts(on - {*names})
        appears, goes = difference(before, after)
        pending = [*self._pending(found, names)] if action == "on" else []
        rows, views = self._rows(names), self._views(on, appears if action == "on" else goes)
        return Plan(action, name, names, others, appears, goes, rows, pending, views=views)

    def _views(self, on: Collection[str], parts: Parts) -> Sequence[str]:
        """The saved views, and what plugins that are on keep, that use some of these parts."""
        registry = load_registry(self._host.settings, self._host.database, on)
        fields = fields_of(parts)
        with self._host.database.read() as session:
            return [*view_uses.using(session, fields), *registry.uses_of_parts(session, fields)]

    def _parts(self, on: Collection[str], needed: Collection[str] = ()) -> Inventory:
        """What an app of these plugins is made of. Raises ``PluginError`` for one of ``needed``."""
        known = self._host.inventories.get(frozenset(on))
        if known is not None:
            return known
        registry = load_registry(self._host.settings, self._host.database, on)
        for name in needed:
            if name in registry.faults:
                raise registry.faults[name]
        try:
            app = self._assemble(self._host, registry)
        except Exception as error:
            if not needed:
                raise
            raise misfit(registry.plugins[[*needed][-1]], error) from error
        if not registry.faults:
            self._host.trials.clear()
            self._host.trials[frozenset(on)] = app
        return self._host.inventories[frozenset(registry.plugins)]

    def _check_requirements(self, found: Plugins, names: Collection[str], state: State) -> None:
        with self._host.database.read() as session:
            on = switch.enabled(session, self.pins)
        for name in names:
            switch.check_requirements(found, on, name, state)
            on = on | {name} if state is State.ON else on - {name}

    def _migrate(self, found: Plugins, names: Collection[str]) -> None:
        """Bring the tables to the revision of the package. Raises ``PluginError`` for one that fails."""
        for name in names:
            try:
                migrations.upgrade(self._host.database, [history_of(found[name])])
            except SchemaError as error:
                raise PluginError(name, error.message) from error

    def _pending(self, found: Plugins, names: Collection[str]) -> Iterator[str]:
        for status in histories.status(self._host.database, [history_of(found[name]) for name in names]):
            if status.name in names:
                yield from (f"{status.name} {revision}" for revision in status.pending)

    def _kinds(self, names: Collection[str]) -> Mapping[str, Mapping[str, RecordKind]]:
        """The kinds of records of each plugin."""
        on = enabled(self._host.settings, self._host.database) | {*names}
        registry = load_registry(self._host.settings, self._host.database, on)
        return {
            name: {n: k for n, k in registry.kinds.items() if registry.kind_owners[n] == name}
            for name in names
        }

    def _remember(self, row: PluginState, plugin: Installed, kinds: Mapping[str, RecordKind]) -> None:
        """Keep what the kernel must know once the plugin is off, or its package gone."""
        assert plugin.manifest
        row.about = memory.describe(plugin.manifest, kinds, Base.metadata)
        row.revision = histories.status(self._host.database, [history_of(plugin)])[0].current or ""

    def _note_version(self, plugin: Installed) -> None:
        """After a migration: what a plugin last ran with, and what its new version is about."""
        with self._host.database.write() as session:
            row = session.scalar(sa.select(PluginState).where(PluginState.name == plugin.name))
            revision = histories.status(self._host.database, [history_of(plugin)])[0].current or ""
            known = row and (row.version, row.revision, "personal" in row.about)
            if row and plugin.manifest and known != (plugin.manifest.version, revision, True):
                row.version = plugin.manifest.version
                self._remember(row, plugin, self._kinds([plugin.name])[plugin.name])

    def _rows(self, names: Collection[str]) -> Mapping[str, int]:
        with self._host.database.read() as session:
            connection = session.connection()
            return {
                table: rows
                for name in names
                for table, rows in tables.count_rows(connection, tables.of_plugin(connection, name)).items()
            }

    def _known(self) -> Collection[str]:
        with self._host.database.read() as session:
            return set(session.scalars(sa.select(PluginState.name)))


def routes_of(app: Litestar) -> Iterator[str]:
    """``GET /clients`` and all other routes, Litestar's own answers to OPTIONS and HEAD left out."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"}):
                yield f"{method} {route.path}"


def misfit(plugin: Installed, error: Exception) -> PluginError:
    """A plugin with which no app can be made, e.g. because a route is there already."""
    discovery.discard(plugin)
    text = _("The plugin %(name)s does not fit in: %(fault)s", name=plugin.name, fault=one_line(error))
    return PluginError(plugin.name, text, clash=True)


def _require_installed(found: Plugins, name: str, others: Sequence[str], action: Action) -> None:
    missing = [one for one in others if action == "on" and one not in found]
    if missing:
        text = _("The plugin %(name)s requires %(missing)s, which is not installed; install it first.")
        raise ConflictError(text % {"name": name, "missing": ", ".join(missing)}, code="requires")


def _required(found: Plugins, name: str, on: Collection[str]) -> list[str]:
    """What a plugin requires and is off, directly or not, in the order in which it can be switched on."""
    missing: dict[str, None] = {}

    def visit(one: str) -> None:
        plugin = found.get(one)
        for other in sorted(plugin.manifest.required if plugin and plugin.manifest else ()):
            if other not in on and other not in missing and other != name:
                visit(other)
                missing[other] = None

    visit(name)
    return [*missing]


def _requiring(found: Plugins, name: str, on: Collection[str]) -> list[str]:
    """What is on and requires a plugin, directly or not, in the order in which it can be switched off."""
    hanging: dict[str, None] = {}

    def visit(one: str) -> None:
        for other in switch.dependants(found, on, one):
            if other not in hanging:
                visit(other)
                hanging[other] = None

    visit(name)
    return [*hanging]


def _log(session: Session, row: PluginState, action: str, actor: Actor) -> None:
    log.write(
        session, actor=actor, action=action, kind="plugin", record_id=row.id, title=row.name, version=None
    )
