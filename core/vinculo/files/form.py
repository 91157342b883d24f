"""Files in the forms of records: each custom field for a file takes one that is sent with the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, Final

from vinculo.files import fields, pages, store
from vinculo.files.records import file
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import FormPart
from vinculo.records.fields import Field
from vinculo.records.form_parts import Asked
from vinculo.records.kind import RecordKind
from vinculo.records.reading import Values
from vinculo.web.context import Context
from vinculo.web.views import Option, Widget

NAME: Final = "file_fields"


@dataclass(frozen=True, kw_only=True)
class _Upload(Field):
    """An input for a file. What is sent is no text: it is taken from the request."""

    widget: ClassVar[Widget] = Widget.FILE

    def parse(self, text: str) -> None:
        """Nothing."""


def part(*kinds: str) -> FormPart:
    """The file fields of kinds, as a part of their forms."""
    return FormPart(NAME, kinds, file.label_plural, file.permission("create"), _ask)


def _ask(ctx: Context, kind: RecordKind, record: Any | None) -> Asked | None:
    found = fields.of(kind, ctx.actor)
    if not found:
        return None
    text = _("Leave it empty to keep what is there.") if record is not None else ""
    inputs = [_Upload(name=one.value, label=one.label, help=text) for one in found]
    only = replace(kind, fields=inputs, collections=(), figures=(), of=kind.whole)
    sent = [one.value for one in found if ctx.file(_input(one))]
    return Asked(only, partial(_save, ctx, kind, found), gives=sent)


def _input(field: Option) -> str:
    return f"{NAME}__{field.value}"


def _save(ctx: Context, kind: RecordKind, found: Sequence[Option], record: Any, _values: Values) -> None:
    for one in found:
        sent = ctx.file(_input(one))
        if sent is not None:
            with pages.received(ctx, sent) as got:
                about = pages.about(kind, record)
                made = store.keep(ctx.session, ctx.site.settings, got, actor=ctx.actor, about=about)
            fields.fill(ctx.session, kind, record.id, one.value, [made], actor=ctx.actor)
