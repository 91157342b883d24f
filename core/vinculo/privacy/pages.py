"""Pages: all that is known of a person as a file, the plan of an erasure, and its certificate."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from litestar import Response
from litestar.params import FromPath

from vinculo.actor import Source
from vinculo.errors import ConflictError, InvalidError, NotFoundError, VinculoError
from vinculo.i18n import format_datetime, format_number
from vinculo.i18n import gettext as _
from vinculo.people.models import Person
from vinculo.plugins.contributions import PanelContent
from vinculo.privacy import asking, certificate, erasing, exporting
from vinculo.privacy.certificate import Certificate
from vinculo.privacy.declared import PERSON, placeholder
from vinculo.privacy.permissions import ERASE, EXPORT
from vinculo.records.text import whole_number
from vinculo.web.context import Context
from vinculo.web.routes import get, post
from vinculo.web.views import Attribute, Crumb, Form, Input, Widget

ZIP: Final = "application/zip"
PATH: Final = "/people/{record_id:int}/privacy"


def panel(ctx: Context, record_id: int) -> PanelContent | None:
    """The two things that can be done, on a person's card."""
    may_export, may_erase = ctx.actor.may(EXPORT), ctx.actor.may(ERASE)
    if not may_export and not may_erase:
        return None
    record = ctx.session.get(Person, record_id)  # which the card has read
    html = ctx.fragment(
        "privacy/panel.html",
        url=f"/people/{record_id}/privacy",
        may_export=may_export,
        may_erase=may_erase,
        is_erased=record is not None and record.name == placeholder(PERSON, record_id),
    )
    return PanelContent(html)


@post(f"{PATH}/export", permission=EXPORT, own_transactions=True)
def export(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Everything, as a ZIP."""
    return send(ctx, record_id, Source.PAGE)


def send(
    ctx: Context,
    record_id: int,
    source: Source,
    clients: Sequence[int] = (),
    counterparties: Sequence[int] = (),
) -> Response[bytes]:
    """The file; that it was taken is on record before it leaves."""
    asking.called(ctx, record_id)
    house = asking.house(ctx)
    subject = asking.subject(ctx, record_id, clients, counterparties)
    name = f"person-{record_id}.zip"
    with tempfile.TemporaryDirectory(prefix="vinculo-privacy-") as folder:
        path = Path(folder) / name
        counts = exporting.write(ctx.session, house.files, house.kinds, subject, path)
        content = path.read_bytes()
    actor = ctx.actor.by(source)
    ctx.session.rollback()
    with house.database.write() as session:
        exporting.note(session, subject, counts, actor=actor)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=ZIP, headers=headers)


@get(f"{PATH}/erase", permission=ERASE)
def plan_page(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """What would go."""
    clients, counterparties = _chosen(ctx, "client"), _chosen(ctx, "counterparty")
    return _plan(ctx, record_id, clients, counterparties)


@post(f"{PATH}/erase", permission=ERASE, own_transactions=True)
def erase(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """Erase, once the name was typed."""
    clients, counterparties = _ids(ctx.value("clients")), _ids(ctx.value("counterparties"))
    name = asking.called(ctx, record_id)
    try:
        asking.require_confirmed(name, ctx.value("confirmation"))
        carry_out(ctx, record_id, clients, counterparties, Source.PAGE)
    except VinculoError as error:
        if isinstance(error, NotFoundError):
            raise
        return _plan(ctx, record_id, clients, counterparties, error)
    return ctx.redirect(f"/people/{record_id}/privacy/certificate")


def carry_out(
    ctx: Context, record_id: int, clients: Sequence[int], counterparties: Sequence[int], source: Source
) -> Certificate:
    """Erase; what this process has noted of views is written before, so that it is erased, too."""
    subject = asking.subject(ctx, record_id, clients, counterparties)
    house, actor = asking.house(ctx), ctx.actor.by(source)
    ctx.session.rollback()  # whoever reads keeps SQLite from emptying its journal
    ctx.site.reads.write()
    return erasing.erase(house, subject, actor=actor)


@get(f"{PATH}/certificate", permission=ERASE)
def certificate_page(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """What was erased."""
    done = certificate_of(ctx, record_id)
    facts = {
        _("When"): format_datetime(erasing.moment(done)),
        _("Event"): str(done.event),
        _("Register"): done.register,
        "SHA-256": done.hash,
    }
    return ctx.render(
        "privacy/certificate.html",
        crumbs=_crumbs(record_id, asking.called(ctx, record_id), _("Certificate of erasure")),
        title=_("Person %(id)s was erased", id=record_id),
        facts=[Attribute(label, value) for label, value in facts.items()],
        url=f"/people/{record_id}/privacy/certificate",
        **_drawn(ctx, done),
    )


@get(f"{PATH}/certificate/file", permission=ERASE)
def certificate_file(ctx: Context, record_id: FromPath[int]) -> Response[bytes]:
    """The same for keeping."""
    text = msgspec.json.format(msgspec.json.encode(certificate_of(ctx, record_id)))
    headers = {"Content-Disposition": f'attachment; filename="erasure-{record_id}.json"'}
    return Response(text, media_type="application/json", headers=headers)


def certificate_of(ctx: Context, record_id: int) -> Certificate:
    """The last one of a person. Raises ``ConflictError`` where there is none."""
    asking.called(ctx, record_id)
    done = erasing.of_number(ctx.session, record_id)
    if done is None:
        raise ConflictError(_("Person %(id)s was not erased.", id=record_id), code="not_erased")
    return done


def _plan(
    ctx: Context,
    record_id: int,
    clients: Sequence[int],
    counterparties: Sequence[int],
    error: VinculoError | None = None,
) -> Response[bytes]:
    name = asking.called(ctx, record_id)
    subject = asking.subject(ctx, record_id, clients, counterparties)
    planned = erasing.plan(ctx.session, asking.house(ctx), subject)
    chosen = {("client", one) for one in clients} | {("counterparty", one) for one in counterparties}
    return ctx.render(
        "privacy/erase.html",
        status=error.status if error else 200,
        crumbs=_crumbs(record_id, name, _("Erase personal data")),
        title=_("Erase %(name)s?", name=name),
        url=f"/people/{record_id}/privacy/erase",
        candidates=[(one, (one.name, one.record_id) in chosen) for one in asking.candidates(ctx, record_id)],
        form=_form(record_id, name, clients, counterparties, ctx.value("confirmation"), error),
        **_drawn(ctx, planned),
    )


def _form(
    record_id: int,
    name: str,
    clients: Sequence[int],
    counterparties: Sequence[int],
    typed: str,
    error: VinculoError | None,
) -> Form:
    wrong = [one.message for one in error.errors] if isinstance(error, InvalidError) else []
    confirmation = Input(
        "confirmation",
        _("Type %(name)s to confirm", name=name),
        Widget.TEXT,
        typed,
        required=True,
        errors=wrong,
        autocomplete="off",
        help=_("This cannot be taken back. History keeps that something was done, and not what."),
    )
    return Form(
        f"/people/{record_id}/privacy/erase",
        [confirmation],
        submit=_("Erase for good"),
        cancel=f"/people/{record_id}",
        errors=[error.message] if error and not wrong else [],
        hidden={
            "clients": ",".join(map(str, clients)),
            "counterparties": ",".join(map(str, counterparties)),
        },
    )


def _labels(ctx: Context) -> dict[str, str]:
    """What people call the tables."""
    return {kind.model.__tablename__: str(kind.label_plural) for kind in ctx.registry.kinds.values()} | {
        "events_event": _("History"),
        "events_search": _("Search"),
        "events_timeline": _("Timeline"),
        "events_trash": _("Trash"),
        "people_contact_point": _("Contact points"),
        "people_role": _("Roles"),
        "protection_alarm": _("Alarms"),
        "records_export": _("Exports"),
        "records_idempotency": _("Stored answers"),
        "records_import": _("Imports"),
    }


def _drawn(ctx: Context, drawn: Certificate) -> dict[str, Any]:
    """What plan and certificate show alike."""
    words, labels = certificate.done_words(), _labels(ctx)
    return {
        "rows": [
            (labels.get(one.table) or one.plugin, one.table, words[one.done], format_number(one.rows))
            for one in drawn.lines
        ],
        "archives": [(one.file, one.fault, format_number(one.rows)) for one in drawn.archives],
        "kept": [(one.column, one.reason, format_number(one.rows)) for one in drawn.kept],
        "missing": drawn.missing,
        "files": drawn.files,
        "beyond": certificate.beyond(),
    }


def _crumbs(record_id: int, name: str, last: str) -> list[Crumb]:
    return [Crumb(_("People"), "/people"), Crumb(name, f"/people/{record_id}"), Crumb(last)]


def _chosen(ctx: Context, name: str) -> list[int]:
    return [one for key, text in ctx.parameters() if key == name for one in _ids(text)]


def _ids(text: str) -> list[int]:
    return [one for part in text.split(",") if (one := whole_number(part.strip())) is not None]
