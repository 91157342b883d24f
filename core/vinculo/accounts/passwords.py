"""Passwords: what makes one good enough, and argon2id to keep it."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from vinculo.errors import FieldError
from vinculo.i18n import gettext as _
from vinculo.i18n import ngettext

MIN_LENGTH: Final = 10
MAX_LENGTH: Final = 256

hasher = PasswordHasher()
_slots = threading.BoundedSemaphore(3)  # each hash takes 64 MiB: more at once would invite to fill the memory

_COMMON_TEXT: Final = """
123456 password 123456789 12345678 12345 qwerty 1234567 111111 1234567890 123123 abc123 1234
password1 iloveyou 1q2w3e4r 000000 qwerty123 zaq12wsx dragon sunshine princess letmein 654321
monkey 666666 1qaz2wsx 123321 qwertyuiop superman asdfghjkl trustno1 jordan23 welcome admin
football baseball master michael shadow starwars passw0rd whatever freedom charlie computer
internet secret hello123 samsung password123 password1234 password12 passwordpassword qwerty12345
qwerty123456 qwertyuiop123 q1w2e3r4t5 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc qazwsxedcrfv zaq1zaq1
zxcvbnm123 asdfghjkl123 asdfasdf asdf123456 12345678910 123456789a 1234567891 12345678901
123456789012 0123456789 0987654321 9876543210 1122334455 112233445566 123123123 1231231234
123321123321 147258369 987654321 11223344 12344321 abcdefghij abcd123456 abc1234567 a123456789
iloveyou123 iloveyou12 welcome123 welcome1234 admin12345 admin123456 administrator changeme123
letmein1234 football123 princess123 sunshine123 superman123 йцукенгшщз
"""
_COMMON: Final = frozenset(_COMMON_TEXT.split())


def faults(password: str, *, login: str, min_length: int = MIN_LENGTH) -> Iterator[FieldError]:
    """Everything that is wrong with a new password, for the field ``password``."""
    folded = _normal(password).casefold()
    if len(password) < min_length:
        text = ngettext(
            "A password needs at least %(n)s character.",
            "A password needs at least %(n)s characters.",
            min_length,
        )
        yield FieldError("password", text, "too_short")
    if len(password) > MAX_LENGTH:
        text = _("A password has at most %(n)s characters.", n=MAX_LENGTH)
        yield FieldError("password", text, "too_long")
    if folded == _normal(login).casefold():
        yield FieldError("password", _("The password must differ from the sign-in name."), "too_weak")
    elif folded in _COMMON or len(set(folded)) == 1:
        text = _("This password is among the first that anybody would try. Choose another.")
        yield FieldError("password", text, "too_weak")


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
        password = ""
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
