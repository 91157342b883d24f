"""Orders as a kind of record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.company import documents, priced_lines
from vinculo.i18n import format_number, mark, moment_of, today
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import Group
from vinculo.records.fields import (
    AmountField,
    ChoiceField,
    CurrencyField,
    DateField,
    IntegerField,
    LinkField,
    TextField,
)
from vinculo.records.kind import Collection, FileColumn, Moment, RecordKind
from vinculo.web.views import Badge, Line
from vinculo_orders import service
from vinculo_orders.models import Order, OrderLine, State
from vinculo_orders.words import STATES, TONES

NIL: Final = Decimal(0)
PERCENT: Final = Decimal(100)
LARGEST: Final = Decimal(1_000_000_000)
NUMBERS: Final = 2**53
_LABELS: Final = {
    State.CONFIRMED: mark("Order"), State.PROCESSING: mark("Order"), State.DONE: mark("Order done"),
    State.CANCELLED: mark("Order cancelled"),
}  # fmt: skip


def moment(of: Order) -> Moment | None:
    """On the timeline of its client, once it is confirmed."""
    if of.state is State.DRAFT:
        return None
    text = of.cancel_reason or ("" if of.amount is None else f"{of.amount} {of.currency}")
    at = moment_of(of.ordered_on, of.created_at)
    return Moment(at, _LABELS[of.state], of.number, "inbox", text, user_id=of.responsible_id)


def badges(of: Order) -> Sequence[Badge]:
    """How far it is, and that it is late."""
    found = [Badge(str(STATES[of.state]), TONES[of.state], field="state"), *documents.badges(of)]
    if of.state in service.OPEN and of.due_on is not None and of.due_on < today():
        found.append(Badge(_("Past due"), "bad", field="due_on"))
    return found


def ordered(of: OrderLine) -> Line:
    """What is ordered, how much of it at which price, and where that comes from."""
    many = " ".join(filter(None, (format_number(of.quantity), of.unit)))
    price = "" if of.price is None else f" × {format_number(of.price)}"  # noqa: RUF001 -- it is times
    less = f", -{format_number(of.discount)} %" if of.discount else ""
    tax = _("tax %(tax)s %%", tax=format_number(of.tax_rate)) if of.tax_rate else ""
    return Line(of.product, " · ".join(filter(None, (f"{many}{price}{less}", tax, of.price_why))))


def written(session: Session, of: Order, changes: Mapping[str, Any], actor: Actor) -> None:
    """What follows from a change."""
    service.follow(session, order, of, changes, actor)


def _percent(name: str, label: Any, default: Decimal | None) -> AmountField:
    required = default is not None
    return AmountField(
        name=name, label=label, minimum=NIL, maximum=PERCENT, default=default, required=required, total=False
    )


LINES: Final = Collection(
    name="lines",
    label=_l("Lines"),
    add_label=_l("Add a line"),
    model=OrderLine,
    fields=(
        TextField(name="product", label=_l("Product"), required=True, max_length=300, searchable=True),
        AmountField(name="quantity", label=_l("Quantity"), required=True, default=Decimal(1), minimum=NIL,
                    maximum=LARGEST),
        TextField(name="unit", label=_l("Unit"), max_length=30),
        AmountField(name="price", label=_l("Price"), minimum=NIL, maximum=LARGEST),
        TextField(name="price_why", label=_l("Where the price comes from"), max_length=300, read_only=True),
        _percent("discount", _l("Discount, %"), NIL),
        _percent("tax_rate", _l("Tax, %"), None),
    ),
    file_columns=tuple(
        FileColumn(key=key, label=label, field=field, group="line", aliases=aliases, beside=beside)
        for key, field, label, aliases, beside in (
            ("product", "product", _l("Product"), ("product name", "item"), ()),
            ("quantity", "quantity", _l("Quantity"), ("qty",), ("product",)),
            ("unit", "unit", _l("Unit"), (), ("product",)),
            ("price", "price", _l("Price"), ("unit price",), ("product",)),
            ("discount", "discount", _l("Discount, %"), (), ("product",)),
            ("tax", "tax_rate", _l("Tax, %"), ("vat",), ("product",)),
        )
    ),
    help=_l("Prices without tax; they make up the amount."),
    line=ordered,
    same=("product", "quantity", "price", "discount"),
)  # fmt: skip

order = RecordKind(
    name="order",
    plural="orders",
    domain="orders",
    model=Order,
    label=_l("Order"),
    label_plural=_l("Orders"),
    new_label=_l("Add order"),
    icon="inbox",
    title="number",
    fields=(
        TextField(name="number", label=_l("Number"), max_length=60, searchable=True,
                  help=_l("Left empty, the next one."), aliases=("order id", "order number")),
        LinkField(name="client_id", label=_l("Client"), kind="client", required=True,
                  aliases=("customer", "account", "customer id")),
        LinkField(name="counterparty_id", label=_l("Counterparty"), kind="counterparty",
                  help=_l("Left empty, the only one of the client.")),
        ChoiceField(name="state", label=_l("State"), enum=State, labels=STATES, tones=TONES, required=True,
                    default=State.DRAFT, aliases=("status",),
                    help=_l("Once it is confirmed, its lines stay as they are.")),
        DateField(name="ordered_on", label=_l("Ordered on"), help=_l("Left empty, today."),
                  aliases=("order date", "date")),
        DateField(name="due_on", label=_l("Due on"), aliases=("due date", "required date")),
        AmountField(name="amount", label=_l("Amount"), minimum=NIL, aliases=("total",),
                    help=_l("With tax. Where there are lines, these say it.")),
        CurrencyField(name="currency", label=_l("Currency")),
        AmountField(name="tax_amount", label=_l("Of that tax"), read_only=True),
        *documents.BASE_FIELDS,
        LinkField(name="company_id", label=_l("Own company"), kind="own_company",
                  help=_l("Left empty, the default one.")),
        LinkField(name="outlet_id", label=_l("Outlet"), kind="outlet"),
        LinkField(name="responsible_id", label=_l("Responsible"), kind="user",
                  help=_l("Left empty, that of the client.")),
        TextField(name="cancel_reason", label=_l("Why it is cancelled"), max_length=300,
                  on_card=lambda of: of.state is State.CANCELLED),
        TextField(name="note", label=_l("Note"), multiline=True, max_length=5000),
        TextField(name="about_kind", label=_l("Made of a record of kind"), max_length=60, read_only=True,
                  on_card=lambda _of: False),
        IntegerField(name="about_id", label=_l("Made of the record with id"), maximum=NUMBERS,
                     read_only=True, on_card=lambda _of: False),
    ),
    collections=(LINES,),
    columns=("number", "client_id", "ordered_on", "due_on", "amount", "currency", "state", "responsible_id"),
    sort="-ordered_on",
    client="client_id",
    counterparty="counterparty_id",
    dated="ordered_on",
    owner="responsible_id",
    involved=("responsible_id",),
    carries=True,
    rules=service.check,
    beside=priced_lines.beside(service.check),
    written=written,
    deletable=service.keep,
    moment=moment,
    badges=badges,
    menu=Group.SALES,
    weight=30,
    events={
        "confirmed": _l("Order confirmed"),
        "begun": _l("Order in processing"),
        "done": _l("Order done"),
        "cancelled": _l("Order cancelled"),
        "reopened": _l("Order back to the draft"),
    },
    aliases=("sale", "sales order", "purchase"),
    summary=_l("What clients ordered. Make one of a deal in one click, or import those you have."),
)  # fmt: skip
