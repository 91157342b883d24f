"""What programs do beside writing orders: make one of a deal, or of whatever else promises goods."""

from __future__ import annotations

from typing import Final

from litestar import Response
from litestar.params import FromPath

from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import post
from vinculo_orders import actions
from vinculo_orders.records import order


@post("/api/v1/orders/of/{name:str}/{item_id:int}", permission=order.permission("create"))
def add_of(ctx: Context, name: FromPath[str], item_id: FromPath[int]) -> Response[bytes]:
    """Make a draft of an order of a record of the kind ``name``, such as ``deal``."""
    made = actions.make_of(ctx, name, item_id)
    found = {"id": made.id, "number": made.number, "state": made.state.value, "version": made.version}
    return json_answer(found, status=201, headers={"Location": f"{order.api_url}/{made.id}"})


handlers: Final = (add_of,)
