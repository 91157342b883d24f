"""Failed steps of a sign-in are counted by account and by address; too many, and both have to wait."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts.models import SigninFailure, Stage
from vinculo.accounts.rules import Rules, Visit
from vinculo.errors import ThrottledError
from vinculo.i18n import ngettext

FAILURES_KEPT: Final = timedelta(days=7)
PEOPLE_PER_ADDRESS: Final = 4  # an office behind one address may fail as often as so many accounts


def check(session: Session, stage: Stage, key: str, visit: Visit, rules: Rules) -> None:
    """Raise ``ThrottledError`` while the account or the address has failed too often."""
    _throttle(session, stage, SigninFailure.login_key == key, visit.at, rules, rules.attempts)
    check_address(session, stage, visit, rules)


def check_address(session: Session, stage: Stage, visit: Visit, rules: Rules) -> None:
    """The same for the address alone."""
    if origin := origin_of(visit.address):
        limit = rules.attempts * PEOPLE_PER_ADDRESS
        _throttle(session, stage, SigninFailure.address == origin, visit.at, rules, limit)


def count(session: Session, stage: Stage, key: str, visit: Visit) -> None:
    """One more failure."""
    session.add(SigninFailure(stage=stage, login_key=key, address=origin_of(visit.address), at=visit.at))
    session.flush()


def forget(session: Session, key: str, *stages: Stage) -> None:
    """What an account failed at these stages no longer counts."""
    theirs = sa.and_(SigninFailure.login_key == key, SigninFailure.stage.in_(stages))
    session.execute(sa.delete(SigninFailure).where(theirs))


def purge(session: Session, now: datetime) -> None:
    """Delete what no longer counts."""
    session.execute(sa.delete(SigninFailure).where(SigninFailure.at <= now - FAILURES_KEPT))


def _throttle(
    session: Session, stage: Stage, whose: sa.ColumnElement[bool], now: datetime, rules: Rules, limit: int
) -> None:
    """Refuse if the ``limit``-th newest failure is still within the window."""
    recent = sa.select(SigninFailure.at).where(
        whose, SigninFailure.stage == stage, SigninFailure.at > now - rules.window
    )
    at = session.scalar(recent.order_by(SigninFailure.at.desc()).offset(limit - 1).limit(1))
    if at is None:
        return
    seconds = max(1, int((at + rules.window - now).total_seconds()))
    raise ThrottledError(
        ngettext(
            "Too many failed sign-ins. Try again in %(n)s minute.",
            "Too many failed sign-ins. Try again in %(n)s minutes.",
            -(-seconds // 60),
        ),
        retry_after=seconds,
    )


def origin_of(address: str) -> str:
    """What counts as one address: with IPv6, a household or office has a /64 of its own to change within."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if parsed.version == 4:
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
