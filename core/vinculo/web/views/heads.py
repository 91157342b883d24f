"""The figures in the head of a card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vinculo.web.views.shell import Origin


@dataclass(frozen=True, slots=True)
class HeadFigure:
    """A figure: its value leads to ``url``, the rows behind it; ``help`` says how it is counted.

    ``tone`` is that of a badge. ``failed`` says what is wrong instead of a value.
    """

    label: str
    value: str
    url: str = ""
    help: str = ""
    tone: str = ""
    failed: str = ""
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class SparkBar:
    """A month of a sparkline. ``height`` is of 100; ``x`` and ``y`` are where the bar is drawn."""

    label: str
    value: str
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Sparkline:
    """Twelve months, drawn as bars and told as a table; ``summary`` says it in a sentence."""

    label: str
    summary: str
    bars: Sequence[SparkBar]

    @property
    def width(self) -> int:
        """How wide the drawing is, in its own units."""
        return len(self.bars) * 10 - 3


@dataclass(frozen=True, slots=True)
class Way:
    """A way in which the figures of a head may be counted, with the card that counts so."""

    label: str
    url: str
    help: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class CardHead:
    """What stands in the head of a card beside its name."""

    owner: str = ""
    figures: Sequence[HeadFigure] = ()
    spark: Sparkline | None = None
    ways: Sequence[Way] = ()


NO_HEAD = CardHead()
