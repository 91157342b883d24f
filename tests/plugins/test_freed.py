"""A server builds a new app at each switch of a plugin: the one before must not stay in memory."""

import gc
import weakref

from litestar.testing import TestClient

from vinculo.app import Host, assemble, load_registry
from vinculo.plugins import discovery


def test_an_app_that_is_replaced_is_freed(settings, database):
    host = Host.of(settings, database)

    def build():
        registry = load_registry(settings, database, sorted(discovery.installed()))
        app = assemble(host, registry)
        with TestClient(app) as browser:
            assert browser.get("/api/v1/openapi.json").status_code in (200, 401)
        return weakref.ref(app)

    apps = [build(), build()]
    gc.collect()
    assert [app() for app in apps] == [None, None]
