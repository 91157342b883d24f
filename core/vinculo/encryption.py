"""Secrets that must be read again, as those of authenticator apps, are encrypted before they are stored."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from vinculo.errors import ConfigError, VinculoError
from vinculo.i18n import gettext as _


class UnknownKeyError(VinculoError):
    """What is stored was encrypted with a key that is not there any more."""

    status = 500
    code = "unknown_key"


class Cipher:
    """Encrypts with the first key and decrypts with all of them, so that keys can be replaced."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = MultiFernet([Fernet(key) for key in keys])
        self._seals = [hashlib.sha256(f"vinculo seal {key}".encode()).digest() for key in keys]

    def seal(self, text: str) -> str:
        """What can go out with a text that comes back from strangers, as in a link: only we can make it."""
        return _seal(self._seals[0], text)

    def is_sealed(self, text: str, seal: str) -> bool:
        """Whether a text that came back is as it went out; replaced keys count, too."""
        return any(hmac.compare_digest(_seal(one, text).encode(), seal.encode()) for one in self._seals)

    def encrypt(self, text: str) -> str:
        """What may be stored."""
        return self._keys.encrypt(text.encode()).decode()

    def decrypt(self, stored: str) -> str:
        """The text again. Raises ``UnknownKeyError``."""
        try:
            return self._keys.decrypt(stored.encode()).decode()
        except InvalidToken:
            raise _unknown_key() from None

    def renewed(self, stored: str) -> str:
        """The same, encrypted with the first key. Raises ``UnknownKeyError``."""
        try:
            return self._keys.rotate(stored.encode()).decode()
        except InvalidToken:
            raise _unknown_key() from None


def _seal(key: bytes, text: str) -> str:
    digest = hmac.digest(key, text.encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:18]).decode()


def new_key() -> str:
    """A key for the settings."""
    return Fernet.generate_key().decode()


def is_key(text: str) -> bool:
    """Whether it can be used as one."""
    try:
        Fernet(text)
    except ValueError:
        return False
    return True


def open_cipher(keys: Sequence[str], file: Path) -> Cipher:
    """The keys of the settings, else those of a file, which is made if it is not there."""
    return Cipher(keys or _read(file) or _make(file))


def _read(file: Path) -> list[str]:
    try:
        keys = file.read_text(encoding="ascii").split()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(_("%(file)s cannot be read: %(reason)s.", file=file, reason=error)) from error
    if not keys or not all(map(is_key, keys)):
        raise ConfigError(
            _(
                "%(file)s holds what is no key. Put back the file that was there: what it encrypted"
                " cannot be read without.",
                file=file,
            )
        )
    return keys


def _make(file: Path) -> list[str]:
    """A file that only this user can read. Of two processes that make it at once, one finds the other's."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=file.parent, encoding="ascii") as draft:
            draft.write(f"{new_key()}\n")
            draft.flush()
            os.fsync(draft.fileno())
            os.link(draft.name, file)
    except FileExistsError:
        pass
    except OSError as error:
        raise ConfigError(
            _(
                "%(file)s cannot be written: %(reason)s. Set security.secret_key or"
                " security.secret_key_file.",
                file=file,
                reason=error.strerror,
            )
        ) from error
    return _read(file)


def _unknown_key() -> UnknownKeyError:
    return UnknownKeyError(
        _(
            "A secret was encrypted with a key that is not among those of security.secret_key or its file."
            " Put the old key back, behind the new one."
        )
    )
