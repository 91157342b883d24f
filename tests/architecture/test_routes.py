"""Every route states a permission that somebody declared; what is open to all is listed here."""

import re

import pytest
from litestar.testing import TestClient

from vinculo.app import all_histories, build, load_registry
from vinculo.db.engine import Database
from vinculo.plugins.discovery import installed
from vinculo.settings import Settings
from vinculo.testing.databases import migrate
from vinculo.web.routes import PUBLIC, SIGNED_IN

OPEN = {
    "/api/v1/openapi.json",
    "/api/v1/mailings/unsubscribe/{token:str}",
    "/f/confirm/{token:str}",
    "/f/{slug:str}",
    "/forgot",
    "/health/live",
    "/health/ready",
    "/m/{token:str}/c",
    "/m/{token:str}/o.gif",
    "/m/{token:str}/u",
    "/reset/{token:str}",
    "/setup",
    "/sign-in",
    "/sign-in/company",
    "/sign-in/company/callback",
    "/sign-in/enrol",
    "/sign-in/enrol/app",
    "/sign-in/enrol/app/confirm",
    "/sign-in/enrol/passkey",
    "/sign-in/passkey",
    "/sign-in/passkey/answer",
    "/sign-in/second",
    "/sign-in/second/passkey",
    "/sign-out",
    "/tasks/feed/{name:str}",
}
NOBODYS = "/api/v1/-"
UNDESCRIBED = {"/api/v1/openapi.json"}


@pytest.fixture(scope="module")
def app_and_registry(tmp_path_factory):
    """The app of all installed plugins; its routes do not depend on the kind of database."""
    folder = tmp_path_factory.mktemp("app")
    on = [name for name, plugin in installed().items() if plugin.manifest]
    settings = Settings(plugins={"on": on}, files={"folder": folder / "files"})
    database = Database(f"sqlite:///{folder / 'vinculo.db'}")
    migrate(str(database.url), all_histories())
    yield build(settings, database, work=False), load_registry(settings, database)
    database.close()


@pytest.fixture(scope="module")
def browser(app_and_registry):
    with TestClient(app_and_registry[0]) as browser:  # an app that was stopped does not start again
        yield browser


@pytest.fixture
def registry(app_and_registry):
    return app_and_registry[1]


@pytest.fixture
def handlers(app_and_registry):
    """(path, handler) of all routes, Litestar's own answers to OPTIONS left out."""
    return [
        (route.path, handler)
        for route in app_and_registry[0].routes
        for handler in getattr(route, "route_handlers", [getattr(route, "route_handler", None)])
        if getattr(handler, "http_methods", None) != {"OPTIONS"}
    ]


def test_every_route_states_a_permission_that_is_declared(handlers, registry):
    known = {PUBLIC, SIGNED_IN, *registry.permissions}

    assert len(handlers) > 50
    assert {path for path, handler in handlers if handler.opt.get("permission") not in known} == set()


def test_what_is_open_to_everybody_is_known(handlers):
    public = {path for path, handler in handlers if handler.opt.get("permission") == PUBLIC}

    assert {path for path in public if not path.startswith(("/static/", NOBODYS))} == OPEN


def test_what_litestar_adds_of_its_own_answers_nobody(browser):
    assert browser.get(f"{NOBODYS}/openapi.json").status_code == 404


def test_every_menu_entry_leads_to_a_page_of_the_same_permission(handlers, registry):
    pages = {path: h.opt["permission"] for path, h in handlers if "GET" in h.http_methods}

    assert {item.url: pages.get(item.url) for item in registry.menu} == {
        item.url: item.permission for item in registry.menu
    }


def test_every_route_of_the_api_is_described(browser, handlers):
    paths = browser.get("/api/v1/openapi.json").json()["paths"]

    undescribed = []
    for path, handler in handlers:
        if path.startswith("/api/v1/") and path not in UNDESCRIBED and not path.startswith(NOBODYS):
            operations = paths.get(re.sub(r":\w+}", "}", path), {})
            undescribed += [
                f"{method} {path}"
                for method in handler.http_methods - {"HEAD"}
                if not operations.get(method.lower(), {}).get("responses")
            ]
    assert len(paths) > 10
    assert undescribed == []
