"""HTML from outside, as of mails: what of it may stand on a page.

Text, tables and links stay. Whatever runs, loads, submits, or looks like a part of the page around it goes:
scripts, styles, classes, forms, frames, and images of other servers, which would tell a sender who reads
when, and where. Nothing else makes markup of what somebody else wrote.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import nh3
from markupsafe import Markup

TAGS: Final = frozenset((
    "a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "col", "colgroup", "dd", "del", "div",
    "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "ol", "p",
    "pre", "q", "s", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead",
    "tr", "u", "ul",
))  # fmt: skip
# Not only the tag goes, but what stands in it: it was not written to be read.
DROPPED: Final = frozenset(("script", "style", "title", "template", "noscript", "iframe", "object"))
ATTRIBUTES: Final = {
    "*": {"dir", "lang", "title"},
    "a": {"href"},
    "img": {"alt", "height", "src", "width"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_LINK: Final = re.compile(r"(https?://|mailto:|tel:)[^\s\\]+", re.IGNORECASE)
_OWN_IMAGE: Final = re.compile(r"data:image/(gif|jpeg|png|webp);base64,[a-z0-9+/=\s]+", re.IGNORECASE)
_ELSEWHERE: Final = re.compile(r"\s*(https?:)?[/\\]{2}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sanitized:
    """What may be shown, and how many images of other servers were left out."""

    html: Markup
    blocked_images: int


def sanitize(html: str) -> Sanitized:
    """Markup that may stand on a page, within an element of its own."""
    blocked = 0

    def checked(tag: str, name: str, value: str) -> str | None:
        nonlocal blocked
        if name == "href":
            return value if _LINK.fullmatch(value.strip()) else None
        if name == "src" and not _OWN_IMAGE.fullmatch(value):
            blocked += bool(_ELSEWHERE.match(value))
            return None
        return value

    clean = nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags=DROPPED,
        attributes=ATTRIBUTES,
        attribute_filter=checked,
        url_schemes={"http", "https", "mailto", "tel", "data"},  # the last for images only: see above
        url_relative="pass_through",  # for the same reason; none stays
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return Sanitized(Markup(clean), blocked)  # noqa: S704 # nosec B704 # that is what it was cleaned for
