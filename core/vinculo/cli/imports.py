"""``vinculo imports``: what was imported, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence

import click
import msgspec
from sqlalchemy.orm import Session

from vinculo.actor import Source, system
from vinculo.cli.lazy import N_
from vinculo.cli.runtime import Runtime, pass_runtime, print_json, print_table
from vinculo.errors import NotFoundError
from vinculo.i18n import format_datetime, ngettext
from vinculo.i18n import gettext as _
from vinculo.records import import_reverts, import_runs
from vinculo.records.import_api import to_import
from vinculo.records.import_list_pages import state
from vinculo.records.import_runs import Listed
from vinculo.records.models import ImportRun
from vinculo.records.reverting import EVERYTHING, Clash

SHOWN = 50
ACTOR = system(Source.CLI)
as_json_option = click.option("--json", "as_json", is_flag=True, help=N_("One JSON document."))


@click.group()
def imports() -> None:
    """See what was imported, stop an import and take one back."""


@imports.command("list")
@click.option(
    "--page", type=click.IntRange(0, 999), default=0, show_default=True, help=N_("0 is the newest.")
)
@as_json_option
@pass_runtime
def list_(runtime: Runtime, page: int, as_json: bool) -> None:
    """List imports, the latest first.

    Example: vinculo imports list
    """
    runtime.require_current()
    with runtime.database.read() as session:
        found, _more = import_runs.listed(session, runtime.registry.kinds, actor=ACTOR, page=page)
    if as_json:
        print_json([msgspec.to_builtins(to_import(one.run)) for one in found])
        return
    headings = [_("Number"), _("File"), _("Records"), _("When"), _("State")]
    headings += [_("New"), _("Changed"), _("Rejected")]
    print_table(headings, [*map(_line, found)], texts=5)


@imports.command()
@click.argument("number", type=click.IntRange(1, 2**63 - 1))
@pass_runtime
def cancel(runtime: Runtime, number: int) -> None:
    """Stop an import, or taking it back; what was done so far is kept.

    Example: vinculo imports cancel 17
    """
    runtime.require_current()
    with runtime.database.write() as session:
        run = _get(session, number)
        import_reverts.stop(session, run)
    click.echo(_("%(file)s is cancelled.", file=run.file_name))


@imports.command()
@click.argument("number", type=click.IntRange(1, 2**63 - 1))
@click.option(
    "--overwrite",
    multiple=True,
    metavar="CONFLICT",
    help=N_("Take this back, too, although it was changed since; see what the first time left alone."),
)
@click.option("--overwrite-all", is_flag=True, help=N_("The same with all that was left alone."))
@as_json_option
@pass_runtime
def revert(
    runtime: Runtime, number: int, overwrite: Sequence[str], overwrite_all: bool, as_json: bool
) -> None:
    """Take an import back, updates included.

    What was changed since is listed and left alone. One that was killed goes on when this is typed again.

    Example: vinculo imports revert 17
    """
    runtime.require_current()
    kinds = runtime.registry.kinds
    chosen = [EVERYTHING] if overwrite_all else [*overwrite]
    with runtime.database.write() as session:
        run = _get(session, number)
        if run.kind not in kinds:
            raise NotFoundError(_("The plugin with “%(kind)s” is off.", kind=run.kind))
        import_reverts.begin(session, run, kinds, actor=ACTOR, overwrite=chosen)
    done = import_reverts.work(runtime.database, kinds, run.id, actor=ACTOR)
    with runtime.database.read() as session:
        left = [*import_reverts.clashes(session, kinds, run, actor=ACTOR, most=SHOWN)]
    counts = {"deleted": done.deleted, "restored": done.restored, "lost": done.lost}
    if as_json:
        print_json({"import": run.id, "state": done.state.value, **counts, "conflicts": [*map(_told, left)]})
        return
    click.echo(
        _("%(deleted)s records deleted, %(restored)s as before, %(lost)s were gone already.", **counts)
    )
    for clash in left:
        click.echo(f"{clash.key}  {clash.title}: {clash.reason}", err=True)
    if left:
        text = ngettext("%(n)s conflict was left alone.", "%(n)s conflicts were left alone.", len(left))
        click.echo(text, err=True)


def _line(one: Listed) -> list[str]:
    run = one.run
    told = [str(run.id), run.file_name, run.kind, format_datetime(run.created_at), state(one)]
    return [*told, *map(str, (run.created, run.changed, run.rejected))]


def _get(session: Session, number: int) -> ImportRun:
    run = session.get(ImportRun, number)
    if run is None:
        raise NotFoundError(_("There is no import %(id)s.", id=number))
    return run


def _told(clash: Clash) -> dict[str, object]:
    return {"key": clash.key, **{name: getattr(clash, name) for name in clash.__slots__}}
