"""The word that a record looks like others: before one is added, on its card, and to programs that ask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from litestar.openapi.spec import Parameter

from vinculo.actor import Actor
from vinculo.errors import DuplicateError, FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.records import service, similar
from vinculo.records.kind import RecordKind
from vinculo.records.openapi import RawSchema
from vinculo.records.reading import Values
from vinculo.records.similar import Match
from vinculo.records.similar_pages import pair_actions
from vinculo.web.context import Context
from vinculo.web.views import Action, SimilarNotice

SEEN: Final = "_like"  # in a form: the ids of the matches that its user has been shown


def of_draft(ctx: Context, kind: RecordKind, values: Values, name: str = SEEN) -> list[Match]:
    """What a record that is to be added looks like, unless the form's user has been shown all of it.

    ``name`` is of the hidden field that says so.
    """
    if not kind.traits:
        return []
    found = _like(ctx, kind, values, ctx.actor)
    known = set(ctx.value(name).split(","))
    return found if {str(one.record.id) for one in found} - known else []


def _like(ctx: Context, kind: RecordKind, values: Values, actor: Actor) -> list[Match]:
    draft = service.draft(ctx.session, kind.whole, values, actor=actor)
    return similar.like(ctx.session, kind, draft, actor=actor)


def seen(found: Iterable[Match], name: str = SEEN) -> dict[str, str]:
    """The hidden field of a form whose user has been shown these."""
    ids = ",".join(str(one.record.id) for one in found)
    return {name: ids} if ids else {}


def drawn(kind: RecordKind, found: Sequence[Match]) -> SimilarNotice | None:
    """The notice above the form of a new record."""
    if not found:
        return None
    return SimilarNotice(
        _("This looks like a record that is there"), [(*_line(kind, one), ()) for one in found]
    )


def on_card(ctx: Context, kind: RecordKind, record: Any) -> SimilarNotice | None:
    """The notice on a record's card."""
    if not kind.traits:
        return None
    found = similar.like(ctx.session, kind, record, actor=ctx.actor)
    if not found:
        return None
    return SimilarNotice(
        _("This may be a duplicate"),
        [(*_line(kind, one), pair_actions(ctx, kind, record, one.record, dismissed=False)) for one in found],
    )


def _line(kind: RecordKind, one: Match) -> tuple[Action, str]:
    link = Action(kind.title_of(one.record), f"{kind.url}/{one.record.id}")
    return link, " · ".join([*one.likeness.reasons, *one.likeness.doubts])


def parameters(kind: RecordKind) -> list[Parameter]:
    """How a program asks for that."""
    schema = RawSchema({"type": "string", "enum": ["add", "refuse"], "default": "add"})
    help_text = "refuse: 409 possible_duplicates, naming them, if the record looks like others"
    return [Parameter("duplicates", "query", schema=schema, description=help_text)] if kind.traits else []


def refuse(ctx: Context, kind: RecordKind, values: Values, *, actor: Actor) -> None:
    """Raise ``DuplicateError`` if a program asked for it and the record looks like others."""
    asked = ctx.parameter("duplicates", "add")
    if asked not in ("add", "refuse"):
        text = _("“%(value)s” is no choice; write add or refuse.", value=asked[:20])
        raise InvalidError([FieldError("duplicates", text)])
    found = _like(ctx, kind, values, actor) if asked == "refuse" and kind.traits else []
    if found:
        errors = [
            FieldError(f"duplicates.{one.record.id}", f"{link.label}: {words}", "possible_duplicate")
            for one in found
            for link, words in [_line(kind, one)]
        ]
        raise DuplicateError(_("This looks like a record that is there"), errors)
