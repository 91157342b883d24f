"""The joint view: a client and its counterparty in one form and on one card, for firms where they are one.

It is a setting, ``[company] joint_view``. Both rows are there with it and without: a client that is added or
saved in the joint form is given a counterparty where it has none. Which one is shown of several, see
``vinculo.counterparties.links.main_of``.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

import sqlalchemy as sa
from markupsafe import Markup

from vinculo.clients.models import Client
from vinculo.counterparties import links
from vinculo.counterparties.models import Counterparty, Link
from vinculo.counterparties.records import counterparty
from vinculo.errors import ForbiddenError, NotFoundError
from vinculo.i18n import gettext as _
from vinculo.i18n import today
from vinculo.records import access, cards, service
from vinculo.records.attribution import holds
from vinculo.records.form_parts import Asked
from vinculo.records.kind import RecordKind
from vinculo.records.reading import RowValues, Values
from vinculo.web.context import Context

LINKS: Final = "links"
POINTS: Final = "contact_points"  # those of the client are in the form already
BLANK: Final = ("identifiers", "addresses")
NAMED: Final = 3


def is_on(ctx: Context) -> bool:
    """Whether the company looks at its clients so."""
    return ctx.site.settings.company.joint_view


def ask(ctx: Context, _kind: RecordKind, client: Client | None) -> Asked | None:
    """What the form of a client asks of its counterparty, or of the one that it is given."""
    if not is_on(ctx):
        return None
    main = links.main_of(ctx.session, client.id, today()) if client else None
    return _asked_of_new(ctx) if main is None else _asked_of(ctx, client, main)


def _asked_of(ctx: Context, client: Client | None, main: int) -> Asked | None:
    whole = ctx.registry.kinds[counterparty.name]
    sent = ctx.request.method == "POST"
    try:
        found = service.get(ctx.session, whole, main, actor=ctx.actor, lock=sent)
    except NotFoundError:  # not for this user
        return None
    seen = access.seen_by(whole, ctx.actor)
    may = access.permitted(ctx.session, whole, main, ctx.actor, ["update"])
    return Asked(
        _shaped(seen, found) if may else _fixed(seen),
        partial(_change, ctx, whole, found) if may else lambda *_: None,
        found,
        of=str(main),
        version=found.version if may else None,
        help=_others(ctx, client, main),
        blank=BLANK if may else (),
    )


def _asked_of_new(ctx: Context) -> Asked | None:
    whole = ctx.registry.kinds[counterparty.name]
    if not access.writes(whole, ctx.actor, [LINKS]):
        return None
    kind = _shaped(access.new_by(whole, ctx.actor), None)
    return Asked(kind, partial(_add, ctx, whole), blank=BLANK, compared=True)


def _shaped(kind: RecordKind, held: Counterparty | None) -> RecordKind:
    """What of a counterparty is asked for in the form of its client."""
    words = {"legal_name": _("Left empty: the name of the client.")}
    if held is None:
        words["country"] = _("Left empty: the country of the client.")
    fields = [
        replace(one, required=False, help=words[one.name]) if one.name in words else one
        for one in kind.fields
    ]
    left_out = {LINKS} if held is not None and held.contact_points else {LINKS, POINTS}
    rows = [one for one in kind.collections if one.name not in left_out]
    return replace(kind, fields=fields, collections=rows, of=kind.whole)


def _fixed(kind: RecordKind) -> RecordKind:
    """The same for those who may only read it."""
    fields = [replace(one, read_only=True) for one in kind.fields]
    return replace(kind, fields=fields, collections=(), of=kind.whole)


def _others(ctx: Context, client: Client | None, main: int) -> str:
    """That a client has more than this one, and which."""
    if client is None:
        return ""
    query = (
        sa.select(Counterparty.legal_name)
        .distinct()
        .join(Link, Link.counterparty_id == Counterparty.id)
        .where(Link.client_id == client.id, Link.counterparty_id != main)
        .where(holds(sa.literal(today()), Link.__table__))
        .order_by(Counterparty.legal_name)
    )
    names = ctx.session.scalars(
        access.within(query, counterparty, ctx.actor, few=True).limit(NAMED + 1)
    ).all()
    if not names:
        return ""
    more = ", …" if len(names) > NAMED else ""
    text = _("The client has other counterparties, too: %(names)s. They are changed on their own cards.")
    return text % {"names": ", ".join(names[:NAMED]) + more}


def _change(ctx: Context, kind: RecordKind, held: Counterparty, client: Client, values: Values) -> None:
    if values.fields.get("legal_name") == "":
        values.fields["legal_name"] = client.name
    service.update(ctx.session, kind, held, values, actor=ctx.actor)


def _add(ctx: Context, kind: RecordKind, client: Client, values: Values) -> None:
    """Give a client its counterparty; nothing, where nothing was typed and the user has no right to."""
    typed = any(values.collections.values()) or any(
        value != kind.field(name).initial for name, value in values.fields.items() if value not in (None, "")
    )
    for name, own in (("legal_name", client.name), ("country", client.country)):
        if name in values.fields and not values.fields[name]:
            values.fields[name] = own
    values.fields.setdefault("legal_name", client.name)
    values.collections[LINKS] = [RowValues({"client_id": client.id})]
    try:
        with ctx.session.begin_nested():
            service.create(ctx.session, kind, values, actor=ctx.actor)
    except ForbiddenError:
        if typed:
            raise


# The card


def beside(ctx: Context, client_id: int, back: str) -> Markup:
    """The values of a client's counterparty on the card of the client, to be changed in place."""
    main = links.main_of(ctx.session, client_id, today()) if is_on(ctx) else None
    if main is None:
        return Markup()
    kind = ctx.registry.kinds[counterparty.name]
    try:
        found = service.get(ctx.session, kind, main, actor=ctx.actor)
    except NotFoundError:
        return Markup()
    attributes, unfilled = cards.beside(ctx, kind, found, back)
    title = kind.title_of(found)
    return ctx.fragment("counterparties/joint.html", title=title, attributes=attributes, unfilled=unfilled)
