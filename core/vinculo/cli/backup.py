"""``vinculo backup``, ``restore`` and ``move``: the whole company in one file, or in another database."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from vinculo.actor import Source, system
from vinculo.cli.lazy import N_
from vinculo.cli.runtime import Runtime, pass_runtime, print_json
from vinculo.db.engine import Database
from vinculo.errors import ConfigError, ConflictError
from vinculo.i18n import format_number, ngettext
from vinculo.i18n import gettext as _
from vinculo.privacy import register
from vinculo.privacy.models import Erasure
from vinculo.privacy.register import Entry
from vinculo.settings import shown
from vinculo.transfer import company

if TYPE_CHECKING:
    from vinculo.transfer.reading import TableSeal

as_json_option = click.option("--json", "as_json", is_flag=True, help=N_("One JSON document."))
file_type = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("file", type=file_type)
@click.option("--force", is_flag=True, help=N_("Overwrite a file that is there."))
@as_json_option
@pass_runtime
def backup(runtime: Runtime, file: Path, force: bool, as_json: bool) -> None:
    """Write the whole company into FILE, while it is at work.

    All tables, those of plugins that are off included, and the uploaded files. Jobs that wait in the
    background are left out.

    Example: vinculo backup monday.vinculo
    """
    if file.exists() and not force:
        raise ConflictError(_("%(file)s is there already; say --force to overwrite it.", file=file))
    runtime.require_current()
    seals = company.backup(runtime.database, file, files=runtime.settings.files.folder)
    _report(seals, as_json, _("Written to %(target)s.", target=file))


@click.command()
@click.argument("file", type=file_type)
@click.option("--erasures", type=file_type, metavar="REGISTER",
              help=N_("Register of erasures of elsewhere: files/privacy/erasures.jsonl."))  # fmt: skip
@as_json_option
@pass_runtime
def restore(runtime: Runtime, file: Path, erasures: Path | None, as_json: bool) -> None:
    """Fill an empty database, the one of the settings, from a backup.

    Each table is read back and compared with the file. If it is stopped half-way the database is not
    served; start it again. Persons who were erased since the backup was made are erased again: the register
    in the folder of files says who, or that of another machine, which you name.

    Example: VINCULO_DATABASE__URL=sqlite:///var/new.db vinculo restore monday.vinculo
    """
    from vinculo.app import prepare_jobs  # noqa: PLC0415 -- brings the web framework along

    kept = runtime.settings.files.folder / register.FILE
    entries = [*register.read(kept), *(register.read(erasures) if erasures else ())]
    seals = company.restore(
        runtime.database,
        file,
        histories=runtime.histories,
        files=runtime.settings.files.folder,
        prepare=[prepare_jobs],
        watch=_watch,
    )
    register.write(kept, entries)  # the backup brought one of its own
    count = _erase_again(runtime, entries)
    _report(seals, as_json, _("The company is back."))
    if count and not as_json:
        text = ngettext("%(n)s person was erased again.", "%(n)s persons were erased again.", count)
        click.echo(text)


@click.command()
@click.option("--to", "url", required=True, help=N_("Address of an empty database."))
@as_json_option
@pass_runtime
def move(runtime: Runtime, url: str, as_json: bool) -> None:
    """Copy the whole company into another database: from SQLite to PostgreSQL, or back.

    Stop the server first: what is entered meanwhile is not copied. Each table is read back and compared.

    Example: vinculo move --to postgresql://vinculo@localhost/vinculo
    """
    from vinculo.app import prepare_jobs  # noqa: PLC0415 -- brings the web framework along

    runtime.require_current()
    if make_url(runtime.settings.database.url) == _parsed(url):
        raise ConflictError(_("The company is in this database already; name another one."))
    with closing(Database(url)) as target:
        seals = company.move(
            runtime.database, target, histories=runtime.histories, prepare=[prepare_jobs], watch=_watch
        )
    where = shown("database.url", url)
    _report(seals, as_json, _("Everything is there. Now set database.url to %(url)s.", url=where))


def _erase_again(runtime: Runtime, entries: Sequence[Entry]) -> int:
    """Erase whom the backup still held; the tables may be older than this program, so they are upgraded."""
    from vinculo.privacy import erasing  # noqa: PLC0415 -- brings the web framework along

    with runtime.database.read() as session:
        has_register = sa.inspect(session.connection()).has_table(Erasure.__tablename__)
        known = {one.key for one in register.stored(session)} if has_register else set()
    missing = {one.key: one for one in entries if one.key not in known}
    if not missing:
        return 0
    runtime.upgrade()
    return erasing.again(runtime.house, missing.values(), actor=system(Source.CLI))


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        text = _("--to is not an address of a database; write sqlite:///var/vinculo.db or postgresql://…")
        raise ConfigError(text) from error


def _watch(seal: TableSeal) -> None:
    if sys.stderr.isatty():
        click.echo(f"  {seal.table}  {format_number(seal.rows)}", err=True)


def _report(seals: Sequence[TableSeal], as_json: bool, text: str) -> None:
    if as_json:
        print_json([asdict(seal) for seal in seals])
        return
    count = format_number(sum(seal.rows for seal in seals))
    click.echo(_("%(rows)s rows in %(tables)s tables, each verified.", rows=count, tables=len(seals)))
    click.echo(text)
