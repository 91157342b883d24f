"""What each plugin costs: time at the start, time and queries on pages, rows and bytes on disk."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.plugins import discovery, tables
from vinculo.plugins.models import Cost
from vinculo.plugins.registry import Registry

SHOWN: Final = timedelta(days=7)
KEPT: Final = timedelta(days=30)
JOB: Final = "job:"  # what the place of a job begins with


@dataclass(frozen=True, slots=True)
class PlaceCost:
    """What a plugin added to one page, or one of its jobs took: averages of one time."""

    place: str
    times: int
    ms: float
    queries: float


@dataclass(frozen=True, slots=True)
class PluginCost:
    """The price of one plugin.

    ``import_ms`` and ``build_ms`` are those of this process, None where it has not loaded the plugin.
    ``places`` and ``jobs_per_day`` are of the last seven days; ``bytes`` is None where SQLite cannot tell.
    """

    name: str
    import_ms: float | None
    build_ms: float | None
    places: Sequence[PlaceCost]
    jobs_per_day: float
    tables: Mapping[str, int]
    bytes: int | None

    @property
    def pages(self) -> Sequence[PlaceCost]:
        """The places that are pages; the dearest first."""
        found = [place for place in self.places if not place.place.startswith(JOB)]
        return sorted(found, key=lambda place: -place.ms)

    @property
    def page_ms(self) -> float | None:
        """What it added to a page on average, None if it was on none."""
        return _average([(page.ms, page.times) for page in self.pages])

    @property
    def page_queries(self) -> float | None:
        """How many queries that took."""
        return _average([(page.queries, page.times) for page in self.pages])

    @property
    def rows(self) -> int:
        """The rows of all its tables."""
        return sum(self.tables.values())

    def as_json(self) -> dict[str, Any]:
        """The same as builtins."""
        return asdict(self)


def of(session: Session, registry: Registry, name: str) -> PluginCost:
    """The price of one plugin, by the registry of the app that runs."""
    return of_all(session, registry, [name])[name]


def of_all(session: Session, registry: Registry, names: Collection[str]) -> Mapping[str, PluginCost]:
    """The prices of these plugins, by name."""
    today = datetime.now(UTC).date()
    places, jobs = _counted(session, names, today)
    connection = session.connection()
    found, tables_of = {}, tables.of_plugins(connection, names)
    every = [table for own in tables_of.values() for table in own]
    rows, sizes = tables.count_rows(connection, every), tables.count_bytes(connection, every)
    for name, own in tables_of.items():
        loaded = name in registry.plugins
        found[name] = PluginCost(
            name=name,
            import_ms=_ms(discovery.import_seconds.get(name)) if loaded else None,
            build_ms=_ms(registry.seconds.get(name)) if loaded else None,
            places=places.get(name, []),
            jobs_per_day=round(jobs.get(name, 0.0), 1),
            tables={table: rows[table] for table in own},
            bytes=None if own and sizes is None else sum((sizes or {}).get(table, 0) for table in own),
        )
    return found


def prune(session: Session) -> None:
    """Forget what is older than a month."""
    session.execute(sa.delete(Cost).where(Cost.day < datetime.now(UTC).date() - KEPT))


def _counted(
    session: Session, names: Collection[str], today: date
) -> tuple[Mapping[str, list[PlaceCost]], Mapping[str, float]]:
    """By plugin: its places, and how many jobs it runs a day."""
    total = sa.func.sum
    found = session.execute(
        sa.select(
            Cost.plugin,
            Cost.place,
            total(Cost.times),
            total(Cost.queries),
            total(Cost.microseconds),
            sa.func.min(Cost.day),
        )
        .where(Cost.plugin.in_(names), Cost.day > today - SHOWN)
        .group_by(Cost.plugin, Cost.place)
        .order_by(Cost.plugin, Cost.place)
    ).all()
    places: dict[str, list[PlaceCost]] = {}
    jobs: dict[str, float] = {}
    for plugin, place, times, queries, microseconds, since in found:
        count = int(times)
        cost = PlaceCost(
            place, count, round(float(microseconds) / count / 1000, 2), round(float(queries) / count, 1)
        )
        places.setdefault(plugin, []).append(cost)
        if place.startswith(JOB):
            jobs[plugin] = jobs.get(plugin, 0.0) + count / ((today - since).days + 1)
    return places, jobs


def _average(found: Sequence[tuple[float, int]]) -> float | None:
    times = sum(count for _value, count in found)
    return round(sum(value * count for value, count in found) / times, 1) if times else None


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)
