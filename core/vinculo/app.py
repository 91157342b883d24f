"""The composition root: settings → database → plugins → app. An app is a function of these alone."""

from __future__ import annotations

import gc
import os
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from litestar import Litestar, Router
from litestar.concurrency import sync_to_thread
from litestar.config.compression import CompressionConfig
from litestar.connection import ASGIConnection
from litestar.datastructures import CacheControlHeader, State
from litestar.exceptions import HTTPException, NotFoundException
from litestar.handlers.base import BaseRouteHandler
from litestar.middleware import DefineMiddleware
from litestar.middleware.compression import CompressionMiddleware
from litestar.openapi import OpenAPIConfig
from litestar.static_files import create_static_files_router

from vinculo import __version__
from vinculo.accounts import plugin as accounts
from vinculo.accounts.signin import actor_of, make_identify
from vinculo.clients import plugin as clients
from vinculo.counterparties import plugin as counterparties
from vinculo.db.engine import Database
from vinculo.db.histories import History
from vinculo.db.links import forget
from vinculo.demo import plugin as demo
from vinculo.jobs.port import Jobs
from vinculo.people import plugin as people
from vinculo.plugins import discovery, switch
from vinculo.plugins.registry import Registry, gather
from vinculo.records import import_runs
from vinculo.records import plugin as records
from vinculo.records.api import SHARED, KindApi
from vinculo.records.export_api import export_routers
from vinculo.records.import_api import IMPORT_STRUCTS
from vinculo.records.import_pages import import_routers
from vinculo.records.openapi import components
from vinculo.records.pages import page_handlers
from vinculo.settings import FILE_VARIABLE, Settings, load
from vinculo.web import plugin as web
from vinculo.web.headers import after_request
from vinculo.web.problems import on_exception, on_http_exception
from vinculo.web.routes import SIGNED_IN
from vinculo.web.site import Site
from vinculo.web.templating import environment

KERNEL: Final[Mapping[str, Any]] = {
    "accounts": accounts,
    "clients": clients,
    "counterparties": counterparties,
    "demo": demo,
    "people": people,
    "records": records,
    "web": web,
}
KERNEL_HISTORY: Final = History(
    name="kernel",
    package="vinculo",
    models=(
        "vinculo.accounts.models",
        "vinculo.clients.models",
        "vinculo.counterparties.models",
        "vinculo.events.models",
        "vinculo.people.models",
        "vinculo.plugins.models",
        "vinculo.records.models",
    ),
    prefixes=("accounts_", "clients_", "counterparties_", "events_", "people_", "plugins_", "records_"),
)


def pins_of(settings: Settings) -> switch.Pins:
    """What the configuration decides about plugins."""
    return switch.Pins(frozenset(settings.plugins.on), frozenset(settings.plugins.off))


def histories(names: Collection[str]) -> Sequence[History]:
    """The histories of the kernel and of these plugins, each after those it requires."""
    found = discovery.installed()
    return [KERNEL_HISTORY, *(_history(plugin) for plugin in discovery.in_order(found, names))]


def all_histories() -> Sequence[History]:
    """The histories of the kernel and of every installed plugin that can be used."""
    return histories([name for name, plugin in discovery.installed().items() if plugin.manifest])


def enabled_histories(settings: Settings, database: Database) -> Sequence[History]:
    """The histories of the kernel and of the plugins that are on; a new database knows only pins."""
    return histories(_enabled(settings, database))


def _history(plugin: discovery.Installed) -> History:
    return History(
        name=plugin.name,
        package=plugin.package,
        models=(*KERNEL_HISTORY.models, f"{plugin.package}.models"),
        prefixes=(f"{plugin.name}_",),
    )


def _enabled(settings: Settings, database: Database) -> Collection[str]:
    pins = pins_of(settings)
    if not sa.inspect(database.engine).has_table("plugins_plugin"):
        return pins.on
    with database.read() as session:
        return switch.enabled(session, pins)


def load_registry(settings: Settings, database: Database) -> Registry:
    """All that the kernel and the enabled plugins contribute. Raises ``ConfigError`` naming a plugin."""
    plugins = discovery.in_order(discovery.installed(), _enabled(settings, database))
    return gather(KERNEL, plugins, settings.plugin_tables)


def make_site(settings: Settings, database: Database, registry: Registry) -> tuple[Site, Jobs]:
    """The parts of an app, and the worker for its background jobs, not yet started."""

    def enqueue(tx: Any, name: str, **payload: Any) -> str:
        return jobs.enqueue(tx, name, **payload)

    site = Site(
        settings=settings,
        database=database,
        registry=registry,
        identify=make_identify(registry.member_permissions() | {SIGNED_IN}),
        templates=environment(["vinculo.web", *(plugin.package for plugin in registry.plugins.values())]),
        enqueue=enqueue,
        threads=ThreadPoolExecutor(database.threads, thread_name_prefix="vinculo"),
    )
    actor = partial(actor_of, member_permissions=registry.member_permissions())
    declared = {**registry.job_handlers, **import_runs.job_handlers(actor)}
    handlers = {name: replace(handler, run=partial(handler.run, site)) for name, handler in declared.items()}
    jobs = Jobs(database.engine, handlers)
    return site, jobs


def prepare_jobs(database: Database) -> None:
    """Create what background jobs need in a database: part of an upgrade."""
    Jobs(database.engine, {}).prepare()


def build(settings: Settings, database: Database, *, work: bool = True) -> Litestar:
    """The app of these settings and the plugins that are on. ``work``: it runs background jobs, too."""
    forget(database.engine)  # a plugin that was switched on may have brought tables
    registry = load_registry(settings, database)
    site, jobs = make_site(settings, database, registry)
    apis = [KindApi(kind) for kind in registry.kinds.values() if kind.exposed]
    structs = [struct for api in apis for struct in api.schemas.all()]

    async def start() -> None:
        if work:
            await sync_to_thread(partial(jobs.start, schedules=registry.schedules))
        gc.collect()
        gc.freeze()  # a full collection of what imports left takes 70 ms, and would come at any time

    async def stop() -> None:
        await sync_to_thread(jobs.stop)
        site.threads.shutdown(wait=False)

    app = Litestar(
        route_handlers=[*_handlers(registry, apis, settings), _static(registry)],
        state=State({"site": site, "schemas": components([*structs, *SHARED, *IMPORT_STRUCTS])}),
        exception_handlers={HTTPException: on_http_exception, Exception: on_exception},
        after_request=after_request,
        on_startup=[start],
        on_shutdown=[stop],
        request_max_body_size=10 * 1024 * 1024,
        openapi_config=_openapi(),
        logging_config=None,
        debug=False,
    )
    _check_permissions(app, registry)
    return app


def _handlers(registry: Registry, apis: Sequence[KindApi], settings: Settings) -> list[Any]:
    max_bytes = settings.server.max_upload_mb * 1024 * 1024
    found: list[Any] = [owned.item for owned in registry.routers]
    for api in apis:
        found += api.handlers()
        found += page_handlers(api.kind)
        found += import_routers(api.kind, max_bytes=max_bytes)
        found += export_routers(api.kind)
    return found


def _static(registry: Registry) -> Router:
    folders: list[Path | PathLike[Any] | str] = [Path(str(files("vinculo.web"))) / "static"]
    for plugin in registry.plugins.values():
        folder = Path(str(files(plugin.package))) / "static"
        if folder.is_dir():
            folders.append(folder)
    return create_static_files_router(
        path="/static",
        directories=folders,
        include_in_schema=False,
        cache_control=CacheControlHeader(public=True, max_age=31_536_000, immutable=True),
        # Pages are left to a proxy: to compress one takes as long as to draw it.
        middleware=[DefineMiddleware(CompressionMiddleware, config=CompressionConfig("gzip"))],
        opt={"permission": "public"},
    )


def _openapi() -> OpenAPIConfig:
    def nobody(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        raise NotFoundException

    return OpenAPIConfig(
        title="Vinculo",
        version=__version__,
        # The description is served by vinculo.web.api_docs; Litestar insists on a router of its own.
        openapi_router=Router(
            "/api/v1/-",
            route_handlers=[],
            guards=[nobody],
            include_in_schema=False,
            opt={"permission": "public"},
        ),
        render_plugins=[],
    )


def _check_permissions(app: Litestar, registry: Registry) -> None:
    """A route without a declared permission would be open to everybody: it stops the start."""
    known = {"public", SIGNED_IN, *registry.permissions}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            permission = handler.opt.get("permission")
            automatic = getattr(handler, "http_methods", None) == {"OPTIONS"}  # Litestar's own answer
            if permission not in known and not automatic:
                raise RuntimeError(f"{route.path} states no declared permission, but {permission!r}")


def factory() -> Litestar:
    """What servers call in each process: the app of the configuration."""
    path = os.environ.get(FILE_VARIABLE)
    settings = load(Path(path) if path else None)
    database = Database(settings.database.url)
    return build(settings, database)
