"""Contexts of the page of possible duplicates."""

from typing import Any

from vinculo.web.views import Action, Badge, Empty, PairView, SideBySide


def similar_pages(evil: str) -> dict[str, dict[str, Any]]:
    """A pair whose every text is hostile."""
    pair = PairView(
        score=evil,
        reasons=[Badge(evil, "brand")],
        first=Action(evil, "/clients/1"),
        second=Action(evil, "/clients/2"),
        rows=[SideBySide(evil, evil, evil, True)],
        actions=[Action("Not duplicates", "/clients/1/duplicates/2/dismiss", "x", post=True)],
    )
    return {
        "records/similar.html": {
            "title": evil,
            "tabs": [("/clients/duplicates", evil, True)],
            "pairs": [pair],
            "scan": Action("Look", "/clients/duplicates/scan", "search", post=True),
            "empty": Empty(evil, evil),
            "previous_url": "",
            "next_url": "/next",
        }
    }
