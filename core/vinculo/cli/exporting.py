"""``vinculo export``: records as a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from vinculo.actor import Source, system
from vinculo.cli.importing import find_kind
from vinculo.cli.lazy import N_
from vinculo.cli.runtime import Runtime, pass_runtime, print_json
from vinculo.db.base import now
from vinculo.i18n import gettext as _
from vinculo.i18n import ngettext
from vinculo.records import exporting, facts, saved
from vinculo.records import query as queries
from vinculo.records.kind import RecordKind
from vinculo.records.releasing import Rules, Wanted, release


@click.command()
@click.argument("kind")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--filter", "filters", multiple=True, metavar="NAME[OP]=VALUE",
              help=N_("Only these, as in the API: stage=active, name[contains]=acme, q=acme."))  # fmt: skip
@click.option("--sort", default="", help=N_("Field to sort by; a minus before it turns the order round."))
@click.option("--view", default="", help=N_("Name of a saved view that is shared with everyone."))
@click.option("--json", "as_json", is_flag=True, help=N_("One JSON document."))
@pass_runtime
def export(
    runtime: Runtime, kind: str, file: Path, filters: Sequence[str], sort: str, view: str, as_json: bool
) -> None:
    """Export records to a CSV, XLSX or vCard file.

    KIND is for example client. Import reads the file back. Its last row says where it came from, by a
    number that is in the event log.

    Example: vinculo export client active.xlsx --filter stage=active --sort name
    """
    runtime.require_current()
    found = find_kind(runtime.registry, kind)
    asked = [*map(pair, filters), *([("sort", sort)] if sort else [])]
    if view:
        asked = in_view(runtime, found, view, asked)
    seen = facts.seen_by(runtime.registry, found, system(Source.CLI), asked)
    query = queries.parse(seen, asked, typed=False)
    wanted = Wanted(found, asked, file.suffix.lower().removeprefix("."), system(Source.CLI))
    number = 0

    def seal(rows: int, given: frozenset[int]) -> str:
        nonlocal number
        with runtime.database.write() as session:
            released = release(session, wanted, rows, given=given, rules=Rules.of(runtime.in_force), at=now())
        number = released.id
        return released.mark

    with runtime.database.read() as session:
        kinds, actor = runtime.registry.kinds, wanted.actor
        count = exporting.write(session, seen, kinds, query, file, actor=actor, seal=seal)
    if as_json:
        print_json({"kind": found.name, "file": str(file), "rows": count, "number": number})
    else:
        click.echo(ngettext("%(n)s record in %(file)s.", "%(n)s records in %(file)s.", count, file=file))


def in_view(
    runtime: Runtime, kind: RecordKind, name: str, asked: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    """What is asked for, together with what a view says that everyone has."""
    actor = system(Source.CLI)
    with runtime.database.read() as session:
        rows = saved.of_kind(session, kind, actor).rows
        found = [row for row in rows if row.name.casefold() == name.casefold()]
        if not found:
            known = ", ".join(row.name for row in rows) or _("none")
            text = _("There is no view “%(name)s”; there are: %(known)s.", name=name, known=known)
            raise click.BadParameter(text, param_hint="--view")
        given = saved.applied(session, kind, [*asked, ("view", str(found[0].id))], actor)
        return saved.named(session, given, actor)


def pair(text: str) -> tuple[str, str]:
    """A filter as it is typed."""
    name, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(_("%(text)s: write NAME=VALUE.", text=text), param_hint="--filter")
    return name.strip(), value
