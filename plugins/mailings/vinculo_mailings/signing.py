"""DKIM (RFC 6376, 8463): a signature by which servers know that a mail is ours; relaxed/relaxed."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from vinculo.errors import ConfigError
from vinculo.i18n import gettext as _

SIGNED: Final = (
    b"from", b"to", b"reply-to", b"subject", b"date", b"message-id", b"mime-version", b"content-type",
    b"list-unsubscribe", b"list-unsubscribe-post",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs for a domain with the key that its DNS has under ``selector``."""

    domain: str
    selector: str
    key: RSAPrivateKey | Ed25519PrivateKey

    def sign(self, raw: bytes, at: int) -> bytes:
        """The mail with the signature in front; lines end with CRLF, ``at`` is in seconds."""
        head, _gap, body = raw.partition(b"\r\n\r\n")
        names = [name for name in SIGNED if _header(head, name)]
        kind = "rsa" if isinstance(self.key, RSAPrivateKey) else "ed25519"
        told = (
            f"v=1; a={kind}-sha256; c=relaxed/relaxed; d={self.domain}; s={self.selector}; t={at};"
            f" h={':'.join(name.decode() for name in names)}; bh={body_hash(body)}; b="
        )
        data = signed_data(head, names, f"DKIM-Signature: {told}".encode())
        return f"DKIM-Signature: {told}{self._seal(data)}\r\n".encode() + raw

    def _seal(self, data: bytes) -> str:
        if isinstance(self.key, RSAPrivateKey):
            made = self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        else:
            made = self.key.sign(hashlib.sha256(data).digest())
        return base64.b64encode(made).decode()


@functools.lru_cache(8)
def open_signer(domain: str, selector: str, file: Path) -> Signer:
    """Raises ``ConfigError`` where the file holds no key for that."""
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        text = _("mailings.dkim_key_file: %(file)s holds no private key: %(reason)s.")
        raise ConfigError(text % {"file": file, "reason": error}) from error
    if not isinstance(key, (RSAPrivateKey, Ed25519PrivateKey)):
        raise ConfigError(_("mailings.dkim_key_file: the key is neither of RSA nor of Ed25519."))
    return Signer(domain, selector, key)


def body_hash(body: bytes) -> str:
    """The hash of a body, in relaxed form."""
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    settled = b"".join(line + b"\r\n" for line in lines)
    return base64.b64encode(hashlib.sha256(settled).digest()).decode()


def signed_data(head: bytes, names: Sequence[bytes], own: bytes) -> bytes:
    """What is signed: these headers, in relaxed form, then the signature itself without what it says."""
    return b"\r\n".join(
        [*(_relaxed(found) for name in names if (found := _header(head, name))), _relaxed(own)]
    )


def _header(head: bytes, name: bytes) -> bytes:
    """The last header of a name, unfolded or not; b"" if there is none."""
    found = re.findall(rb"(?im)^" + re.escape(name) + rb"[ \t]*:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*", head)
    return found[-1] if found else b""


def _relaxed(header: bytes) -> bytes:
    name, _colon, value = header.partition(b":")
    unfolded = re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip(b" ")
    return name.strip().lower() + b":" + unfolded
