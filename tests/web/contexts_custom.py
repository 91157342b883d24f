"""Contexts of the pages of custom fields and of the company."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vinculo.web import reports
from vinculo.web.history_views import Change, HistoryEntry
from vinculo.web.views import Action, Chip, Form, Option


def custom_pages(evil: str, table: Any, form: Form) -> Mapping[str, Any]:
    """Each page with hostile text wherever a text comes from outside."""
    groups = [(evil, Action(evil, "/settings/fields/new/client", "plus"), table)]
    return {
        "fields/list.html": {"title": evil, "groups": groups, "deleted": table},
        "fields/form.html": {"title": evil, "form": form, "actions": [Action(evil, "/x")]},
        "fields/type.html": {
            "title": evil,
            "total": 1,
            "options": evil,
            "parts": [(evil, evil, table)],
            "form": form,
        },
        "company/settings.html": {
            "title": evil,
            "form": form,
            "entries": [HistoryEntry(evil, "today", "2026-01-01", evil, "Page", [Change(evil, "", evil)])],
            "times_url": "/working-calendars",
        },
        "company/numbers.html": {"title": evil, "help": evil, "form": form},
        "report.html": {
            "title": evil,
            "tabs": [("/x", evil, True)],
            "url": "/x",
            "days": [("since", evil, evil)],
            "by": [Option(evil, evil)],
            "chosen_by": evil,
            "report": reports.Report(
                [evil], [[reports.Cell(evil, "/x")]], reports.bars([(evil, 1, evil)]), [evil], evil
            ),
            "narrowing": reports.Narrowing(
                [Chip(evil, "/x", "/x")],
                [Option(evil, evil)],
                "/x",
                [(evil, evil)],
                "any1.",
                [Option(evil, evil)],
                [(evil, evil)],
                "links",
                [Option(evil, evil)],
                evil,
                evil,
            ),
            "full": reports.FULL,
            "counted": evil,
            "again": "/x",
        },
        "company/next_days.html": {
            "days": [{"day": evil, "name": evil, "hours": hours} for hours in (evil, "")],
            "open": True,
        },
        "fields/delete.html": {"title": evil, "count": 1, "shown": evil, "form": form},
    }
