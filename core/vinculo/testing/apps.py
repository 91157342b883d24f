"""Apps to test with: their routes are made once for a process, and served on the database of each test."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from litestar import Litestar

from vinculo.app import Host, assemble, build, job_handlers, load_registry, make_site
from vinculo.company.service import in_force
from vinculo.db.engine import Database
from vinculo.plugins import discovery, present
from vinculo.plugins.discovery import Installed
from vinculo.plugins.models import PluginState
from vinculo.plugins.plan import Inventory
from vinculo.plugins.registry import Registry
from vinculo.settings import Settings
from vinculo.web.site import Site

OWN: Final = "vinculo"  # the distribution whose plugins no test replaces by another version


class Apps:
    """The apps of one process of tests.

    Nothing of them depends on the database, and hardly anything on settings: what was made before is given
    another site.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        """That of the kernel is made at once, before a test changes what it is made of."""
        self._made: dict[Hashable, Litestar] = {}
        self._inventories: dict[frozenset[str], Inventory] = {}
        self._switched: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        self._make(Host.of(settings, database), load_registry(settings, database, ()))

    def build(self, stack: ExitStack, database: Database, settings: Settings) -> Litestar:
        """The app of the plugins that are on, without a worker; its threads end with the stack.

        Two for one test are one and the same; where their settings differ, the first goes on with the site of
        the second.
        """
        registry = load_registry(settings, database)
        if (
            registry.faults
            or settings.plugin_tables
            or not all(map(_comes_with_us, registry.plugins.values()))
        ):
            return build(settings, database, work=False)
        host = Host.of(settings, database)
        app = self._make(host, registry)
        made: Site = app.state.site
        present.tell(database, made.registry)
        if made.database is database and made.settings == in_force(settings, database):
            return app
        site = replace(make_site(host, made.registry), templates=made.templates)
        host.jobs.use(job_handlers(site))
        stack.callback(partial(site.threads.shutdown, wait=False))
        app.state.site = site
        return app

    def switch_on(
        self, database: Database, names: Sequence[str], switch: Callable[[str, bool], None]
    ) -> None:
        """Switch on the plugins of a test. What the first switches wrote is written again for other tests.

        Their plans and migrations, of tables that are there, would take longer than most tests.
        """
        found, key = discovery.installed(), tuple(names)
        rows = self._switched.get(key)
        with database.write() as session:
            untouched = session.scalar(sa.select(sa.func.count()).select_from(PluginState)) == 0
            if untouched and rows:
                session.execute(sa.insert(PluginState), rows)
                return
        for name in names:
            switch(name, True)
        if untouched and all(name in found and _comes_with_us(found[name]) for name in names):
            self._switched[key] = _states(database)

    def host(self, settings: Settings, database: Database) -> Host:
        """One that knows already what those apps are made of."""
        host = Host.of(settings, database)
        host.inventories.update(self._inventories)
        return host

    def _make(self, host: Host, registry: Registry) -> Litestar:
        server = host.settings.server
        key = frozenset(registry.plugins), server.max_upload_mb, server.secure_cookies
        if key not in self._made:
            app = self._made[key] = assemble(host, registry)
            host.jobs.use(job_handlers(app.state.site))  # as ``build`` does
            self._inventories |= host.inventories
        return self._made[key]


def _states(database: Database) -> list[dict[str, Any]]:
    columns = [column for column in PluginState.__table__.c if not column.primary_key]
    with database.read() as session:
        return [dict(row) for row in session.execute(sa.select(*columns)).mappings()]


def _comes_with_us(plugin: Installed) -> bool:
    dist = plugin.entry_point.dist
    return dist is not None and dist.name == OWN
