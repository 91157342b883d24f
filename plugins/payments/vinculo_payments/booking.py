"""Booking the statement of a bank: each line once, whatever files it stands in, all of a file or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.errors import InvalidFileError
from vinculo.events import log
from vinculo.i18n import gettext as _
from vinculo.records import service as records
from vinculo.records.reading import Values
from vinculo_organization.models import Account
from vinculo_payments import payers
from vinculo_payments.models import Flow, Payment
from vinculo_payments.models import Statement as Kept
from vinculo_payments.records import payment
from vinculo_payments.statements import reading
from vinculo_payments.statements.lines import Line, Statement, keys, plain

MOST: Final = 50  # of what was left out, so many are told
CHUNK: Final = 500


def book(session: Session, content: bytes, name: str, *, actor: Actor) -> Kept:
    """Read a file and book what is new in it. Raises ``InvalidFileError``, and then has written nothing."""
    form, statements = reading.read(content)
    return keep(session, form, [(_account(session, one), one) for one in statements], name, actor=actor)


def keep(
    session: Session, form: str, read: Sequence[tuple[Account, Statement]], name: str, *, actor: Actor
) -> Kept:
    """Book what is new of what was read in a file, of our accounts."""
    accounts, statements = [account for account, _one in read], [one for _account, one in read]
    _lock(session, accounts)
    days = [line.day for one in statements for line in one.lines]
    left_out = [text for one in statements for text in one.left_out]
    kept = Kept(
        name=name[:200], format=form, accounts=", ".join(sorted({one.name for one in accounts}))[:500],
        since=min(days, default=None), until=max(days, default=None), booked=0, known=0,
        left_out=left_out[:MOST], read_at=now(), user_id=actor.user_id,
    )  # fmt: skip
    session.add(kept)
    session.flush()
    for account, statement in read:
        _book(session, account, statement, kept, actor)
    log.write(
        session, actor=actor, action="statement_read", kind="bank_statement", record_id=kept.id,
        title=kept.name, changes={"booked": [0, kept.booked], "known": [0, kept.known]}, version=None,
    )  # fmt: skip
    return kept


def _account(session: Session, of: Statement) -> Account:
    """Our account that a statement is of."""
    wanted = {plain(of.account), plain(of.account.rpartition("/")[2])}
    found = [one for one in session.scalars(sa.select(Account)) if plain(one.number) in wanted]
    if len(found) != 1:
        text = _(
            "%(account)s is none of your bank accounts. Add it there, then read the file anew.",
            account=of.account,
        )
        raise InvalidFileError(text, code="unknown_account")
    account = found[0]
    if of.currency and account.currency and of.currency != account.currency:
        text = _(
            "The statement is in %(other)s, the account %(account)s in %(currency)s; correct the account.",
            other=of.currency, account=account.name, currency=account.currency,
        )  # fmt: skip
        raise InvalidFileError(text, code="currency")
    return account


def _lock(session: Session, accounts: Sequence[Account]) -> None:
    """Files of an account are booked one after the other: the next sees what the one before has booked.

    Payments by hand are not kept waiting, as they only refer to the account.
    """
    query = sa.select(Account.id).where(Account.id.in_({one.id for one in accounts})).order_by(Account.id)
    session.execute(query.with_for_update(key_share=True)).all()


def _book(session: Session, account: Account, of: Statement, kept: Kept, actor: Actor) -> None:
    """Book the lines that are new; those that are there already are counted."""
    named = list(zip(keys(account.number, of.lines), of.lines, strict=True))
    for start in range(0, len(named), CHUNK):
        chunk = named[start : start + CHUNK]
        known = set(
            session.scalars(
                sa.select(Payment.line_key).where(Payment.line_key.in_([key for key, _l in chunk]))
            )
        )
        new = [(key, line) for key, line in chunk if key not in known]
        made = records.create_many(
            session, payment, [Values(_values(account, of, line)) for _key, line in new], actor=actor
        )
        _complete(session, made, [key for key, _line in new], kept)
        kept.booked += len(new)
        kept.known += len(known)


def _values(account: Account, of: Statement, line: Line) -> dict[str, Any]:
    return {
        "flow": Flow.IN if line.amount > 0 else Flow.OUT,
        "paid_on": line.day,
        "amount": abs(line.amount),
        "currency": account.currency or of.currency,
        "account_id": account.id,
        "number": line.number[:60],
        "party": line.party[:300],
        "party_tax_id": line.party_tax_id[:60],
        "party_account": line.party_account[:60],
        "text": line.text[:1000],
    }


def _complete(session: Session, made: Sequence[Payment], names: Sequence[str], kept: Kept) -> None:
    for one, key, payer in zip(made, names, payers.find(session, made), strict=True):
        one.line_key, one.statement_id = key, kept.id
        one.client_id, one.counterparty_id = payer.client_id, payer.counterparty_id
        one.direction_id = payer.direction_id
    session.flush()
