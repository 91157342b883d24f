"""``vinculo import``: a file becomes records, in this process."""

from __future__ import annotations

import gc
import shlex
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from vinculo.actor import Actor, Source, system
from vinculo.cli.lazy import FAILED, N_
from vinculo.cli.runtime import Runtime, pass_runtime, print_json
from vinculo.errors import NotFoundError
from vinculo.i18n import gettext as _
from vinculo.i18n import ngettext
from vinculo.plugins.registry import Registry
from vinculo.records import (
    import_here,
    import_layout,
    import_likes,
    import_parts,
    import_templates,
    import_values,
    importing,
    tabular_encoding,
)
from vinculo.records.import_likes import Likely
from vinculo.records.import_parts import Parts
from vinculo.records.import_rejects import Rejects
from vinculo.records.import_values import Mapped
from vinculo.records.importing import Plan, Preview, Tally
from vinculo.records.kind import RecordKind
from vinculo.records.models import ImportTemplate
from vinculo.records.reading import Reader
from vinculo.records.tabular import Layout

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
    "--values",
    multiple=True,
    metavar="HEADER:TEXT=MEANING",
    help=N_(
        "What a text in a column is read as; TEXT= leaves the field empty. --dry-run lists what is unknown."
    ),
)
@click.option(
    "--match",
    multiple=True,
    metavar="TARGET",
    help=N_("Field by which a row finds its record; several are tried in their order."),
)
@click.option(
    "--duplicates",
    type=click.Choice([one.value for one in Likely]),
    default=Likely.CREATE.value,
    show_default=True,
    help=N_("What becomes of rows that look like a record that no key finds; “create” does not look."),
)
@click.option(
    "--with",
    "others",
    metavar="KIND,…",
    help=N_("Further kinds of records in the same rows, for example counterparty,person."),
)
@click.option("--template", default="", help=N_("Name of a template that says what the columns are."))
@click.option("--save-template", default="", help=N_("Keep the mapping under this name, for everyone."))
@click.option("--dry-run", is_flag=True, help=N_("Try everything and save nothing."))
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    help=N_("Write rejected rows to this .csv or .xlsx file, to correct and import again."),
)
@click.option("--encoding", help=N_("Encoding of a CSV file, if it is not recognised."))
@click.option(
    "--separator", "--delimiter", help=N_("Separator of a CSV file, if it is not recognised; “tab” is one.")
)
@click.option("--sheet", help=N_("Name of the sheet of a workbook, if it is not the first."))
@click.option("--header-row", type=click.IntRange(1), help=N_("Row of the titles, if it is not recognised."))
@click.option(
    "--no-header", is_flag=True, help=N_("The file has no titles: columns are “Column 1” and so on.")
)
@click.option("--json", "as_json", is_flag=True, help=N_("One JSON document."))
@pass_runtime
def import_(
    runtime: Runtime,
    /,
    kind: str,
    file: Path,
    rejects: Path | None,
    as_json: bool,
    encoding: str | None,
    **said: Any,
) -> None:
    """Import records from a CSV, XLSX, XLS, ODS or vCard file.

    KIND is for example client. Exit code 1 when rows were rejected.

    Example: vinculo import client customers.csv --map CustomerID=external_id --match external_id

    Example: vinculo import client customers.csv --with counterparty,person --map Boss=person.name
    """
    runtime.require_current()
    found = find_kind(runtime.registry, kind)
    plan, mapped, total = _plan(runtime, found, file, encoding=encoding, **said)
    if encoding is None:
        _say_encoding(file, plan.layout.encoding)
    tally = _run(runtime, plan, Tally(total=total), rejects)
    if as_json:
        print_json(_document(plan, tally))
    else:
        _report(tally, mapped.parts, dry_run=plan.dry_run)
        if plan.dry_run:
            _report_values(runtime, plan, mapped)
    if tally.rejected:
        click.get_current_context().exit(FAILED)


def _plan(
    runtime: Runtime,
    kind: RecordKind,
    file: Path,
    *,
    duplicates: str,
    template: str,
    save_template: str,
    dry_run: bool,
    encoding: str | None,
    separator: str | None,
    sheet: str | None,
    header_row: int | None,
    no_header: bool,
    **said: Any,
) -> tuple[Plan, Mapped, int | None]:
    """What was typed, checked; and how many rows the file has."""
    delimiter, header = import_layout.separator(separator), 0 if no_header else header_row
    layout = Layout(encoding=encoding, delimiter=delimiter, sheet=sheet, header=header)
    with runtime.database.write() as session:
        used = import_templates.named(session, kind, template, _actor()) if template else None
        seen = import_templates.read(used, file, layout)
        mapped = _settled(session, runtime, kind, seen, used, **said)
        if save_template:  # which is everyone's: the command line is nobody's
            import_templates.save(session, save_template, seen, mapped, shared=True, actor=_actor())
    plan = Plan(
        kind=kind,
        others=[one.name for one in mapped.parts.others],
        path=file,
        mapping=mapped.columns,
        match=mapped.match,
        values=mapped.values,
        dry_run=dry_run,
        layout=seen.layout,
        likely=import_likes.choice(kind, duplicates, several=bool(mapped.parts.others)),
    )
    return plan, mapped, seen.total


def _say_encoding(file: Path, encoding: str | None) -> None:
    """Where an old encoding was guessed: how words read in it and in others."""
    found, clear = tabular_encoding.readings(file, encoding) if encoding else ((), True)
    if clear or not found:
        return
    first, *others = found
    text = _("Read as %(encoding)s: %(words)s", encoding=first.encoding, words=first.words)
    lines = [text, _("If letters are wrong there, say --encoding:")]
    lines += [f"  {one.encoding}: {one.words}" for one in others]
    click.echo("\n".join(lines), err=True)


def _document(plan: Plan, tally: Tally) -> dict[str, Any]:
    asked = {"kind": plan.kind.name, "others": plan.others, "dry_run": plan.dry_run}
    mapped = {"mapping": plan.mapping, "match": plan.match, "values": plan.values}
    return {**asked, **mapped, **asdict(tally)}


def _actor() -> Actor:
    return system(Source.IMPORT)


def _settled(
    session: Session,
    runtime: Runtime,
    kind: RecordKind,
    seen: Preview,
    used: ImportTemplate | None,
    *,
    pairs: Sequence[str],
    values: Sequence[str],
    match: Sequence[str],
    others: str | None,
) -> Mapped:
    """What the columns are: as it was typed, as a template says, or as it is guessed."""
    kinds, actor = runtime.registry.kinds, _actor()
    usual = used.others if used else import_parts.brought(kinds, kind, seen.header, seen.format, actor)
    parts = import_parts.of(kinds, kind, usual if others is None else others.split(","), actor)
    known = import_templates.mapped_by(used, parts, seen.header) if used else Mapped(parts, {}, ())
    columns = _mapping(known.columns or parts.guess(seen.header), pairs)
    keys = list(match) or known.match or parts.default_match(columns)
    meant = import_values.kept(known.values, columns)
    mapped = Mapped(parts, columns, keys, import_values.merged(meant, _values(seen.header, values)))
    mapped.check(seen.header, Reader(session, kinds, actor=actor))
    return mapped


def _values(header: Sequence[str], typed: Sequence[str]) -> dict[str, dict[str, str]]:
    """What was typed of values; titles and texts may hold colons, so the longest title counts."""
    found: dict[str, dict[str, str]] = {}
    for one in typed:
        said, equals, meaning = one.rpartition("=")
        titles = [title for title in header if said.startswith(f"{title}:")]
        if not equals or not titles:
            text = _("%(value)s: write HEADER:TEXT=MEANING, with a title of the file.", value=one)
            raise click.BadParameter(text, param_hint="--values")
        title = max(titles, key=len)
        found.setdefault(title, {})[said.removeprefix(f"{title}:").strip()] = meaning.strip()
    return found


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


def _mapping(known: Mapping[str, str], pairs: Sequence[str]) -> dict[str, str]:
    asked: dict[str, str] = {}
    for pair in pairs:
        title, equals, target = pair.rpartition("=")
        if not equals:
            raise click.BadParameter(_("%(pair)s: write HEADER=TARGET.", pair=pair), param_hint="--map")
        asked[title.strip()] = target.strip()
    kept = {t: target for t, target in known.items() if t not in asked and target not in asked.values()}
    return {**kept, **{title: target for title, target in asked.items() if target}}


def _run(runtime: Runtime, plan: Plan, tally: Tally, rejects: Path | None) -> Tally:
    actor = _actor()
    with runtime.database.write() as session:
        files = runtime.settings.files.folder
        run = import_here.begin(session, files, plan, total=tally.total, actor=actor)
    gc.freeze()  # what is loaded by now stays; the collector would walk it again every few hundred rows
    with tempfile.TemporaryDirectory(prefix="vinculo-import-") as folder:
        journal = Rejects(rejects or Path(folder) / "rejects.csv")
        with _progress_bar(plan, tally) as bar:
            done = import_here.run(
                runtime.database,
                runtime.registry.kinds,
                plan,
                run,
                actor=actor,
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


def _report_values(runtime: Runtime, plan: Plan, mapped: Mapped) -> None:
    """Texts that no field understands, each as the option that would say what it means."""
    with runtime.database.read() as session:
        reader = Reader(session, runtime.registry.kinds, actor=_actor())
        found = import_values.doubts(mapped, plan.path, plan.layout, reader)
    for column in found:
        for text in column.texts:
            if text.meaning is None:
                rows = ngettext("%(n)s row", "%(n)s rows", text.rows)
                guess = text.guesses[0].text if text.score >= import_values.NEAR else ""
                option = shlex.quote(f"{column.title}:{text.text}={guess}")
                click.echo(_("Unknown in %(rows)s: --values %(option)s", rows=rows, option=option), err=True)


def _report(tally: Tally, parts: Parts, *, dry_run: bool) -> None:
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
    for number, _record, message in tally.likely[:SHOWN_ERRORS]:
        click.echo(_("Row %(row)s: %(fault)s", row=number, fault=message), err=True)
    click.echo(summary)
    if tally.skipped:
        click.echo(ngettext("%(n)s row was left out.", "%(n)s rows were left out.", tally.skipped))
    for kind in parts.others:
        counts = tally.parts.get(kind.name, {})
        text = _(
            "%(kind)s: %(created)s new, %(changed)s changed, %(unchanged)s unchanged.",
            kind=kind.label_plural,
            **{name: counts.get(name, 0) for name in importing.OUTCOMES},
        )
        click.echo(text)
    if dry_run:
        click.echo(_("This was a dry run; nothing was saved."))
