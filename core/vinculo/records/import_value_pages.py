"""The page that asks what texts of a file mean, once its columns are known and before it is imported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import msgspec
from litestar import Response

from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.i18n import ngettext
from vinculo.records import import_values
from vinculo.records.import_values import Doubts, Mapped, Unmatched
from vinculo.records.models import ImportRun
from vinculo.records.text import fold
from vinculo.web.context import Context
from vinculo.web.views import Crumb, Input, Option, Widget

ASK: Final = "values"  # the action of the button that asks for the page
NOTHING: Final = "nothing"
_OWN: Final = ("seen-", "means-", "text-")
_AFRESH: Final = ("_csrf", "values", "asked", "action")


@dataclass(frozen=True, slots=True)
class ValueSet:
    """What is asked of one column."""

    legend: str
    help: str
    inputs: Sequence[Input]


def said(ctx: Context, columns: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What a form says of the columns: what it has from before, and what was chosen on this page."""
    values = import_values.kept(import_values.said(ctx.value("values")), columns)
    for number in range(import_values.MOST_MEANINGS):
        if f"seen-{number}" not in ctx.form:
            break
        title, text = _seen(ctx.value(f"seen-{number}"))
        meant = {one: to for one, to in values.get(title, {}).items() if fold(one) != fold(text)}
        chosen = ctx.value(f"means-{number}")
        typed = ctx.value(f"text-{number}").strip()
        if chosen or typed:
            meant[text] = "" if chosen == NOTHING else chosen.removeprefix("=") or typed
        values[title] = meant
    return import_values.kept(values, columns)


def _seen(text: str) -> tuple[str, str]:
    try:
        return msgspec.json.decode(text, type=tuple[str, str])
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise InvalidError([FieldError("seen", str(error), "type")]) from error


def must_ask(ctx: Context, found: Sequence[Doubts]) -> bool:
    """Whether the page comes before the import: it was asked for, or somebody has to decide."""
    if ctx.value("action") == ASK:
        return bool(found)
    return not ctx.value("asked") and import_values.undecided(found)


def page(
    ctx: Context, run: ImportRun, mapped: Mapped, found: Sequence[Doubts], errors: Sequence[FieldError] = ()
) -> Response[bytes]:
    """A choice for each text; what the form of the columns said is carried along."""
    numbers = count()
    sets, carried = [], _carried(ctx, mapped)
    for column in found:
        inputs = []
        for text, number in zip(column.texts, numbers, strict=False):
            carried.append((f"seen-{number}", _json([column.title, text.text])))
            inputs.append(_input(number, column, text))
        sets.append(ValueSet(f"{column.title} → {column.label}", _help(column), inputs))
    title = _("What do these values mean?")
    kind = mapped.parts.main
    return ctx.render(
        "records/import_values.html",
        status=422 if errors else 200,
        title=title,
        action=f"/imports/{run.id}/map",
        back_url=f"/imports/{run.id}/map",
        sets=sets,
        carried=carried,
        errors=[error.message for error in errors],
        crumbs=[Crumb(str(kind.label_plural), kind.url), Crumb(title)],
    )


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def as_hidden(values: import_values.Meanings) -> str:
    """What was said of values, as the hidden field of a form."""
    return _json(values)


def _carried(ctx: Context, mapped: Mapped) -> list[tuple[str, str]]:
    pairs = [
        (name, value)
        for name, values in ctx.form.items()
        if name not in _AFRESH and not name.startswith(_OWN)
        for value in values
        if isinstance(value, str)
    ]
    return [*pairs, ("values", as_hidden(mapped.values)), ("asked", "1")]


def _help(column: Doubts) -> str:
    free = _("Any text is taken here; write what is to stand in its place, or leave it as it is.")
    named = _("The field does not understand these texts.")
    more = ngettext("%(n)s more text is not listed.", "%(n)s more texts are not listed.", column.more)
    return " ".join([free if column.free else named, *([more] if column.more else [])])


def _input(number: int, column: Doubts, text: Unmatched) -> Input:
    rows = ngettext("%(n)s row", "%(n)s rows", text.rows)
    if column.free:
        return Input(
            f"text-{number}", text.text, Widget.TEXT, text.meaning or "", help=rows, placeholder=text.text
        )
    options = list(_options(text))
    return Input(f"means-{number}", text.text, Widget.SELECT, _chosen(text), options=options, help=rows)


def _options(text: Unmatched) -> Iterator[Option]:
    yield Option("", _("Reject these rows"))
    yield Option(NOTHING, _("Leave the field empty"))
    offered = {guess.text: guess.label for guess in text.guesses}
    if text.meaning and text.meaning not in offered:
        offered[text.meaning] = text.meaning
    for value, label in offered.items():
        yield Option(f"={value}", label)


def _chosen(text: Unmatched) -> str:
    if text.meaning is not None:
        return f"={text.meaning}" if text.meaning else NOTHING
    return f"={text.guesses[0].text}" if text.score >= import_values.SURE else ""
