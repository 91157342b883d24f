"""What people wrote, as HTML: addresses can be followed, who is mentioned stands out, and no more."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from markupsafe import Markup, escape

_ADDRESS: Final = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)
_TRAILING: Final = ".,;:!?…)]}»”\N{RIGHT SINGLE QUOTATION MARK}"


def linked(text: str, mentions: Mapping[str, str] | None = None) -> Markup:
    """The text with its web addresses as links; ``mentions`` maps what stands behind an @ to a name."""
    parts, at = [], 0
    for found in _ADDRESS.finditer(text):
        url = _trimmed(found[0])
        parts += [named(text[at : found.start()], mentions), _anchor(url)]
        at = found.start() + len(url)
    return Markup().join([*parts, named(text[at:], mentions)])


def _trimmed(url: str) -> str:
    """Without the punctuation of the sentence that it ends; brackets that it opens itself stay."""
    while url[-1] in _TRAILING and not (url[-1] == ")" and url.count("(") >= url.count(")")):
        url = url[:-1]
    return url


def _anchor(url: str) -> Markup:
    return Markup('<a href="{}" rel="noopener nofollow">{}</a>').format(url, url)


def named(text: str, mentions: Mapping[str, str] | None) -> Markup:
    """The text with those who are mentioned in it standing out, without links: it may stand in one."""
    if not mentions:
        return escape(text)
    marks = "|".join(re.escape(mark) for mark in sorted(mentions, key=len, reverse=True))
    parts, at = [], 0
    for found in re.finditer(rf"(?<![\w@.])@({marks})(?!\w)", text):
        tag = Markup('<span class="mention">@{}</span>').format(mentions[found[1]])
        parts += [escape(text[at : found.start()]), tag]
        at = found.end()
    return Markup().join([*parts, escape(text[at:])])
