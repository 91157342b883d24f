"""What the records room itself adds: finding, undo, imports, exports to approve, tidying up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from litestar.types import ControllerRouterHandler

from vinculo.i18n import lazy_gettext as _l
from vinculo.jobs import PRIORITY, JobHandler, Schedule
from vinculo.plugins.contributions import Group, MenuItem, Permission
from vinculo.plugins.hookspecs import hookimpl
from vinculo.records import (
    bulk_api,
    bulk_list_pages,
    bulk_pages,
    computing,
    custom,
    custom_api,
    custom_indexes,
    custom_pages,
    export_request_api,
    export_request_pages,
    export_requests,
    finding,
    import_list_pages,
    merged_pages,
    palette,
    retyping,
    retyping_api,
    retyping_pages,
    saved,
    saved_api,
    saved_pages,
    search_api,
    search_pages,
    similar_scan,
    tidying,
    unmerge_api,
)
from vinculo.records.import_pages import SHARED_ROUTERS
from vinculo.web.routes import SIGNED_IN


@hookimpl
def routers() -> Iterator[ControllerRouterHandler]:
    """Pages and API routes that belong to no kind of record."""
    yield from SHARED_ROUTERS
    yield from (search_pages.search_page, palette.palette, search_api.search_by_api)
    yield from (finding.lookup, finding.go, finding.undo, finding.undo_by_api)
    yield from (*bulk_pages.handlers, *bulk_list_pages.handlers, *bulk_api.handlers)
    yield from (*export_request_pages.handlers, *export_request_api.handlers)
    yield from (*merged_pages.handlers, *unmerge_api.handlers)
    yield from (*custom_pages.handlers, *custom_api.handlers)
    yield from (*retyping_pages.handlers, *retyping_api.handlers)
    yield from (*saved_pages.handlers, *saved_api.handlers)


@hookimpl
def permissions() -> Iterator[Permission]:
    """Approving exports, sharing views, and adding fields."""
    yield from export_requests.PERMISSIONS
    yield Permission(saved.SHARE, _l("Share views of lists"))
    yield Permission(custom.CUSTOMISE, _l("Manage custom fields"), administrative=True)


@hookimpl
def menu_items() -> Iterator[MenuItem]:
    """Imports, bulk changes, the exports that wait to be approved, and the fields that the company added."""
    yield MenuItem(_l("Imports"), import_list_pages.URL, "file-import", SIGNED_IN, Group.FOOT, 27)
    yield MenuItem(_l("Bulk changes"), bulk_pages.URL, "pencil", SIGNED_IN, Group.FOOT, 27)
    yield export_request_pages.MENU
    yield MenuItem(_l("Custom fields"), custom_pages.URL, "columns", custom.CUSTOMISE, Group.FOOT, 29)


@hookimpl
def job_handlers() -> Mapping[str, JobHandler]:
    """Tidying up, computing formulas, converting custom fields, and looking for doubles."""
    return {
        tidying.JOB: JobHandler(tidying.tidy),
        tidying.CATCH_UP: JobHandler(tidying.catch_up),
        computing.JOB: JobHandler(computing.run),
        custom_indexes.JOB: JobHandler(custom_indexes.run),
        retyping.JOB: JobHandler(retyping.run),
        similar_scan.JOB: JobHandler(similar_scan.scan, priority=PRIORITY + 50),
    }


@hookimpl
def schedules() -> Iterator[Schedule]:
    """Every night; and what is late every ten minutes."""
    yield Schedule(tidying.CATCH_UP, "*/10 * * * *")
    yield Schedule(tidying.JOB, "20 3 * * *")
    yield Schedule(similar_scan.JOB, "40 3 * * *")
    yield Schedule(custom_indexes.JOB, "10 3 * * *")
