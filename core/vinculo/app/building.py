"""Building one app: a function of settings, database and the plugins that are on."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import Any, Final

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
from vinculo.accounts.leaving_pages import LEAVING_STRUCTS
from vinculo.accounts.rights import RightsBook, limits_of
from vinculo.accounts.rules import Rules
from vinculo.accounts.signin import actor_of, make_identify
from vinculo.app.composition import definitions, load_registry
from vinculo.app.registration import App
from vinculo.app.switchboard import Switchboard, misfit, routes_of
from vinculo.audit.api import AUDIT_STRUCTS
from vinculo.company import service as company
from vinculo.company.api import COMPANY_STRUCTS
from vinculo.db.engine import Database
from vinculo.db.links import forget
from vinculo.events import log
from vinculo.events.reads import Reads
from vinculo.files import pages as file_pages
from vinculo.jobs import JobHandler
from vinculo.jobs.port import Jobs
from vinculo.memory import give_back
from vinculo.plugins import discovery, present
from vinculo.plugins.calling import Owned
from vinculo.plugins.contributions import Part
from vinculo.plugins.faults import PluginError
from vinculo.plugins.guard import Guard
from vinculo.plugins.plan import Inventory, inventory
from vinculo.plugins.registry import Registry
from vinculo.privacy.api import PRIVACY_STRUCTS
from vinculo.protection.api import PROTECTION_STRUCTS
from vinculo.records import bulk_jobs, facts, import_reverts, import_runs
from vinculo.records.api import SHARED, KindApi
from vinculo.records.bulk_api import BULK_STRUCTS, bulk_api_routers
from vinculo.records.bulk_pages import bulk_routers
from vinculo.records.custom_api import CUSTOM_STRUCTS
from vinculo.records.export_api import export_routers
from vinculo.records.export_request_api import EXPORT_STRUCTS, export_request_api_routers
from vinculo.records.export_request_pages import export_request_routers
from vinculo.records.filter_pages import filter_routers
from vinculo.records.grouping_api import GROUPING_STRUCTS, grouping_routers
from vinculo.records.handing_pages import HANDING_STRUCTS, handing_routers
from vinculo.records.import_api import IMPORT_STRUCTS
from vinculo.records.import_list_api import IMPORT_LIST_STRUCTS
from vinculo.records.import_pages import import_routers
from vinculo.records.import_template_routes import TEMPLATE_STRUCTS
from vinculo.records.in_place import in_place_routers
from vinculo.records.merge_api import MERGE_STRUCTS, merge_routers
from vinculo.records.merge_pages import merge_page_routers
from vinculo.records.openapi import components, unpacked
from vinculo.records.pages import page_handlers
from vinculo.records.retyping_api import RETYPING_STRUCTS
from vinculo.records.revealing_pages import REVEALING_STRUCTS, revealing_routers
from vinculo.records.rows_in_place import row_routers
from vinculo.records.saved_api import VIEW_STRUCTS
from vinculo.records.search_api import SEARCH_STRUCTS
from vinculo.records.similar_api import SIMILAR_STRUCTS, similar_api_routers
from vinculo.records.similar_pages import similar_routers
from vinculo.records.unmerge_api import UNMERGE_STRUCTS
from vinculo.settings import Settings
from vinculo.web import plugin_archive_api, plugin_archives
from vinculo.web.headers import headers_of_all
from vinculo.web.problems import on_exception, on_http_exception
from vinculo.web.routes import SIGNED_IN
from vinculo.web.site import Site
from vinculo.web.templating import environment

STRUCTS: Final = (
    SHARED,
    BULK_STRUCTS,
    IMPORT_STRUCTS,
    TEMPLATE_STRUCTS,
    EXPORT_STRUCTS,
    MERGE_STRUCTS,
    SIMILAR_STRUCTS,
    UNMERGE_STRUCTS,
    IMPORT_LIST_STRUCTS,
    GROUPING_STRUCTS,
    HANDING_STRUCTS,
    AUDIT_STRUCTS,
    COMPANY_STRUCTS,
    LEAVING_STRUCTS,
    PRIVACY_STRUCTS,
    PROTECTION_STRUCTS,
    REVEALING_STRUCTS,
    CUSTOM_STRUCTS,
    RETYPING_STRUCTS,
    SEARCH_STRUCTS,
    VIEW_STRUCTS,
)

# Litestar tries to import what is optional each time; two threads would see each other's halves.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Host:
    """What outlives an app: every app of a process is made on the same one.

    ``inventories`` are those of the apps built so far, by the plugins they were built of. ``trials`` holds
    the app that was built last to try a switch, so that it need not be built again once the switch is thrown.
    """

    settings: Settings
    database: Database
    jobs: Jobs
    guard: Guard
    reads: Reads
    inventories: dict[frozenset[str], Inventory] = field(default_factory=dict)
    trials: dict[frozenset[str], Litestar] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings, database: Database) -> Host:
        """A host for one process."""
        plugins = settings.plugins
        guard = Guard(
            database.engine,
            budget=plugins.error_budget,
            window=plugins.error_window_minutes * 60,
            patience=plugins.time_budget_seconds,
        )
        return cls(settings, database, Jobs(database.engine, {}), guard, Reads(database))


def make_site(host: Host, registry: Registry) -> Site:
    """The parts that requests and jobs of one app share."""
    return Site(
        settings=company.in_force(host.settings, host.database),
        database=host.database,
        registry=registry,
        identify=make_identify(_rights(host.settings, registry), rules=Rules.of(host.settings.security)),
        templates=environment(["vinculo.web", *(plugin.package for plugin in registry.plugins.values())]),
        enqueue=host.jobs.enqueue,
        jobs=host.jobs.book,
        threads=ThreadPoolExecutor(host.database.threads, thread_name_prefix="vinculo"),
        guard=host.guard,
        reads=host.reads,
        switchboard=Switchboard(host, assemble),
        actor_of=partial(actor_of, book=_rights(host.settings, registry)),
    )


def _rights(settings: Settings, registry: Registry) -> RightsBook:
    return RightsBook(registry.permissions, limits_of(settings.exports))


def job_handlers(site: Site) -> Mapping[str, JobHandler]:
    """The handlers of an app's jobs, each given its site."""
    registry = site.registry
    declared = dict(registry.job_handlers)
    for module in (import_runs, import_reverts, bulk_jobs):
        declared.update(module.job_handlers(site.actor_of))
    return {
        name: replace(handler, run=partial(_run_job, site, name, handler))
        for name, handler in declared.items()
    }


def _run_job(site: Site, name: str, handler: JobHandler, **payload: Any) -> None:
    owner = site.registry.owners.get((Part.JOBS, name), "records")
    with site.guard.watch(owner, f"job:{name}"), log.through(name):
        handler.run(site, **payload)


def prepare_jobs(database: Database) -> None:
    """Create what background jobs need in a database: part of an upgrade."""
    Jobs(database.engine, {}).prepare()


def assemble(host: Host, registry: Registry) -> Litestar:
    """The app of what was gathered. It can be served at once; nothing of it has to be started."""
    with _one_at_a_time, _undisturbed():
        app = _assemble(host, registry)
    discovery.keep(registry.plugins.values())
    host.inventories[frozenset(registry.plugins)] = inventory(registry, routes_of(app))
    return app


def _assemble(host: Host, registry: Registry) -> Litestar:
    forget(host.database.engine)  # a plugin that was switched on may have brought tables
    apis = [KindApi(kind, facts.declared(registry, kind)) for kind in registry.kinds.values() if kind.exposed]
    structs = [struct for api in apis for struct in api.schemas.all()]
    app = App(
        route_handlers=[*_handlers(host, registry, apis), _static(registry)],
        state=State(
            {
                "site": make_site(host, registry),
                "schemas": partial(unpacked, components([one for own in (structs, *STRUCTS) for one in own])),
            }
        ),
        exception_handlers={HTTPException: on_http_exception, Exception: on_exception},
        before_send=[headers_of_all(host.settings)],
        request_max_body_size=10 * 1024 * 1024,
        openapi_config=_openapi(),
        logging_config=None,
        debug=False,
    )
    _check_permissions(app, registry)
    return app


def assemble_sound(host: Host, names: Collection[str]) -> Litestar:
    """The app of those of these plugins with which one can be made.

    ``registry.faults`` of its site says why others were left out.
    """
    tried = host.trials.pop(frozenset(names), None)
    host.trials.clear()
    if tried is not None and tried.state.site.registry.definitions == definitions(host.database):
        forget(host.database.engine)  # migrations came after the trial
        go_by_company(tried, host)
        return tried
    faults: dict[str, PluginError] = {}
    while True:
        registry = load_registry(host.settings, host.database, set(names) - set(faults))
        registry.faults = {**registry.faults, **faults}
        try:
            return assemble(host, registry)
        except Exception as error:
            name = _culprit(host, registry)
            if name is None:
                raise
            faults[name] = misfit(registry.plugins[name], error)


def go_by_company(app: Litestar, host: Host) -> None:
    """Have an app go by what the company chose meanwhile: no route depends on it, so none is made anew."""
    settings = company.in_force(host.settings, host.database)
    app.state.site = replace(app.state.site, settings=settings)


def _culprit(host: Host, registry: Registry) -> str | None:
    """The first plugin with which no app can be made; None if it is the kernel itself."""
    names: list[str] = []
    for name in ["", *registry.plugins]:
        names += [name] if name else []
        try:
            assemble(host, load_registry(host.settings, host.database, names))
        except Exception:  # noqa: BLE001 -- a stranger's route may raise anything
            return name or None
    return None


def build(settings: Settings, database: Database, *, work: bool = True) -> Litestar:
    """An app that stays as it is, of the plugins that are on. ``work``: it runs background jobs, too.

    Servers use ``Live``, which follows the switches.
    """
    host = Host.of(settings, database)
    app = assemble(host, load_registry(settings, database))
    site: Site = app.state.site
    present.tell(database, site.registry)
    host.jobs.use(job_handlers(site))

    async def start() -> None:
        if work:
            await sync_to_thread(partial(host.jobs.start, schedules=site.registry.schedules))

    async def stop() -> None:
        await sync_to_thread(host.jobs.stop)
        site.threads.shutdown(wait=False)

    app.on_startup.append(start)
    app.on_shutdown.append(stop)
    return app


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Without the garbage collector, which took half of the time: all that is made here stays."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def settle() -> None:
    """Keep the garbage collector off what imports and apps left: a full collection would take 70 ms."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    give_back()


def _handlers(host: Host, registry: Registry, apis: Sequence[KindApi]) -> Iterator[Any]:
    """All routes, each marked with the plugin that it comes from."""
    max_bytes = host.settings.server.max_upload_mb * 1024 * 1024
    uploads = (plugin_archives.restore_router, plugin_archive_api.restore_router)
    owned: list[Owned[Any]] = [
        *registry.routers,
        *(Owned("web", make(max_bytes=max_bytes)) for make in uploads),
        *(Owned("files", made) for made in file_pages.upload_routers(max_bytes=max_bytes)),
    ]
    for api in apis:
        plugin, begun = registry.kind_owners[api.kind.name], time.perf_counter()
        made = [
            *api.handlers(),
            *page_handlers(api.kind, max_bytes=max_bytes),
            *filter_routers(api.kind),
            *in_place_routers(api.kind),
            *row_routers(api.kind),
            *import_routers(api.kind, max_bytes=max_bytes),
            *export_routers(api.kind),
            *export_request_routers(api.kind),
            *export_request_api_routers(api.kind),
            *merge_routers(api.kind),
            *merge_page_routers(api.kind),
            *similar_routers(api.kind),
            *similar_api_routers(api.kind),
            *grouping_routers(api.kind, api.described),
            *handing_routers(api.kind),
            *bulk_routers(api.kind),
            *bulk_api_routers(api.kind, api.described),
            *revealing_routers(api.kind),
        ]
        registry.seconds[plugin] = registry.seconds.get(plugin, 0.0) + time.perf_counter() - begun
        owned += [Owned(plugin, handler) for handler in made]
    for route in owned:
        handler: Any = route.item
        handler.opt = {**(handler.opt or {}), "plugin": route.plugin}
        yield handler


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
