"""Fixtures for tests of the kernel and of plugins; loaded by ``-p vinculo.testing.fixtures``.

A test that asks for ``database`` runs once on SQLite and once on PostgreSQL, each time on a database of
its own at the head of all histories. ``--databases=sqlite`` leaves PostgreSQL out.

Pages and API: ``admin``, ``member`` and ``visitor`` are browsers on an app of the plugins that the
fixture ``plugins_on`` names; override that one. ``make_client(…)``, ``make_person(…)`` and the like
commit what they make, so that browsers see it.
"""
# ruff: noqa: PLC0415 -- this module is loaded before coverage starts: what it imported would go unmeasured

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from litestar import Litestar
    from sqlalchemy.orm import Session

    from vinculo.accounts.models import User
    from vinculo.app import Switchboard
    from vinculo.db.engine import Database
    from vinculo.settings import Settings
    from vinculo.testing.apps import Apps
    from vinculo.testing.browsing import Browser
    from vinculo.testing.databases import PostgresServer
    from vinculo.testing.provider import Provider

KINDS = ("sqlite", "postgresql")
pytest.register_assert_rewrite("vinculo.testing.contract")  # so that its failures are explained


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run on one database be asked for."""
    parser.addoption(
        "--databases",
        default=",".join(KINDS),
        metavar="KINDS",
        help="databases to run tests of data on: sqlite,postgresql (the default) or one of them",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse an unknown kind, which would otherwise leave out all tests of data without a word."""
    config.addinivalue_line("markers", "databases(*kinds): what is tested does not differ on the others")
    unknown = set(_kinds(config)) - set(KINDS)
    if unknown:
        raise pytest.UsageError(f"--databases knows {', '.join(KINDS)}, not {', '.join(sorted(unknown))}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what needs a database once on each, or on those that its mark ``databases`` names."""
    if "database_kind" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("databases")
        kinds = [kind for kind in _kinds(metafunc.config) if marker is None or kind in marker.args]
        metafunc.parametrize("database_kind", kinds, indirect=True, scope="session")


def pytest_collection_finish() -> None:
    """Keep the garbage collector off what was imported, and let it look seldom: tests drop whole apps."""
    import gc

    gc.freeze()
    gc.set_threshold(1_000_000, 1, 1)


@pytest.fixture(scope="session", autouse=True)
def unsettled() -> Iterator[None]:
    """Servers collect all garbage when they have started. In tests that is all that was there before, too."""
    from vinculo.app import following

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(following, "settle", lambda: None)
        yield


def _kinds(config: pytest.Config) -> list[str]:
    return [kind.strip() for kind in str(config.getoption("--databases")).split(",")]


@pytest.fixture(scope="session")
def database_kind(request: pytest.FixtureRequest) -> str:
    """``sqlite`` or ``postgresql``."""
    return str(request.param)


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> Iterator[PostgresServer]:
    """A PostgreSQL server that stops with the tests; without one they are skipped, loudly."""
    from vinculo.testing import databases

    if "postgresql" not in _kinds(pytestconfig):
        pytest.skip("--databases leaves PostgreSQL out")
    try:
        with databases.postgres_server() as server:
            yield server
    except databases.NoPostgresError as error:
        warnings.warn(f"NOT TESTED on PostgreSQL: {error}", stacklevel=1)
        pytest.skip(str(error))


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database that is fresh and empty."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.create()
    yield url
    server.drop(url)


@pytest.fixture(scope="session")
def template_url(
    database_kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """A database at the head of the kernel and of all installed plugins, to copy from; keep off it."""
    from vinculo.app import all_histories, prepare_jobs
    from vinculo.testing.databases import migrate

    if database_kind == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('template') / 'template.db'}"
    else:
        url = request.getfixturevalue("postgres_server").create()
    migrate(url, all_histories(), prepare=[prepare_jobs])
    return url


@pytest.fixture(scope="session")
def copy_database(
    database_kind: str, template_url: str, request: pytest.FixtureRequest
) -> Callable[[Path], str]:
    """Make a copy of the migrated database; a SQLite one lies in the folder given."""

    def copy(folder: Path) -> str:
        if database_kind == "sqlite":
            path = folder / "vinculo.db"
            shutil.copyfile(template_url.removeprefix("sqlite:///"), path)
            return f"sqlite:///{path}"
        server: PostgresServer = request.getfixturevalue("postgres_server")
        return server.create(template_url)

    return copy


@pytest.fixture
def migrated_database_url(
    database_kind: str,
    copy_database: Callable[[Path], str],
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> Iterator[str]:
    """The address of a fresh database at the head of the kernel and of all installed plugins."""
    server = request.getfixturevalue("postgres_server") if database_kind == "postgresql" else None
    url = copy_database(tmp_path)
    yield url
    if server:
        server.drop(url)


@pytest.fixture
def database(migrated_database_url: str) -> Iterator[Database]:
    """A fresh database at the head of the kernel and of all installed plugins."""
    from vinculo.db.engine import Database

    database = Database(migrated_database_url)
    yield database
    database.close()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A session to write with, rolled back at the end: nobody else sees what it did."""
    from sqlalchemy.orm import Session

    with Session(database.write_engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def plugins_on() -> Sequence[str]:
    """The plugins that are on, none unless a test's folder says otherwise; each after those it requires."""
    return ()


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    """Settings of the test's database; files go into its folder."""
    from vinculo.settings import Settings

    url = database.url.render_as_string(hide_password=False)
    return Settings.model_validate({"database": {"url": url}, "files": {"folder": tmp_path / "files"}})


@pytest.fixture
def switchboard(apps: Apps, settings: Settings, database: Database) -> Switchboard:
    """What plans and throws switches, as the command line and the pages do."""
    from vinculo.app import Switchboard, assemble

    return Switchboard(apps.host(settings, database), assemble)


@pytest.fixture
def switch_plugin(switchboard: Switchboard) -> Callable[[str, bool], None]:
    """Switch a plugin on (True) or off; apps that are built afterwards have it so."""
    from vinculo.actor import Source, system

    def switch_plugin(name: str, on: bool) -> None:
        switchboard.switch("on" if on else "off", name, actor=system(Source.CLI))

    return switch_plugin


@pytest.fixture(scope="session")
def apps(template_url: str) -> Apps:
    """What the apps of this process are made of."""
    from vinculo.db.engine import Database
    from vinculo.settings import Settings
    from vinculo.testing.apps import Apps

    database = Database(template_url)
    apps = Apps(Settings(), database)
    database.close()
    return apps


@pytest.fixture
def app_of(database: Database, apps: Apps) -> Iterator[Callable[[Settings], Litestar]]:
    """Build the app of these settings and the plugins that are on at the time of the call."""
    with ExitStack() as stack:
        yield partial(apps.build, stack, database)


@pytest.fixture
def build_app(
    app_of: Callable[[Settings], Litestar],
    apps: Apps,
    settings: Settings,
    database: Database,
    plugins_on: Sequence[str],
    switch_plugin: Callable[[str, bool], None],
) -> Callable[[], Litestar]:
    """Build the app of the plugins that are on at the time of the call."""
    apps.switch_on(database, plugins_on, switch_plugin)
    return partial(app_of, settings)


@pytest.fixture
def open_browser(database: Database, build_app: Callable[[], Litestar]) -> Iterator[Callable[..., Browser]]:
    """Open a browser on an app of what is on now, ``user`` signed in if one is given."""
    from litestar.testing import TestClient

    from vinculo.testing import browsing

    with ExitStack() as stack:

        def open_browser(user: User | None = None) -> Browser:
            browser = stack.enter_context(TestClient(build_app()))
            if user is not None:
                with database.write() as session:
                    browsing.sign_in(session, browser, user)
            return browser

        yield open_browser


@pytest.fixture
def visitor(open_browser: Callable[..., Browser]) -> Browser:
    """A browser of somebody who has not signed in."""
    return open_browser()


@pytest.fixture
def admin(open_browser: Callable[..., Browser], make_user: Callable[..., User]) -> Browser:
    """A browser of the administrator “admin”."""
    from vinculo.accounts.models import Role

    return open_browser(make_user("admin", role=Role.ADMINISTRATOR))


@pytest.fixture
def member(open_browser: Callable[..., Browser], make_user: Callable[..., User]) -> Browser:
    """A browser of the member “member”."""
    return open_browser(make_user("member"))


@pytest.fixture
def count_queries(database: Database) -> Callable[[], AbstractContextManager[list[str]]]:
    """The statements that a block sends to the database: see ``vinculo.testing.browsing``."""
    from vinculo.testing import browsing

    return partial(browsing.count_queries, database)


def _committing(maker: str) -> Any:
    """A fixture that calls a maker of ``vinculo.testing.factories`` in a transaction of its own."""

    def fixture(database: Database) -> Callable[..., Any]:
        from vinculo.testing import factories

        def make(*args: Any, **values: Any) -> Any:
            with database.write() as session:
                return getattr(factories, maker)(session, *args, **values)

        return make

    return pytest.fixture(fixture, name=maker)


make_record = _committing("make_record")
make_client = _committing("make_client")
make_counterparty = _committing("make_counterparty")
make_person = _committing("make_person")
make_user = _committing("make_user")
make_department = _committing("make_department")
make_role = _committing("make_role")


@pytest.fixture(scope="session")
def oidc_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """A real OpenID Connect provider; without one its tests are skipped, which CI does not accept."""
    from vinculo.testing import provider

    try:
        with provider.provider(tmp_path_factory.mktemp("provider")) as running:
            yield running
    except provider.NoProviderError as error:
        pytest.skip(str(error))
