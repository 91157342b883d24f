"""Writing a note on a card, suggestions of whom to mention, and opening where one is mentioned."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from litestar import MediaType, Response
from litestar.params import FromPath

from vinculo.accounts.models import User
from vinculo.db.base import now
from vinculo.errors import NotFoundError, VinculoError
from vinculo.i18n import gettext as _
from vinculo.notes.models import Mention, Note
from vinculo.notes.records import note
from vinculo.records import access, form_parts, forms, service
from vinculo.records.pages import render_new
from vinculo.records.text import fold, whole_number
from vinculo.web.context import Context, is_own_path
from vinculo.web.routes import SIGNED_IN, get, post
from vinculo.web.views import Option, Toast

SUGGESTIONS: Final = 8


@post("/notes/write", permission=note.permission("create"))
def write(ctx: Context) -> Response[bytes]:
    """Keep what was typed on a card; if it does not fit, go on in the whole form."""
    seen = access.new_by(note, ctx.actor)
    typed = forms.from_texts(ctx, seen, {name: ctx.value(name) for name in ctx.form})
    back = ctx.value("back")
    back = back if is_own_path(back) else ""
    about, parts = _about(ctx), form_parts.submitted(ctx, note)
    try:
        if wanted := ctx.value("_add"):
            return render_new(ctx, seen, forms.with_row(typed, wanted), back=back, parts=parts)
        values = form_parts.read(ctx, seen, typed, parts)
        values.fields.update(about)
        record = form_parts.create(ctx, note, values, parts)
    except VinculoError as error:
        if about:  # the whole form cannot say of what
            raise form_parts.told(error, parts) from error
        ctx.session.rollback()
        return render_new(ctx, seen, typed, back=back, error=error, parts=parts)
    may = access.permitted(ctx.session, note, record.id, ctx.actor, ["delete"])
    undo = f"{note.url}/{record.id}/delete?back={back}" if may and back else ""
    return ctx.redirect(
        back or f"{note.url}/{record.id}", toast=Toast(_("The note was saved."), undo_url=undo)
    )


def _about(ctx: Context) -> dict[str, Any]:
    """The record of a plugin's kind that the note is about, and its client. Raises ``NotFoundError``."""
    name, record_id = ctx.value("about_kind"), whole_number(ctx.value("about_id"))
    kind = ctx.registry.kinds.get(name)
    if not name or record_id is None:
        return {}
    if kind is None or not kind.exposed:
        raise NotFoundError
    record = service.get(ctx.session, kind, record_id, actor=ctx.actor)
    return {"about_kind": name, "about_id": record_id, "client_id": kind.client_of(record)}


@get("/notes/mentionable", permission=note.permission("create"))
def mentionable(ctx: Context) -> Response[bytes]:
    """Whom one may mention: users whose login or a word of whose name begins with what was typed."""
    term = fold(ctx.parameter("q")[:50])
    rows = ctx.session.execute(
        sa.select(User.login, User.full_name).where(User.active).order_by(User.full_name, User.login)
    )
    options = [
        Option(row.login, f"{row.full_name} @{row.login}" if row.full_name else f"@{row.login}")
        for row in rows
        if any(word.startswith(term) for word in _words(row.login, row.full_name))
    ][:SUGGESTIONS]
    html = ctx.fragment("fragments/options.html", options=options)
    return Response(html.encode() if options else b"", media_type=MediaType.HTML)


def _words(login: str, full_name: str) -> list[str]:
    name = fold(full_name)
    return [fold(login), name, *name.split()]


@post("/mentions/{mention_id:int}", permission=SIGNED_IN)
def open_mention(ctx: Context, mention_id: FromPath[int]) -> Response[bytes]:
    """Show the note in which the user is mentioned, which is seen then."""
    mine = sa.select(Mention).where(Mention.id == mention_id, Mention.user_id == ctx.actor.user_id)
    found = ctx.session.scalar(mine.with_for_update()) if mention_id < 2**63 else None
    if found is None:
        raise NotFoundError
    found.seen_at = found.seen_at or now()
    written: Note = service.get(ctx.session, note, found.note_id, actor=ctx.actor)
    return ctx.redirect(f"{note.url}/{written.id}")


@post("/mentions/seen", permission=SIGNED_IN)
def see_all(ctx: Context) -> Response[bytes]:
    """Take all mentions of the user for seen."""
    mine = sa.update(Mention).where(Mention.user_id == ctx.actor.user_id, Mention.seen_at.is_(None))
    ctx.session.execute(mine.values(seen_at=now()))
    return ctx.redirect("/")


handlers = (write, mentionable, open_mention, see_all)
