"""What a deal owns: lines, what was asked for, people of the client, the team."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from vinculo.i18n import format_number
from vinculo.i18n import lazy_gettext as _l
from vinculo.records.fields import AmountField, ChoiceField, Field, LinkField, TextField
from vinculo.records.kind import Collection, FileColumn
from vinculo.web.views import Line as Row
from vinculo_deals.models import DealPerson, Demand, Line, Member, Part

LARGEST: Final = Decimal(1_000_000_000)
PARTS: Final = {
    Part.DECIDES: _l("Decides"),
    Part.PAYS: _l("Pays"),
    Part.USES: _l("Uses it"),
    Part.ADVISES: _l("Advises"),
    Part.OPPOSES: _l("Is against it"),
    Part.CONTACT: _l("Contact"),
}
IN_A_ROW: Final = 12  # stages of a pipeline that a row of a file holds
STAGE_COLUMNS: Final = tuple(
    FileColumn(key=f"stage_{number}{tail}", label=label, field=field, group=f"stage_{number}")
    for number in range(1, IN_A_ROW + 1)
    for tail, label, field in (
        ("", _l("Stage"), "name"),
        ("_means", _l("Means"), "state"),
        ("_probability", _l("Probability, %"), "probability"),
        ("_stuck_after", _l("Stuck after days"), "rot_days"),
    )
)


def asked() -> tuple[Field, ...]:
    """What both what was asked for and what is offered say."""
    return (
        TextField(name="product", label=_l("Product"), required=True, max_length=300, searchable=True),
        AmountField(
            name="quantity",
            label=_l("Quantity"),
            required=True,
            default=Decimal(1),
            minimum=Decimal(0),
            maximum=LARGEST,
        ),
        AmountField(name="price", label=_l("Price"), minimum=Decimal(0), maximum=LARGEST),
    )


DISCOUNT: Final = AmountField(
    name="discount",
    label=_l("Discount, %"),
    required=True,
    default=Decimal(0),
    minimum=Decimal(0),
    maximum=Decimal(100),
)

UNIT: Final = TextField(name="unit", label=_l("Unit"), max_length=30)
WHY: Final = TextField(
    name="price_why", label=_l("Where the price comes from"), max_length=300, read_only=True
)


def offered(line: Line) -> Row:
    """A line on the card of its deal: what, how much of it at which price, and where that comes from."""
    many = " ".join(filter(None, (format_number(line.quantity), line.unit)))
    price = "" if line.price is None else f" × {format_number(line.price)}"  # noqa: RUF001 -- it is times
    less = f", -{format_number(line.discount)} %" if line.discount else ""
    return Row(line.product, " · ".join(filter(None, (f"{many}{price}{less}", line.price_why))))


COLLECTIONS: Final = (
    Collection(
        name="lines",
        label=_l("Lines"),
        add_label=_l("Add a line"),
        model=Line,
        fields=(*asked()[:2], UNIT, asked()[2], WHY, DISCOUNT),
        line=offered,
        file_columns=(
            FileColumn(
                key="product",
                label=_l("Product"),
                field="product",
                group="line",
                aliases=("product name", "item"),
            ),
            FileColumn(
                key="quantity", label=_l("Quantity"), field="quantity", group="line", beside=("product",)
            ),
            FileColumn(key="unit", label=_l("Unit"), field="unit", group="line", beside=("product",)),
            FileColumn(key="price", label=_l("Price"), field="price", group="line", beside=("product",)),
            FileColumn(
                key="discount", label=_l("Discount, %"), field="discount", group="line", beside=("product",)
            ),
        ),
        same=("product", "quantity", "price", "discount"),
    ),
    Collection(
        name="demand",
        label=_l("Asked for at first"),
        add_label=_l("Add what was asked for"),
        model=Demand,
        fields=(*asked(), TextField(name="unmet", label=_l("Not met because of"), max_length=300)),
        help=_l("What the client wanted before anything was offered; what we lack shows later."),
    ),
    Collection(
        name="people",
        label=_l("People of the client"),
        add_label=_l("Add somebody"),
        model=DealPerson,
        fields=(
            LinkField(name="person_id", label=_l("Person"), kind="person", required=True),
            ChoiceField(
                name="part", label=_l("Part"), enum=Part, labels=PARTS, required=True, default=Part.CONTACT
            ),
        ),
        same=("person_id",),
    ),
    Collection(
        name="team",
        label=_l("Team"),
        add_label=_l("Add a colleague"),
        model=Member,
        fields=(
            LinkField(name="user_id", label=_l("Colleague"), kind="user", required=True),
            AmountField(
                name="share",
                label=_l("Share, %"),
                required=True,
                default=Decimal(0),
                minimum=Decimal(0),
                maximum=Decimal(100),
            ),
        ),
        help=_l("Shares add up to 100 %, or nobody has one."),
        same=("user_id",),
    ),
)
