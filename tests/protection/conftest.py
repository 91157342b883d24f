"""Users with a past, and the job that compares today with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.orm import Session

from vinculo.actor import Actor, Source
from vinculo.cli import main
from vinculo.db.base import now
from vinculo.events import log
from vinculo.protection import jobs
from vinculo.protection.models import Alarm


@pytest.fixture
def site(build_app):
    return build_app().state.site


@pytest.fixture
def look(site):
    """Run the job, with other settings if any are given."""

    def look(**sections):
        values = {name: getattr(site.settings, name).model_copy(update=one) for name, one in sections.items()}
        jobs.look(replace(site, settings=site.settings.model_copy(update=values)))

    return look


@pytest.fixture
def did(database):
    """Let a user have looked at so many client cards, so many days ago; or done something else."""

    def did(user, count, *, days=0, action="viewed", kind="client", **options):
        actor, at = Actor(user.id, user.login, Source.PAGE), now() - timedelta(days=days)
        with database.write() as session:
            for number in range(count):
                given = {"record_id": number + 1, "title": "x", "version": None, **options}
                log.write(session, actor=actor, action=action, kind=kind, at=at, **given)

    return did


@pytest.fixture
def vinculo(database, monkeypatch):
    """Type ``vinculo audit``."""
    monkeypatch.setenv("VINCULO_DATABASE__URL", database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("LANG", "en")

    def vinculo(*arguments, fails=0):
        result = CliRunner().invoke(main, ["audit", *map(str, arguments)])
        assert result.exit_code == fails, result.output
        return result.output

    return vinculo


@pytest.fixture
def alarms(database):
    def alarms():
        with Session(database.engine) as session:
            return session.scalars(sa.select(Alarm).order_by(Alarm.id)).all()

    return alarms
