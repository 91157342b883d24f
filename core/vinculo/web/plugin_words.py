"""The parts of a plan in people's words: a menu entry by its label, a permission by what it allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vinculo.i18n import gettext as _
from vinculo.plugins import discovery
from vinculo.plugins.contributions import Part
from vinculo.plugins.plan import Parts, Plan
from vinculo.plugins.registry import EVENTS, Registry, gather
from vinculo.web.context import Context
from vinculo.web.views import Line

API: Final = "/api/v1/"
LONG: Final = 5  # lines; a group that is longer is folded
Words = Mapping[tuple[Part, str], str]


@dataclass(frozen=True, slots=True)
class PartGroup:
    """One kind of parts in a plan. A ``folded`` group is long and rarely read."""

    label: str
    lines: Sequence[Line]
    folded: bool = False


def of_plan(ctx: Context, plan: Plan) -> Words:
    """The words for all that a plan may name; the parts of plugins that are off are asked for their own."""
    if plan.refusal or plan.action == "off":
        return of_registry(ctx.registry)
    names = {*ctx.registry.plugins, *plan.names}
    plugins = discovery.in_order(discovery.installed(), names)
    theirs = gather({}, plugins, ctx.site.settings.plugin_tables)
    theirs.kinds = {**ctx.registry.kinds, **theirs.kinds}
    return of_registry(theirs)


def of_registry(registry: Registry) -> Words:
    """The words for the parts of an app, by part and name."""
    return {
        **{(Part.MENU, item.url): str(item.label) for item in registry.menu},
        **{(Part.WIDGETS, owned.item.name): str(owned.item.title) for owned in registry.widgets},
        **{(Part.PERMISSIONS, name): str(item.label) for name, item in registry.permissions.items()},
        **dict(_panels(registry)),
        **dict(_on_cards(registry)),
        **dict(_of_records(registry)),
        **dict(_kinds(registry)),
    }


def _panels(registry: Registry) -> Iterator[tuple[tuple[Part, str], str]]:
    for name, panels in registry.panels.items():
        kind = registry.kinds.get(name)
        for owned in panels:
            text = _("%(panel)s, on the card of: %(kind)s")
            label = text % {"panel": owned.item.title, "kind": kind.label if kind else name}
            yield (Part.PANELS, f"{name}: {owned.item.name}"), label
    for owned_way in registry.composers:
        way = owned_way.item
        yield (Part.PANELS, f"client timeline: {way.name}"), _("%(way)s, on timelines", way=way.label)


def _of_records(registry: Registry) -> Iterator[tuple[tuple[Part, str], str]]:
    for name, criteria in registry.criteria.items():
        for one in criteria:
            yield (Part.CRITERIA, f"{name}.{one.item.field.name}"), str(one.item.field.label)
    for name, listed in registry.list_actions.items():
        for action in listed:
            yield (Part.ACTIONS, f"lists of {name}: {action.item.name}"), str(action.item.label)


def _on_cards(registry: Registry) -> Iterator[tuple[tuple[Part, str], str]]:
    for name, facts in registry.facts.items():
        kind = registry.kinds.get(name)
        for fact in facts:
            label = f"{kind.label if kind else name}: {fact.item.field.label}"
            yield (Part.FACTS, f"{name}.{fact.item.field.name}"), label
    for name, actions in registry.card_actions.items():
        for action in actions:
            yield (Part.ACTIONS, f"{name}: {action.item.name}"), str(action.item.label)
    for name, parts in registry.form_parts.items():
        kind = registry.kinds.get(name)
        for part in parts:
            text = _("%(part)s, in the form of: %(kind)s")
            label = text % {"part": part.item.title, "kind": kind.label if kind else name}
            yield (Part.FORMS, f"{name}: {part.item.name}"), label
    for entry in registry.palette:
        label = _("%(action)s, in the command palette", action=entry.item.label)
        yield (Part.ACTIONS, f"palette: {entry.item.name}"), label
    for name, performer in registry.performers.items():
        label = _("%(action)s, of what was approved", action=performer.label)
        yield (Part.ACTIONS, name), label


def _kinds(registry: Registry) -> Iterator[tuple[tuple[Part, str], str]]:
    for name, kind in registry.kinds.items():
        for part in (Part.TIMELINE, Part.SEARCH):
            yield (part, name), str(kind.label_plural)
        for field in kind.fields:
            yield (Part.COLUMNS, f"{name}.{field.name}"), f"{kind.label}: {field.label}"
        for permission in kind.permissions():
            action = permission.name.rpartition(".")[2]
            yield (Part.PERMISSIONS, permission.name), f"{kind.label_plural}: {_allowed(action)}"
        for collection in kind.collections:
            yield (Part.COLUMNS, f"{name}.{collection.name}"), f"{kind.label}: {collection.label}"
        for event in EVENTS:
            yield (Part.EVENTS, f"{name}.{event}"), f"{kind.label}: {_event(event)}"
        for event, label in kind.events.items():
            yield (Part.EVENTS, f"{name}.{event}"), f"{kind.label}: {label}"


def _allowed(action: str) -> str:
    found = {
        "read": _("to see"),
        "create": _("to add"),
        "update": _("to change"),
        "delete": _("to delete"),
        "import": _("to import"),
        "export": _("to export"),
    }
    return found.get(action, action)


def _event(name: str) -> str:
    found = {
        "created": _("added"),
        "changed": _("changed"),
        "deleted": _("deleted"),
        "restored": _("put back"),
    }
    return found.get(name, name)


def groups(parts: Parts, words: Words) -> list[PartGroup]:
    """All parts by kind; what people see comes first, routes last and folded."""
    labels = _labels()
    found = [
        PartGroup(label, [_line(part, name, words) for name in parts[part]], folded=len(parts[part]) > LONG)
        for part, label in labels.items()
        if parts.get(part)
    ]
    routes = parts.get(Part.ROUTES, ())
    pages = [route for route in routes if f" {API}" not in route]
    operations = [route for route in routes if f" {API}" in route]
    for label, names in ((_("Pages"), pages), (_("API operations"), operations)):
        if names:
            found.append(PartGroup(label, [_line(Part.ROUTES, name, words) for name in names], folded=True))
    return found


def _line(part: Part, name: str, words: Words) -> Line:
    text = words.get((part, name), "")
    return Line(text, name) if text else Line("", name)


def _labels() -> Mapping[Part, str]:
    return {
        Part.MENU: _("Menu entries"),
        Part.PANELS: _("Panels"),
        Part.FACTS: _("Facts"),
        Part.CRITERIA: _("Conditions for lists"),
        Part.ACTIONS: _("Buttons on cards"),
        Part.FORMS: _("Parts of forms"),
        Part.WIDGETS: _("Boxes of the home page"),
        Part.COLUMNS: _("Fields and columns"),
        Part.TIMELINE: _("On the timeline of a client"),
        Part.SEARCH: _("Found by the search"),
        Part.PERMISSIONS: _("Permissions"),
        Part.EVENTS: _("Events"),
        Part.JOBS: _("Background jobs"),
        Part.SCHEDULES: _("Schedules"),
        Part.SETTINGS: _("Settings"),
        Part.COMMANDS: _("Commands"),
    }
