"""Jottings as a kind of record."""

from __future__ import annotations

from typing import Final

from vinculo.records.fields import LinkField, TextField
from vinculo.records.kind import Moment, RecordKind
from vinculo_notebook.models import Jotting

TIDY: Final = "notebook.tidy"  # a permission and the name of a job


def moment(jotting: Jotting) -> Moment:
    """A jotting on the timeline of its client."""
    return Moment(at=jotting.created_at, label="Jotting", title=jotting.text, icon="notes")


jotting = RecordKind(
    name="jotting",
    plural="jottings",
    domain="notebook",
    model=Jotting,
    label="Jotting",
    label_plural="Jottings",
    new_label="Jot down",
    icon="notes",
    title="text",
    fields=(
        TextField(name="text", label="Text", required=True, max_length=300, searchable=True),
        LinkField(name="client_id", label="Client", kind="client"),
    ),
    columns=("text", "client_id"),
    sort="-created_at",
    client="client_id",
    moment=moment,
)
