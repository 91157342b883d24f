"""Imports as a caller makes them: a file, a kind, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from litestar.testing import TestClient

from vinculo.accounts import passwords, signin
from vinculo.accounts import service as accounts
from vinculo.accounts.models import Role, User
from vinculo.accounts.records import user
from vinculo.accounts.rights import RightsBook
from vinculo.accounts.rules import Rules, Visit
from vinculo.actor import ExportLimits, Source, system
from vinculo.app import Live, load_registry
from vinculo.clients.records import client
from vinculo.company.service import in_force
from vinculo.counterparties.records import counterparty
from vinculo.db.base import now
from vinculo.people.records import person, role
from vinculo.records import bulk_jobs, catching_up, import_reverts, import_runs, importing, mapping, service
from vinculo.records.import_rejects import Rejects
from vinculo.records.importing import Plan, Tally
from vinculo.records.kind import RecordKind
from vinculo.settings import Settings
from vinculo.testing.browsing import sign_in
from vinculo.web.identity import SESSION_COOKIE

KINDS = {kind.name: kind for kind in (client, counterparty, person, role, user)}
PASSWORD = "correct horse battery"


@pytest.fixture
def kinds():
    return KINDS


@pytest.fixture
def write_file(tmp_path) -> Callable[..., Path]:
    """Write lines as a CSV file."""

    def write(*lines: str, name: str = "file.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes("\n".join([*lines, ""]).encode(encoding))
        return path

    return write


@pytest.fixture
def import_file(database, tmp_path) -> Callable[..., Tally]:
    """Import a file; the mapping is guessed and completed, the rejected rows go to rejects.csv."""

    def run(path: Path, kind: RecordKind = client, **options: Any) -> Tally:
        seen = importing.count_rows(path)
        columns = options.pop("columns", None) or mapping.guess(kind, seen.header)
        match = options.pop("match", mapping.default_match(kind, columns))
        options.setdefault("actor", system(Source.IMPORT))
        how = {name: options.pop(name) for name in ("dry_run", "likely") if name in options}
        plan = Plan(kind=kind, path=path, mapping=columns, match=match, **how)
        rejects = Rejects(tmp_path / "rejects.csv")
        tally = importing.run(database, KINDS, plan, rejects=rejects, **options)
        catching_up.catch_up(database, KINDS)
        rejects.finish()
        return tally

    return run


@pytest.fixture
def all_of(database) -> Callable[[RecordKind], list[dict[str, Any]]]:
    """All records of a kind as plain values, in the order of their titles."""

    def read(kind: RecordKind) -> list[dict[str, Any]]:
        with database.read() as session:
            records = session.scalars(sa.select(kind.model)).all()
            found = [service.snapshot(kind, record) for record in records]
        return sorted(found, key=lambda values: (values[kind.title], values["external_id"] or ""))

    return read


@pytest.fixture
def bring(database, tmp_path, plugins_on):
    """Import a file as the page of imports does, with the plugins of the test; no row may be rejected."""
    settings = in_force(Settings(plugins={"on": plugins_on}), database)
    kinds = load_registry(settings, database).kinds

    def bring(kind, path, columns=None, **options):
        kind = kinds[kind.name]
        columns = columns or mapping.guess(kind, importing.count_rows(path).header)
        match = mapping.default_match(kind, columns)
        plan = Plan(kind=kind, path=path, mapping=columns, match=match, **options)
        rejects = Rejects(tmp_path / "rejects.csv")
        tally = importing.run(database, kinds, plan, actor=system(Source.IMPORT), rejects=rejects)
        catching_up.catch_up(database, kinds)
        rejects.finish()
        assert tally.errors == []
        return tally

    return bring


@pytest.fixture
def office(database, app_of, tmp_path, monkeypatch, plugins_on) -> SimpleNamespace:
    """The app with an administrator; jobs wait until they are told to run.

    ``api()`` and ``browser()`` give clients of a user, ``work()`` runs the jobs that wait.
    """
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "hasher", cheap)
    settings = Settings(
        database={"url": database.url.render_as_string(hide_password=False)},
        files={"folder": tmp_path / "files"},
        server={"max_upload_mb": 1},
        plugins={"on": plugins_on},
    )
    app = app_of(settings)
    jobs: list[tuple[str, int]] = []
    site = app.state.site = replace(
        app.state.site, enqueue=lambda _tx, name, **asked: str(jobs.append((name, *asked.values())))
    )
    actor_of = partial(signin.actor_of, book=RightsBook(site.registry.permissions, ExportLimits()))

    def work() -> None:
        while jobs:
            name, run_id = jobs.pop(0)
            does = {one.JOB: one for one in (import_runs, import_reverts, bulk_jobs)}[name]
            does.execute(site, run_id, actor_of)

    def person(login: str, role: str) -> int:
        with database.write() as session:
            found = session.scalar(sa.select(User).where(User.login == login))
            values = {"role_names": [role], "password": PASSWORD, "actor": system(Source.CLI), "now": now()}
            return (found or accounts.create_user(session, login=login, **values)).id

    def api(login: str = "ana", role: str = Role.ADMINISTRATOR) -> TestClient[Any]:
        user_id = person(login, role)
        with database.write() as session:
            _row, token = accounts.create_token(
                session, user_id, name="test", actor=system(Source.CLI), now=now()
            )
        made = TestClient(app)
        made.headers["Authorization"] = f"Bearer {token}"
        return made

    def browser(login: str = "ana", role: str = Role.ADMINISTRATOR) -> tuple[TestClient[Any], str]:
        person(login, role)
        with database.write() as session:
            visit = Visit(address="203.0.113.7", user_agent="Firefox", at=now())
            entered = signin.sign_in(session, login=login, password=PASSWORD, visit=visit, rules=Rules())
        assert entered
        return TestClient(app, cookies={SESSION_COOKIE: entered.token}), entered.csrf

    return SimpleNamespace(site=site, work=work, api=api, browser=browser, jobs=jobs, actor_of=actor_of)


@pytest.fixture
def live(settings, database, make_user):
    """An administrator's browser on an app that follows changes."""
    with TestClient(Live(settings, database, work=False)) as browser:
        with database.write() as session:
            sign_in(session, browser, make_user("admin", role=Role.ADMINISTRATOR))
        yield browser
