"""Browsers to test with: signed in without a password, and how many queries a page takes."""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy.orm import Session

from vinculo.accounts.models import User, UserSession
from vinculo.accounts.onetime import digest
from vinculo.db.base import now
from vinculo.db.engine import Database
from vinculo.web.identity import SESSION_COOKIE

BOUNDARIES: Final = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")

Browser = TestClient[Litestar]


def sign_in(session: Session, browser: Browser, user: User) -> None:
    """Give a browser the cookie of a new session; its forms carry the token against forgery from now on."""
    token, csrf, moment = secrets.token_urlsafe(16), secrets.token_urlsafe(16), now()
    session.add(
        UserSession(
            token_hash=digest(token),
            user_id=user.id,
            csrf=csrf,
            created_at=moment,
            seen_at=moment,
            proved_at=moment,
            expires_at=moment + timedelta(hours=1),
            ends_at=moment + timedelta(hours=1),
        )
    )
    session.flush()
    browser.cookies.set(SESSION_COOKIE, token)
    browser.headers["x-csrf-token"] = csrf


@contextmanager
def count_queries(database: Database) -> Iterator[list[str]]:
    """The statements that the block sends, those that only begin or end a transaction left out."""
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(BOUNDARIES):
            sent.append(statement)

    sa.event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(database.engine, "before_cursor_execute", note)


def form_inputs(page: str) -> dict[str, str]:
    """What a browser would send of the form to add or edit a record."""
    form = page[page.index('<form class="form"') :]
    form = re.sub(r"<template>.*?</template>", "", form, flags=re.DOTALL)
    sent = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        box = 'type="checkbox"' in tag or 'type="radio"' in tag
        if name and (not box or "checked" in tag):
            sent[name[1]] = html.unescape(value[1]) if value else ""
    for name, text in re.findall(r'<textarea[^>]* name="([^"]*)"[^>]*>\n(.*?)</textarea>', form, re.DOTALL):
        sent[name] = html.unescape(text)
    for name, options in re.findall(r'<select[^>]* name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        sent[name] = html.unescape(chosen[1]) if chosen else ""
    return sent
