"""Orders on cards: how far one is and what comes next, and an order in one click of what was sold."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from litestar import Response
from litestar.params import FromPath

from vinculo.errors import FieldError, InvalidError, NotFoundError
from vinculo.i18n import format_datetime
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import PanelContent
from vinculo.records import access, service
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo.web.routes import post
from vinculo.web.views import Option, Toast
from vinculo_orders import actions, queries, views
from vinculo_orders.models import Order, State
from vinculo_orders.records import order
from vinculo_orders.service import NEXT
from vinculo_orders.words import MOVES, STATES

READ: Final = order.permission("read")
CREATE: Final = order.permission("create")
UPDATE: Final = order.permission("update")
NEEDED: Final = ("client_id", "state", "lines")


def process(ctx: Context, record_id: int) -> PanelContent | None:
    """How far an order is, what it was made of, what may be done next, and who did what when."""
    hidden = access.hidden(order, ctx.actor)
    if "state" in hidden:
        return None
    record: Order = service.get(ctx.session, order, record_id, actor=ctx.actor)
    may = bool(access.permitted(ctx.session, order, record_id, ctx.actor, ["update"]))
    steps = NEXT[record.state] if may and access.writes(order, ctx.actor, ["state"], "update") else ()
    html = ctx.fragment(
        "orders/process.html",
        url=f"{order.url}/{record_id}",
        version=record.version,
        steps=[Option(one, str(MOVES[one])) for one in steps if one is not State.CANCELLED],
        cancel=State.CANCELLED in steps and access.writes(order, ctx.actor, ["cancel_reason"], "update"),
        about=_link(ctx, record.about_kind, record.about_id) if "about_id" not in hidden else None,
        moves=[
            (str(STATES[state]), format_datetime(at), who)
            for state, at, who in queries.moves(ctx.session, record_id)
        ],
    )
    return PanelContent(html)


def _link(ctx: Context, name: str, record_id: int | None) -> tuple[str, str] | None:
    """(name, address) of a record that its reader may see."""
    kind = ctx.registry.kinds.get(name)
    if kind is None or record_id is None or not ctx.actor.may(kind.permission("read")):
        return None
    try:
        found = service.get(ctx.session, kind, record_id, actor=ctx.actor)
    except NotFoundError:
        return None
    return f"{kind.label}: {kind.title_of(found)}", f"{kind.url}/{record_id}"


@post("/orders/{record_id:int}/move", permission=UPDATE)
def move(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Put an order into the ``state`` that a button says; cancelling asks for the ``reason``."""
    record: Order = service.get(ctx.session, order, record_id, actor=ctx.actor, lock=True)
    access.require(ctx.session, order, record, ctx.actor, "update")
    access.require_writable(order, ["state"], ctx.actor)
    state = read_state(ctx.value("state"))
    version = whole_number(ctx.value("version"))
    changed = actions.move(
        ctx.session, record, state, actor=ctx.actor, reason=ctx.value("reason"), version=version
    )
    url = f"{order.url}/{record_id}"
    undo = f"{url}/changes/{record.version}/undo?back={quote(url)}" if changed else ""
    text = _("Order %(number)s: %(state)s", number=record.number, state=STATES[state])
    return ctx.redirect(url, toast=Toast(text, undo_url=undo))


def read_state(wanted: str) -> State:
    """A state as it was sent. Raises ``InvalidError``."""
    if wanted not in STATES:
        names = ", ".join(State)
        text = _("“%(value)s” is no state; choose one of: %(names)s.", value=wanted[:60], names=names)
        raise InvalidError([FieldError("state", text, "invalid")])
    return State(wanted)


def made_of(of: str, ctx: Context, record_id: int) -> PanelContent | None:
    """The orders that were made of a record, and the click that makes one."""
    if of not in ctx.registry.promises:
        return None
    found = [one for one in queries.about(ctx.session, of, record_id) if _sees(ctx, one)]
    may = ctx.actor.may(CREATE) and access.writes(order, ctx.actor, NEEDED)
    if not found and not may:
        return None
    html = ctx.fragment(
        "orders/made_of.html",
        rows=[views.row(one) for one in found],
        url=f"{order.url}/of/{of}/{record_id}"
        if may and all(one.state is State.CANCELLED for one in found) else "",
    )  # fmt: skip
    return PanelContent(html, count=len(found) or None)


def _sees(ctx: Context, one: Order) -> bool:
    return access.hidden(order, ctx.actor).isdisjoint(("amount", "state")) and access.reads_of(
        ctx.session, order, ctx.actor, one.client_id
    )


@post("/orders/of/{name:str}/{item_id:int}", permission=CREATE)
def add_of(ctx: Context, name: FromPath[str], item_id: FromPath[int]) -> Response[bytes]:
    """Make an order of a record of the kind ``name``."""
    made = actions.make_of(ctx, name, item_id)
    text = _("Order %(number)s is a draft: check it, then confirm it.", number=made.number)
    return ctx.redirect(f"{order.url}/{made.id}", toast=Toast(text))


handlers: Final = (move, add_of)
