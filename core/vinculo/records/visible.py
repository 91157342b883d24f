"""Fields that count only where another field of their record has certain values."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.records.fields import ChoiceField, Field, SeveralField, YesNoField
from vinculo.records.kind import RecordKind
from vinculo.web.views import Option


def deciding(kind: RecordKind) -> Sequence[Field]:
    """The fields by which others may be shown or not."""
    return [field for field in kind.fields if isinstance(field, ChoiceField | YesNoField)]


def choices(field: Field) -> Sequence[Option]:
    """The values of a deciding field."""
    if isinstance(field, YesNoField):
        return [Option("true", _("Yes")), Option("false", _("No"))]
    return field.choices()


def counts(kind: RecordKind, field: Field, record: Any) -> bool:
    """Whether a field is asked for and shown, as its record is now."""
    if field.shown_when is None:
        return True
    decides = kind.whole.field(field.shown_when.field)
    return not {*_texts(decides, getattr(record, decides.name))}.isdisjoint(field.shown_when.values)


def _texts(field: Field, value: Any) -> Sequence[str]:
    if isinstance(field, YesNoField):
        return ["true" if value else "false"]
    if isinstance(field, SeveralField):
        return list(value or ())
    return [] if value is None else [str(value)]


def check(kind: RecordKind, record: Any, given: Collection[str]) -> None:
    """Raise ``InvalidError`` where a field that is required there has no value.

    Of a record that there is, only where that field, or what decides, is written.
    """
    errors = []
    for field in kind.fields:
        when = field.shown_when
        if when is None or not when.required or (record.id and {field.name, when.field}.isdisjoint(given)):
            continue
        if getattr(record, field.name) in (None, "", ()) and counts(kind, field, record):
            errors.append(FieldError(field.name, _("%(field)s is required.", field=field.label), "required"))
    if errors:
        raise InvalidError(errors)


def in_words(kind: RecordKind, field: Field) -> str:
    """Where a field counts; "" if everywhere."""
    if field.shown_when is None:
        return ""
    decides = kind.whole.field(field.shown_when.field)
    labels = {option.value: option.label for option in choices(decides)}
    values = ", ".join(labels.get(value, value) for value in field.shown_when.values)
    return _("Only where %(field)s is: %(values)s.", field=decides.label, values=values)
