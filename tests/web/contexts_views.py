"""Contexts of the forms that say what a list shows."""

from types import SimpleNamespace
from typing import Any

from vinculo.web.views import (
    Action,
    Attribute,
    Board,
    BoardCard,
    BoardColumn,
    Column,
    ColumnChoice,
    ConditionForm,
    GroupForm,
    GroupPart,
    Input,
    Option,
    Progress,
    Row,
    Table,
    Tag,
    Widget,
)


def view_pages(evil: str) -> dict[str, dict[str, Any]]:
    """A condition whose every text is hostile."""
    form = ConditionForm(
        url="/clients/filter",
        label=evil,
        hidden=[("sort", evil), ("_field", "stage")],
        comparison="is",
        comparisons=[Option("is", evil), Option("ne", "is not")],
        inputs=[Input("_a", evil, Widget.LINK, evil, evil, lookup="/lookup/user")],
        picks=[(Option(evil, evil), True), (Option("y", "Y"), False)],
        errors=[evil],
        back="/clients",
        removable=True,
    )
    part = GroupPart(evil, "any1.all1.stage", "any1.all1.", "any1.all1.", "any1.all1.")
    group = GroupForm(
        "/clients/filter", evil, "any1.", [("sort", evil)], "any", [Option("any", evil)], [part], "x"
    )
    step = {"title": evil, "fields": [], "form": form, "url": "/clients", "hidden": [("sort", evil)]}
    return {
        "records/filter.html": step,
        "records/filter_form.html": {**step, "form": None, "group": group},
        "records/bulk.html": {
            "title": evil,
            "told": [evil],
            "form": None,
            "url": "/clients/bulk-edit",
            "hidden": [("q", evil)],
            "fields": [Option(evil, evil)],
            "chosen": [],
            "back": "/clients",
        },
        "records/bulk_change.html": {
            "title": evil,
            "when": evil,
            "progress": Progress(1, 2, 0, None, evil),
            "poll_url": "/b/1",
            "live": True,
            "summary": [Attribute(evil, evil)],
            "actions": [Action(evil, "/undo", post=True)],
            "left": Table([Column("a", evil), Column("b", evil)], [Row(1, "/x", [evil, evil])], evil),
        },
        "records/board.html": {"page": SimpleNamespace(board=_board(evil))},
        "records/columns.html": {
            "title": evil,
            "url": "/clients",
            "hidden": [("sort", evil)],
            "columns": [ColumnChoice("x", evil, shown=True)],
        },
    }


def _board(evil: str) -> Board:
    tag = Tag(evil, evil, "calendar", "ok")
    card = BoardCard(7, "/clients/7", evil, [evil], [tag], [tag], [tag], 1, "/clients/7/quick")
    column = BoardColumn("x", evil, 1, "/clients?stage=x", "ok", [card], "/more", "/new", evil)
    return Board(
        [column], "stage", evil, [Option("x", evil)], "/clients?as=board", "/clients/{id}/move", quick=True
    )
