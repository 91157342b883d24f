"""Exports in people's words."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from vinculo.actor import Source
from vinculo.errors import VinculoError
from vinculo.i18n import format_datetime, format_number
from vinculo.i18n import gettext as _
from vinculo.records import facts
from vinculo.records import query as queries
from vinculo.records.cards import titles
from vinculo.records.kind import RecordKind
from vinculo.records.list_words import Teller
from vinculo.records.models import Export, ExportState
from vinculo.records.releasing import APPROVED_FOR, Pairs, is_over
from vinculo.web.context import Context
from vinculo.web.views import Attribute, Badge


def filter_in_words(ctx: Context, kind: RecordKind, parameters: Pairs, *, typed: bool) -> str:
    """What a list was narrowed to, with the names that the reader may see; the order is left out."""
    kept = [(name, value) for name, value in parameters if name not in ("sort", "saved")]
    kind = facts.seen_by(ctx.registry, kind, ctx.actor)
    try:
        query = queries.parse(kind, kept, typed=typed)
    except VinculoError:  # of a field that is gone, or that the reader does not see
        return urlencode(kept)
    found = Teller(ctx, kind, query, kept).all()
    return "; ".join([*found, *([f"{_('Search')}: {query.q}"] if query.q else [])])


def kind_label(ctx: Context, name: str) -> str:
    """A kind of record in the plural; its name where its plugin is off."""
    kind = ctx.registry.kinds.get(name)
    return str(kind.label_plural) if kind else name


def states() -> dict[ExportState, str]:
    """All states."""
    return {
        ExportState.WAITING: _("Waits for approval"),
        ExportState.APPROVED: _("Approved"),
        ExportState.DECLINED: _("Declined"),
        ExportState.WITHDRAWN: _("Withdrawn"),
        ExportState.SENT: _("Sent"),
        ExportState.CUT_OFF: _("Cut off"),
    }


def state_badge(export: Export, at: datetime) -> Badge:
    """Where an export stands."""
    if is_over(export, at):
        return Badge(_("Not fetched in time"))
    tones = {
        ExportState.WAITING: "warn", ExportState.APPROVED: "ok", ExportState.DECLINED: "bad",
        ExportState.CUT_OFF: "warn",
    }  # fmt: skip
    return Badge(states()[export.state], tones.get(export.state, "neutral"))


def export_facts(ctx: Context, export: Export) -> list[Attribute]:
    """All that is known of an export, as far as the reader may see what it was narrowed to."""
    names = titles(ctx, {"user": {export.decided_by_id}}) if export.decided_by_id else {}
    kind = ctx.registry.kinds.get(export.kind)
    pairs = [(str(name), str(value)) for name, value in export.query]
    typed = export.source is Source.API
    facts = {
        _("Who"): export.user_name or _("Command line"),
        _("What"): kind_label(ctx, export.kind),
        _("Filter"): filter_in_words(ctx, kind, pairs, typed=typed) if kind else urlencode(pairs),
        _("View"): dict(pairs).get("saved", ""),
        _("Rows"): format_number(export.rows),
        _("Format"): export.format.upper(),
        _("Asked"): format_datetime(export.asked_at),
        _("Reason"): export.reason,
        _("Decided"): format_datetime(export.decided_at) if export.decided_at else "",
        _("Decided by"): names.get(("user", export.decided_by_id or 0), ""),
        _("Remark"): export.remark,
        _("Fetch it before"): _until(export),
        _("Sent"): format_datetime(export.sent_at) if export.sent_at else "",
        _("Rows sent"): format_number(export.delivered) if export.sent_at else "",
        _("File"): export.file_name,
    }
    return [Attribute(label, value) for label, value in facts.items() if value]


def _until(export: Export) -> str:
    if export.state is not ExportState.APPROVED or export.decided_at is None:
        return ""
    return format_datetime(export.decided_at + APPROVED_FOR)
