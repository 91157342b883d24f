"""The typed registry: all that the kernel and the enabled plugins contribute, gathered once.

Nobody calls a hook but this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import pluggy

from vinculo.errors import ConfigError
from vinculo.i18n import add_catalogue
from vinculo.i18n import gettext as _
from vinculo.plugins import hookspecs
from vinculo.plugins.contributions import DemoFile, Group, MenuItem, Panel, Permission, Widget
from vinculo.plugins.discovery import Installed, load

if TYPE_CHECKING:
    import click
    from litestar.types import ControllerRouterHandler
    from pydantic import BaseModel

    from vinculo.jobs import JobHandler, Schedule
    from vinculo.records.kind import RecordKind

T = TypeVar("T")
M = TypeVar("M", bound="BaseModel")

RETURNED: Final[Mapping[str, type]] = {
    "demo_files": DemoFile,
    "menu_items": MenuItem,
    "panels": Panel,
    "permissions": Permission,
    "widgets": Widget,
}


@dataclass(frozen=True, slots=True)
class Owned(Generic[T]):
    """A contribution and the plugin it comes from."""

    plugin: str
    item: T


@dataclass(slots=True)
class Registry:
    """What an app consists of. Read-only once it is gathered."""

    plugins: Mapping[str, Installed]
    kinds: dict[str, RecordKind] = field(default_factory=dict)
    routers: list[Owned[ControllerRouterHandler]] = field(default_factory=list)
    menu: list[MenuItem] = field(default_factory=list)
    permissions: dict[str, Permission] = field(default_factory=dict)
    panels: dict[str, list[Owned[Panel]]] = field(default_factory=dict)
    widgets: list[Owned[Widget]] = field(default_factory=list)
    commands: dict[str, click.Command] = field(default_factory=dict)
    job_handlers: dict[str, JobHandler] = field(default_factory=dict)
    schedules: list[Schedule] = field(default_factory=list)
    settings: dict[str, BaseModel] = field(default_factory=dict)
    _hooks: pluggy.PluginManager | None = None

    def settings_of(self, plugin: str, model: type[M]) -> M:
        """A plugin's own settings."""
        settings = self.settings[plugin]
        assert isinstance(settings, model)
        return settings

    def member_permissions(self) -> frozenset[str]:
        """What every member may: all that is not administrative."""
        return frozenset(name for name, item in self.permissions.items() if not item.administrative)

    def demo_files(self, folder: Path, seed: int, today: date) -> Sequence[Owned[DemoFile]]:
        """Write the sample company's files; in the order in which they are to be imported."""
        assert self._hooks is not None
        found = _call(self._hooks, "demo_files", folder=folder, seed=seed, today=today)
        return sorted(found, key=lambda owned: (owned.item.weight, owned.item.kind))


def gather(
    kernel: Mapping[str, Any], plugins: Sequence[Installed], tables: Mapping[str, Mapping[str, Any]]
) -> Registry:
    """Load the plugins and collect what all contribute.

    ``kernel`` maps the kernel's own domains to their hook modules, ``tables`` a plugin to its table in
    the configuration. Raises ``ConfigError`` naming the plugin at fault.
    """
    manager = pluggy.PluginManager("vinculo")
    manager.add_hookspecs(hookspecs)
    for name, module in kernel.items():
        manager.register(module, name)
    for plugin in plugins:
        add_catalogue(plugin.package)
        _register(manager, plugin)
    registry = Registry({plugin.name: plugin for plugin in plugins}, _hooks=manager)
    _settings(registry, manager, tables)
    for kind in _call(manager, "record_kinds"):
        _unique(registry.kinds, kind.item.name, kind, _("kind of record"))
        for permission in kind.item.permissions():
            registry.permissions[permission.name] = permission
    for permission in _call(manager, "permissions"):
        _unique(registry.permissions, permission.item.name, permission, _("permission"))
    for panel in _call(manager, "panels"):
        registry.panels.setdefault(panel.item.kind, []).append(panel)
    for panels in registry.panels.values():
        panels.sort(key=lambda owned: (owned.item.weight, owned.item.name))
    registry.routers = list(_call(manager, "routers"))
    registry.widgets = sorted(_call(manager, "widgets"), key=lambda owned: owned.item.weight)
    registry.menu = _menu(registry, manager)
    for command in _call(manager, "commands"):
        _unique(registry.commands, command.item.name or "", command, _("command"))
    for handlers in _call(manager, "job_handlers"):
        name, handler = handlers.item
        _unique(registry.job_handlers, name, Owned(handlers.plugin, handler), _("job"))
    registry.schedules = [owned.item for owned in _call(manager, "schedules")]
    return registry


def _register(manager: pluggy.PluginManager, plugin: Installed) -> None:
    try:
        manager.register(load(plugin), plugin.name)
        manager.check_pending()
    except (pluggy.PluginValidationError, ValueError) as error:
        raise ConfigError(
            _("The plugin %(name)s has a wrong hook: %(fault)s", name=plugin.name, fault=_line(str(error)))
        ) from error


def _call(manager: pluggy.PluginManager, hook: str, **arguments: Any) -> Iterator[Owned[Any]]:
    """What each plugin returns, in the order of registration; pluggy alone hides whose result is whose."""
    for implementation in getattr(manager.hook, hook).get_hookimpls():
        try:
            result = implementation.function(*(arguments[name] for name in implementation.argnames))
            items: Iterable[Any] = result.items() if isinstance(result, Mapping) else (result or ())
            owned = [Owned(implementation.plugin_name, _checked(hook, item)) for item in items]
        except ConfigError:
            raise
        except Exception as error:
            raise _failure(implementation.plugin_name, hook, error) from error
        yield from owned


def _checked(hook: str, item: Any) -> Any:
    expected = RETURNED.get(hook)
    if expected is not None and not isinstance(item, expected):
        raise TypeError(f"{item!r} is no {expected.__name__}")
    return item


def _line(text: str) -> str:
    return " ".join(text.split())


def _failure(plugin: str, hook: str, error: Exception) -> ConfigError:
    fault = _line(f"{type(error).__name__}: {error}")
    return ConfigError(
        _("The plugin %(name)s failed in its hook %(hook)s: %(fault)s", name=plugin, hook=hook, fault=fault)
    )


def _unique(into: dict[str, Any], key: str, owned: Owned[Any], what: str) -> None:
    if key in into:
        raise ConfigError(
            _("The plugin %(name)s adds a second %(what)s “%(key)s”.", name=owned.plugin, what=what, key=key)
        )
    into[key] = owned.item


def _menu(registry: Registry, manager: pluggy.PluginManager) -> list[MenuItem]:
    items = [owned.item for owned in _call(manager, "menu_items")]
    for kind in registry.kinds.values():
        if kind.menu is not None:
            read = kind.permission("read")
            items.append(MenuItem(kind.label_plural, kind.url, kind.icon, read, kind.menu, kind.weight))
    order = list(Group)
    return sorted(items, key=lambda item: (order.index(item.group), item.weight, str(item.label)))


def _settings(
    registry: Registry, manager: pluggy.PluginManager, tables: Mapping[str, Mapping[str, Any]]
) -> None:
    from pydantic import ValidationError  # noqa: PLC0415 -- commands without settings do without pydantic

    for implementation in manager.hook.settings_model.get_hookimpls():
        name = implementation.plugin_name
        try:
            model: Any = implementation.function()
            if model is not None:
                registry.settings[name] = model(**tables.get(name, {}))
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join([name, *map(str, first["loc"])])
            raise ConfigError(
                _("%(key)s in the configuration: %(fault)s", key=key, fault=first["msg"])
            ) from error
        except Exception as error:
            raise _failure(name, "settings_model", error) from error
