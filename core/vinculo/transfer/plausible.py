"""Whether the archive of a plugin is about that plugin and nothing else.

Its hashes say only that it is whole. Whoever wrote it may have been a stranger, and what it says decides
which tables are filled, which rows of the kernel go, and what the kernel remembers of the plugin.
"""

from __future__ import annotations

import re
from typing import Any, Final, Literal

import msgspec
import sqlalchemy as sa

from vinculo.plugins.models import PluginState
from vinculo.transfer.sealed import Sealed, damaged

TIMELINE: Final = "events_timeline"
SEARCH: Final = "events_search"


class _About(msgspec.Struct):
    """``PluginState.about`` (see ``vinculo.plugins.memory``), and the rows that the plugin refers to."""

    title: str = ""
    kinds: dict[str, str] = {}
    tables: dict[str, str] = {}
    links: dict[str, Literal["follow", "detach", "forbid"]] = {}
    personal: dict[str, str] = {}
    requires: list[str] = []
    referred: dict[str, dict[str, dict[str, Any]]] = {}


def check(sealed: Sealed, connection: sa.Connection, name: str, kernel_kinds: frozenset[str]) -> None:
    """Raise ``InvalidFileError`` for an archive that reaches beyond its plugin."""
    manifest = sealed.manifest
    try:
        about = msgspec.convert(manifest.about, _About)
    except msgspec.ValidationError as error:
        raise damaged(sealed.path, str(error)) from error
    own = re.compile(rf"{re.escape(name)}_[a-z0-9_]+")
    strange = [table for table in sealed.tables if not own.fullmatch(table)]
    strange = [table for table in strange if table not in (TIMELINE, SEARCH)]
    said = [*about.links, *about.personal]
    strange += [link for link in said if not own.fullmatch(link.partition(".")[0])]
    strange += sorted({*about.kinds} & (kernel_kinds | _kinds_of_others(connection, name)))
    if len(manifest.version) > 40 or not 1 <= len(manifest.versions.get(name, "")) <= 32:
        strange.append("version")
    if strange:
        raise damaged(sealed.path, strange[0])


def check_shown(sealed: Sealed, table: str, row: dict[str, Any], name: str, kinds: frozenset[str]) -> None:
    """Raise ``InvalidFileError`` for a row of a timeline or a search index that is another's."""
    if row["kind"] not in kinds and (table == SEARCH or row["domain"] != name):
        raise damaged(sealed.path, table)


def _kinds_of_others(connection: sa.Connection, name: str) -> set[str]:
    rows = connection.execute(sa.select(PluginState.about).where(PluginState.name != name))
    return {kind for (about,) in rows for kind in about.get("kinds", {})}
