"""Contexts of the pages of merging."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vinculo.records.merge_views import (
    ClashLine,
    MergeCell,
    MergeColumn,
    MergeField,
    MergeHanging,
    MergePage,
    MergeRows,
    UnmergePage,
)
from vinculo.web.views import Input, Line, Widget


def merge_pages(evil: str, table: Any) -> Mapping[str, Any]:
    """Each page with hostile text wherever a text comes from outside."""
    page = MergePage(
        title=evil,
        action="/clients/merge",
        cancel="/clients/1",
        ids="1,2",
        columns=[MergeColumn(1, evil, "/clients/1", evil, survives=True), MergeColumn(2, evil, "/", evil)],
        fields=[MergeField("name", evil, [MergeCell(1, evil, chosen=True), MergeCell(2, "")])],
        rows=[MergeRows(evil, [[Line(evil, evil)], []])],
        hanging=[MergeHanging(evil, evil, evil, "warn", [3, 0])],
        same=[evil],
        other=Input("other", evil, Widget.LINK, lookup="/lookup/client"),
        errors=[evil],
    )
    undo = UnmergePage(
        title=evil,
        action="/merges/1/undo",
        cancel="/clients/1",
        when=evil,
        clashes=[ClashLine(evil, evil, evil, evil, evil)],
        lost=[evil],
        errors=[evil],
    )
    return {
        "records/merge.html": {"page": page},
        "records/merged.html": {"title": evil, "table": table},
        "records/unmerge.html": {"page": undo},
    }
