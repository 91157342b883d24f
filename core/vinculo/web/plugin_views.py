"""What the pages of plugins draw: cards and plans, made of what services know."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import quote

from vinculo.i18n import format_datetime, format_number, ngettext
from vinculo.i18n import gettext as _
from vinculo.plugins.costs import PlaceCost, PluginCost
from vinculo.plugins.models import State
from vinculo.plugins.plan import Plan
from vinculo.plugins.switch import Status
from vinculo.settings import SAFE_VARIABLE
from vinculo.web import plugin_words
from vinculo.web.plugin_words import PartGroup, Words
from vinculo.web.views import Action, Attribute, Badge


@dataclass(frozen=True, slots=True)
class PluginCard:
    """One plugin on the page of plugins."""

    name: str
    title: str
    summary: str
    icon: str
    version: str
    last_version: str  # of its last run, where that was another
    badges: Sequence[Badge]
    requires: Sequence[str]  # titles
    required_by: Sequence[str]
    switched: str = ""  # who switched it, and when
    pinned: str = ""
    fault: str = ""
    price: Sequence[Attribute] = ()
    pages: Sequence[PlaceCost] = ()
    actions: Sequence[Action] = ()
    more: Sequence[Action] = ()  # what may be done with its rows


@dataclass(frozen=True, slots=True)
class PlanPage:
    """What a switch would do, and the button that throws it."""

    heading: str
    summary: str
    refusal: str
    others: Sequence[str]  # titles of those that are switched along
    appears: Sequence[PartGroup]
    goes: Sequence[PartGroup]
    rows: Sequence[Attribute]
    migrations: Sequence[str]
    views: Sequence[str]  # saved ones that use what comes or goes
    submit: str
    url: str
    is_off: bool

    @property
    def changes(self) -> bool:
        """Whether anything comes, goes or is migrated."""
        return bool(self.appears or self.goes or self.migrations)


def is_safe() -> bool:
    """Whether this process serves the kernel alone."""
    return bool(os.environ.get(SAFE_VARIABLE))


def card(status: Status, cost: PluginCost, titles: Mapping[str, str]) -> PluginCard:
    """The card of a plugin."""
    return PluginCard(
        name=status.name,
        title=status.title,
        summary=status.summary if status.installed else _("Its package is not installed. Its rows stay."),
        icon=status.icon,
        version=status.version,
        last_version=status.last_version if status.last_version != status.version else "",
        badges=_badges(status),
        requires=_titles(status.requires, titles),
        required_by=_titles(status.required_by, titles),
        switched=_switched(status),
        pinned=_pinned(status),
        fault=_fault(status),
        price=price(cost),
        pages=cost.pages[:8],
        actions=_actions(status),
        more=_more(status, cost),
    )


def _titles(names: Collection[str], titles: Mapping[str, str]) -> list[str]:
    return [titles.get(name, name) for name in names]


def _badges(status: Status) -> list[Badge]:
    found = [_state(status)]
    if not status.installed:
        found.append(Badge(_("Package missing"), "warn"))
    return found


def _state(status: Status) -> Badge:
    if _is_unusable(status) and status.state != State.QUARANTINED:
        return Badge(_("Unusable"), "bad")
    if status.state == State.ON and status.fault:
        return Badge(_("Faulty"), "bad")
    found = {
        "installed": Badge(_("Not in use")),
        "on": Badge(_("On"), "ok"),
        "off": Badge(_("Off")),
        "archived": Badge(_("Archived")),
        "purged": Badge(_("Purged")),
        "quarantined": Badge(_("Set aside"), "bad"),
    }
    return found[status.state]


def _fault(status: Status) -> str:
    if _is_unusable(status):
        return _("It cannot be used: %(fault)s.", fault=status.fault)
    return status.fault


def _is_unusable(status: Status) -> bool:
    """Whether its package says nothing of itself."""
    return status.installed and not status.version


def _switched(status: Status) -> str:
    if status.changed_at is None:
        return _("Never switched on")
    when = format_datetime(status.changed_at)
    return _("Switched %(when)s by %(who)s", when=when, who=status.changed_by or _("Vinculo"))


def _pinned(status: Status) -> str:
    if not status.pinned:
        return ""
    if not status.pinned_in:
        return _("Set by configuration: %(key)s", key=status.pinned)
    return _("Set by configuration: %(key)s in %(place)s", key=status.pinned, place=status.pinned_in)


def price(cost: PluginCost) -> list[Attribute]:
    """What a plugin costs, as figures; what is not known is left out."""
    found = []
    if cost.import_ms is not None or cost.build_ms is not None:
        start = (cost.import_ms or 0) + (cost.build_ms or 0)
        found.append(Attribute(_("At the start"), _("%(ms)s ms", ms=_decimal(start))))
    if cost.page_ms is not None:
        ms, queries = _decimal(cost.page_ms), _decimal(cost.page_queries or 0)
        figures = _("%(ms)s ms · queries: %(queries)s", ms=ms, queries=queries)
        found.append(Attribute(_("On its pages"), figures))
    if cost.tables:
        found.append(Attribute(_("Rows"), format_number(cost.rows)))
        if cost.bytes is not None:
            found.append(Attribute(_("On disk"), size(cost.bytes)))
    if cost.jobs_per_day:
        found.append(Attribute(_("Jobs a day"), _decimal(cost.jobs_per_day)))
    return found


def _decimal(value: float) -> str:
    return format_number(Decimal(f"{value:.1f}").normalize() if value else 0)


def size(count: int) -> str:
    """A number of bytes as people say it."""
    value = Decimal(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    return f"{format_number(value.quantize(Decimal('0.1')) if 0 < value < 10 else round(value))} {unit}"


def _actions(status: Status) -> list[Action]:
    name = quote(status.name, safe="")
    off = Action(_("Switch off…"), f"/plugins/{name}/plan?action=off")
    again = Action(_("Try again"), f"/plugins/{name}/on", primary=True, post=True)
    if status.state == State.QUARANTINED:
        return [*([again] if status.installed else []), *([] if status.pinned else [off])]
    if status.pinned:
        restore = Action(_("Restore…"), f"/plugins/{name}/restore", primary=True)
        return [restore] if status.state == State.PURGED else []
    if status.state == State.ON:
        return [again, off] if status.fault else [off]
    found = []
    if status.state == State.PURGED:
        found.append(Action(_("Restore…"), f"/plugins/{name}/restore", primary=True))
    if status.installed and not status.fault:
        found.append(Action(_("Switch on…"), f"/plugins/{name}/plan?action=on", primary=not found))
    return found


def _more(status: Status, cost: PluginCost) -> list[Action]:
    """What may be done with the rows of one that is off."""
    if status.state == State.ON:
        return []
    url, found = f"/plugins/{quote(status.name, safe='')}", []
    if cost.tables or status.archive:
        found.append(Action(_("Archive…"), f"{url}/archive", icon="box"))
    if cost.tables and status.state == State.ARCHIVED:
        found.append(Action(_("Purge…"), f"{url}/purge", icon="trash", danger=True))
    if not cost.rows and status.state != State.PURGED:
        found.append(Action(_("Restore…"), f"{url}/restore", icon="upload"))
    return found


def plan_page(status: Status, plan: Plan, words: Words, titles: Mapping[str, str]) -> PlanPage:
    """The page of a plan."""
    is_off = plan.action == "off"
    texts = {"name": status.title}
    return PlanPage(
        heading=(_("Switch off %(name)s?") if is_off else _("Switch on %(name)s?")) % texts,
        summary=status.summary,
        refusal=plan.refusal,
        others=_titles(plan.others, titles),
        appears=plugin_words.groups(plan.appears, words),
        goes=plugin_words.groups(plan.goes, words),
        rows=[Attribute(table, format_number(rows)) for table, rows in plan.rows.items()],
        migrations=plan.migrations,
        views=plan.views,
        submit=_submit(plan),
        url=f"/plugins/{quote(plan.name, safe='')}/{plan.action}",
        is_off=is_off,
    )


def _submit(plan: Plan) -> str:
    if plan.others:
        count = len(plan.names)
        if plan.action == "off":
            return ngettext("Switch off %(n)s plugin", "Switch off %(n)s plugins", count)
        return ngettext("Switch on %(n)s plugin", "Switch on %(n)s plugins", count)
    return _("Switch off") if plan.action == "off" else _("Switch on")
