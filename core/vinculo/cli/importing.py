"""``vinculo import``: a file becomes records, in this process."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from vinculo.actor import Source, system
from vinculo.cli.lazy import FAILED, N_
from vinculo.cli.runtime import Runtime, pass_runtime, print_json
from vinculo.errors import NotFoundError
from vinculo.i18n import gettext as _
from vinculo.i18n import ngettext
from vinculo.plugins.registry import Registry
from vinculo.records import importing, mapping
from vinculo.records.import_rejects import Rejects
from vinculo.records.importing import Plan, Tally
from vinculo.records.kind import RecordKind

SHOWN_ERRORS = 20


@click.command("import")
@click.argument("kind")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map",
    "pairs",
    multiple=True,
    metavar="HEADER=TARGET",
    help=N_("What a column is; HEADER= leaves it out. The others are guessed."),
)
@click.option(
    "--match",
    multiple=True,
    metavar="TARGET",
    help=N_("Field by which a row finds its record; several are tried in their order."),
)
@click.option("--dry-run", is_flag=True, help=N_("Try everything and save nothing."))
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    help=N_("Write rejected rows to this .csv or .xlsx file, to correct and import again."),
)
@click.option("--encoding", help=N_("Encoding of a CSV file, if it is not recognised."))
@click.option("--delimiter", help=N_("Separator of a CSV file, if it is not recognised."))
@click.option("--json", "as_json", is_flag=True, help=N_("One JSON document."))
@pass_runtime
def import_(
    runtime: Runtime,
    kind: str,
    file: Path,
    pairs: Sequence[str],
    match: Sequence[str],
    dry_run: bool,
    rejects: Path | None,
    encoding: str | None,
    delimiter: str | None,
    as_json: bool,
) -> None:
    """Import records from a CSV or XLSX file.

    KIND is for example client. Exit code 1 when rows were rejected.

    Example: vinculo import client customers.csv --map CustomerID=external_id --match external_id
    """
    runtime.require_current()
    found = find_kind(runtime.registry, kind)
    seen = importing.count_rows(file, encoding=encoding, delimiter=delimiter)
    columns = _mapping(found, seen.header, pairs)
    keys = list(match) or mapping.default_match(found, columns)
    mapping.check(found, seen.header, columns, keys)
    plan = Plan(
        kind=found, path=file, mapping=columns, match=keys, dry_run=dry_run,
        encoding=encoding, delimiter=delimiter,
    )  # fmt: skip
    tally = _run(runtime, plan, Tally(total=seen.total), rejects)
    if as_json:
        print_json(
            {"kind": found.name, "dry_run": dry_run, "mapping": columns, "match": keys, **asdict(tally)}
        )
    else:
        _report(tally, dry_run=dry_run)
    if tally.rejected:
        click.get_current_context().exit(FAILED)


def find_kind(registry: Registry, name: str) -> RecordKind:
    """A kind by its name or plural. Raises ``NotFoundError`` naming those that there are."""
    kinds = [kind for kind in registry.kinds.values() if kind.exposed]
    for kind in kinds:
        if name.lower() in (kind.name, kind.plural):
            return kind
    known = ", ".join(kind.name for kind in kinds)
    raise NotFoundError(
        _("There is no kind of record “%(name)s”; there are: %(known)s.", name=name, known=known)
    )


def _mapping(kind: RecordKind, header: Sequence[str], pairs: Sequence[str]) -> dict[str, str]:
    asked: dict[str, str] = {}
    for pair in pairs:
        title, equals, target = pair.rpartition("=")
        if not equals:
            raise click.BadParameter(_("%(pair)s: write HEADER=TARGET.", pair=pair), param_hint="--map")
        asked[title.strip()] = target.strip()
    guessed = mapping.guess(kind, header)
    kept = {t: target for t, target in guessed.items() if t not in asked and target not in asked.values()}
    return {**kept, **{title: target for title, target in asked.items() if target}}


def _run(runtime: Runtime, plan: Plan, tally: Tally, rejects: Path | None) -> Tally:
    with tempfile.TemporaryDirectory(prefix="vinculo-import-") as folder:
        journal = Rejects(rejects or Path(folder) / "rejects.csv")
        with _progress_bar(plan, tally) as bar:
            done = importing.run(
                runtime.database,
                runtime.registry.kinds,
                plan,
                actor=system(Source.IMPORT),
                rejects=journal,
                tally=tally,
                watch=_advance(bar),
            )
        journal.finish()
    return done


def _progress_bar(plan: Plan, tally: Tally) -> Any:
    hidden = not sys.stderr.isatty()
    return click.progressbar(length=tally.total, label=plan.path.name, file=sys.stderr, hidden=hidden)


def _advance(bar: Any) -> Callable[[Tally], None]:
    def watch(tally: Tally) -> None:
        bar.update(tally.done - bar.pos)

    return watch


def _report(tally: Tally, *, dry_run: bool) -> None:
    for number, message in tally.errors[:SHOWN_ERRORS]:
        click.echo(_("Row %(row)s: %(fault)s", row=number, fault=message), err=True)
    more = tally.rejected - SHOWN_ERRORS
    if more > 0:
        text = ngettext(
            "… and %(n)s more row; --rejects keeps all.", "… and %(n)s more rows; --rejects keeps all.", more
        )
        click.echo(text, err=True)
    summary = _(
        "%(n)s rows: %(created)s new, %(changed)s changed, %(unchanged)s unchanged, %(rejected)s rejected.",
        n=tally.done,
        created=tally.created,
        changed=tally.changed,
        unchanged=tally.unchanged,
        rejected=tally.rejected,
    )
    click.echo(summary)
    if dry_run:
        click.echo(_("This was a dry run; nothing was saved."))
