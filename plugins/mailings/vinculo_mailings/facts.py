"""What mailings tell of a client: when it was last written to, and whether it opted out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import Fact
from vinculo.records.facts import Told
from vinculo.records.fields import IntegerField, MomentField
from vinculo_mailings.models import Choice, Step
from vinculo_mailings.records import send, subscription


def last(told: Told) -> sa.ColumnElement[Any]:
    """When something was last sent."""
    sent = (told.rows(), send.table.c.step == Step.SENT)
    return sa.select(sa.func.max(send.table.c.sent_at)).where(*sent).scalar_subquery()


def opted_out(told: Told) -> sa.ColumnElement[Any]:
    """How many of its addresses want no marketing, or left a list."""
    out = (told.rows(), subscription.table.c.choice == Choice.OPTED_OUT)
    return sa.select(sa.func.count()).select_from(subscription.table).where(*out).scalar_subquery()


def _sent_rows(client_id: int, value: Any) -> Mapping[str, str]:
    return {"client_id": str(client_id), "step": Step.SENT}


def _out_rows(client_id: int, value: Any) -> Mapping[str, str]:
    return {"client_id": str(client_id), "choice": Choice.OPTED_OUT}


FACTS: Final = (
    Fact(
        about="client",
        field=MomentField(
            name="mailings_last", label=_l("Last mailing"),
            help=_l("When a mailing or a text message was last sent to the client."), read_only=True,
        ),
        of=send,
        expression=last,
        tells=("client_id", "step", "sent_at"),
        rows=_sent_rows,
    ),
    Fact(
        about="client",
        field=IntegerField(
            name="mailings_opted_out", label=_l("Opt-outs"),
            help=_l("How many times addresses of the client opted out of a list, or of all marketing."),
            read_only=True,
        ),
        of=subscription,
        expression=opted_out,
        tells=("client_id", "choice"),
        rows=_out_rows,
        tone=lambda count: "warn" if count else "",
    ),
)  # fmt: skip
