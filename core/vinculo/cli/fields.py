"""``vinculo fields``: fields that the company adds to kinds of records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from vinculo.actor import Source, system
from vinculo.cli.lazy import N_
from vinculo.cli.runtime import Runtime, pass_runtime, print_json, print_table
from vinculo.i18n import gettext as _
from vinculo.records import computing, custom, custom_indexes, retyping
from vinculo.records.custom_models import CustomField
from vinculo.records.custom_wishes import Wish
from vinculo.records.retyping import Target
from vinculo.records.retyping_pages import SHOWN, fate_label

ACTOR = system(Source.CLI)


@click.group()
def fields() -> None:
    """Add, list, convert and delete custom fields."""


@fields.command("list")
@click.option("--kind", default="", help=N_("Only those of one kind, e.g. client."))
@click.option("--json", "as_json", is_flag=True, help=N_("One JSON document."))
@pass_runtime
def list_(runtime: Runtime, kind: str, as_json: bool) -> None:
    """List all fields, deleted ones included.

    Example: vinculo fields list --kind client
    """
    runtime.require_current()
    with runtime.database.read() as session:
        found = [_document(row) for row in custom.every(session, kind)]
    if as_json:
        print_json(found)
        return
    gone = {True: _("deleted"), False: ""}
    rows = [(one["kind"], one["name"], one["label"], one["type"], gone[one["deleted"]]) for one in found]
    print_table([_("Kind"), _("Name in the API"), _("Field"), _("Type"), _("State")], rows)


@fields.command("add")
@click.argument("kind")
@click.argument("label")
@click.argument("type_", metavar="TYPE")
@click.option("--name", default="", help=N_("Name in the API, beginning with x_; else made of the label."))
@click.option("--option", "options", multiple=True, help=N_("One of the choices, or a currency; repeat it."))
@click.option("--required", is_flag=True, help=N_("Records must have a value."))
@click.option("--unique", is_flag=True, help=N_("No two records have the same value."))
@click.option("--fast", "indexed", is_flag=True, help=N_("Lists find and order by it fast."))
@click.option("--default", "initial", default="", help=N_("What new records get."))
@click.option("--formula", default="", help=N_("The formula, of a field that is computed."))
@click.option("--result", default="", help=N_("Type of its result."))
@click.option("--help-text", "help_", default="", help=N_("Shown below the field in forms."))
@pass_runtime
def add(runtime: Runtime, /, kind: str, label: str, type_: str, help_: str, **more: Any) -> None:
    """Add a field to a kind of record.

    TYPE is text, number, date, choice or another; a wrong one lists them all.

    Example: vinculo fields add client "Payment terms" choice --option "30 days" --option "60 days"
    """
    runtime.require_current()
    wish = Wish(kind=kind, label=label, type=type_, help=help_, **more)
    kinds = runtime.registry.kinds
    with runtime.database.write() as session:
        name = custom.add(session, kinds, wish, actor=ACTOR).name
    computing.compute_all(runtime.database, kinds, kind)
    custom_indexes.settle(runtime.database, kinds)
    click.echo(_("%(field)s was added; its name is %(name)s.", field=label, name=name))


@fields.command("delete")
@click.argument("kind")
@click.argument("name")
@pass_runtime
def delete(runtime: Runtime, kind: str, name: str) -> None:
    """Delete a field; its values are kept and come back with it.

    Example: vinculo fields delete client x_payment_terms
    """
    runtime.require_current()
    kinds = runtime.registry.kinds
    with runtime.database.write() as session:
        row = custom.named(session, kind, name)
        count = custom.filled(session, kinds, row)
        custom.remove(session, row, actor=ACTOR)
        label = row.label
    custom_indexes.settle(runtime.database, kinds)
    click.echo(_("%(field)s was deleted; values of it are kept: %(n)s.", field=label, n=count))


@fields.command("restore")
@click.argument("kind")
@click.argument("name")
@pass_runtime
def restore(runtime: Runtime, kind: str, name: str) -> None:
    """Bring a deleted field back, with its values.

    Example: vinculo fields restore client x_payment_terms
    """
    runtime.require_current()
    kinds = runtime.registry.kinds
    with runtime.database.write() as session:
        row = custom.named(session, kind, name)
        custom.restore(session, kinds, row, actor=ACTOR)
        label = row.label
    computing.compute_all(runtime.database, kinds, kind)
    custom_indexes.settle(runtime.database, kinds)
    click.echo(_("%(field)s is back, with its values.", field=label))


@fields.command("type")
@click.argument("kind")
@click.argument("name")
@click.argument("type_", metavar="TYPE")
@click.option("--option", "options", multiple=True, help=N_("One of the choices, or a currency; repeat it."))
@click.option("--preview", is_flag=True, help=N_("Only tell what would become of the values."))
@pass_runtime
def type_(
    runtime: Runtime, kind: str, name: str, type_: str, options: tuple[str, ...], preview: bool
) -> None:
    """Change the type of a field; values that do not fit are kept, and come back with undo-type.

    Example: vinculo fields type client x_size number --preview
    """
    _retype(runtime, kind, name, lambda row: Target(type_, options, row.initial), preview=preview)


@fields.command("undo-type")
@click.argument("kind")
@click.argument("name")
@click.option("--preview", is_flag=True, help=N_("Only tell what would become of the values."))
@pass_runtime
def undo_type(runtime: Runtime, kind: str, name: str, preview: bool) -> None:
    """Take the last change of a field's type back; values that were changed since stay as far as they fit.

    Example: vinculo fields undo-type client x_size
    """
    _retype(runtime, kind, name, retyping.undoing, preview=preview)


def _retype(
    runtime: Runtime, kind: str, name: str, aim: Callable[[CustomField], Target], *, preview: bool
) -> None:
    runtime.require_current()
    kinds = runtime.registry.kinds
    with runtime.database.read() as session:
        row = custom.named(session, kind, name)
        found = retyping.preview(session, kinds, row, aim(row), actor=ACTOR)
    for fate in SHOWN:
        if count := found.counts[fate]:
            click.echo(f"{fate_label(fate)}: {count}")
        for one in found.samples[fate]:
            click.echo(
                "  " + " · ".join(filter(None, [str(one.id), one.title, one.was, one.became, one.reason]))
            )
    if preview:
        return
    with runtime.database.write() as session:
        row = custom.named(session, kind, name)
        retyping.change(session, kinds, row, aim(row), actor=ACTOR)
        label = row.label
    retyping.complete(runtime.database, kinds, row.id)
    computing.compute_all(runtime.database, kinds, kind)
    custom_indexes.settle(runtime.database, kinds)
    click.echo(_("%(field)s has its new type.", field=label))


def _document(row: CustomField) -> dict[str, Any]:
    names = ("kind", "name", "label", "type", "options", "required", "unique", "initial", "help")
    return {name: getattr(row, name) for name in names} | {"deleted": row.deleted_at is not None}
