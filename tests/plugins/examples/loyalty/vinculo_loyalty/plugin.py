"""What the plugin adds to Vinculo."""

from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import FormPart, Panel
from vinculo.plugins.hookspecs import hookimpl
from vinculo.records.kind import RecordKind

from vinculo_loyalty import pages, records


@hookimpl
def record_kinds() -> list[RecordKind]:
    """Loyalty cards."""
    return [records.loyalty_card]


@hookimpl
def panels() -> list[Panel]:
    """That of a client, beside its attributes."""
    read = records.loyalty_card.permission("read")
    return [Panel("loyalty", "client", _l("Loyalty"), pages.panel, read, side=True)]


@hookimpl
def form_parts() -> list[FormPart]:
    """A card for a client, given out in the client's form."""
    create = records.loyalty_card.permission("create")
    return [FormPart("loyalty", ("client",), _l("Loyalty"), create, pages.ask)]
