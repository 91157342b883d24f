"""Lines, paragraphs and web addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final
from urllib.parse import urlsplit

import msgspec

from vinculo.i18n import gettext as _
from vinculo.records.fields.base import WORDS, Field
from vinculo.web.views import Widget

_NO_TEXT: Final = re.compile("[\x00\ud800-\udfff]")  # halves of characters, and what ends a text in C


@dataclass(frozen=True, kw_only=True)
class TextField(Field):
    """A line or, if ``multiline``, several. ``key`` names the attribute that holds its sort key.

    ``parts`` are the columns of which files put it together, in their order, each under several names.
    """

    max_length: int = 200
    multiline: bool = False
    key: str = ""
    parts: Sequence[Sequence[str]] = ()
    input: Widget = Widget.TEXT

    operators: ClassVar[Sequence[str]] = WORDS
    nullable: ClassVar[bool] = False

    @property
    def widget(self) -> Widget:  # type: ignore[override]
        """A line or an area."""
        return Widget.TEXTAREA if self.multiline else self.input

    @property
    def empty(self) -> str:
        """Texts are never null."""
        return ""

    @property
    def sort_attribute(self) -> str:
        """Its sort key where it has one: order without case and accents."""
        return self.key or self.name

    def json_type(self) -> Any:
        """A bounded string."""
        return Annotated[str, msgspec.Meta(max_length=self.max_length)]

    def read(self, value: Any) -> str:
        """Only a string."""
        if not isinstance(value, str):
            raise TypeError(_("Write it as a string."))
        return self.parse(value)

    def parse(self, text: str) -> str:
        """Without surrounding space, and with plain line breaks."""
        clean = text.replace("\r\n", "\n").strip()
        if len(clean) > self.max_length:
            raise ValueError(
                _("It has %(n)s characters; shorten it to %(max)s.", n=len(clean), max=self.max_length)
            )
        if _NO_TEXT.search(clean):
            raise ValueError(_("It holds characters that are no text; type it anew."))
        return clean


@dataclass(frozen=True, kw_only=True)
class UrlField(TextField):
    """An address of a web page; ``https://`` is added where it is left out."""

    max_length: int = 500
    input: Widget = Widget.URL
    _pattern: ClassVar[re.Pattern[str]] = re.compile(r"https?://[^\s/$.?#<>\"'][^\s<>\"']+", re.IGNORECASE)

    def parse(self, text: str) -> str:
        """Only http and https: others could run code when clicked."""
        clean = super().parse(text)
        if not clean:
            return ""
        address = clean if "://" in clean else f"https://{clean}"
        if not self._pattern.fullmatch(address) or not _has_sound_port(address):
            raise ValueError(_("“%(value)s” is no web address; write e.g. https://example.com", value=clean))
        return super().parse(address)


def _has_sound_port(address: str) -> bool:
    try:
        return urlsplit(address).port != 0
    except ValueError:  # “javascript:…” without slashes looks like a host with a port of letters
        return False
