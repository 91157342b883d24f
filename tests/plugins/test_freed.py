"""A server builds a new app at each switch of a plugin: the one before must not stay in memory."""

import gc
import weakref

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
    gc.collect()
    assert [app() for app in apps] == [None, None]
