"""A server builds a new app at each switch of a plugin: the one before must not stay in memory."""

import gc
import time
import weakref

from litestar import Router
from litestar.testing import TestClient

from vinculo.accounts.models import Role
from vinculo.app import Host, assemble, load_registry
from vinculo.plugins import discovery
from vinculo.testing.browsing import sign_in


def test_an_app_that_is_replaced_is_freed(settings, database, make_user):
    host, user = Host.of(settings, database), make_user("root", role=Role.ADMINISTRATOR)

    def build():
        registry = load_registry(settings, database, sorted(discovery.installed()))
        app = assemble(host, registry)
        with TestClient(app) as browser:
            with database.write() as session:
                sign_in(session, browser, user)
            assert browser.get("/api/v1/openapi.json").status_code == 200
        return weakref.ref(app)

    apps = [build(), build()]
    # A thread that answered holds what it was given until it has ended, which nobody waits for.
    patience = time.monotonic() + 20
    while any(app() for app in apps) and time.monotonic() < patience:
        time.sleep(0.05)
        gc.collect()
    assert [app() for app in apps] == [None, None]


def test_handlers_that_ask_for_the_same_share_their_signature(settings, database):
    """Each of 5,000 had one of its own: a third of what an app of all plugins held."""
    app = assemble(Host.of(settings, database), load_registry(settings, database))
    models = {id(handler.signature_model) for route in app.routes for handler in route.route_handlers}
    assert len(models) < 120
    with TestClient(app) as browser:
        assert browser.options("/api/v1/clients").headers["allow"] == "GET, OPTIONS, POST"


def test_handlers_that_are_called_alike_share_how(settings, database):
    """Each had a model of its own, each path an answer to OPTIONS and a router: 20 MB with all plugins."""
    app = assemble(Host.of(settings, database), load_registry(settings, database))
    called = [known for route in app.routes for known in getattr(route, "route_handler_map", {}).values()]
    options = {id(handler) for handler, _model in called if handler.http_methods == {"OPTIONS"}}
    assert len({id(model) for _handler, model in called}) < len(called) / 8
    assert len(options) < 20  # one, and those of routers that Litestar takes in by itself
    assert {type(handler.owner) for handler, _model in called} <= {type(app), Router}
    with TestClient(app) as browser:
        assert browser.options("/api/v1/clients/7").headers["allow"] == "DELETE, GET, OPTIONS, PATCH"
        assert browser.options("/clients/7/edit").headers["allow"] == "GET, OPTIONS, POST"


def test_the_description_holds_nothing_once_it_is_told(settings, database, make_user):
    user = make_user("root", role=Role.ADMINISTRATOR)
    app = assemble(Host.of(settings, database), load_registry(settings, database))
    with TestClient(app) as browser:
        with database.write() as session:
            sign_in(session, browser, user)
        told = [browser.get("/api/v1/openapi.json").content for _time in range(2)]
    assert told[0] == told[1]
    assert app.openapi_schema.paths == {}
