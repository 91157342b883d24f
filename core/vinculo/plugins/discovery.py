"""Installed plugins, known by their manifests: nothing else of a plugin is imported here."""

from __future__ import annotations

import graphlib
import importlib
import sys
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import configure_mappers

from vinculo import __version__
from vinculo.containment import contained
from vinculo.db.base import Base
from vinculo.i18n import gettext as _
from vinculo.plugins.faults import PluginError, one_line
from vinculo.plugins.manifest import KERNEL, Manifest

GROUP: Final = "vinculo.plugins"
import_seconds: dict[str, float] = {}  # how long the import of each plugin took in this process
_in_use: set[str] = set()  # packages of which an app of this process was made: requests may still run on it


@dataclass(frozen=True, slots=True)
class Installed:
    """A plugin whose package is there. ``fault`` says why it cannot be used, if so."""

    name: str
    entry_point: EntryPoint
    manifest: Manifest | None = None
    fault: str = ""

    @property
    def package(self) -> str:
        """Its import package."""
        return self.entry_point.value.partition(":")[0].partition(".")[0]


def installed() -> Mapping[str, Installed]:
    """All plugins that entry points name, by name."""
    points: dict[str, list[EntryPoint]] = {}
    for point in entry_points(group=GROUP):
        points.setdefault(point.name, []).append(point)
    return {name: _read(*points[name]) for name in sorted(points)}


def _read(point: EntryPoint, *others: EntryPoint) -> Installed:
    package = point.value.partition(":")[0].partition(".")[0]
    rivals = sorted({point.value, *(other.value for other in others)})
    if len(rivals) > 1:
        fault = _("several packages call themselves so: %(names)s", names=", ".join(rivals))
        return Installed(point.name, point, fault=fault)
    try:
        with contained():
            manifest = importlib.import_module(package).manifest
    except Exception as error:  # noqa: BLE001 -- a stranger's package may raise anything
        return Installed(point.name, point, fault=one_line(error))
    if not isinstance(manifest, Manifest) or manifest.name != point.name:
        return Installed(
            point.name, point, fault=_("its manifest does not name it %(name)s", name=point.name)
        )
    return Installed(point.name, point, manifest)


def in_order(plugins: Mapping[str, Installed], names: Collection[str]) -> Sequence[Installed]:
    """These plugins, each after those it requires. Raises ``PluginError`` for one that cannot be on."""
    graph: dict[str, set[str]] = {}
    for name in sorted(names):
        manifest = _usable(plugins, name)
        _check_requirements(plugins, manifest, names)
        graph[name] = {*manifest.required, *(other for other in manifest.optional if other in names)}
    try:
        order = list(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        circle = error.args[1]
        raise PluginError(
            circle[0],
            _("These plugins require each other in a circle: %(names)s.", names=", ".join(circle)),
            clash=True,
        ) from error
    return [plugins[name] for name in order]


def sound(
    plugins: Mapping[str, Installed], names: Collection[str]
) -> tuple[Sequence[Installed], Mapping[str, PluginError]]:
    """Those that can be on, in order, and why each of the others cannot."""
    wanted = set(names)
    faults: dict[str, PluginError] = {}
    while True:
        try:
            return in_order(plugins, wanted), faults
        except PluginError as fault:
            faults[fault.plugin] = fault
            wanted.discard(fault.plugin)


def _usable(plugins: Mapping[str, Installed], name: str) -> Manifest:
    plugin = plugins.get(name)
    if plugin is None:
        known = ", ".join(plugins)
        text = _("There is no plugin “%(name)s”; installed are: %(names)s.", name=name, names=known)
        raise PluginError(name, text, own=False)
    if plugin.manifest is None:
        text = _("The plugin %(name)s cannot be used: %(fault)s.", name=name, fault=plugin.fault)
        raise PluginError(name, text)
    return plugin.manifest


def _check_requirements(plugins: Mapping[str, Installed], manifest: Manifest, names: Collection[str]) -> None:
    missing = sorted(manifest.required - set(names))
    if missing:
        text = _(
            "The plugin %(name)s requires %(missing)s; switch that on, too.",
            name=manifest.name,
            missing=", ".join(missing),
        )
        raise PluginError(manifest.name, text, own=False)
    for name, versions in manifest.needs.items():
        if not versions:
            continue
        found = __version__ if name == KERNEL else _usable(plugins, name).version
        if not _matches(found, versions, manifest.name):
            text = _(
                "The plugin %(name)s requires %(other)s %(versions)s; installed is %(found)s.",
                name=manifest.name,
                other=name,
                versions=versions,
                found=found,
            )
            raise PluginError(manifest.name, text)


def _matches(version: str, versions: str, name: str) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415 -- few name versions
    from packaging.version import InvalidVersion  # noqa: PLC0415 -- few name versions

    try:
        return SpecifierSet(versions).contains(version, prereleases=True)
    except (InvalidSpecifier, InvalidVersion) as error:
        raise PluginError(
            name, _("The plugin %(name)s cannot be used: %(fault)s.", name=name, fault=error)
        ) from error


def load(plugin: Installed) -> Any:
    """Import a plugin's hook implementations. Raises ``PluginError`` naming it; it may be tried again."""
    begun = time.perf_counter()
    known = plugin.entry_point.module in sys.modules
    try:
        with contained():
            hooks = plugin.entry_point.load()
        _check_tables(plugin)
    except Exception as error:
        discard(plugin)
        fault = str(error) if isinstance(error, PluginError) else one_line(error)
        clash = isinstance(error, PluginError) or _claims_table(error)
        raise PluginError(
            plugin.name,
            _(
                "The plugin %(name)s cannot be loaded: %(fault)s. Mend it, or switch it off with:"
                " vinculo plugins off %(name)s",
                name=plugin.name,
                fault=fault,
            ),
            clash=clash,
        ) from error
    if not known:
        import_seconds[plugin.name] = time.perf_counter() - begun
    return hooks


def _check_tables(plugin: Installed) -> None:
    configure_mappers()  # here and not at the first query, where a wrong relationship would be everybody's
    prefix = f"{plugin.name}_"
    foreign = sorted(
        table.name for table in map(_table, _models(plugin)) if not table.name.startswith(prefix)
    )
    if foreign:
        text = _("its tables must begin with %(prefix)s, but there is %(table)s")
        raise PluginError(plugin.name, text % {"prefix": prefix, "table": foreign[0]})


def _claims_table(error: Exception) -> bool:
    """Whether a model takes the table of another, which SQLAlchemy tells in words only."""
    return isinstance(error, InvalidRequestError) and "already defined for this MetaData" in str(error)


def keep(plugins: Iterable[Installed]) -> None:
    """An app was made of these plugins: what they are made of stays, whatever becomes of them."""
    _in_use.update(plugin.package for plugin in plugins)


def discard(plugin: Installed) -> None:
    """Forget a plugin with which no app could be made, so that once mended it can be tried again."""
    if plugin.package not in _in_use:
        unload(plugin)


def unload(plugin: Installed) -> None:
    """Forget all that was imported of a plugin, perhaps in part, with its tables. No app may use it."""
    _in_use.discard(plugin.package)
    for manager in _managers(plugin):
        table: sa.Table | None = getattr(manager.class_, "__table__", None)
        if table is not None and Base.metadata.tables.get(table.name) is table:
            Base.metadata.remove(table)
        # What registry.dispose() does to all of them: a broken model must not stop the others.
        Base.registry._dispose_manager_and_mapper(manager)  # noqa: SLF001
        Base.registry._managers.pop(manager, None)  # noqa: SLF001 -- it would go when it is collected
    for name in [name for name in sys.modules if name.partition(".")[0] == plugin.package]:
        del sys.modules[name]


def _managers(plugin: Installed) -> Sequence[Any]:
    """Those of the models that its modules have declared so far, some perhaps not to the end."""
    managers = list(Base.registry._managers)  # noqa: SLF001 -- .mappers raises for a model that failed
    return [m for m in managers if m.class_ and m.class_.__module__.partition(".")[0] == plugin.package]


def _models(plugin: Installed) -> Sequence[Any]:
    return [manager.class_ for manager in _managers(plugin) if manager.is_mapped]


def _table(model: Any) -> sa.Table:
    table: sa.Table = model.__table__
    return table
