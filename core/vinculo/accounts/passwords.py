"""Passwords: what makes one good enough, and argon2id to keep it."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from vinculo.errors import FieldError
from vinculo.i18n import gettext as _
from vinculo.i18n import ngettext
from vinculo.settings import Settings

MIN_LENGTH: Final = 10
MAX_LENGTH: Final = 256
MIN_STRENGTH: Final = 3
JUDGED: Final = 72  # characters: what comes after makes a password no weaker, and judging it takes long

hasher = PasswordHasher()
_slots = threading.BoundedSemaphore(3)  # each hash takes 64 MiB: more at once would invite to fill the memory

_CYRILLIC: Final = str.maketrans("йцукенгшщзхъфывапролджэячсмитьбю", "qwertyuiop[]asdfghjkl;'zxcvbnm,.")


@dataclass(frozen=True, slots=True)
class Policy:
    """What a company asks of passwords; ``words`` are those that others would try first there."""

    min_length: int = MIN_LENGTH
    words: Sequence[str] = ()

    @classmethod
    def of(cls, settings: Settings) -> Policy:
        """As the settings have it; the name of the company is a word that everybody knows."""
        security = settings.security
        return cls(security.min_password_length, (settings.company.name, *security.password_words))


def faults(
    password: str, *, login: str, about: Sequence[str] = (), policy: Policy | None = None
) -> Iterator[FieldError]:
    """Everything that is wrong with a new password, for the field ``password``.

    ``about`` is what others know of the user, and would try first. Without a policy the least holds.
    """
    policy = policy or Policy()
    if len(password) < policy.min_length:
        text = ngettext(
            "A password needs at least %(n)s character.",
            "A password needs at least %(n)s characters.",
            policy.min_length,
        )
        yield FieldError("password", text, "too_short")
    elif len(password) > MAX_LENGTH:
        text = _("A password has at most %(n)s characters.", n=MAX_LENGTH)
        yield FieldError("password", text, "too_long")
    elif _normal(password).casefold() == _normal(login).casefold():
        yield FieldError("password", _("The password must differ from the sign-in name."), "too_weak")
    elif _strength(_normal(password), [login, *about, *policy.words]) < MIN_STRENGTH:
        text = _(
            "This password would be guessed soon. Take some words that have nothing to do with each other,"
            " or let a password manager make one."
        )
        yield FieldError("password", text, "too_weak")


def _strength(password: str, about: Sequence[str]) -> int:
    """From 0, guessed at once, to 4. Words typed on the other layout of the keyboard count as such."""
    from zxcvbn import zxcvbn  # noqa: PLC0415 -- 12 MB of words, which few processes need

    known = [part for text in about for part in (text, *re.findall(r"\w+", text)) if part]
    typed = {password[:JUDGED], password[:JUDGED].lower().translate(_CYRILLIC)}
    return min(int(zxcvbn(text, user_inputs=known)["score"]) for text in typed)


def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    with _slots:
        return hasher.hash(_normal(password))


def verify(password: str, stored: str) -> bool:
    """Whether the password belongs to a stored hash.

    An empty ``stored`` (nobody has this login) is never right and takes as long as any other: the
    time of the answer tells nobody which logins exist.
    """
    if len(password) > MAX_LENGTH:
        password = ""  # nosec B105 # none was typed
    try:
        with _slots:
            return hasher.verify(stored or _nobodys_hash(), _normal(password))
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with other parameters than those of today."""
    return hasher.check_needs_rehash(stored)


def _normal(password: str) -> str:
    """One form for what keyboards type in several: й is one character on one system, two on another."""
    return unicodedata.normalize("NFKC", password)


def _nobodys_hash() -> str:
    """A hash with the costs of a real one that no password gives."""
    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${costs}${'A' * 22}${'A' * 43}"
