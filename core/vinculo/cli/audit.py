"""``vinculo audit``: reading the event log, and checking that it is as it was written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import click

from vinculo.actor import Source, system
from vinculo.audit import queries
from vinculo.audit.api import described
from vinculo.audit.exporting import note
from vinculo.cli.alarms import alarms, canary
from vinculo.cli.lazy import N_
from vinculo.cli.runtime import Runtime, pass_runtime, print_json, print_table
from vinculo.db import migrations
from vinculo.db.base import now
from vinculo.errors import InvalidFileError
from vinculo.events import chain
from vinculo.events.verify_log import FORMAT, Fault, Point, find_faults, read_point
from vinculo.i18n import format_number
from vinculo.i18n import gettext as _
from vinculo.transfer.reading import snapshot

as_json_option = click.option("--json", "as_json", is_flag=True, help=N_("One JSON document."))


@click.group()
def audit() -> None:
    """Read the event log and check that nobody tampered with it.

    Each event carries a hash of itself and of the one before it. Keep a checkpoint elsewhere now and then:
    it shows even that events were cut off at the end.
    """


audit.add_command(alarms)
audit.add_command(canary)


@audit.command("list")
@click.option("--filter", "filters", multiple=True, metavar="NAME=VALUE",
              help=N_("Only these, as in the API: actor_id, kind, action, source, record_id, client_id,"
                      " from, to, before, limit."))  # fmt: skip
@as_json_option
@pass_runtime
def list_(runtime: Runtime, filters: Sequence[str], as_json: bool) -> None:
    """List events, newest first.

    Example: vinculo audit list --filter action=exported --filter from=2026-01-01
    """
    _require_kernel(runtime)
    asked = queries.parse(map(_pair, filters))
    with runtime.database.read() as session:
        events = [described(event) for event in queries.page(session, asked)[0]]
    if as_json:
        print_json([{name: getattr(event, name) for name in event.__struct_fields__} for event in events])
        return
    rows = [
        (str(e.id), e.at[:19], str(e.actor_id or "-"), e.action, e.kind, str(e.record_id), e.title[:60])
        for e in events
    ]
    headings = [_("Number"), _("When"), _("User"), _("Action"), _("Kind"), _("Record"), _("Title")]
    print_table(headings, rows)


@audit.command()
@click.option("--since", metavar="CHECKPOINT", help=N_("Only what came after this checkpoint."))
@as_json_option
@click.pass_context
@pass_runtime
def verify(runtime: Runtime, ctx: click.Context, since: str | None, as_json: bool) -> None:
    """Find every event that was edited, removed or put in. Exits with 1 if there is one.

    Example: vinculo audit verify --since 1234:9f86d0…
    """
    _require_kernel(runtime)
    point = _point(since) if since else None
    with snapshot(runtime.database) as connection:
        rows = chain.rows(connection, since=point[0] if point else 0)
        check, faults = find_faults(rows, lambda: chain.head(connection), point)
    if as_json:
        found = [{"code": f.code, "first": f.first, "last": f.last} for f in faults]
        print_json(
            {"sound": not faults, "events": check.count, "checkpoint": _text(check.last), "faults": found}
        )
    else:
        for fault in faults:
            click.echo(_described(fault))
        text = _("%(n)s events are as they were written.") if not faults else _("%(n)s events were checked.")
        click.echo(text % {"n": format_number(check.count)})
    ctx.exit(1 if faults else 0)


@audit.command()
@as_json_option
@pass_runtime
def checkpoint(runtime: Runtime, as_json: bool) -> None:
    """Print number and hash of the last event, and the time: keep the line where nobody can change it.

    Example: vinculo audit checkpoint >> /mnt/elsewhere/checkpoints.txt
    """
    _require_kernel(runtime)
    with runtime.database.read() as session:
        point = chain.head(session)
    at = chain.moment(now())
    if as_json:
        print_json({"number": point[0], "hash": point[1], "at": at, "checkpoint": f"{_text(point)}:{at}"})
    else:
        click.echo(f"{_text(point)}:{at}")


@audit.command("export")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@as_json_option
@pass_runtime
def export_(runtime: Runtime, file: Path, as_json: bool) -> None:
    """Write the whole log into FILE, one JSON object a line.

    It can be checked without Vinculo: see docs/audit-log.md.

    Example: vinculo audit export log.jsonl
    """
    _require_kernel(runtime)
    count = 0
    try:
        with snapshot(runtime.database) as connection, file.open("w", encoding="utf-8") as target:
            number, digest = chain.head(connection)
            _write_line(target, {"vinculo_log": FORMAT, "number": number, "hash": digest})
            for row in chain.rows(connection):
                _write_line(target, row)
                count += 1
    except OSError as error:
        text = _("%(file)s cannot be written: %(reason)s.", file=file, reason=error.strerror or error)
        raise InvalidFileError(text, code="not_writable") from error
    note(runtime.database, file.name, count, actor=system(Source.CLI))
    if as_json:
        print_json({"file": str(file), "events": count, "checkpoint": f"{number}:{digest}"})
    else:
        click.echo(_("%(n)s events in %(file)s.", n=format_number(count), file=file))


def _write_line(target: IO[str], value: Mapping[str, Any]) -> None:
    target.write(json.dumps(value, ensure_ascii=False) + "\n")


def _text(point: Point) -> str:
    return f"{point[0]}:{point[1]}"


def _point(text: str) -> Point:
    try:
        return read_point(text)
    except ValueError as error:
        hint = _("%(text)s: give a line that “vinculo audit checkpoint” printed.", text=text)
        raise click.BadParameter(hint, param_hint="--since") from error


def _described(fault: Fault) -> str:
    which = str(fault.first) if fault.first == fault.last else f"{fault.first}–{fault.last}"  # noqa: RUF001
    text = {
        "edited": _("Event %(which)s was edited since it was written."),
        "broken": _(
            "Event %(which)s does not follow the one before it: one of the two was edited or put in."
        ),
        "removed": _("Event %(which)s was removed."),
        "inserted": _("Event %(which)s was put in."),
        "erased": _("Event %(which)s was emptied, and no later event says so."),
        "cut": _("Event %(which)s was removed from the end of the log."),
        "checkpoint": _("Event %(which)s is not the one that the checkpoint was taken of."),
    }[fault.code]
    return text % {"which": which}


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(_("%(text)s: write NAME=VALUE.", text=text), param_hint="--filter")
    return name.strip(), value


def _require_kernel(runtime: Runtime) -> None:
    migrations.require_current(runtime.database, runtime.histories[:1])
