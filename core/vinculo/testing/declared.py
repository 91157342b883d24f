"""What a plugin says of itself, for the contract to compare with what it does."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from litestar import Litestar

from vinculo.plugins import discovery
from vinculo.plugins.calling import Owned
from vinculo.plugins.contributions import Part
from vinculo.plugins.registry import Registry
from vinculo.records.fields import ChoiceField, Field
from vinculo.records.kind import RecordKind

Named = tuple[str, Any]


def with_required(name: str) -> list[str]:
    """A plugin after those that it requires. Raises ``PluginError`` for one that cannot be used."""
    found = discovery.installed()
    names, waiting = set[str](), [name]
    while waiting:
        one = waiting.pop()
        names.add(one)
        plugin = found.get(one)
        if plugin and plugin.manifest:
            waiting += plugin.manifest.required - names
    return [plugin.name for plugin in discovery.in_order(found, names)]


def undeclared_imports(name: str, package: Path) -> list[str]:
    """Where the code of a package imports a plugin that its manifest does not name."""
    found = discovery.installed()
    manifest = found[name].manifest
    assert manifest
    allowed = {name, *manifest.required, *manifest.optional}
    others = {plugin.package: plugin.name for plugin in found.values() if plugin.name not in allowed}
    return [
        f"{path.relative_to(package)}:{line} imports {module}: require {others[module]} in the manifest"
        for path in sorted(package.rglob("*.py"))
        for line, module in _imports(path)
        if module in others
    ]


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """The line and the top-level package of each import."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module.partition(".")[0]


def handlers(app: Litestar) -> Iterator[tuple[str, Any]]:
    """(path, handler) of all routes, Litestar's own answers to OPTIONS left out."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if handler.http_methods != {"OPTIONS"}:
                yield route.path, handler


def plain_labels(registry: Registry, plugin: str) -> list[str]:
    """The labels of a plugin that are plain strings, which no user's language can reach."""
    return [
        f"{place}: write _l({str(text)!r})"
        for place, text in _labels(registry, plugin)
        if isinstance(text, str) and any(map(str.isalpha, text))
    ]


def _labels(registry: Registry, plugin: str) -> Iterator[Named]:
    manifest = registry.plugins[plugin].manifest
    assert manifest
    yield from (("manifest.title", manifest.title), ("manifest.summary", manifest.summary))
    for name, kind in registry.kinds.items():
        if registry.kind_owners[name] == plugin:
            yield from _of_kind(kind)
    boxes: list[Owned[Any]] = [*registry.widgets, *chain.from_iterable(registry.panels.values())]
    yield from ((f"panel {box.item.name}", box.item.title) for box in boxes if box.plugin == plugin)
    for permission in registry.permissions.values():
        if registry.owners[Part.PERMISSIONS, permission.name] == plugin:
            yield f"permission {permission.name}", permission.label
    for item in registry.menu:
        if registry.owners[Part.MENU, item.url] == plugin:
            yield f"menu {item.url}", item.label


def _of_kind(kind: RecordKind) -> Iterator[Named]:
    for name in ("label", "label_plural", "new_label", "summary"):
        yield f"{kind.name}.{name}", getattr(kind, name)
    yield from _of_fields(kind.name, kind.fields)
    for collection in kind.collections:
        place = f"{kind.name}.{collection.name}"
        yield from ((f"{place}.{name}", getattr(collection, name)) for name in ("label", "add_label", "help"))
        yield from _of_fields(place, collection.fields)
        yield from ((f"{place} {column.key}", column.label) for column in collection.file_columns)


def _of_fields(place: str, fields: Iterable[Field]) -> Iterator[Named]:
    for field in fields:
        yield f"{place}.{field.name}", field.label
        yield f"{place}.{field.name}.help", field.help
        if isinstance(field, ChoiceField):
            yield from ((f"{place}.{field.name} {value}", label) for value, label in field.labels.items())
