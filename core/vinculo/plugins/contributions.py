"""What hooks return: frozen dataclasses, one for each thing that a plugin can add."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel.support import LazyProxy
from markupsafe import Markup

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.orm import Session

    from vinculo.actor import Actor
    from vinculo.plugins.registry import Registry
    from vinculo.records.criteria import Asked as AskedCriterion
    from vinculo.records.facts import Told
    from vinculo.records.fields import Field
    from vinculo.records.form_parts import Asked
    from vinculo.records.kind import RecordKind
    from vinculo.web.context import Context

Text = str | LazyProxy
EVERY_KIND = "*"
OF_CLIENTS = "*client"  # clients, and what stands on their timelines


class Group(StrEnum):
    """The groups of the main menu, in their order. A group without entries does not appear."""

    WORK = "work"
    SALES = "sales"
    MARKETING = "marketing"
    SERVICE = "service"
    STOCK = "stock"
    MONEY = "money"
    ANALYTICS = "analytics"
    FOOT = "foot"


class Part(StrEnum):
    """What an app is made of, as plans list it and as “why is this here?” answers it."""

    ROUTES = "routes"
    MENU = "menu"
    PANELS = "panels"
    FACTS = "facts"
    CRITERIA = "criteria"
    ACTIONS = "actions"
    FORMS = "forms"
    WIDGETS = "widgets"
    COLUMNS = "columns"
    TIMELINE = "timeline"
    SEARCH = "search"
    JOBS = "jobs"
    SCHEDULES = "schedules"
    PERMISSIONS = "permissions"
    EVENTS = "events"
    SETTINGS = "settings"
    COMMANDS = "commands"


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An entry of the main menu, shown to users who hold its permission.

    ``count(ctx)`` is how much of it waits for the user. It is asked every 15 seconds, and where it leads to.
    """

    label: Text
    url: str
    icon: str
    permission: str
    group: Group = Group.WORK
    weight: int = 50
    count: Callable[[Context], int] | None = None


@dataclass(frozen=True, slots=True)
class Permission:
    """Something that a role may be allowed; what is ``administrative`` only by name, never by ``*``."""

    name: str
    label: Text
    administrative: bool = False


@dataclass(frozen=True, slots=True)
class PanelContent:
    """What a panel shows: HTML that was rendered by the plugin's own template."""

    html: Markup
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """A box on the card of a kind of record, or of ``EVERY_KIND`` but those of its own plugin.

    ``OF_CLIENTS`` are those of them that are clients or stand on the timeline of one.

    ``render(ctx, record_id)`` runs within the request's transaction and returns None to show nothing.
    For several kinds it is ``render(kind, ctx, record_id)``, with the name of the kind in front.
    ``side`` puts it under the attributes instead of in the main column, where each of several has a tab.
    """

    name: str
    kind: str
    title: Text
    render: Callable[..., PanelContent | None]
    permission: str
    side: bool = False
    weight: int = 50


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """The last twelve months of a fact, for the sparkline in the head of a card.

    ``at`` is the attribute of the counted records with their moment; ``where(table)`` are further conditions,
    as those of the fact. Counted are the records, or else ``value`` is added up.
    """

    label: Text
    at: str
    where: Callable[[sa.FromClause], Sequence[sa.ColumnElement[bool]]]
    value: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Fact:
    """What is known of a record of the kind ``about`` from the records of another kind, ``of``.

    ``field`` names it (the plugin's name first, as in tables) and says its type; its ``help`` says in words
    how it is counted. ``expression(told)`` is a scalar subquery over the records in ``told.rows()``: those
    that belong to the record, as far as the reader sees them. It has to hold on both databases, and an index
    has to find its rows. ``tells`` are the fields of ``of`` that one could learn from it: who does not see
    one of them has no such fact.

    The records of ``of`` point to the one they are about by the attribute ``link``, or else by that of
    their client. A fact of days may join another one of any plugin, whose name ``joins`` says: who may have
    both is told the earlier day as that one. ``rows(record_id, value)`` are the parameters of their list
    with what was counted. Those with a ``header`` stand in the head of the card, the lowest first.
    ``tone(value)``, a badge's, colours it.
    """

    about: str
    field: Field
    of: RecordKind
    expression: Callable[[Told], sa.ColumnElement[Any]]
    tells: Sequence[str]
    rows: Callable[[int, Any], Mapping[str, str]] | None = None
    link: str = ""
    permission: str = ""  # beside that to read ``of``
    joins: str = ""
    header: int | None = None
    tone: Callable[[Any], str] | None = None
    series: Series | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Criterion:
    """A condition for lists that is no column: whether records of the kind ``about`` are in a group.

    ``field`` names it and what it is compared with; it has no operators but ``eq``, ``ne`` and ``in``.
    ``holds(asked)`` is the condition for any of ``asked.values``, about the record whose id is
    ``asked.about``; it is made when the list is asked for, in its transaction, and may raise an error of
    ``vinculo.errors`` where it cannot be told. One about clients is there for what hangs on them, too.
    Only who holds the ``permission`` has it, and nobody unless the kinds that it ``needs`` are there.

    ``first(asked, limit)`` may name those who come first in the list of ``about``, in its own order, that
    this alone narrows: their ids, as many as the list has up to the limit, or None where nobody knows. Each
    is still asked whether it fulfils the condition.
    """

    about: str
    field: Field
    holds: Callable[[AskedCriterion], sa.ColumnElement[bool]]
    permission: str
    first: Callable[[AskedCriterion, int], Sequence[int] | None] | None = None
    needs: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class CardAction:
    """A button in the head of the card of a kind of record; ``url(record_id)`` is where it leads."""

    name: str
    kind: str
    label: Text
    icon: str
    url: Callable[[int], str]
    permission: str
    weight: int = 50


@dataclass(frozen=True, slots=True)
class ListAction:
    """Something to do with the records of a list, or with those of them that are ticked.

    It leads to the page ``url``, whose address then has the parameters of the list, or ``ids``. Of
    ``EVERY_KIND`` it is on the lists of all kinds that people work with but its plugin's own; the name of the
    kind is then the last part of the address. With ``at_once`` it is done to what is ticked, without a page:
    ``url`` is sent a form with ``ids`` (``vinculo.records.bulk_pages.at_once``).
    """

    name: str
    kind: str
    label: Text
    icon: str
    url: str
    permission: str
    weight: int = 50
    at_once: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class FormPart:
    """A part of the forms in which records of other kinds are added and changed, below their own inputs.

    Short forms on cards have it as well (the composers of a timeline, adding somebody to a client); a field
    that is changed in place has not.

    ``ask(ctx, kind, record)`` says what is asked of a record of one of ``kinds``, None for one that is being
    added: ``vinculo.records.form_parts.Asked``, or None for nothing. What is typed is checked and saved in
    the transaction of the record. ``name`` is of small letters and ``_``, and begins with the plugin's.
    ``kinds`` may hold ``EVERY_KIND`` or ``OF_CLIENTS``, as for a panel.
    """

    name: str
    kinds: Sequence[str]
    title: Text
    permission: str
    ask: Callable[[Context, RecordKind, Any | None], Asked | None]
    weight: int = 50


@dataclass(frozen=True, slots=True)
class PaletteAction:
    """Something to do from the command palette, at the address ``url``; ``words`` find it, too.

    That records are added and imported is there for every kind.
    """

    name: str
    label: Text
    icon: str
    url: str
    permission: str
    words: Text = ""
    weight: int = 50


@dataclass(frozen=True, slots=True)
class Composer:
    """A way to write something on the timeline of a client, above which they stand side by side.

    ``render(ctx, client_id)`` gives a form, or None where there is nothing to fill in. The answer to the
    form leads back to the client; any other is shown as a page, e.g. the form with what is wrong. ``name``
    is unlike those of all others: begin it with that of the plugin.
    """

    name: str
    label: Text
    icon: str
    render: Callable[[Context, int], Markup | None]
    permission: str
    weight: int = 50


@dataclass(frozen=True, slots=True)
class Widget:
    """A box on the home page; ``render(ctx)`` returns None to show nothing."""

    name: str
    title: Text
    render: Callable[[Context], PanelContent | None]
    permission: str
    weight: int = 50


@dataclass(frozen=True, slots=True)
class Approved:
    """What somebody asked for and another approved: ``title`` says it in words, ``about`` is kind and id."""

    action: str
    title: str
    about: tuple[str, int]
    note: str = ""
    amount: Decimal | None = None
    client_id: int | None = None
    responsible_id: int | None = None


@dataclass(frozen=True, slots=True)
class Performer:
    """Who carries out what was approved, such as a ``return``; with ``*`` all that nobody else does.

    ``perform(session, approved, actor)`` runs in the transaction of the approval, and returns the kind and
    the id of the record that it made. What it raises takes the approval back.
    """

    action: str
    label: Text
    perform: Callable[[Session, Approved, Actor], tuple[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a line asks of one, in a unit (``""``: its own); without ``price`` only name, unit and tax."""

    product_id: int
    variant_id: int | None = None
    quantity: Decimal
    unit: str = ""
    client_id: int | None = None
    on: date
    currency: str
    price: bool = True


@dataclass(frozen=True, slots=True)
class Priced:
    """What a product, or the variant of it, is called and costs: one ``unit``, without tax, and ``why``.

    ``price`` is None where there is none, which ``why`` says as well.
    """

    name: str
    unit: str
    price: Decimal | None
    tax_rate: Decimal | None
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class Pricer:
    """Who knows what is sold: records of ``kind``, which lines of documents may name, and what each costs.

    ``price(session, registry, wanted, actor)`` raises no error where a price cannot be told.
    ``limit(session, actor)`` is the largest discount in percent that somebody may give, None for any.
    ``ratio(session, product_id, unit, into)``: how many of one unit (``""``: its own) are another, or None.
    Records of ``variants`` are products in one size or colour, which lines may name beside: a kind with a
    link to ``kind``, "" for none.
    """

    kind: str
    price: Callable[[Session, Registry, Wanted, Actor], Priced]
    limit: Callable[[Session, Actor], Decimal | None]
    ratio: Callable[[Session, int, str, str], Fraction | None]
    variants: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """Something that ``vinculo doctor`` looks at: ``run(session)`` says in words what is wrong."""

    name: str
    run: Callable[[Session], Sequence[str]]
    remedy: Text


@dataclass(frozen=True, slots=True)
class DemoFile:
    """A file of the sample company, to be imported so; files of all plugins go in by (weight, kind)."""

    kind: str
    path: Path
    match: Sequence[str] = ("external_id",)
    mapping: Mapping[str, str] | None = None
    weight: int = 50
