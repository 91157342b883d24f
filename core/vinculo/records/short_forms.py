"""Short forms: a few inputs of a kind's form, those of rows among them, one under the other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from babel.support import LazyProxy
from litestar import MediaType, Response

from vinculo.errors import FieldError
from vinculo.web.context import Context, is_own_path
from vinculo.web.views import Crumb, Form, Input, SimilarNotice, Widget


@dataclass(frozen=True, slots=True)
class Pick:
    """An input by its name in the form, e.g. ``identifiers-0-value``, and what it is called here."""

    name: str
    label: str | LazyProxy = ""


def picked(form: Form, picks: Iterable[Pick], *, hidden: Mapping[str, str] | None = None) -> Form:
    """The form with these inputs alone, as far as it has them; ``hidden`` are values of others.

    What is wrong with inputs that are not shown is told above.
    """
    rows = [row for section in form.collections for row in section.rows]
    known = {one.name: one for one in [*form.inputs, *(one for row in rows for one in row.inputs)]}
    shown = [
        replace(known[pick.name], label=str(pick.label) or known[pick.name].label, autofocus=False)
        for pick in picks
        if pick.name in known
    ]
    names = {one.name for one in shown}
    untold = [error for name, one in known.items() if name not in names for error in one.errors]
    untold += [error for section in form.collections for error in section.errors]
    untold += [error for row in rows for error in row.errors]
    return replace(
        form,
        inputs=_focused(shown),
        collections=(),
        errors=[*form.errors, *untold],
        hidden={**form.hidden, **(hidden or {})},
    )


def row_picks(form: Form) -> list[Pick]:
    """All that one can type into the rows of a form."""
    rows = [row for section in form.collections for row in section.rows]
    return [Pick(one.name) for row in rows for one in row.inputs if one.widget is not Widget.HIDDEN]


def _focused(inputs: Sequence[Input]) -> list[Input]:
    target = next((index for index, one in enumerate(inputs) if one.errors), 0)
    return [replace(one, autofocus=index == target) for index, one in enumerate(inputs)]


def of_row(faults: Iterable[FieldError], collection: str, index: int) -> list[FieldError]:
    """Faults of a record as a form has them that holds but one row of a collection, that of this index."""
    own = re.compile(rf"{collection}\[{index}\](?=\.|$)")
    return [replace(fault, field=own.sub(f"{collection}[0]", fault.field)) for fault in faults]


def back(ctx: Context) -> str:
    """The page of our own to which a form leads back; "" for none."""
    url = ctx.value("back") or ctx.parameter("back")
    return url if is_own_path(url) else ""


def backed(url: str, to: str) -> str:
    """An address that leads back to a page afterwards."""
    return f"{url}?{urlencode({'back': to}, safe='/')}" if to else url


def answer(
    ctx: Context,
    title: str,
    form: Form,
    crumbs: Sequence[Crumb],
    *,
    status: int = 200,
    heading: str = "",
    similar: SimilarNotice | None = None,
) -> Response[bytes]:
    """The form alone where a script asks for it, to put it into a card, under a heading; else a page."""
    if ctx.request.headers.get("hx-request"):
        html = ctx.fragment("records/in_place.html", form=form, heading=heading, similar=similar)
        return Response(html.encode(), media_type=MediaType.HTML, status_code=status)
    return ctx.render(
        "records/form.html", title=title, form=form, crumbs=crumbs, similar=similar, status=status
    )
