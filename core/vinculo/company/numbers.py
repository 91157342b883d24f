"""Numbers that a company chooses for a plugin, such as the limits of a clock: a page, and what holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from litestar import Response
from litestar.handlers import HTTPRouteHandler
from sqlalchemy.orm import Session

from vinculo.actor import Actor, Source
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError, MalformedError
from vinculo.events import log
from vinculo.i18n import gettext as _
from vinculo.records.kind import RecordKind, Text
from vinculo.records.openapi import operation
from vinculo.records.text import whole_number
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import get, patch
from vinculo.web.views import Crumb, Form, FormSection, Input, Toast, Widget

LARGEST: Final = 100_000
MakeInput = Callable[[str, str], Input]  # of a key and its label


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers under keys, each what is ``usual`` until it is chosen; 0 stands for none.

    ``model`` is the plugin's table of what was chosen: ``key``, unique, and ``number``. The log calls them
    ``kind`` and ``title``.
    """

    model: Any
    usual: Mapping[str, int]
    kind: str
    title: Text

    def read(self, session: Session) -> Mapping[str, int]:
        """All of them as they hold now."""
        chosen = session.execute(sa.select(self.model.key, self.model.number))
        return {**self.usual, **{row.key: row.number for row in chosen if row.key in self.usual}}

    def change(self, session: Session, values: Mapping[str, int], actor: Actor) -> Mapping[str, list[int]]:
        """Choose some; returns what changed, before and after. Raises ``InvalidError`` for what cannot be."""
        unknown = _("There is no such number; there are: %(keys)s.", keys=", ".join(self.usual))
        errors = [FieldError(key[:100], unknown, "unknown") for key in values if key not in self.usual]
        errors += [
            FieldError(key, _("Write a whole number from 0 to %(most)s.", most=LARGEST), "out_of_range")
            for key, value in values.items()
            if key in self.usual and not 0 <= value <= LARGEST
        ]
        if errors:
            raise InvalidError(errors)
        before = self.read(session)
        changed = {key: [before[key], value] for key, value in values.items() if before[key] != value}
        for key, (_before, value) in changed.items():
            row = session.scalar(sa.select(self.model).where(self.model.key == key).with_for_update())
            if row is None:
                session.add(self.model(key=key, number=value))
            else:
                row.number = value
        if changed:
            log.write(
                session, actor=actor, action="changed", kind=self.kind, record_id=1,
                title=str(self.title), changes=changed, at=now(),
            )  # fmt: skip
        return changed


@dataclass(frozen=True, slots=True)
class NumbersPage:
    """Where those about records of a kind are chosen. ``sections`` is given what makes the input of a key."""

    numbers: Numbers
    url: str
    of: RecordKind
    help: Text
    sections: Callable[[MakeInput], Sequence[FormSection]]

    def show(self, ctx: Context) -> Response[bytes]:
        """The page, as they hold now."""
        return self._render(ctx, {})

    def save(self, ctx: Context) -> Response[bytes]:
        """Change what was sent, all of it or nothing."""
        typed = {key: ctx.value(key) for key in self.numbers.usual if key in ctx.form}
        values = {key: _number(text) for key, text in typed.items()}
        try:
            changed = self.numbers.change(ctx.session, values, ctx.actor)
        except InvalidError as error:
            return self._render(ctx, typed, error.errors)
        return ctx.redirect(self.url, toast=Toast(_("Saved.") if changed else _("Nothing was changed.")))

    def _render(
        self, ctx: Context, typed: Mapping[str, str], errors: Sequence[FieldError] = ()
    ) -> Response[bytes]:
        held = {**{key: str(n) for key, n in self.numbers.read(ctx.session).items()}, **typed}

        def make(key: str, label: str) -> Input:
            faults = [error.message for error in errors if error.field == key]
            return Input(key, label, Widget.NUMBER, value=held[key], errors=faults)

        title = str(self.numbers.title)
        return ctx.render(
            "company/numbers.html",
            status=422 if errors else 200,
            crumbs=[Crumb(str(self.of.label_plural), self.of.url), Crumb(title)],
            title=title,
            help=str(self.help),
            form=Form(self.url, [], sections=self.sections(make)),
        )


def api(page: NumbersPage, permission: str, url: str) -> tuple[HTTPRouteHandler, HTTPRouteHandler]:
    """The same for programs: what GET answers, PATCH is sent as far as it is to change."""
    numbers = page.numbers
    described = partial(
        operation, summary=str(numbers.title), tag=str(page.of.label_plural), permission=permission
    )

    @get(url, permission=permission, name=f"{numbers.kind}.api.show", operation_class=described())
    def show(ctx: Context) -> Response[bytes]:
        """All of them as they hold now."""
        return json_answer(dict(numbers.read(ctx.session)))

    @patch(
        url,
        permission=permission,
        name=f"{numbers.kind}.api.change",
        operation_class=described(errors=(400, 413, 422)),
    )
    def change(ctx: Context) -> Response[bytes]:
        """Change some, or nothing where one of them cannot be."""
        sent = ctx.json()
        if not isinstance(sent, dict):
            raise MalformedError(_("Send an object with the numbers that are to change."))
        numbers.change(ctx.session, {key: _whole(sent[key]) for key in sent}, ctx.actor.by(Source.API))
        return json_answer(dict(numbers.read(ctx.session)))

    return show, change


def _whole(value: Any) -> int:
    """What is no whole number is out of range."""
    return value if isinstance(value, int) and not isinstance(value, bool) else -1


def _number(text: str) -> int:
    """Nothing stands for none; what is no number is out of range."""
    found = whole_number(text) if text else 0
    return -1 if found is None else found
