"""The typed registry: all that the kernel and the enabled plugins contribute, gathered once.

Nobody calls a hook but this module.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pluggy

from vinculo.containment import contained
from vinculo.i18n import add_catalogue
from vinculo.i18n import gettext as _
from vinculo.plugins import hookspecs, workspecs
from vinculo.plugins.calling import Calls, Owned, call
from vinculo.plugins.contributions import (
    EVERY_KIND,
    OF_CLIENTS,
    CardAction,
    Check,
    Composer,
    Criterion,
    DemoFile,
    Fact,
    FormPart,
    Group,
    ListAction,
    MenuItem,
    PaletteAction,
    Panel,
    Part,
    Performer,
    Permission,
    Pricer,
    Widget,
)
from vinculo.plugins.discovery import Installed, load
from vinculo.plugins.faults import PluginError, failure, second
from vinculo.plugins.listening import ConsentSource, Outcome, Seller, SmsGateway, Subscription
from vinculo.plugins.promising import Promise

if TYPE_CHECKING:
    import click
    from litestar.types import ControllerRouterHandler
    from pydantic import BaseModel
    from sqlalchemy.orm import Session

    from vinculo.jobs import JobHandler, Schedule
    from vinculo.records.kind import RecordKind

T = TypeVar("T")
M = TypeVar("M", bound="BaseModel")

EVENTS: Final = ("created", "changed", "deleted", "restored")  # what the log tells of every kind


@dataclass(slots=True, eq=False)
class Registry:
    """What an app consists of. Read-only once it is gathered.

    ``owners`` says whose each part is: (part, its name in a plan) → plugin, or a domain of the kernel.
    ``seconds`` is how long each plugin took to say what it adds; ``faults`` are those that were left out.
    ``definitions`` is the signature of the custom fields that its kinds were made with.
    """

    plugins: Mapping[str, Installed]
    kinds: dict[str, RecordKind] = field(default_factory=dict)
    routers: list[Owned[ControllerRouterHandler]] = field(default_factory=list)
    menu: list[MenuItem] = field(default_factory=list)
    permissions: dict[str, Permission] = field(default_factory=dict)
    panels: dict[str, list[Owned[Panel]]] = field(default_factory=dict)
    composers: list[Owned[Composer]] = field(default_factory=list)
    facts: dict[str, list[Owned[Fact]]] = field(default_factory=dict)
    criteria: dict[str, list[Owned[Criterion]]] = field(default_factory=dict)
    card_actions: dict[str, list[Owned[CardAction]]] = field(default_factory=dict)
    list_actions: dict[str, list[Owned[ListAction]]] = field(default_factory=dict)
    form_parts: dict[str, list[Owned[FormPart]]] = field(default_factory=dict)
    palette: list[Owned[PaletteAction]] = field(default_factory=list)
    widgets: list[Owned[Widget]] = field(default_factory=list)
    performers: dict[str, Performer] = field(default_factory=dict)
    pricer: Pricer | None = None
    promises: dict[str, Promise] = field(default_factory=dict)
    subscriptions: list[Owned[Subscription]] = field(default_factory=list)
    consents: list[Owned[ConsentSource]] = field(default_factory=list)
    outcomes: list[Owned[Outcome]] = field(default_factory=list)
    sellers: list[Owned[Seller]] = field(default_factory=list)
    sms_gateways: dict[str, SmsGateway] = field(default_factory=dict)
    checks: list[Owned[Check]] = field(default_factory=list)
    commands: dict[str, click.Command] = field(default_factory=dict)
    job_handlers: dict[str, JobHandler] = field(default_factory=dict)
    schedules: list[Schedule] = field(default_factory=list)
    settings: dict[str, BaseModel] = field(default_factory=dict)
    owners: dict[tuple[Part, str], str] = field(default_factory=dict)
    kind_owners: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    faults: Mapping[str, PluginError] = field(default_factory=dict)
    definitions: Hashable = ()
    _hooks: pluggy.PluginManager | None = None

    def settings_of(self, plugin: str, model: type[M]) -> M:
        """A plugin's own settings."""
        settings = self.settings[plugin]
        assert isinstance(settings, model)
        return settings

    def performer(self, action: str) -> Performer | None:
        """Who carries out an action that was approved, if anybody does."""
        return self.performers.get(f"approved: {action}") or self.performers.get("approved: *")

    def demo_files(self, folder: Path, seed: int, today: date) -> Sequence[Owned[DemoFile]]:
        """Write the sample company's files; in the order in which they are to be imported."""
        assert self._hooks is not None
        found = call(self._hooks, "demo_files", folder=folder, seed=seed, today=today)
        return sorted(found, key=lambda owned: (owned.item.weight, owned.item.kind))

    def fill_demo(self, session: Session) -> None:
        """Let plugins add to the sample company what no file holds."""
        assert self._hooks is not None
        list(call(self._hooks, "demo_filled", session=session, registry=self))

    def uses_of_parts(self, session: Session, fields: Mapping[str, AbstractSet[str]]) -> list[str]:
        """What plugins keep that needs these fields and kinds, in words."""
        assert self._hooks is not None
        found = call(self._hooks, "uses_of_parts", session=session, fields=fields)
        return [owned.item for owned in found]


def gather(
    kernel: Mapping[str, Any], plugins: Sequence[Installed], tables: Mapping[str, Mapping[str, Any]]
) -> Registry:
    """Load the plugins and collect what all contribute.

    ``kernel`` maps the kernel's own domains to their hook modules, ``tables`` a plugin to its table in
    the configuration. Raises ``PluginError`` naming the plugin at fault.
    """
    manager = pluggy.PluginManager("vinculo")
    manager.add_hookspecs(hookspecs)
    manager.add_hookspecs(workspecs)
    for name, module in kernel.items():
        manager.register(module, name)
    for plugin in plugins:
        add_catalogue(plugin.package)
        _register(manager, plugin)
    registry = Registry({plugin.name: plugin for plugin in plugins}, _hooks=manager)
    calls = Calls(manager, registry.seconds)
    _settings(registry, manager, tables)
    _kinds(registry, calls)
    for permission in calls("permissions"):
        _unique(registry, Part.PERMISSIONS, registry.permissions, permission.item.name, permission)
    _boxes(registry, calls)
    _on_cards(registry, calls)
    _on_lists(registry, calls)
    _of_records(registry, calls)
    _in_forms(registry, calls)
    registry.routers = list(calls("routers"))
    registry.menu = _menu(registry, calls)
    _at_work(registry, calls)
    _beside(registry)
    return registry


def _beside(registry: Registry) -> None:
    """Kinds as they are beside each other."""
    for name, kind in registry.kinds.items():
        found = registry.kinds[name] = kind.beside(registry, kind) if kind.beside else kind
        for part in [*(one.name for one in found.fields), *(one.name for one in found.collections)]:
            registry.owners[Part.COLUMNS, f"{name}.{part}"] = registry.kind_owners[name]


def _at_work(registry: Registry, calls: Calls) -> None:
    """What works without being looked at."""
    for pricer in calls("pricers"):
        if registry.pricer is not None:
            raise second(pricer.plugin, _("price of lines"), pricer.item.kind)
        registry.pricer = pricer.item
    registry.subscriptions = list(calls("subscriptions"))
    registry.consents = list(calls("consents"))
    registry.outcomes = list(calls("outcomes"))
    registry.sellers = list(calls("sellers"))
    registry.sms_gateways = {one.item.name: one.item for one in calls("sms_gateways")}
    for promise in calls("promises"):
        if registry.promises.setdefault(promise.item.kind, promise.item) is not promise.item:
            raise second(promise.plugin, _("promise of goods"), promise.item.kind)
    registry.checks = list(calls("checks"))
    for command in calls("commands"):
        _unique(registry, Part.COMMANDS, registry.commands, command.item.name or "", command)
    for handlers in calls("job_handlers"):
        name, handler = handlers.item
        _unique(registry, Part.JOBS, registry.job_handlers, name, Owned(handlers.plugin, handler))
    for schedule in calls("schedules"):
        registry.schedules.append(schedule.item)
        registry.owners[Part.SCHEDULES, f"{schedule.item.name} {schedule.item.cron}"] = schedule.plugin


def _register(manager: pluggy.PluginManager, plugin: Installed) -> None:
    try:
        manager.register(load(plugin), plugin.name)
        manager.check_pending()
    except (pluggy.PluginValidationError, ValueError) as error:
        raise PluginError(
            plugin.name,
            _("The plugin %(name)s has a wrong hook: %(fault)s",
              name=plugin.name, fault=" ".join(str(error).split())),
        ) from error  # fmt: skip


def _kinds(registry: Registry, calls: Calls) -> None:
    for kind in calls("record_kinds"):
        name = kind.item.name
        if name in registry.kinds:
            raise second(kind.plugin, _("kind of record"), name)
        registry.kinds[name] = kind.item
        registry.kind_owners[name] = kind.plugin
        if kind.item.moment:
            registry.owners[Part.TIMELINE, name] = kind.plugin
        if kind.item.exposed:
            registry.owners[Part.SEARCH, name] = kind.plugin
        for action in (*EVENTS, *kind.item.events):
            registry.owners[Part.EVENTS, f"{name}.{action}"] = kind.plugin
        for permission in kind.item.permissions():
            registry.permissions[permission.name] = permission
            registry.owners[Part.PERMISSIONS, permission.name] = kind.plugin


def _each_kind(registry: Registry, panels: Iterable[Owned[Panel]]) -> Iterator[Owned[Panel]]:
    """What is for every kind, for each that people work with: notes and files hang on others themselves."""
    for panel in panels:
        if panel.item.kind not in (EVERY_KIND, OF_CLIENTS):
            yield panel
            continue
        for name in _meant(registry, panel.plugin, panel.item.kind):
            render = partial(panel.item.render, name)
            yield replace(panel, item=replace(panel.item, kind=name, render=render))


def _meant(registry: Registry, plugin: str, asked: str) -> Iterator[str]:
    """The kinds that a plugin means by a name, be it that of many."""
    if asked not in (EVERY_KIND, OF_CLIENTS):
        yield asked
        return
    for kind in _worked_with(registry, plugin):
        if asked == EVERY_KIND or kind.client == "id" or (kind.client and kind.moment):
            yield kind.name


def _worked_with(registry: Registry, plugin: str) -> Iterator[RecordKind]:
    """The kinds that people work with, but for a plugin's own and for what hangs on others."""
    for kind in registry.kinds.values():
        hangs = "about_kind" in kind.table.c and not kind.carries
        own = registry.kind_owners[kind.name] == plugin
        worked_with = kind.exposed and (kind.scoped or kind.carries)
        if worked_with and not (kind.administrative or own or hangs):
            yield kind


def _boxes(registry: Registry, calls: Calls) -> None:
    for panel in _each_kind(registry, calls("panels")):
        registry.panels.setdefault(panel.item.kind, []).append(panel)
        registry.owners[Part.PANELS, f"{panel.item.kind}: {panel.item.name}"] = panel.plugin
    for panels in registry.panels.values():
        panels.sort(key=lambda owned: (owned.item.weight, owned.item.name))
    registry.composers = sorted(calls("composers"), key=lambda owned: (owned.item.weight, owned.item.name))
    for composer in registry.composers:
        registry.owners[Part.PANELS, f"client timeline: {composer.item.name}"] = composer.plugin
    registry.widgets = sorted(calls("widgets"), key=lambda owned: owned.item.weight)
    for widget in registry.widgets:
        registry.owners[Part.WIDGETS, widget.item.name] = widget.plugin


def _on_cards(registry: Registry, calls: Calls) -> None:
    for action in calls("card_actions"):
        registry.card_actions.setdefault(action.item.kind, []).append(action)
        registry.owners[Part.ACTIONS, f"{action.item.kind}: {action.item.name}"] = action.plugin
    registry.palette = sorted(
        calls("palette_actions"), key=lambda owned: (owned.item.weight, owned.item.name)
    )
    for one in registry.palette:
        registry.owners[Part.ACTIONS, f"palette: {one.item.name}"] = one.plugin
    for way in calls("performers"):
        _unique(registry, Part.ACTIONS, registry.performers, f"approved: {way.item.action}", way)
    for actions in registry.card_actions.values():
        actions.sort(key=lambda owned: (owned.item.weight, owned.item.name))


def _each_list(registry: Registry, actions: Iterable[Owned[ListAction]]) -> Iterator[Owned[ListAction]]:
    """What is for every kind, for each that people work with."""
    for one in actions:
        if one.item.kind != EVERY_KIND:
            yield one
            continue
        for kind in _worked_with(registry, one.plugin):
            yield replace(one, item=replace(one.item, kind=kind.name, url=f"{one.item.url}/{kind.name}"))


def _on_lists(registry: Registry, calls: Calls) -> None:
    for listed in _each_list(registry, calls("list_actions")):
        registry.list_actions.setdefault(listed.item.kind, []).append(listed)
        registry.owners[Part.ACTIONS, f"lists of {listed.item.kind}: {listed.item.name}"] = listed.plugin
    for of_lists in registry.list_actions.values():
        of_lists.sort(key=lambda owned: (owned.item.weight, owned.item.name))


def _of_records(registry: Registry, calls: Calls) -> None:
    for fact in calls("facts"):
        about, name = fact.item.about, fact.item.field.name
        if (Part.FACTS, f"{about}.{name}") in registry.owners:
            raise second(fact.plugin, _("fact"), name)
        if fact.plugin in registry.plugins and not name.startswith(f"{fact.plugin}_"):
            text = _(
                "The plugin %(name)s has a fact “%(fact)s”; the names of its facts begin with %(name)s_."
            )
            raise PluginError(fact.plugin, text % {"name": fact.plugin, "fact": name})
        registry.facts.setdefault(about, []).append(fact)
        registry.owners[Part.FACTS, f"{about}.{name}"] = fact.plugin
    for criterion in calls("criteria"):
        about, name = criterion.item.about, criterion.item.field.name
        if (Part.CRITERIA, f"{about}.{name}") in registry.owners:
            raise second(criterion.plugin, _("condition"), name)
        registry.criteria.setdefault(about, []).append(criterion)
        registry.owners[Part.CRITERIA, f"{about}.{name}"] = criterion.plugin


def _in_forms(registry: Registry, calls: Calls) -> None:
    for part in calls("form_parts"):
        name, own = part.item.name, part.plugin in registry.plugins
        if not re.fullmatch("[a-z_]+", name) or (own and not name.startswith(part.plugin)):
            text = _(
                "The plugin %(name)s adds a part of forms “%(part)s”; such names are of small letters and _,"
                " and begin with %(name)s."
            )
            raise PluginError(part.plugin, text % {"name": part.plugin, "part": name})
        for kind in chain.from_iterable(_meant(registry, part.plugin, one) for one in part.item.kinds):
            if (Part.FORMS, f"{kind}: {name}") in registry.owners:
                raise second(part.plugin, _("part of forms"), name)
            registry.form_parts.setdefault(kind, []).append(part)
            registry.owners[Part.FORMS, f"{kind}: {name}"] = part.plugin
    for parts in registry.form_parts.values():
        parts.sort(key=lambda owned: (owned.item.weight, owned.item.name))


def _unique(registry: Registry, part: Part, into: dict[str, Any], key: str, owned: Owned[Any]) -> None:
    if key in into:
        what = {
            Part.PERMISSIONS: _("permission"),
            Part.ACTIONS: _("way to perform"),
            Part.COMMANDS: _("command"),
            Part.JOBS: _("job"),
        }[part]
        raise second(owned.plugin, what, key)
    into[key] = owned.item
    registry.owners[part, key] = owned.plugin


def _menu(registry: Registry, calls: Calls) -> list[MenuItem]:
    items = list(calls("menu_items"))
    said = {owned.item.url for owned in items}
    for kind in registry.kinds.values():
        if kind.menu is not None and kind.url not in said:
            read = kind.permission("read")
            item = MenuItem(kind.label_plural, kind.url, kind.icon, read, kind.menu, kind.weight)
            items.append(Owned(registry.kind_owners[kind.name], item))
    for owned in items:
        registry.owners[Part.MENU, owned.item.url] = owned.plugin
    order = list(Group)
    return sorted(
        (owned.item for owned in items),
        key=lambda item: (order.index(item.group), item.weight, str(item.label)),
    )


def _settings(
    registry: Registry, manager: pluggy.PluginManager, tables: Mapping[str, Mapping[str, Any]]
) -> None:
    from pydantic import ValidationError  # noqa: PLC0415 -- commands without settings do without pydantic

    for implementation in manager.hook.settings_model.get_hookimpls():
        name = implementation.plugin_name
        try:
            with contained():
                model: Any = implementation.function()
            if model is not None:
                registry.settings[name] = model(**tables.get(name, {}))
                for key in model.model_fields:
                    registry.owners[Part.SETTINGS, f"{name}.{key}"] = name
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join([name, *map(str, first["loc"])])
            text = _("%(key)s in the configuration: %(fault)s", key=key, fault=first["msg"])
            raise PluginError(name, text, own=False) from error
        except Exception as error:
            raise failure(name, "settings_model", error) from error
