"""The head of a card with all that can be in it."""

from __future__ import annotations

from vinculo.web.views import CardHead, HeadFigure, SparkBar, Sparkline, Way


def card_head(evil: str) -> CardHead:
    """Hostile text wherever a text comes from outside."""
    figures = [
        HeadFigure(evil, evil, "/interactions?client_id=1", evil, "bad"),
        HeadFigure(evil, "", help=evil),
        HeadFigure(evil, "", failed=evil),
    ]
    ways = [Way(evil, "/clients/1", evil, current=True), Way(evil, "/clients/1?links=as-is", evil)]
    return CardHead(evil, figures, Sparkline(evil, evil, [SparkBar(evil, "1", 0, 97, 3)]), ways)
