"""Notes on cards: a form to write one, those that are there, and where a user is mentioned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

import sqlalchemy as sa
from markupsafe import Markup
from sqlalchemy.orm import Session

from vinculo.accounts.models import User
from vinculo.actor import Actor
from vinculo.i18n import format_datetime
from vinculo.notes import mentions
from vinculo.notes.models import Mention, Note
from vinculo.notes.records import note
from vinculo.plugins.contributions import Panel, PanelContent
from vinculo.records import access, form_parts, hanging
from vinculo.records.kind import RecordKind
from vinculo.web import texts
from vinculo.web.context import Context

FIRST: Final = 10
EXCERPT: Final = 200
WRITTEN: Final = ("text",)


@dataclass(frozen=True, slots=True)
class View:
    """A note as it is drawn."""

    url: str
    html: Markup
    who: str
    when: str
    at: str
    unseen: bool = False


def composer(ctx: Context, client_id: int) -> Markup | None:
    """A form above the timeline of a client, for who may write notes."""
    return form(ctx, {"client_id": str(client_id)}, f"/clients/{client_id}")


def form(ctx: Context, about: dict[str, str], back: str) -> Markup | None:
    """The form for a note about something; ``about`` is sent along with the text."""
    if not access.writes(note, ctx.actor, WRITTEN):
        return None
    sections = form_parts.blank(ctx, note)
    return ctx.fragment("notes/composer.html", about={**about, "back": back}, sections=sections)


def about(kind: RecordKind | str, *, weight: int = 40) -> Panel:
    """A panel with the notes about a record, for the card of any kind but clients, who have the timeline.

    A plugin gives its kind notes by it: ``yield notes.panels.about(records.deal)``.
    """
    name = kind if isinstance(kind, str) else kind.name
    return Panel(
        "notes", name, note.label_plural, partial(_draw, name), note.permission("read"), weight=weight
    )


def _draw(kind: str, ctx: Context, record_id: int) -> PanelContent | None:
    of = ctx.registry.kinds[kind]
    query = access.within(sa.select(Note), note, ctx.actor, few=True).where(hanging.on(note, kind, record_id))
    rows = ctx.session.scalars(query.order_by(Note.id.desc()).limit(FIRST + 1)).all()
    told = hanging.said(note, kind, record_id)
    write = form(ctx, told, f"{of.url}/{record_id}")
    if not rows and write is None:
        return None
    every = f"{note.url}?{urlencode(told)}"
    html = ctx.fragment(
        "notes/panel.html",
        form=write,
        notes=_views(ctx.session, rows[:FIRST]),
        every=every if len(rows) > FIRST else "",
    )
    return PanelContent(html)


def _views(session: Session, rows: Sequence[Note]) -> list[View]:
    names = mentions.names_in(session, [row.id for row in rows if "@" in row.text])
    who = _users(session, {row.created_by_id for row in rows if row.created_by_id})
    return [
        View(
            f"{note.url}/{row.id}",
            texts.linked(row.text, names.get(row.id)),
            who.get(row.created_by_id or 0, ""),
            format_datetime(row.created_at),
            row.created_at.isoformat(),
        )
        for row in rows
    ]


def _users(session: Session, ids: set[int]) -> dict[int, str]:
    name = sa.func.coalesce(sa.func.nullif(User.full_name, ""), User.login)
    rows = session.execute(sa.select(User.id, name).where(User.id.in_(ids))) if ids else ()
    return {row[0]: row[1] for row in rows}


def widget(ctx: Context) -> PanelContent | None:
    """Where the user is mentioned: what they have not seen yet, then the newest of the rest."""
    rows = of_user(ctx.session, ctx.actor, limit=FIRST)
    if not rows:
        return None
    names = mentions.names_in(ctx.session, [row.Note.id for row in rows])
    shown = [
        View(
            f"/mentions/{row.Mention.id}",
            texts.named(_excerpt(row.Note.text), names.get(row.Note.id)),
            row.who,
            format_datetime(row.Note.created_at),
            row.Note.created_at.isoformat(),
            unseen=row.Mention.seen_at is None,
        )
        for row in rows
    ]
    unseen = ctx.session.scalar(
        sa.select(sa.func.count()).where(Mention.user_id == ctx.actor.user_id, Mention.seen_at.is_(None))
    )
    html = ctx.fragment("notes/mentions.html", mentions=shown, unseen=unseen)
    return PanelContent(html, count=unseen or None)


def of_user(session: Session, actor: Actor, *, limit: int) -> Sequence[Any]:
    """(Mention, Note, who) of notes that the user may read still."""
    name = sa.func.coalesce(sa.func.nullif(User.full_name, ""), User.login, "")
    query = (
        sa.select(Mention, Note, name.label("who"))
        .join(Note, Note.id == Mention.note_id)
        .outerjoin(User, User.id == Note.created_by_id)
        .where(Mention.user_id == actor.user_id, Note.created_by_id.is_distinct_from(actor.user_id))
    )
    query = access.within(query, note, actor, few=True)
    return session.execute(query.order_by(Mention.seen_at.is_not(None), Mention.id.desc()).limit(limit)).all()


def _excerpt(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= EXCERPT else f"{flat[:EXCERPT].rstrip()}…"
