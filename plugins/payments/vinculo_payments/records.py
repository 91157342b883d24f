"""Invoices, credit notes, payments and their directions as kinds of records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Final

from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.company import documents
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.i18n import mark, moment_of, today
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
from vinculo_payments import habits, proposing, service, terms
from vinculo_payments.models import CreditNote, Direction, Flow, Invoice, InvoiceLine, Payment, State, Term
from vinculo_payments.words import FLOW_TONES, FLOWS, STATES, TONES

DOMAIN: Final = "payments"
NIL: Final = Decimal(0)
PERCENT: Final = Decimal(100)
CLIENT: Final = partial(
    LinkField, name="client_id", label=_l("Client"), kind="client", aliases=("customer", "account")
)
COUNTERPARTY: Final = LinkField(
    name="counterparty_id", label=_l("Counterparty"), kind="counterparty", aliases=("supplier",)
)
AMOUNT: Final = AmountField(name="amount", label="")
_SUM: Final = partial(AmountField, read_only=True)


def invoice_moment(of: Invoice) -> Moment | None:
    """On the timeline of its client once it is issued."""
    if of.issued_on is None or of.state is State.DRAFT:
        return None
    text = f"{of.amount} {of.currency}"
    return Moment(
        moment_of(of.issued_on, of.created_at),
        mark("Invoice"),
        of.number,
        "notes",
        text,
        user_id=of.responsible_id,
    )


def credit_moment(of: CreditNote) -> Moment:
    """On the timeline of its client."""
    return Moment(
        moment_of(of.issued_on, of.created_at), mark("Credit note"), of.number, "arrow-back-up", of.reason
    )


def payment_moment(of: Payment) -> Moment:
    """On the timeline of its client."""
    label = mark("Payment received") if of.flow is Flow.IN else mark("Payment made")
    return Moment(
        moment_of(of.paid_on, of.created_at), label, of.title, "currency-dollar", f"{of.amount} {of.currency}"
    )


def invoice_badges(of: Invoice) -> Sequence[Badge]:
    """How far it is, and that it is late."""
    found = [Badge(str(STATES[of.state]), TONES[of.state], field="state"), *documents.badges(of)]
    if of.state is State.ISSUED and of.due_on is not None and of.due_on < today():
        found.append(Badge(_("Past due"), "bad", field="due_on"))
    return found


def payment_badges(of: Payment) -> Sequence[Badge]:
    """Which way it goes, and that something of it is free."""
    found = [Badge(str(FLOWS[of.flow]), FLOW_TONES[of.flow], field="flow"), *documents.badges(of)]
    if of.free_amount and of.flow is Flow.IN:
        found.append(Badge(_("%(amount)s free", amount=of.free_amount), "warn", field="free_amount"))
    return found


def charged(of: InvoiceLine) -> Line:
    """What is charged, and how that comes about."""
    parts = [f"{AMOUNT.show(of.quantity)} x {AMOUNT.show(of.price)}"]
    parts += [f"-{AMOUNT.show(of.discount)} %"] if of.discount else []
    parts += [_("tax %(tax)s %%", tax=AMOUNT.show(of.tax))] if of.tax else []
    return Line(of.product, " · ".join(parts))


def decided(session: Session, of: Payment, changes: Mapping[str, Any], actor: Actor) -> None:
    """A decision teaches what is proposed for the next of the same payer.

    What a file brings pays what is sure.
    """
    if service.is_file(actor):
        proposing.settle(session, (invoice, payment), of, actor=actor)
    elif {"client_id", "direction_id"} & changes.keys():
        habits.learn(session, of)


direction = RecordKind(
    name="payment_direction",
    plural="payment-directions",
    domain=DOMAIN,
    model=Direction,
    label=_l("Direction of payments"),
    label_plural=_l("Directions of payments"),
    new_label=_l("Add direction of payments"),
    icon="tag",
    title="name",
    fields=(
        TextField(
            name="name", label=_l("Name"), required=True, max_length=200, key="name_key", searchable=True
        ),
        LinkField(name="parent_id", label=_l("Part of"), kind="payment_direction"),
    ),
    columns=("name", "parent_id"),
    match=("external_id", "name"),
    keys=("name_key",),
    rules=service.check_direction,
    scoped=False,
    menu=None,
    summary=_l("Sales, rent, wages, taxes: what money is received or spent for."),
)

term = RecordKind(
    name="payment_term",
    plural="payment-terms",
    domain=DOMAIN,
    model=Term,
    label=_l("Payment terms"),
    label_plural=_l("Payment terms"),
    new_label=_l("Add payment terms"),
    icon="calendar",
    title="name",
    fields=(
        TextField(name="name", label=_l("Name"), required=True, max_length=200, searchable=True),
        IntegerField(name="days", label=_l("Days"), required=True, default=terms.DAYS, minimum=0,
                     maximum=terms.LONGEST,
                     help=_l("From the day of the invoice to the day it is due.")),
        LinkField(name="company_id", label=_l("Own company"), kind="own_company",
                  help=_l("Left empty, any; so are client and counterparty.")),
        CLIENT(),
        COUNTERPARTY,
    ),
    columns=("name", "days", "company_id", "client_id", "counterparty_id"),
    client="client_id",
    menu=None,
    summary=_l("When invoices are due: for all, for an own company, a client or a counterparty."),
)  # fmt: skip

LINES: Final = Collection(
    name="lines",
    label=_l("Lines"),
    add_label=_l("Add a line"),
    model=InvoiceLine,
    fields=(
        TextField(name="product", label=_l("Product"), required=True, max_length=300),
        AmountField(name="quantity", label=_l("Quantity"), minimum=NIL, default=Decimal(1)),
        AmountField(name="price", label=_l("Price"), required=True),
        AmountField(name="discount", label=_l("Discount, %"), minimum=NIL, maximum=PERCENT, default=NIL),
        AmountField(name="tax", label=_l("Tax, %"), minimum=NIL, maximum=PERCENT, default=NIL),
    ),
    file_columns=tuple(
        FileColumn(key=name, label=label, field=name, group="line", aliases=aliases)
        for name, label, aliases in (
            ("product", _l("Product"), ("item", "description")),
            ("quantity", _l("Quantity"), ("qty",)),
            ("price", _l("Price"), ("unit price",)),
            ("discount", _l("Discount, %"), ()),
            ("tax", _l("Tax, %"), ("vat",)),
        )
    ),
    help=_l("Prices without tax; they make up the amount."),
    line=charged,
)

invoice = RecordKind(
    name="invoice",
    plural="invoices",
    domain=DOMAIN,
    model=Invoice,
    label=_l("Invoice"),
    label_plural=_l("Invoices"),
    new_label=_l("Add invoice"),
    icon="notes",
    title="number",
    fields=(
        TextField(
            name="number",
            label=_l("Number"),
            help=_l("Left empty, the next one, once the invoice is issued."),
            max_length=60,
            searchable=True,
        ),
        CLIENT(required=True),
        COUNTERPARTY,
        LinkField(name="company_id", label=_l("Own company"), kind="own_company",
                  help=_l("Left empty, the default one.")),
        ChoiceField(
            name="state", label=_l("State"), enum=State, labels=STATES, tones=TONES, required=True,
            default=State.DRAFT, help=_l("It is paid as soon as nothing is open."), aliases=("status",),
        ),
        DateField(name="issued_on", label=_l("Issued on"), aliases=("date", "invoice date")),
        DateField(name="due_on", label=_l("Due on"),
                  help=_l("Left empty, by the payment terms, else 14 days later."), aliases=("due date",)),
        AmountField(name="amount", label=_l("Amount"), minimum=NIL, aliases=("total",),
                    help=_l("With tax. Where there are lines, these say it.")),
        CurrencyField(name="currency", label=_l("Currency")),
        _SUM(name="tax_amount", label=_l("Of that tax")),
        _SUM(name="paid", label=_l("Paid")),
        _SUM(name="credited", label=_l("Credited")),
        _SUM(name="open_amount", label=_l("Open")),
        *documents.BASE_FIELDS,
        LinkField(name="responsible_id", label=_l("Responsible"), kind="user",
                  help=_l("Left empty, that of the client.")),
        TextField(name="note", label=_l("Note"), multiline=True, max_length=5000),
    ),
    collections=(LINES,),
    columns=("number", "client_id", "issued_on", "due_on", "amount", "open_amount", "currency", "state"),
    sort="-issued_on",
    client="client_id",
    counterparty="counterparty_id",
    dated="issued_on",
    owner="responsible_id",
    involved=("responsible_id",),
    carries=True,
    rules=service.check_invoice,
    deletable=service.keep_invoice,
    moment=invoice_moment,
    badges=invoice_badges,
    menu=Group.MONEY,
    weight=10,
    summary=_l("What clients owe. Make one of a deal in one click, or import those you have."),
)  # fmt: skip

credit_note = RecordKind(
    name="credit_note",
    plural="credit-notes",
    domain=DOMAIN,
    model=CreditNote,
    label=_l("Credit note"),
    label_plural=_l("Credit notes"),
    new_label=_l("Add credit note"),
    icon="arrow-back-up",
    title="number",
    fields=(
        TextField(name="number", label=_l("Number"), max_length=60, searchable=True,
                  help=_l("Left empty, the next one.")),
        LinkField(name="invoice_id", label=_l("Invoice"), kind="invoice", required=True),
        LinkField(name="client_id", label=_l("Client"), kind="client", read_only=True),
        DateField(name="issued_on", label=_l("Issued on"), help=_l("Left empty, today.")),
        AmountField(name="amount", label=_l("Amount"), required=True),
        TextField(name="reason", label=_l("Reason"), max_length=300),
    ),
    columns=("number", "invoice_id", "client_id", "issued_on", "amount", "reason"),
    sort="-issued_on",
    client="client_id",
    dated="issued_on",
    rules=service.check_credit,
    deletable=service.keep_credit,
    moment=credit_moment,
    menu=Group.MONEY,
    weight=20,
    summary=_l("What is taken off invoices, and why."),
)  # fmt: skip

payment = RecordKind(
    name="payment",
    plural="payments",
    domain=DOMAIN,
    model=Payment,
    label=_l("Payment"),
    label_plural=_l("Payments"),
    new_label=_l("Add payment"),
    icon="currency-dollar",
    title="title",
    fields=(
        TextField(name="title", label=_l("Payment"), read_only=True, searchable=True, max_length=300),
        ChoiceField(name="flow", label=_l("Flow"), enum=Flow, labels=FLOWS, tones=FLOW_TONES, required=True,
                    default=Flow.IN),
        DateField(name="paid_on", label=_l("Day"), help=_l("Left empty, today."),
                  aliases=("date", "paid on")),
        AmountField(name="amount", label=_l("Amount"), required=True),
        CurrencyField(name="currency", label=_l("Currency"), help=_l("Left empty, that of the account.")),
        _SUM(name="free_amount", label=_l("Free"), help=_l("What pays no invoice yet: an advance.")),
        *documents.BASE_FIELDS,
        LinkField(name="account_id", label=_l("Bank account"), kind="own_account"),
        LinkField(name="desk_id", label=_l("Cash desk"), kind="cash_desk"),
        LinkField(name="direction_id", label=_l("Direction"), kind="payment_direction",
                  aliases=("expense type", "category")),
        CLIENT(),
        COUNTERPARTY,
        TextField(name="number", label=_l("Number"), max_length=60, aliases=("transaction number",)),
        TextField(name="party", label=_l("Payer or payee"), max_length=300, searchable=True,
                  aliases=("supplier", "payer", "payee")),
        TextField(name="party_tax_id", label=_l("Their tax id"), max_length=60),
        TextField(name="party_account", label=_l("Their account"), max_length=60),
        TextField(name="text", label=_l("Purpose"), max_length=1000, searchable=True, aliases=("memo",)),
    ),
    columns=("title", "paid_on", "amount", "currency", "flow", "client_id", "direction_id", "free_amount"),
    sort="-paid_on",
    client="client_id",
    counterparty="counterparty_id",
    dated="paid_on",
    rules=service.check_payment,
    written=decided,
    deletable=service.keep_payment,
    moment=payment_moment,
    badges=payment_badges,
    menu=Group.MONEY,
    weight=30,
    events={
        "allocated": _l("Payment allocated"),
        "released": _l("Payment taken off"),
        "statement_read": _l("Statement read"),
    },
    summary=_l("Money that came in or went out. Read a statement of the bank, or add one by hand."),
)  # fmt: skip
