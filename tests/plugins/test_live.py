"""A running server follows the switches, and goes on whatever a plugin does."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from vinculo.accounts.models import Role
from vinculo.actor import Source, system
from vinculo.app import Host, Live, assemble, load_registry
from vinculo.db.base import Base
from vinculo.errors import ConflictError
from vinculo.plugins.models import PluginState
from vinculo.testing.browsing import sign_in

ADMIN = system(Source.CLI)
PAGE = """
    from vinculo.web.routes import get
    from vinculo.plugins.contributions import MenuItem

    @get("/{name}", permission="signed-in")
    def page(ctx) -> dict[str, str]:
        return {{"from": "{name}"}}

    @hookimpl
    def routers():
        yield page

    @hookimpl
    def menu_items():
        yield MenuItem("{name}", "/{name}", "box", "signed-in")
"""
PANEL = """
    import time
    from markupsafe import Markup
    from vinculo.plugins.contributions import Panel, PanelContent

    def render(ctx, record_id):
        {does}
        return PanelContent(Markup("<p>all is well</p>"))

    @hookimpl
    def panels():
        yield Panel("box", "client", "Box", render, "clients.client.read")
"""
MODELS = """
    import sqlalchemy as sa
    from sqlalchemy.orm import Mapped, mapped_column
    from vinculo.db.base import Base

    class Note(Base):
        __tablename__ = "{name}_note"
        text: Mapped[str] = mapped_column(sa.Text)
"""
MIGRATION = """
    import sqlalchemy as sa
    from alembic import op
    from vinculo.db.types import BigId

    revision = "{revision}"
    down_revision = {before!r}

    def upgrade():
        {does}

    def downgrade():
        pass
"""
CREATE = (
    'op.create_table("{name}_note", sa.Column("id", BigId, sa.Identity(), primary_key=True),'
    ' sa.Column("text", sa.Text, nullable=False), sqlite_autoincrement=True)'
)


@pytest.fixture
def serve(settings, database, make_user):
    """A server as it runs, and an administrator's browser on it."""
    opened = []

    def serve(**options):
        live = Live(settings, database, work=False, **options)
        browser = TestClient(live)
        browser.__enter__()
        opened.append(browser)
        with database.write() as session:
            sign_in(session, browser, make_user(f"admin{len(opened)}", role=Role.ADMINISTRATOR))
        return browser

    yield serve
    for browser in opened:
        browser.__exit__(None, None, None)


def until(condition):
    """Wait for something that another thread does."""
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def state(database, name):
    with database.read() as session:
        return session.scalar(sa.select(PluginState).where(PluginState.name == name))


def status(browser, path):
    return browser.get(path, follow_redirects=False).status_code


def test_a_switch_takes_effect_without_a_restart(serve, switchboard, install):
    install("gifts", PAGE.format(name="gifts"))
    browser = serve()
    assert status(browser, "/gifts") == 404

    for _ in range(3):
        switchboard.switch("on", "gifts", actor=ADMIN)
        until(lambda: status(browser, "/gifts") == 200)
        assert 'href="/gifts"' in browser.get("/clients").text
        switchboard.switch("off", "gifts", actor=ADMIN)
        until(lambda: status(browser, "/gifts") == 404)
        assert 'href="/gifts"' not in browser.get("/clients").text


FAULTY = {
    "import": ("import a_module_that_is_not_there", "a_module_that_is_not_there"),
    "exit": ("raise SystemExit('enough')", "SystemExit: enough"),
    "interrupt": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "exit of a hook": ("@hookimpl\ndef routers():\n    raise SystemExit(3)", "SystemExit: 3"),
    "hook": ("@hookimpl\ndef menu_itemz():\n    return ()", "menu_itemz"),
    "argument": ("@hookimpl\ndef menu_items(app):\n    return ()", "app"),
    "right": (PAGE.format(name="gifts").replace("signed-in", "gifts.unheard"), "gifts.unheard"),
}


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("fault", FAULTY)
def test_one_that_is_broken_is_set_aside_at_start_and_the_rest_works(
    serve, switchboard, database, install, fault
):
    install("fine", PAGE.format(name="fine"))
    install("gifts", PAGE.format(name="gifts"))
    switchboard.switch("on", "fine", actor=ADMIN)
    switchboard.switch("on", "gifts", actor=ADMIN)
    hooks, said = FAULTY[fault]
    install("gifts", hooks)
    forget("acme_gifts")

    browser = serve()
    assert (status(browser, "/fine"), status(browser, "/gifts")) == (200, 404)
    row = state(database, "gifts")
    assert row.state == "quarantined"
    assert said in row.reason

    install("gifts", PAGE.format(name="gifts"))  # mended, and tried again
    switchboard.switch("on", "gifts", actor=ADMIN)
    until(lambda: status(browser, "/gifts") == 200)
    assert state(database, "gifts").reason == ""


def forget(package):
    """As a new process: what was imported is not."""
    from vinculo.plugins import discovery

    name = package.removeprefix("acme_")
    discovery.unload(discovery.installed()[name])


@pytest.mark.databases("sqlite")
def test_two_that_claim_one_route_cannot_both_be_on(serve, switchboard, database, install):
    install("gifts", PAGE.format(name="gifts"))
    install("rival", PAGE.format(name="gifts"))
    switchboard.switch("on", "gifts", actor=ADMIN)

    with pytest.raises(ConflictError, match="rival does not fit in"):
        switchboard.switch("on", "rival", actor=ADMIN)
    assert state(database, "rival") is None
    assert "rival does not fit in" in switchboard.plan("on", "rival").refusal
    with database.write() as session:  # as if both had come by the configuration
        session.add(PluginState(name="rival", state="on", version="1", revision="", reason="", about={}))
    browser = serve()
    assert browser.get("/gifts").json() == {"from": "gifts"}
    assert "does not fit in" in state(database, "rival").reason


def test_two_that_claim_one_table_cannot_both_be_on(switchboard, database, install):
    files = {"models.py": MODELS.format(name="gifts"), "migrations/0001.py": migration("gifts")}
    install("gifts", "from acme_gifts import models", files=files)
    install("rival", "from acme_rival import models", files={"models.py": MODELS.format(name="gifts")})

    for first in ("rival", "gifts"):
        with pytest.raises(ConflictError, match=r"rival.*gifts_note"):
            switchboard.switch("on", "rival", actor=ADMIN)
        if first == "rival":
            switchboard.switch("on", "gifts", actor=ADMIN)
    assert state(database, "gifts").state == "on"


def migration(name, revision="0001", before=None, does=CREATE):
    return MIGRATION.format(revision=revision, before=before, does=does.format(name=name))


def test_one_whose_migration_fails_is_set_aside_and_leaves_nothing(switchboard, database, install):
    files = {"models.py": MODELS.format(name="gifts")}
    broken = {**files, "migrations/0001.py": migration("gifts", does=CREATE + "; 1 / 0")}
    install("gifts", "from acme_gifts import models", files=broken)

    with pytest.raises(ConflictError, match="ZeroDivisionError"):
        switchboard.switch("on", "gifts", actor=ADMIN)
    assert state(database, "gifts").state == "quarantined"
    assert not sa.inspect(database.engine).has_table("gifts_note")

    install(
        "gifts", "from acme_gifts import models", files={**files, "migrations/0001.py": migration("gifts")}
    )
    switchboard.switch("on", "gifts", actor=ADMIN)
    assert (state(database, "gifts").state, state(database, "gifts").revision) == ("on", "0001")


def test_one_that_is_older_than_its_tables_is_set_aside_with_both_versions_named(
    serve, switchboard, database, install
):
    files = {"models.py": MODELS.format(name="gifts"), "migrations/0001.py": migration("gifts")}
    newer = {**files, "migrations/0002.py": migration("gifts", "0002", "0001", "pass")}
    install("gifts", PAGE.format(name="gifts"), version="2.1", files=newer)
    switchboard.switch("on", "gifts", actor=ADMIN)
    install("gifts", PAGE.format(name="gifts"), version="1.9", files=files)
    forget("acme_gifts")

    browser = serve()
    assert status(browser, "/gifts") == 404
    assert "installed is 1.9, the tables are those of 2.1 (revision 0002)" in state(database, "gifts").reason


@pytest.mark.databases("sqlite")
def test_one_that_fails_too_often_is_set_aside(serve, switchboard, database, install, make_client):
    install("gifts", PANEL.format(does="1 / 0"))
    switchboard.switch("on", "gifts", actor=ADMIN)
    browser, client = serve(), make_client("Padaria Luz")

    for _ in range(19):
        assert "from the plugin gifts, failed" in browser.get(f"/clients/{client.id}").text
    time.sleep(0.6)
    assert state(database, "gifts").state == "on"
    browser.get(f"/clients/{client.id}")
    until(lambda: state(database, "gifts").state == "quarantined")
    assert "20 times within 5 minutes" in state(database, "gifts").reason
    assert "ZeroDivisionError" in state(database, "gifts").reason
    until(lambda: "gifts" not in browser.get(f"/clients/{client.id}").text)


@pytest.mark.databases("sqlite")
def test_a_route_that_fails_counts_too(serve, switchboard, database, install):
    install("gifts", PAGE.format(name="gifts").replace("return {", "return 1 / 0 or {"))
    switchboard.switch("on", "gifts", actor=ADMIN)
    browser = serve()

    for _ in range(20):
        assert status(browser, "/gifts") == 500
    until(lambda: status(browser, "/gifts") == 404)
    assert "/gifts: ZeroDivisionError" in state(database, "gifts").reason


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("end", ["SystemExit(1)", "KeyboardInterrupt()"])
def test_a_route_that_ends_the_program_does_not(serve, switchboard, database, install, end):
    install("gifts", PAGE.format(name="gifts").replace("return {", f"raise {end}\n        return {{"))
    switchboard.switch("on", "gifts", actor=ADMIN)
    browser = serve()

    assert status(browser, "/gifts") == 500
    assert status(browser, "/clients") == 200


def test_a_migration_that_ends_the_program_is_set_aside(switchboard, database, install):
    files = {
        "models.py": MODELS.format(name="gifts"),
        "migrations/0001.py": migration("gifts", does=CREATE + "; raise SystemExit(1)"),
    }
    install("gifts", "from acme_gifts import models", files=files)

    with pytest.raises(ConflictError, match="SystemExit"):
        switchboard.switch("on", "gifts", actor=ADMIN)
    assert state(database, "gifts").state == "quarantined"


@pytest.mark.databases("sqlite")
def test_one_that_hangs_is_counted_while_it_hangs(
    settings, database, make_client, make_user, install, switchboard
):
    install("gifts", PANEL.format(does="time.sleep(0.5)"))
    switchboard.switch("on", "gifts", actor=ADMIN)
    plugins = settings.plugins.model_copy(update={"time_budget_seconds": 0.1, "error_budget": 4})
    client = make_client("Padaria Luz")

    with TestClient(Live(settings.model_copy(update={"plugins": plugins}), database, work=False)) as browser:
        with database.write() as session:
            sign_in(session, browser, make_user("admin"))
        assert "all is well" in browser.get(f"/clients/{client.id}").text
        until(lambda: state(database, "gifts").state == "quarantined")


def test_one_that_no_longer_fits_leaves_the_running_app_its_models(switchboard, settings, database, install):
    """A request may still be under way on the app that was made of them."""
    install(
        "gifts",
        """
        from acme_gifts import models
        asked = []

        @hookimpl
        def menu_items():
            asked.append(1)
            return () if len(asked) <= 2 else 1 / 0
        """,
        files={"models.py": MODELS.format(name="gifts"), "migrations/0001.py": migration("gifts")},
    )
    host = Host.of(settings, database)
    running = assemble(host, load_registry(settings, database, ["gifts"]))
    assert running
    from acme_gifts import models

    faults = [load_registry(settings, database, ["gifts"]).faults for _ in range(3)]
    assert "ZeroDivisionError" in faults[-1]["gifts"].message
    assert sa.inspect(models.Note).local_table is Base.metadata.tables["gifts_note"]


@pytest.mark.databases("sqlite")
def test_the_kernel_alone_can_be_served(serve, switchboard, install):
    install("gifts", PAGE.format(name="gifts"))
    switchboard.switch("on", "gifts", actor=ADMIN)

    browser = serve(safe=True)
    assert (status(browser, "/gifts"), status(browser, "/clients")) == (404, 200)


@pytest.mark.databases("sqlite")
def test_if_no_app_can_be_built_the_running_one_stays(serve, switchboard, install, monkeypatch, caplog):
    install("gifts", PAGE.format(name="gifts"))
    browser = serve()

    def fail(*_):
        raise MemoryError("no room for another")

    with monkeypatch.context() as broken:
        broken.setattr("vinculo.app.following.assemble_sound", fail)
        switchboard.switch("on", "gifts", actor=ADMIN)
        until(lambda: "no room for another" in caplog.text)
    assert (status(browser, "/gifts"), status(browser, "/clients")) == (404, 200)

    switchboard.switch("off", "gifts", actor=ADMIN)
    switchboard.switch("on", "gifts", actor=ADMIN)
    until(lambda: status(browser, "/gifts") == 200)
