"""``vinculo demo``: a sample company in a database of its own, built once and then kept."""

from __future__ import annotations

import csv
import os
import shutil
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import click

from vinculo.accounts import passwords, service
from vinculo.accounts.models import Role
from vinculo.actor import Source, system
from vinculo.cli.lazy import N_
from vinculo.cli.runtime import Runtime
from vinculo.cli.serve import run_server
from vinculo.db.base import now
from vinculo.demo import papers, terms, views
from vinculo.errors import VinculoError
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import DemoFile
from vinculo.plugins.registry import Registry
from vinculo.protection import sample
from vinculo.records import import_here, importing, mapping
from vinculo.records.import_rejects import Rejects
from vinculo.records.importing import Plan, Tally
from vinculo.settings import FILE_VARIABLE, load
from vinculo.settings.origins import PREFIX

FOLDER: Final = Path("var/demo")
LOGIN: Final = "admin"
PASSWORD: Final = "vinculo-demo"  # noqa: S105 -- printed, and for a sample company only
SEED: Final = 1
KEPT_VARIABLES: Final = ("VINCULO_SERVER__HOST", "VINCULO_SERVER__PORT")
CONFIGURATION: Final = f"""\
# The settings of `vinculo demo`. Your own configuration is neither read nor touched by it.

[database]
url = "sqlite:///{FOLDER.as_posix()}/vinculo.db"

[files]
folder = "{FOLDER.as_posix()}/files"

[company]
name = "Vinculo Demo"
"""


@click.command()
@click.option("--fresh", is_flag=True, help=N_("Delete the sample company and what was entered; start over."))
@click.option("--no-serve", is_flag=True, help=N_("Build the sample company and stop."))
@click.option("--port", type=click.IntRange(1, 65535), help=N_("Port to serve at, instead of 8000."))
def demo(fresh: bool, no_serve: bool, port: int | None) -> None:
    """Try Vinculo with a sample company.

    It lives in var/demo, with a database and settings of its own; yours are not touched. What you
    enter is kept until you say --fresh.

    Example: vinculo demo --port 9000
    """
    complete = FOLDER / "complete"
    if fresh or not complete.exists():
        _clear()
    with closing(_open()) as runtime:
        if not complete.exists():
            _build(runtime)
            complete.touch()
        runtime.upgrade()
        click.echo(_("The sample company is in %(folder)s.", folder=FOLDER))
        click.echo(_("Sign in as %(login)s with the password %(password)s.", login=LOGIN, password=PASSWORD))
        if not no_serve:
            run_server(runtime, port=port)


def _clear() -> None:
    if FOLDER.exists():
        shutil.rmtree(FOLDER)


def _open() -> Runtime:
    """The demo's own settings: a variable or a file that names a real database must not be obeyed."""
    for name in [name for name in os.environ if name.upper().startswith(PREFIX)]:
        if name.upper() not in KEPT_VARIABLES:
            del os.environ[name]
    path = FOLDER / "vinculo.toml"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        path.write_text(CONFIGURATION, encoding="utf-8")
    os.environ[FILE_VARIABLE] = str(path.resolve())
    return Runtime(load(path))


def _build(runtime: Runtime) -> None:
    click.echo(_("Building a sample company in %(folder)s …", folder=FOLDER), err=True)
    runtime.upgrade()
    runtime.switchboard.switch_all_on(actor=system(Source.CLI))
    with runtime.database.write() as session:
        terms.define(session)
    folder = FOLDER / "sample"
    folder.mkdir()
    files = runtime.registry.demo_files(folder, SEED, now().date())
    _add_users(runtime, folder / "users.csv")
    for owned in files:
        _import(runtime, owned.item)
    with runtime.database.read() as session:
        filled_in = terms.write_terms(session, folder, SEED)
    _import(runtime, filled_in)
    with runtime.database.write() as session:
        views.save(session)
        runtime.registry.fill_demo(session)
        papers.leave(session, runtime.settings, SEED)
        sample.fill(session, runtime.settings, SEED)


def _add_users(runtime: Runtime, path: Path) -> None:
    """Users are not imported: each is given a password, one for all that anybody may know."""
    password_hash = passwords.hash_password(PASSWORD)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with runtime.database.write() as session:
        for row in rows:
            user = service.create_user(
                session,
                login=row["login"],
                password=None,
                role_names=[] if row["role"] == "member" else [Role.ADMINISTRATOR],
                full_name=row["full_name"],
                email=row["email"],
                language="" if row["login"] == LOGIN else row["language"],  # a guest's browser knows
                actor=system(Source.CLI),
                now=now(),
            )
            user.password_hash = password_hash


def _import(runtime: Runtime, file: DemoFile) -> None:
    """Import a file as a user would. Raises ``VinculoError`` for the first row that is rejected."""
    plan, total = _plan(runtime.registry, file)
    actor = system(Source.IMPORT)
    with runtime.database.write() as session:
        run = import_here.begin(session, runtime.settings.files.folder, plan, total=total, actor=actor)
    with tempfile.TemporaryDirectory(prefix="vinculo-demo-") as folder, _bar(file.path.name, total) as bar:
        tally = import_here.run(
            runtime.database,
            runtime.registry.kinds,
            plan,
            run,
            actor=actor,
            rejects=Rejects(Path(folder) / "rejects.csv"),
            watch=lambda tally: _advance(bar, tally),
        )
    for row, fault in tally.errors:
        raise VinculoError(
            _("%(file)s, row %(row)s cannot be imported: %(fault)s", file=file.path, row=row, fault=fault)
        )


def _plan(registry: Registry, file: DemoFile) -> tuple[Plan, int | None]:
    seen = importing.count_rows(file.path)
    kind = registry.kinds[file.kind]
    columns = file.mapping or mapping.guess(kind, seen.header)
    return Plan(kind=kind, path=file.path, mapping=columns, match=file.match), seen.total


def _bar(label: str, total: int | None) -> Any:
    hidden = not sys.stderr.isatty()
    return click.progressbar(length=total, label=label.ljust(24), file=sys.stderr, hidden=hidden)


def _advance(bar: Any, tally: Tally) -> None:
    bar.update(tally.done - bar.pos)
