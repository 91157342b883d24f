"""Parts of forms that plugins add, or the kernel for another kind: drawn, read and saved with the record.

The inputs of a part are named as those of a form of their own, with the part's name before them. A form that
was sent says which parts it had, and of what (``of``): what was switched on meanwhile asks for nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, Final

from vinculo.db.isolating import isolated
from vinculo.errors import FieldError, InvalidError, StaleVersionError, VinculoError
from vinculo.i18n import gettext as _
from vinculo.plugins.calling import Owned
from vinculo.plugins.contributions import FormPart
from vinculo.records import conflict_forms, forms, service, similar_notices
from vinculo.records.fields import Field
from vinculo.records.forms import Typed
from vinculo.records.kind import RecordKind
from vinculo.records.reading import Values
from vinculo.records.similar import Match
from vinculo.web import origins
from vinculo.web.context import Context
from vinculo.web.views import Form, FormSection, Input, InputRow, InputRows, Origin, Widget

logger = logging.getLogger(__name__)

OF: Final = "of"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a part asks of one record.

    ``kind`` has the fields and rows that are shown; what is ``read_only`` among its fields cannot be typed.
    ``held`` has their present values as attributes, None for none. ``save(record, values)`` writes what was
    typed, once the record itself is written. ``of`` names what the values are of, where that may be another
    one by the time the form is sent; ``version`` is as in ``vinculo.records.service.update``. ``blank`` are
    rows of which an empty one is shown. What is ``compared`` is told to look like records that are there.
    ``gives`` names fields of the record which ``save`` fills, so that its own inputs need not. What is
    ``folded`` stands as one line until somebody opens it, or something in it is wrong.
    """

    kind: RecordKind
    save: Callable[[Any, Values], None]
    held: Any = None
    of: str = ""
    version: int | None = None
    help: str = ""
    blank: Sequence[str] = ()
    compared: bool = False
    gives: Sequence[str] = ()
    folded: bool = False


def fields_of(
    kind: RecordKind,
    fields: Sequence[Field],
    held: Mapping[str, Any],
    save: Callable[[Any, Mapping[str, Any]], None],
) -> Asked:
    """A part of a few fields in a form of ``kind``.

    ``held`` are their values by name, none for a new record, whose fields have their defaults.
    ``save(record, values)`` is given what was typed, by name.
    """
    only = replace(kind, fields=fields, collections=(), figures=(), of=kind.whole)
    present = SimpleNamespace(**{one.name: held.get(one.name, one.empty) for one in fields})
    return Asked(only, lambda record, values: save(record, values.fields), present if held else None)


class PartError(InvalidError):
    """A part refused what was typed, and says so in its place; nothing was saved."""

    def __init__(self, status: int = 422) -> None:
        super().__init__([])
        self.status = status


@dataclass(slots=True)
class Opened:
    """A part in a form. Without ``asked`` it failed."""

    owned: Owned[FormPart]
    asked: Asked | None
    typed: Typed = field(default_factory=lambda: Typed({}))
    values: Values = field(default_factory=Values)
    faults: Sequence[FieldError] = ()
    like: Sequence[Match] = ()
    stale: bool = False

    @property
    def prefix(self) -> str:
        """What the names of its inputs begin with."""
        return f"{self.owned.item.name}__"


def opened(ctx: Context, kind: RecordKind, record: Any = None) -> list[Opened]:
    """The parts of a form that is shown; ``record`` is None for a new one."""
    parts = (_open(ctx, owned, kind, record) for owned in _allowed(ctx, kind))
    return [_filled(ctx, part) for part in parts if part]


def blank(ctx: Context, kind: RecordKind) -> Sequence[FormSection]:
    """The parts of a short form of a new record, which is drawn by a template of its own."""
    return with_sections(ctx, Form("", []), opened(ctx, kind)).sections


def submitted(ctx: Context, kind: RecordKind, record: Any = None) -> list[Opened]:
    """The parts of a form that was sent, with what was typed into them."""
    sent = [owned for owned in _allowed(ctx, kind) if f"{owned.item.name}__{OF}" in ctx.form]
    parts = (_open(ctx, owned, kind, record) for owned in sent)
    return [_typed(ctx, part) for part in parts if part]


def _allowed(ctx: Context, kind: RecordKind) -> list[Owned[FormPart]]:
    return [one for one in ctx.registry.form_parts.get(kind.name, ()) if ctx.actor.may(one.item.permission)]


def _open(ctx: Context, owned: Owned[FormPart], kind: RecordKind, record: Any) -> Opened | None:
    try:
        with ctx.site.guard.watch(owned.plugin, ctx.route_path, limited=True), isolated(ctx.session):
            asked = owned.item.ask(ctx, kind.whole, record)
    except Exception:
        logger.exception("part %s of a form, of plugin %s, failed", owned.item.name, owned.plugin)
        return Opened(owned, None)
    return Opened(owned, asked) if asked else None


def _filled(ctx: Context, part: Opened) -> Opened:
    """With what is there, else with what a new record begins with."""
    if part.asked is None:
        return part
    kind, held = part.asked.kind, part.asked.held
    if held is not None:
        part.typed = forms.of_record(ctx, kind, held)
    else:
        texts = {f.name: f.text(f.initial) for f in kind.writable() if f.default is not None}
        begin = len(part.prefix)
        texts |= {name[begin:]: text for name, text in ctx.parameters() if name.startswith(part.prefix)}
        part.typed = forms.from_texts(ctx, kind, texts)
    for name in part.asked.blank:
        if not part.typed.row_keys.get(name):
            part.typed = forms.with_row(part.typed, name)
    return part


def _typed(ctx: Context, part: Opened) -> Opened:
    """With what was sent; where it was of something else by then, with what is there, and a word of it."""
    if part.asked is None:
        return part
    if ctx.value(part.prefix + OF) != part.asked.of:
        text = _("What this part is about was changed meanwhile. Look it through, and save again.")
        part.faults = [FieldError("", text, "changed")]
        return _filled(ctx, part)
    part.typed = forms.submitted(ctx, part.asked.kind, part.prefix)
    wanted = ctx.value("_add")
    if wanted.startswith(part.prefix):
        part.typed = forms.with_row(part.typed, wanted.removeprefix(part.prefix))
    return part


def read(ctx: Context, kind: RecordKind, typed: Typed, parts: Sequence[Opened], record: Any = None) -> Values:
    """The values of the record's own inputs; those of the parts are kept in them.

    Raises ``InvalidError`` with every fault of the former, after all parts were read.
    """
    own: InvalidError | None = None
    values = Values()
    given = {name for part in parts if part.asked for name in part.asked.gives}
    try:
        values = forms.read(ctx, _asking_less(kind, given), typed, record=record)
    except InvalidError as error:
        own = error
    for part in parts:
        _read(ctx, part)
    if own:
        raise own
    if any(part.faults or part.asked is None for part in parts):
        raise PartError
    return values


def _asking_less(kind: RecordKind, given: AbstractSet[str]) -> RecordKind:
    """The kind as if the fields that parts give were required of nobody."""
    if not given:
        return kind
    fields = [
        replace(one, required=False, shown_when=None) if one.name in given else one for one in kind.fields
    ]
    return replace(kind, fields=fields, of=kind.whole)


def _read(ctx: Context, part: Opened) -> None:
    if part.asked is None or part.faults:
        return
    try:
        part.values = forms.read(ctx, part.asked.kind, part.typed, record=part.asked.held)
    except InvalidError as error:
        part.faults = error.errors
        return
    conflict_forms.choose(ctx, part.typed, part.values, part.prefix)


def compare(ctx: Context, parts: Sequence[Opened]) -> bool:
    """Whether a part looks like a record that is there, which the user has not been shown."""
    for part in parts:
        if part.asked and part.asked.compared:
            name = part.prefix + similar_notices.SEEN
            part.like = similar_notices.of_draft(ctx, part.asked.kind, part.values, name)
    return any(part.like for part in parts)


def save(ctx: Context, parts: Sequence[Opened], record: Any) -> None:
    """Save the parts of a record that was just written.

    Raises ``PartError`` where one refuses, or fails; the record must not be kept then.
    """
    for part in parts:
        assert part.asked is not None
        try:
            with ctx.site.guard.watch(part.owned.plugin, ctx.route_path):
                refusal = _refusal(part, part.asked, record)
        except Exception as error:
            logger.exception("part %s of a form, of plugin %s", part.owned.item.name, part.owned.plugin)
            part.faults = [FieldError("", _failure(part) + " " + _("Nothing was saved."))]
            raise PartError(500) from error
        if refusal:
            raise PartError(refusal.status) from refusal


def _refusal(part: Opened, asked: Asked, record: Any) -> VinculoError | None:
    """Save a part, or say why not: to refuse something is no fault of a plugin's."""
    try:
        asked.save(record, part.values)
    except StaleVersionError as error:
        part.stale = True
        return error
    except VinculoError as error:
        part.faults = forms.faults_of(error)
        return error
    return None


def _failure(part: Opened) -> str:
    return _("This part, from the plugin %(plugin)s, failed. It has been logged.", plugin=part.owned.plugin)


def create(ctx: Context, kind: RecordKind, values: Values, parts: Sequence[Opened]) -> Any:
    """Add a record with its parts. Where one refuses the session must be rolled back, and nothing is kept."""
    record = service.create(ctx.session, kind, values, actor=ctx.actor)
    save(ctx, parts, record)
    return record


def told(error: VinculoError, parts: Sequence[Opened]) -> VinculoError:
    """What was refused, with what the parts said, for where they are not drawn again."""
    faults = [fault for part in parts for fault in part.faults]
    return InvalidError(faults) if isinstance(error, PartError) and faults else error


# Drawing


def with_sections(ctx: Context, form: Form, parts: Sequence[Opened]) -> Form:
    """The form with its parts below; the cursor goes to a fault of theirs where the form has none."""
    sections = [_section(ctx, part) for part in parts]
    own = any(one.errors for one in form.inputs) or form.errors or form.conflicts
    if not own and any(part.faults or part.stale for part in parts):
        form = replace(form, inputs=[replace(one, autofocus=False) for one in form.inputs])
    else:
        sections = [
            replace(one, inputs=[replace(item, autofocus=False) for item in one.inputs]) for one in sections
        ]
    files = any(item.widget is Widget.FILE for one in sections for item in one.inputs)
    return replace(form, sections=sections, multipart=form.multipart or files)


def _section(ctx: Context, part: Opened) -> FormSection:
    title, origin = str(part.owned.item.title), origins.of(ctx, part.owned.plugin)
    if part.asked is None:
        return FormSection(title, failed=_failure(part), origin=origin)
    asked, prefix = part.asked, part.prefix
    form = _drawn(ctx, part, asked)
    hidden = {OF: asked.of}
    if form.version is not None:
        hidden["version"] = str(form.version)
    hidden |= similar_notices.seen(part.like)
    return FormSection(
        title,
        [_input(one, prefix, origin) for one in form.inputs],
        [_rows(rows, prefix) for rows in form.collections],
        help=asked.help,
        errors=form.errors,
        conflicts=[replace(one, name=one.name and prefix + one.name) for one in form.conflicts],
        taken=form.taken,
        hidden={prefix + name: value for name, value in hidden.items()},
        similar=similar_notices.drawn(asked.kind, part.like),
        origin=origin,
        folded=asked.folded and not (part.faults or part.stale or part.like),
    )


def _drawn(ctx: Context, part: Opened, asked: Asked) -> Form:
    """As a form of its own: after a stale save with both sides put together."""
    if part.stale:
        return conflict_forms.draw(ctx, asked.kind, asked.held, part.values)
    fixed = forms.fixed_of(ctx, asked.kind, asked.held) if asked.held is not None else {}
    form = forms.draw(asked.kind, part.typed, action="", cancel="", errors=part.faults, fixed=fixed)
    version = asked.version
    if version is not None and (sent := part.typed.text("version")).isdecimal():
        version = int(sent)
    return replace(form, version=version)


def _input(one: Input, prefix: str, origin: Origin | None) -> Input:
    named = replace(
        one,
        name=prefix + one.name,
        when=one.when and prefix + one.when,
        within=one.within and prefix + one.within,
    )
    return replace(named, origin=None) if origin else named  # said beside the part's title


def _rows(rows: InputRows, prefix: str) -> InputRows:
    def named(row: InputRow) -> InputRow:
        return replace(row, inputs=[_input(one, prefix, None) for one in row.inputs])

    drawn = [named(row) for row in rows.rows]
    return replace(rows, name=prefix + rows.name, rows=drawn, blank=named(rows.blank))
