"""What a file is, by its content; its name is never asked."""

from __future__ import annotations

import codecs
from typing import Final

UNKNOWN: Final = "application/octet-stream"
TEXT: Final = "text/plain"
PICTURES: Final = ("image/png", "image/jpeg", "image/gif", "image/webp")
SHOWN: Final = (*PICTURES, "application/pdf", TEXT)  # what a browser may show by itself
HEAD: Final = 64 * 1024
_BEGINNINGS: Final = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"%PDF-": "application/pdf",
}
_ACTIVE: Final = (b"<!doctype", b"<html", b"<svg", b"<script", b"<?xml", b"<body", b"<iframe")


def media_type(head: bytes) -> str:
    """The type of a file that begins so. What could be run as a page or a script is nothing known."""
    for beginning, found in _BEGINNINGS.items():
        if head.startswith(beginning):
            return found
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if _is_text(head):
        return UNKNOWN if any(tag in head.lower() for tag in _ACTIVE) else TEXT
    return _guessed(head)


def _is_text(head: bytes) -> bool:
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)  # a letter may be cut at the end
    except UnicodeDecodeError:
        return False
    return not any(ord(char) < 32 and char not in "\t\n\r\f" for char in text)


def _guessed(head: bytes) -> str:
    import puremagic  # noqa: PLC0415 -- it reads a table of 1 MB, for files that are neither texts nor pictures

    try:
        found = str(puremagic.from_string(head, mime=True))
    except (puremagic.PureError, ValueError):
        return UNKNOWN
    safe = found and len(found) <= 100 and not found.startswith(("text/", "image/"))
    return found if safe and found not in SHOWN else UNKNOWN
