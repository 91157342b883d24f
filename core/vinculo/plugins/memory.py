"""What the kernel knows of a plugin while it is off, or its package gone.

It is written each time the plugin is switched on: ``PluginState.about`` is
{"title", "kinds": {kind: label}, "tables": {kind: table}, "links": {"table.column": on_merge},
"personal": {"table.column": on_erase}, "requires": [names]}, in English.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.db import personal
from vinculo.i18n import DEFAULT_LANGUAGE, use_locale
from vinculo.plugins.manifest import Manifest
from vinculo.plugins.models import PluginState, State

POLICIES: Final = ("follow", "detach", "forbid")


class Labelled(Protocol):
    """A kind of record, as far as it matters here."""

    @property
    def label(self) -> Any:
        """What one record is called."""

    @property
    def model(self) -> Any:
        """Its class, which has a table."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The plugin behind a table or a kind of record."""

    name: str
    title: str
    is_on: bool


def describe(manifest: Manifest, kinds: Mapping[str, Labelled], metadata: sa.MetaData) -> dict[str, Any]:
    """What to remember of a plugin that is loaded."""
    with use_locale(DEFAULT_LANGUAGE):
        return {
            "title": str(manifest.title),
            "kinds": {name: str(kind.label) for name, kind in kinds.items()},
            "tables": {name: kind.model.__tablename__ for name, kind in kinds.items()},
            "links": {
                f"{key.parent.table.name}.{key.parent.name}": key.info.get("on_merge", "follow")
                for key in outgoing(manifest.name, metadata)
            },
            "personal": personal.describe(metadata, f"{manifest.name}_"),
            "requires": sorted(manifest.required),
        }


def outgoing(name: str, metadata: sa.MetaData) -> Iterator[sa.ForeignKey]:
    """The foreign keys that leave the tables of a plugin; those to users are not its business to merge."""
    prefix = f"{name}_"
    for table in metadata.sorted_tables:
        if table.name.startswith(prefix):
            yield from (key for key in table.foreign_keys if not key.target_fullname.startswith(prefix))


def check_links(name: str, metadata: sa.MetaData) -> list[str]:
    """What is wrong with the foreign keys that leave a plugin: each must say what becomes of its row."""
    faults = []
    for key in outgoing(name, metadata):
        column = f"{key.parent.table.name}.{key.parent.name}"
        own = key.parent.name not in ("created_by_id", "changed_by_id")  # Record's, which say it themselves
        if not key.ondelete:
            faults.append(f'{column} declares no ondelete: ForeignKey(…, ondelete="CASCADE")')
        if own and key.info.get("on_merge") not in POLICIES:
            faults.append(f'{column} declares no on_merge: ForeignKey(…, info={{"on_merge": "follow"}})')
        if key.info.get("on_merge") == "detach" and not key.parent.nullable:
            faults.append(f"{column} is detached by a merge, so it must be nullable")
    return faults


def remembered(session: Session) -> Sequence[tuple[str, State, Mapping[str, Any]]]:
    """(name, state, about) of every plugin that was ever on."""
    rows = session.execute(sa.select(PluginState.name, PluginState.state, PluginState.about))
    return [(name, state, about) for name, state, about in rows]


def owner_of_kind(session: Session, kind: str) -> Owner | None:
    """The plugin that a kind of record came from."""
    for name, state, about in remembered(session):
        if kind in about.get("kinds", {}):
            return Owner(name, about.get("title", name), state is State.ON)
    return None


def owner_of_table(session: Session, table: str) -> Owner | None:
    """The plugin whose table it is, None for the kernel's."""
    prefix = table.partition("_")[0]
    for name, state, about in remembered(session):
        if name == prefix:
            return Owner(name, about.get("title", name), state is State.ON)
    return None


def titles(session: Session) -> Mapping[str, str]:
    """What plugins are called, by name, in English."""
    return {name: about.get("title", name) for name, _state, about in remembered(session)}


def merge_policies(session: Session) -> Mapping[str, str]:
    """What becomes of a link when the row it leads to is merged: ``table.column`` → policy."""
    return {
        column: policy
        for _name, _state, about in remembered(session)
        for column, policy in about.get("links", {}).items()
    }
