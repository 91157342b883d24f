"""What cannot be done is said in one line, by the command line as by the switchboard, and changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from vinculo.actor import Source, system
from vinculo.cli import main
from vinculo.errors import VinculoError
from vinculo.transfer import reading

ADMIN = system(Source.CLI)
TABLE = """
    import sqlalchemy as sa
    from sqlalchemy.orm import Mapped, mapped_column
    from vinculo.db.base import Base

    class Note(Base):
        __tablename__ = "{table}"
        text: Mapped[str] = mapped_column(sa.Text)
"""
MIGRATION = """
    import sqlalchemy as sa
    from alembic import op
    from vinculo.db.types import BigId

    revision, down_revision = "0001", None

    def upgrade():
        number = sa.Column("id", BigId, sa.Identity(), primary_key=True)
        op.create_table("first_note", number, sa.Column("text", sa.Text))
        op.execute("insert into first_note (text) values ('a row')")
"""
HOOKS = """
    import click
    from {package} import models
    from vinculo.clients.records import client
    from vinculo.jobs import JobHandler
    from vinculo.plugins.contributions import Performer, Permission
    from vinculo.web.routes import get

    @get("{route}", permission="signed-in")
    def page(ctx) -> dict[str, str]:
        return {{}}

    @click.command("{command}")
    def command():
        pass

    @hookimpl
    def routers():
        yield page

    @hookimpl
    def permissions():
        yield Permission("{permission}", "x")

    @hookimpl
    def commands():
        yield command

    @hookimpl
    def job_handlers():
        return {{"{job}": JobHandler(print)}}

    @hookimpl
    def performers():
        yield Performer("{way}", "Way", print)
"""
SECOND_KIND = """
    from vinculo.clients.records import client

    @hookimpl
    def record_kinds():
        yield client
"""
FIRST = {
    "table": "first_note",
    "route": "/first",
    "command": "first",
    "permission": "first.read",
    "job": "first.run",
    "way": "first",
}


def write(install, name, **claims):
    """A plugin of its own, but for what it claims of another."""
    own = {part: value.replace("first", name) for part, value in FIRST.items()} | claims
    files = {"models.py": TABLE.format(table=own["table"])}
    if name == "first":
        files["migrations/0001.py"] = MIGRATION
    install(name, HOOKS.format(package=f"acme_{name}", **own), files=files)


@pytest.fixture
def company(install, switchboard, make_client, tmp_path):
    """One plugin is on, one is off with its rows in an archive, and others are there that cannot be on."""
    make_client("Padaria Luz")
    write(install, "first")
    switchboard.switch("on", "first", actor=ADMIN)
    switchboard.switch("on", "interactions", actor=ADMIN)
    switchboard.switch("off", "interactions", actor=ADMIN)
    switchboard.archive("interactions", tmp_path / "talks.vinculo", actor=ADMIN)
    for part, value in FIRST.items():
        write(install, f"second{part}", **{part: value})
    install("secondkind", SECOND_KIND)
    install("hen", requires=["egg"])
    install("egg", requires=["hen"])
    install("lonely", requires=["ghost"])
    install("hungry", requires=["cook"])
    install("cook")
    (tmp_path / "torn.vinculo").write_bytes((tmp_path / "talks.vinculo").read_bytes()[:-900])
    (tmp_path / "letter.vinculo").write_text("Dear Sir or Madam")


CASES = {  # what is typed → what is said, and the code of the error
    "on ghost": ("There is no plugin “ghost”", "unknown_plugin"),
    "off ghost": ("There is no plugin “ghost”", "unknown_plugin"),
    "plan on ghost": ("There is no plugin “ghost”", "unknown_plugin"),
    "archive ghost": ("There is no plugin “ghost”", "unknown_plugin"),
    "purge ghost --confirm ghost": ("There is no plugin “ghost”", "unknown_plugin"),
    "restore ghost talks.vinculo": ("There is no plugin “ghost”", "unknown_plugin"),
    "on hen": ("require each other in a circle: ", "plugin_fault"),
    "on hen --cascade": ("require each other in a circle: ", "plugin_fault"),
    "on lonely": ("lonely requires ghost, which is not installed", "requires"),
    "on lonely --cascade": ("lonely requires ghost, which is not installed", "requires"),
    "on hungry": ("hungry requires cook; switch that on, too", "requires"),
    "on secondtable": ("first_note", "plugin_fault"),
    "on secondroute": ("secondroute does not fit in", "plugin_fault"),
    "on secondcommand": ("adds a second command “first”", "plugin_fault"),
    "on secondpermission": ("adds a second permission “first.read”", "plugin_fault"),
    "on secondjob": ("adds a second job “first.run”", "plugin_fault"),
    "on secondway": ("adds a second way to perform “approved: first”", "plugin_fault"),
    "on secondkind": ("adds a second kind of record “client”", "plugin_fault"),
    "archive first": ("first is on; switch it off first", "still_on"),
    "purge first --confirm first": ("first is on; switch it off first", "still_on"),
    "restore first talks.vinculo": ("first is on; switch it off first", "still_on"),
    "archive cook": ("cook has no tables", "nothing_to_archive"),
    "purge cook --confirm cook": ("no archive of cook yet", "no_archive"),
    "purge interactions --confirm yes": ("type the name of the plugin: interactions", "not_confirmed"),
    "purge interactions torn.vinculo --confirm interactions": ("torn.vinculo", "archive_invalid"),
    "restore interactions torn.vinculo": ("torn.vinculo", "archive_invalid"),
    "restore interactions letter.vinculo": ("letter.vinculo", "archive_invalid"),
    "restore interactions nowhere.vinculo": ("nowhere.vinculo", "archive_invalid"),
    "restore cook talks.vinculo": ("an archive of the plugin interactions, not", "archive_of_another"),
}


@pytest.fixture
def seals(database):
    def seals():
        with reading.snapshot(database) as connection:
            return {name: reading.seal(connection, name) for name in reading.table_names(connection)}

    return seals


@pytest.mark.databases("sqlite")
def test_it_is_said_and_nothing_changes(
    company, switchboard, database, settings, seals, tmp_path, monkeypatch
):
    monkeypatch.setenv("VINCULO_DATABASE__URL", database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("VINCULO_FILES__FOLDER", str(settings.files.folder))
    monkeypatch.setenv("LANG", "en")
    monkeypatch.chdir(tmp_path)
    before, wrong = seals(), {}
    for typed, (said, code) in CASES.items():
        error = refusal(switchboard, typed)
        ran = CliRunner().invoke(main, ["plugins", *typed.split()])
        if said not in error.message or error.code != code:
            wrong[typed] = (error.code, error.message)
        if said not in ran.output or ran.exit_code == 0 or "Traceback" in ran.output:
            wrong[f"vinculo plugins {typed}"] = (ran.exit_code, ran.output)
        after = seals()
        if after != before:
            wrong[f"{typed} changed"] = sorted(name for name in after if after[name] != before.get(name))
            before = after

    assert wrong == {}
    assert set(tmp_path.glob("*.vinculo")) == {tmp_path / f"{n}.vinculo" for n in ("talks", "torn", "letter")}


def refusal(switchboard, typed):
    """The error that the switchboard raises for the same command."""
    command, name, *rest = typed.replace("plan on", "plan").split()
    confirmation = rest[rest.index("--confirm") + 1] if "--confirm" in rest else ""
    path = next((one for one in rest if one.endswith(".vinculo")), None)
    file = Path(path) if path else None
    calls = {
        "on": lambda: switchboard.switch("on", name, cascade="--cascade" in rest, actor=ADMIN),
        "off": lambda: switchboard.switch("off", name, actor=ADMIN),
        "plan": lambda: switchboard.plan("on", name),
        "archive": lambda: switchboard.archive(name, file, actor=ADMIN),
        "purge": lambda: switchboard.purge(name, file, confirmation=confirmation, actor=ADMIN),
        "restore": lambda: switchboard.restore(name, file, actor=ADMIN),
    }
    with pytest.raises(VinculoError) as raised:
        calls[command]()
    return raised.value
