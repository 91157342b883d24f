"""Errors that people and programs meet: each has a status, a stable code and words of its own.

A message names the field, the value and the remedy, in the user's language: it is made where the
error is raised, through gettext.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vinculo.i18n import gettext as _


class VinculoError(Exception):
    """Something that was asked for cannot be done; the message says why and what to do."""

    status = 400
    code = "error"

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        if code:
            self.code = code


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one value. ``field`` is a path such as ``name`` or ``contact_points[0].value``."""

    field: str
    message: str
    code: str = "invalid"


class InvalidError(VinculoError):
    """Values that do not fit; every fault is listed, not only the first."""

    status = 422
    code = "invalid"

    def __init__(self, errors: Sequence[FieldError], *, code: str = "") -> None:
        self.errors = list(errors)
        super().__init__(" ".join(error.message for error in self.errors), code=code)


class MalformedError(VinculoError):
    """A request that cannot be read: broken JSON, an unknown parameter, a cursor of another list."""

    status = 400
    code = "malformed"


class InvalidFileError(VinculoError):
    """A file that cannot be read as what it should be."""

    status = 422
    code = "invalid_file"


class TooLargeError(VinculoError):
    """More than the server takes in one piece."""

    status = 413
    code = "too_large"


class NotFoundError(VinculoError):
    """There is no such thing, or not for this user."""

    status = 404
    code = "not_found"

    def __init__(self, message: str = "", *, code: str = "") -> None:
        super().__init__(message or _("There is nothing at this address."), code=code)


class MergedError(NotFoundError):
    """The record was merged into another, ``new_id``."""

    code = "merged"

    def __init__(self, message: str, *, new_id: int) -> None:
        super().__init__(message)
        self.new_id = new_id


class NotSignedInError(VinculoError):
    """The request carries no valid session or token."""

    status = 401
    code = "not_signed_in"

    def __init__(self, message: str = "", *, code: str = "") -> None:
        super().__init__(message or _("Sign in first."), code=code)


class ForbiddenError(VinculoError):
    """The user is known and lacks the permission."""

    status = 403
    code = "forbidden"


class ConflictError(VinculoError):
    """The state of the data stands against it: a duplicate, a link in use, an overlap."""

    status = 409
    code = "conflict"


class DuplicateError(ConflictError):
    """What is to be added looks like records that are there: ``errors`` name each as ``duplicates.ID``."""

    code = "possible_duplicates"

    def __init__(self, message: str, errors: list[FieldError]) -> None:
        super().__init__(message)
        self.errors = errors


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """A value that two people changed differently, as JSON builtins.

    ``field`` is a name, or ``collection.name`` within the row with the id ``row``. A side that removed the
    row has None. ``known`` is False where the original value cannot be told.
    """

    field: str
    original: Any
    mine: Any
    theirs: Any
    row: int | None = None
    known: bool = True


class StaleVersionError(ConflictError):
    """Somebody else saved the record in the meantime; nothing was overwritten."""

    code = "stale_version"

    def __init__(
        self, label: str, *, expected: int, current: int, conflicts: Sequence[FieldConflict] = ()
    ) -> None:
        self.expected = expected
        self.current = current
        self.conflicts = conflicts
        super().__init__(
            _(
                "%(record)s was changed by somebody else: you edited version %(expected)s, it is now at"
                " %(current)s. Load it again and repeat your change.",
                record=label,
                expected=expected,
                current=current,
            )
        )


class PreconditionFailedError(VinculoError):
    """The If-Match header names another version than the record has."""

    status = 412
    code = "precondition_failed"


class ThrottledError(VinculoError):
    """Too many tries; wait."""

    status = 429
    code = "throttled"

    def __init__(self, message: str, *, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class ConfigError(VinculoError):
    """The configuration is wrong: one line naming file, key and remedy. The command exits with 2."""

    status = 500
    code = "config"


class SchemaError(VinculoError):
    """The database is not at the schema this program needs."""

    status = 500
    code = "schema"
