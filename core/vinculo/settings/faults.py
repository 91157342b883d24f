"""Faults in the settings, each worded as one line: where, which key, which value, the remedy."""

from __future__ import annotations

import json
from collections.abc import Iterable
from difflib import get_close_matches

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from vinculo.i18n import gettext as _
from vinculo.settings.origins import Origins, is_secret, shown


def worded(error: ErrorDetails, prefix: tuple[str, ...], model: type[BaseModel], origins: Origins) -> str:
    """One line: file or variable, key, wrong value unless it is a secret, what is wrong, the remedy."""
    inner = [part for part in error["loc"] if isinstance(part, str)]
    keys = [*prefix, *inner]
    key = ".".join(keys)
    variable = origins.variable(keys) if keys else None
    place = variable or f"{origins.file}: {key}"
    parent, found = _field_at(model, inner)
    if error["type"] == "extra_forbidden":
        known = parent.model_fields
        remedy = _("; known are %(keys)s", keys=", ".join(known)) if known else ""
        return _("%(place)s is an unknown key", place=place) + (suggestion(keys[-1], known) or remedy)
    if error["type"] == "missing":
        return _("%(file)s: %(key)s is missing: add it", file=origins.file or "vinculo.toml", key=key)
    if found is None or _table(found):
        return f"{place}: {_fault(error)}"
    value = f" = {_wrong_value(key, error['input'])}" if _may_be_shown(key, found) else ""
    return f"{place}{value} {_fault(error)}" + _remedy(keys[-1], found, bare=variable is not None)


def quoted(error: ErrorDetails, value: str) -> str:
    """One sentence for whoever typed the value: the value, and what is wrong with it."""
    if error["type"] == "extra_forbidden":
        return _("There is no such setting; leave it out.")
    return _("“%(value)s” %(fault)s.", value=value[:60], fault=_fault(error))


def _field_at(model: type[BaseModel], keys: Iterable[str]) -> tuple[type[BaseModel], FieldInfo | None]:
    """The field that a path leads to, and the innermost model on the way."""
    found: FieldInfo | None = None
    for key in keys:
        if found is not None:
            table = _table(found)
            if table is None:
                return model, found
            model = table
        found = model.model_fields.get(key)
        if found is None:
            break
    return model, found


def _table(found: FieldInfo) -> type[BaseModel] | None:
    kind = found.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _may_be_shown(key: str, found: FieldInfo) -> bool:
    return found.repr and found.annotation is not SecretStr and not is_secret(key)


def _wrong_value(key: str, value: object) -> str:
    text = shown(key, value)
    text = text if len(text) <= 60 else text[:60] + "…"
    return f"'{text}'" if isinstance(value, str) else text


def _remedy(key: str, found: FieldInfo, *, bare: bool) -> str:
    default = next(iter(found.examples or ()), found.get_default(call_default_factory=False))
    if default is None or found.is_required():
        return ""
    if bare:
        return _(
            ": write e.g. %(example)s", example=",".join(default) if isinstance(default, tuple) else default
        )
    literal = json.dumps(default, ensure_ascii=False, default=str)
    return _(": write e.g. %(example)s", example=f"{key} = {literal}")


def _fault(error: ErrorDetails) -> str:
    limits = error.get("ctx", {})
    match error["type"]:
        case "int_type" | "int_parsing" | "int_parsing_size" | "int_from_float":
            text = _("is not a whole number")
        case "bool_type" | "bool_parsing":
            text = _("is neither true nor false")
        case "string_type":
            text = _("is not a text in quotes")
        case "tuple_type" | "list_type":
            text = _("is not a list")
        case "greater_than_equal":
            text = _("is less than %(limit)s", limit=limits["ge"])
        case "less_than_equal":
            text = _("is more than %(limit)s", limit=limits["le"])
        case "string_too_short":
            text = _("is too short (at least %(limit)s)", limit=limits["min_length"])
        case "string_too_long":
            text = _("is too long (at most %(limit)s)", limit=limits["max_length"])
        case "value_error":
            text = str(limits["error"])
        case _other:
            text = _("is wrong (%(reason)s)", reason=error["msg"])
    return text


def suggestion(word: str, known: Iterable[str]) -> str:
    """What was perhaps meant, in brackets."""
    close = get_close_matches(word, list(known), n=1)
    return _(" (did you mean %(name)s?)", name=close[0]) if close else ""
