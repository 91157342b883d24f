"""Which rooms and plugins make an app, and in which order their tables are migrated."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from vinculo.accounts import plugin as accounts
from vinculo.audit import plugin as audit
from vinculo.clients import plugin as clients
from vinculo.company import plugin as company
from vinculo.counterparties import plugin as counterparties
from vinculo.db import histories as db_histories
from vinculo.db.engine import Database
from vinculo.db.histories import History
from vinculo.demo import plugin as demo
from vinculo.errors import SchemaError
from vinculo.files import plugin as files
from vinculo.i18n import gettext as _
from vinculo.notes import plugin as notes
from vinculo.people import plugin as people
from vinculo.plugins import discovery, switch
from vinculo.plugins.checks import check_facts, check_links
from vinculo.plugins.faults import PluginError
from vinculo.plugins.models import PluginState
from vinculo.plugins.registry import Registry, gather
from vinculo.privacy import plugin as privacy
from vinculo.protection import plugin as protection
from vinculo.records import custom, facts
from vinculo.records import plugin as records
from vinculo.records.custom_models import CustomField
from vinculo.settings import Settings
from vinculo.web import plugin as web

KERNEL: Final[Mapping[str, Any]] = {
    "accounts": accounts,
    "audit": audit,
    "clients": clients,
    "company": company,
    "counterparties": counterparties,
    "demo": demo,
    "files": files,
    "notes": notes,
    "people": people,
    "privacy": privacy,
    "protection": protection,
    "records": records,
    "web": web,
}
KERNEL_HISTORY: Final = History(
    name="kernel",
    package="vinculo",
    models=(
        "vinculo.accounts.models",
        "vinculo.clients.models",
        "vinculo.company.calendar_models",
        "vinculo.company.models",
        "vinculo.counterparties.models",
        "vinculo.events.models",
        "vinculo.files.models",
        "vinculo.notes.models",
        "vinculo.people.models",
        "vinculo.plugins.models",
        "vinculo.privacy.models",
        "vinculo.protection.models",
        "vinculo.records.bulk_models",
        "vinculo.records.custom_models",
        "vinculo.records.models",
    ),
    prefixes=(
        "accounts_",
        "clients_",
        "company_",
        "counterparties_",
        "events_",
        "files_",
        "notes_",
        "people_",
        "plugins_",
        "privacy_",
        "protection_",
        "records_",
    ),
)


def histories(names: Collection[str]) -> Sequence[History]:
    """The histories of the kernel and of these plugins, each after those it requires.

    Raises ``PluginError`` for a plugin that cannot be on.
    """
    found = discovery.installed()
    return [KERNEL_HISTORY, *map(history_of, discovery.in_order(found, names))]


def all_histories() -> Sequence[History]:
    """The histories of the kernel and of every installed plugin that can be used."""
    found = discovery.installed()
    plugins, _faults = discovery.sound(found, [name for name, plugin in found.items() if plugin.manifest])
    return [KERNEL_HISTORY, *map(history_of, plugins)]


def enabled_histories(settings: Settings, database: Database) -> Sequence[History]:
    """The histories of the kernel and of the plugins that work; a new database knows only pins."""
    plugins, _faults = discovery.sound(discovery.installed(), enabled(settings, database))
    return [KERNEL_HISTORY, *map(history_of, plugins)]


def history_of(plugin: discovery.Installed) -> History:
    """The migrations of a plugin, whose tables may refer to those of what it requires."""
    found = discovery.installed()
    needed = [
        found[name] for name in sorted(plugin.manifest.required if plugin.manifest else ()) if name in found
    ]
    return History(
        name=plugin.name,
        package=plugin.package,
        models=(*KERNEL_HISTORY.models, *(f"{one.package}.models" for one in (*needed, plugin))),
        prefixes=(f"{plugin.name}_",),
    )


def enabled(settings: Settings, database: Database) -> frozenset[str]:
    """The names of the plugins that should be on."""
    pins = switch.Pins.of(settings)
    if not sa.inspect(database.engine).has_table("plugins_plugin"):
        return pins.on - pins.off
    with database.read() as session:
        return switch.enabled(session, pins)


def load_registry(settings: Settings, database: Database, names: Collection[str] | None = None) -> Registry:
    """All that the kernel and these plugins contribute, or those that are on.

    A plugin that cannot be used is left out; ``faults`` of the registry says why.
    """
    wanted = set(enabled(settings, database) if names is None else names)
    if not wanted:
        return _customised(gather(KERNEL, (), settings.plugin_tables), database)  # no manifest is read
    faults = dict(schema_faults(database, wanted))
    while True:
        plugins, others = discovery.sound(discovery.installed(), wanted - set(faults))
        try:
            registry = gather(KERNEL, plugins, settings.plugin_tables)
            check_links(registry)
            check_facts(registry)
        except PluginError as fault:
            if fault.plugin in KERNEL:
                raise
            faults[fault.plugin] = fault
            discovery.discard(discovery.installed()[fault.plugin])
        else:
            registry.faults = {**others, **faults}
            return _customised(registry, database)


def definitions(database: Database) -> Hashable:
    """Changes with every definition of a custom field; what says that an app is of the present ones."""
    if not sa.inspect(database.engine).has_table(CustomField.__tablename__):
        return ()
    with database.read() as session:
        return custom.signature(session)


def _customised(registry: Registry, database: Database) -> Registry:
    """With the fields that the company added; a database that is not migrated yet has none."""
    registry.kinds.update(facts.choosable(registry))
    registry.definitions = definitions(database)
    if registry.definitions:
        with database.read() as session:
            registry.kinds.update(custom.extended(registry.kinds, custom.every(session)))
        registry.kinds.update(facts.naming(registry))
    return registry


def schema_faults(database: Database, names: Collection[str]) -> Mapping[str, PluginError]:
    """The plugins whose tables are newer than their package, or whose migrations cannot be read."""
    plugins, _faults = discovery.sound(discovery.installed(), names)
    found: dict[str, PluginError] = {}
    for plugin in plugins:
        try:
            (status, *_orphans) = db_histories.status(database, [history_of(plugin)])
        except SchemaError as error:
            found[plugin.name] = PluginError(plugin.name, error.message)
            continue
        if status.state == "ahead" and plugin.manifest:
            found[plugin.name] = _older(database, status, plugin.manifest.version)
    return found


def _older(database: Database, status: db_histories.HistoryStatus, version: str) -> PluginError:
    with database.read() as session:
        last = session.scalar(sa.select(PluginState.version).where(PluginState.name == status.name))
    text = _(
        "The package of %(name)s is older than its tables: installed is %(version)s, the tables are those of"
        " %(last)s (revision %(revision)s). Install %(last)s or newer, then switch it on again.",
        name=status.name,
        version=version,
        last=last or "?",
        revision=status.current,
    )
    return PluginError(status.name, text)
