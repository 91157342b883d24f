"""Installed plugins, known by their manifests: nothing else of a plugin is imported here."""

from __future__ import annotations

import graphlib
import importlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from vinculo.errors import ConfigError
from vinculo.i18n import gettext as _
from vinculo.plugins.manifest import Manifest

GROUP: Final = "vinculo.plugins"


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
    return {point.name: _read(point) for point in sorted(entry_points(group=GROUP), key=lambda p: p.name)}


def _read(point: EntryPoint) -> Installed:
    package = point.value.partition(":")[0].partition(".")[0]
    try:
        manifest = importlib.import_module(package).manifest
    except Exception as error:  # noqa: BLE001 -- a stranger's package may raise anything
        return Installed(point.name, point, fault=f"{type(error).__name__}: {error}")
    if not isinstance(manifest, Manifest) or manifest.name != point.name:
        return Installed(
            point.name, point, fault=_("its manifest does not name it %(name)s", name=point.name)
        )
    return Installed(point.name, point, manifest)


def in_order(plugins: Mapping[str, Installed], names: Collection[str]) -> Sequence[Installed]:
    """These plugins, each after those it requires. Raises ``ConfigError`` for one that cannot be on."""
    graph: dict[str, set[str]] = {}
    for name in names:
        plugin = plugins.get(name)
        if plugin is None:
            raise ConfigError(
                _(
                    "There is no plugin “%(name)s”; installed are: %(names)s.",
                    name=name,
                    names=", ".join(plugins),
                )
            )
        if plugin.manifest is None:
            raise ConfigError(
                _("The plugin %(name)s cannot be used: %(fault)s.", name=name, fault=plugin.fault)
            )
        missing = [required for required in plugin.manifest.requires if required not in names]
        if missing:
            raise ConfigError(
                _(
                    "The plugin %(name)s requires %(missing)s; switch that on, too.",
                    name=name,
                    missing=", ".join(missing),
                )
            )
        graph[name] = {*plugin.manifest.requires, *(o for o in plugin.manifest.optional if o in names)}
    try:
        order = list(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        raise ConfigError(
            _("These plugins require each other in a circle: %(names)s.", names=", ".join(error.args[1]))
        ) from error
    return [plugins[name] for name in order]


def load(plugin: Installed) -> Any:
    """Import a plugin's hook implementations. Raises ``ConfigError`` naming it."""
    try:
        return plugin.entry_point.load()
    except Exception as error:
        raise ConfigError(
            _(
                "The plugin %(name)s cannot be loaded: %(fault)s. Mend it, or switch it off with:"
                " vinculo plugins off %(name)s",
                name=plugin.name,
                fault=f"{type(error).__name__}: {error}",
            )
        ) from error
