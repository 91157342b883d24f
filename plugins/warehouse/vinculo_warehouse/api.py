"""What there is of items, for programs: by warehouse, of a product, of a batch."""

from __future__ import annotations

import re
from typing import Final

import msgspec
import sqlalchemy as sa
from litestar import Response

from vinculo.errors import FieldError, InvalidError, MalformedError
from vinculo.i18n import gettext as _
from vinculo.records import cursors
from vinculo.records.openapi import operation, parameter
from vinculo.records.query import DEFAULT_LIMIT, MAX_LIMIT
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import get
from vinculo_warehouse import queries
from vinculo_warehouse.permissions import STOCK
from vinculo_warehouse.records import item
from vinculo_warehouse.views import asked_id

API: Final = "/api/v1/stock"
SORT: Final = "item_id,warehouse_id"  # the only order
IDS: Final = ("item_id", "product_id", "warehouse_id")
KNOWN: Final = (*IDS, "batch", "limit", "cursor")


class StockRow(msgspec.Struct):
    """What of an item a warehouse has, in the unit of the item; ``reserved`` may be more than is on hand."""

    item_id: int
    warehouse_id: int
    on_hand: str
    reserved: str
    available: str
    on_order: str


class StockPage(msgspec.Struct):
    """A page by item and warehouse, whatever has been there or is promised or on order."""

    items: list[StockRow]
    next_cursor: str | None
    previous_cursor: str | None


@get(
    API,
    permission=STOCK,
    operation_class=operation(
        summary=_("What is on hand, reserved, available and on order"),
        tag=str(item.label_plural),
        permission=STOCK,
        parameters=[
            *(parameter(one, {"type": "integer", "minimum": 1}, f"Only of this {one[:-3]}") for one in IDS),
            parameter("batch", {"type": "string", "maxLength": 60}, "Only what is said to be of this batch"),
            parameter("limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT}, "Rows of a page"),
            parameter("cursor", {"type": "string"}, "next_cursor or previous_cursor of the page before"),
        ],
        answer=StockPage,
        errors=(400, 422),
    ),
)
def stock(ctx: Context) -> Response[bytes]:
    """A page of what there is; ``item_id``, ``product_id``, ``warehouse_id`` and ``batch`` narrow it."""
    for name, _value in ctx.parameters():
        if name not in KNOWN:
            text = _("There is no parameter %(name)s; there are: %(known)s.", name=name[:100],
                     known=", ".join(KNOWN))  # fmt: skip
            raise MalformedError(text, code="unknown_parameter")
    ids = {name: asked_id(ctx, name) for name in IDS}
    batch = ctx.parameter("batch")[:60] or None
    asked = queries.Asked(ids["item_id"], ids["product_id"], ids["warehouse_id"], batch)
    types = [sa.BigInteger(), sa.BigInteger()]
    backwards, position = cursors.read(ctx.parameter("cursor"), SORT, types)
    after = None if position is None else (position[0], position[1])
    limit = _limit(ctx.parameter("limit"))
    found = queries.page_of_stock(ctx.session, asked, after=after, backwards=backwards, limit=limit + 1)
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found.reverse()
    return json_answer(_page(found, onwards=more or backwards, back=more if backwards else after is not None))


def _limit(text: str) -> int:
    if not text:
        return DEFAULT_LIMIT
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= MAX_LIMIT:
        fault = _("limit is a whole number from 1 to %(max)s.", max=MAX_LIMIT)
        raise InvalidError([FieldError("limit", fault, "invalid")])
    return int(text)


def _page(found: list[queries.Stock], *, onwards: bool, back: bool) -> StockPage:
    rows = [
        StockRow(
            one.item_id, one.warehouse_id, str(one.on_hand), str(one.reserved), str(one.available),
            str(one.ordered),
        )
        for one in found
    ]  # fmt: skip
    ends = [(one.item_id, one.warehouse_id) for one in (found[-1:] + found[:1])]
    return StockPage(
        rows,
        cursors.write(SORT, "a", ends[0]) if found and onwards else None,
        cursors.write(SORT, "b", ends[1]) if found and back else None,
    )


handlers: Final = (stock,)
