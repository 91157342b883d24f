"""What lets an export go: limits of rows, numbers, and the trace it leaves. Decision 0012."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.errors import ConflictError, ForbiddenError, NotFoundError, ThrottledError
from vinculo.events import log
from vinculo.i18n import format_datetime, format_number
from vinculo.i18n import gettext as _
from vinculo.records.kind import RecordKind
from vinculo.records.models import Export, ExportState
from vinculo.records.watermark import file_name, mark, number_of
from vinculo.settings import Settings

APPROVED_FOR: Final = dt.timedelta(hours=24)
USERS: Final = sa.table("accounts_user", sa.column("id"), sa.column("login"))  # of a room above

Pairs = Sequence[tuple[str, str]]


class QuotaError(ThrottledError):
    """The day's rows do not suffice. ``left`` is what does."""

    code = "export_quota"

    def __init__(self, rows: int, *, quota: int, left: int, free_at: dt.datetime, at: dt.datetime) -> None:
        self.rows, self.left = rows, left
        text = _(
            "These are %(rows)s rows, and you may export %(quota)s in a day: %(left)s are left today. The"
            " next day begins at %(when)s. Narrow the list with a filter, or ask for approval.",
            rows=format_number(rows),
            quota=format_number(quota),
            left=format_number(left),
            when=format_datetime(free_at),
        )
        super().__init__(text, retry_after=int((free_at - at).total_seconds()) + 1)


class NeedsApprovalError(ForbiddenError):
    """Somebody else has to approve an export of so many rows."""

    code = "export_approval"

    def __init__(self, rows: int, limit: int) -> None:
        self.rows = rows
        super().__init__(
            _(
                "These are %(rows)s rows. An export of more than %(limit)s has to be approved by somebody"
                " else: narrow the list with a filter, or ask for approval.",
                rows=format_number(rows),
                limit=format_number(limit),
            )
        )


@dataclass(frozen=True, slots=True)
class Rules:
    """Whose name is in the files, and where a day begins."""

    company: str
    zone: ZoneInfo

    @classmethod
    def of(cls, settings: Settings) -> Rules:
        """Those of the settings."""
        return cls(settings.company.name, ZoneInfo(settings.company.time_zone))

    def day(self, at: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
        """When the company's day of a moment began, and when the next one does."""
        today = at.astimezone(self.zone).date()
        begins = [dt.datetime.combine(today + dt.timedelta(days=n), dt.time(), self.zone) for n in (0, 1)]
        return begins[0].astimezone(dt.UTC), begins[1].astimezone(dt.UTC)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to leave: the list's parameters, as a file of a format. ``actor`` came by the door it takes."""

    kind: RecordKind
    parameters: Pairs
    format: str
    actor: Actor

    def row(self, state: ExportState, rows: int, at: dt.datetime) -> Export:
        """A new row of the table."""
        return Export(
            kind=self.kind.name,
            format=self.format,
            query=[list(pair) for pair in self.parameters],
            source=self.actor.source,
            user_id=self.actor.user_id,
            user_name=self.actor.name[:200],
            state=state,
            rows=rows,
            asked_at=at,
        )


@dataclass(frozen=True, slots=True)
class Released:
    """An export that may go. ``mark`` is what its last row holds."""

    id: int
    file_name: str
    mark: str


def check(session: Session, rows: int, *, actor: Actor, rules: Rules, at: dt.datetime) -> None:
    """Raise ``NeedsApprovalError`` or ``QuotaError`` for more rows than the actor may export by now."""
    limits = actor.rights.exports
    if rows > limits.approval_above:
        raise NeedsApprovalError(rows, limits.approval_above)
    left = left_today(session, actor, rules=rules, at=at)
    if rows > left:
        _since, free_at = rules.day(at)
        raise QuotaError(rows, quota=limits.rows_per_day, left=left, free_at=free_at, at=at)


def left_today(session: Session, actor: Actor, *, rules: Rules, at: dt.datetime) -> int:
    """How many rows the actor may still export today. What was approved counts as well."""
    since, _until = rules.day(at)
    gone = sa.select(sa.func.coalesce(sa.func.sum(Export.delivered), 0))
    gone = gone.where(Export.user_id == actor.user_id, Export.sent_at >= since)
    return max(0, actor.rights.exports.rows_per_day - int(session.scalar(gone) or 0))


def release(
    session: Session,
    wanted: Wanted,
    rows: int,
    *,
    approved: int | None = None,
    given: frozenset[int] = frozenset(),
    rules: Rules,
    at: dt.datetime,
) -> Released:
    """Number an export whose rows are known, count it and put it on record; after that it may leave.

    Commit before the first byte goes. Exports of one user wait for each other here, so that two do not
    both take what is left for one. ``approved`` is the id of one that somebody approved: no limit holds.
    ``given`` are the canaries among the clients of the rows.
    """
    actor = wanted.actor
    login = _locked(session, actor)
    if approved is None:
        check(session, rows, actor=actor, rules=rules, at=at)
        export = wanted.row(ExportState.SENT, rows, at)
        session.add(export)
    else:
        export = approved_of(session, approved, wanted.kind, actor=actor, at=at, lock=True)
        export.state, export.rows = ExportState.SENT, rows
    export.sent_at, export.delivered = at, rows
    session.flush()
    local = at.astimezone(rules.zone)
    export.file_name = file_name(
        wanted.kind.plural, export.id, login=login, user_id=actor.user_id, at=local, suffix=export.format
    )
    note(session, export, "exported", {"rows": [None, rows]}, actor=actor, given=given)
    stamp = mark(export.id, company=rules.company, user=actor.name, at=local)
    return Released(export.id, export.file_name, stamp)


def _locked(session: Session, actor: Actor) -> str:
    """The actor's login; their other exports wait until this transaction ends."""
    if actor.user_id is None:
        return ""
    query = sa.select(USERS.c.login).where(USERS.c.id == actor.user_id)
    return session.scalar(query.with_for_update(key_share=True)) or ""


def approved_of(
    session: Session, export_id: int, kind: RecordKind, *, actor: Actor, at: dt.datetime, lock: bool = False
) -> Export:
    """An export of the actor's own that was approved and not fetched yet.

    Raises ``NotFoundError`` or ``ConflictError`` (waiting, declined, used, over).
    """
    query = sa.select(Export).where(Export.id == export_id)
    query = query.with_for_update() if lock else query
    found = session.scalar(query) if export_id < 2**63 else None
    if found is None or found.user_id != actor.user_id or found.kind != kind.name:
        raise NotFoundError(_("There is no export %(number)s.", number=number_of(export_id)))
    if found.state is not ExportState.APPROVED:
        text = _("The export %(number)s cannot be fetched: it waits, was declined or has been fetched.")
        raise ConflictError(text % {"number": number_of(export_id)}, code="export_not_approved")
    if is_over(found, at):
        text = _("The export %(number)s was approved for 24 hours, which are over. Ask again.")
        raise ConflictError(text % {"number": number_of(export_id)}, code="export_expired")
    return found


def is_over(export: Export, at: dt.datetime) -> bool:
    """Whether nobody has fetched it in time."""
    decided = export.decided_at
    return export.state is ExportState.APPROVED and decided is not None and decided + APPROVED_FOR < at


def cut_off(session: Session, export_id: int, delivered: int, *, actor: Actor) -> None:
    """The connection broke: what went out counts, the rest is given back."""
    export = session.get_one(Export, export_id, with_for_update=True)
    export.state, export.delivered = ExportState.CUT_OFF, delivered
    note(session, export, "export cut off", {"rows": [export.rows, delivered]}, actor=actor)


def note(
    session: Session,
    export: Export,
    action: str,
    changes: Mapping[str, Any],
    *,
    actor: Actor,
    given: frozenset[int] = frozenset(),
) -> None:
    """Leave a trace of an export in the event log."""
    facts = {"number": [None, number_of(export.id)], **changes}
    if export.query:
        facts["filter"] = [None, urlencode([tuple(pair) for pair in export.query], safe="[],")]
    log.write(
        session,
        actor=actor,
        action=action,
        kind=export.kind,
        record_id=0,
        title=export.file_name or number_of(export.id),
        changes=facts,
        version=None,
        given=given,
    )
