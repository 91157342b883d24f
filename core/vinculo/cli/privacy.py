"""``vinculo privacy``: what is known of a person, and erasing it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from vinculo.actor import Source, system
from vinculo.cli.lazy import N_
from vinculo.cli.runtime import Runtime, pass_runtime, print_json
from vinculo.errors import ConflictError, InvalidFileError
from vinculo.i18n import gettext as _
from vinculo.i18n import ngettext
from vinculo.privacy import certificate, erasing, exporting, subjects
from vinculo.privacy.certificate import Certificate
from vinculo.privacy.erasing import House
from vinculo.privacy.subjects import Subject

as_json_option = click.option("--json", "as_json", is_flag=True, help=N_("One JSON document."))
client_option = click.option("--client", "clients", type=int, multiple=True, metavar="ID",
                             help=N_("A client that is nobody but this person."))  # fmt: skip
counterparty_option = click.option("--counterparty", "counterparties", type=int, multiple=True, metavar="ID",
                                   help=N_("A counterparty that is nobody but this person."))  # fmt: skip
file_type = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.group()
def privacy() -> None:
    """Export what is known of a person, or erase it.

    PERSON is an id, an external id, an e-mail address or a name.
    """


@privacy.command("export")
@click.argument("person")
@click.option("--out", type=file_type, metavar="FILE.zip", help=N_("Else person-ID.zip in this folder."))
@client_option
@counterparty_option
@as_json_option
@pass_runtime
def export_(
    runtime: Runtime,
    person: str,
    out: Path | None,
    clients: Sequence[int],
    counterparties: Sequence[int],
    as_json: bool,
) -> None:
    """Write all that is known of a person into a ZIP file.

    Rows of all plugins, also of those that are off or archived, what was deleted, history and files.

    Example: vinculo privacy export ana@example.com --out ana.zip
    """
    house, found = _asked(runtime, person, clients, counterparties)
    path = out or Path(f"person-{found.person_id}.zip")
    with runtime.database.read() as session:
        counts = exporting.write(session, house.files, house.kinds, found, path)
    with runtime.database.write() as session:
        exporting.note(session, found, counts, actor=system(Source.CLI))
    if as_json:
        print_json({"person": found.person_id, "file": str(path), "rows": counts})
        return
    count = sum(counts.values())
    click.echo(ngettext("%(n)s row in %(file)s.", "%(n)s rows in %(file)s.", count, file=path))


@privacy.command()
@click.argument("person")
@click.option("--dry-run", is_flag=True, help=N_("Only say what would be erased."))
@click.option("--yes", is_flag=True, help=N_("Do not ask."))
@click.option("--out", type=file_type, metavar="FILE", help=N_("Write the certificate there, as JSON."))
@client_option
@counterparty_option
@as_json_option
@pass_runtime
def erase(
    runtime: Runtime,
    person: str,
    dry_run: bool,
    yes: bool,
    out: Path | None,
    clients: Sequence[int],
    counterparties: Sequence[int],
    as_json: bool,
) -> None:
    """Erase a person from all tables, the history, archives and files; print a certificate.

    It cannot be taken back. History keeps that something was done, and not what. Without --yes the plan is
    shown, and you are asked.

    Example: vinculo privacy erase ana@example.com --out certificate.json
    """
    house, found = _asked(runtime, person, clients, counterparties)
    if dry_run:
        _report(_planned(house, found), as_json)
        return
    if not yes:
        click.echo(certificate.text(_planned(house, found)), err=as_json)
        question = _("Erase person %(id)s for good?", id=found.person_id)
        if not click.confirm(question, err=as_json):
            raise ConflictError(_("Nothing was erased."), code="not_confirmed")
    done = erasing.erase(house, found, actor=system(Source.CLI))
    if out:
        _write(out, done)
    _report(done, as_json)


def _asked(
    runtime: Runtime, person: str, clients: Sequence[int], counterparties: Sequence[int]
) -> tuple[House, Subject]:
    runtime.require_current()
    with runtime.database.read() as session:
        number = subjects.find(session, person)
        found = subjects.subject(session, number, clients=clients, counterparties=counterparties)
    return runtime.house, found


def _planned(house: House, found: Subject) -> Certificate:
    with house.database.read() as session:
        return erasing.plan(session, house, found)


def _write(path: Path, done: Certificate) -> None:
    try:
        path.write_text(json.dumps(certificate.to_builtins(done), ensure_ascii=False, indent=2) + "\n")
    except OSError as error:
        text = _("%(file)s cannot be written: %(reason)s.", file=path, reason=error.strerror or error)
        raise InvalidFileError(text, code="not_writable") from error


def _report(drawn: Certificate, as_json: bool) -> None:
    if as_json:
        print_json(certificate.to_builtins(drawn))
    else:
        click.echo(certificate.text(drawn), nl=False)
