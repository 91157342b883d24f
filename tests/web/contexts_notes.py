"""Contexts of what notes draw on pages of others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

from vinculo.files.pages import View as FileView
from vinculo.notes.panels import View
from vinculo.web.views import Attribute, Chip, FormSection, Input, Option


def note_parts(evil: str) -> Mapping[str, Any]:
    """Each part with hostile text wherever a text comes from outside."""
    values = [Attribute(evil, evil, field=evil, edit_url="/counterparties/1/fields/note")]
    view = View("/notes/1", escape(evil), evil, evil, evil, unseen=True)
    return {
        "files/panel.html": {
            "files": [FileView("/files/1", evil, "/files/1/content?inline=1", evil, evil, evil, evil, "/p")],
            "about": {"client_id": evil},
            "every": "/files",
            "most": 100,
            "fields": [Option(evil, evil)],
        },
        "clients/filters.html": {
            "url": "/clients/1",
            "tab": ("tab", evil),
            "inputs": [],
            "chips": [Chip(evil, "/clients/1")],
        },
        "counterparties/joint.html": {"title": evil, "attributes": values, "unfilled": values},
        "notes/composer.html": {
            "about": {"client_id": evil},
            "sections": [FormSection(evil, [Input(evil, evil)], help=evil, errors=[evil])],
        },
        "notes/panel.html": {"form": Markup("<form></form>"), "notes": [view], "every": "/notes"},
        "notes/mentions.html": {"mentions": [view], "unseen": 3},
        "notices.html": {
            "title": "Notices",
            "notices": [
                {
                    "url": "/notices/1",
                    "label": evil,
                    "title": evil,
                    "html": escape(evil),
                    "icon": "clock",
                    "when": evil,
                    "at": evil,
                    "unread": True,
                }
            ],
            "unread": 1,
            "newer_url": "/notices",
            "older_url": "/notices?before=3",
        },
        "clients/composers.html": {
            "ways": [("note", evil, "notes", "/clients/1"), ("call", evil, "phone", "/clients/1")],
            "chosen": "note",
            "form": Markup("<form></form>"),
        },
    }
