"""The settings of the company for programs."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Response

from vinculo.actor import Source
from vinculo.company import service
from vinculo.company.permissions import MANAGE
from vinculo.db.base import now
from vinculo.i18n import gettext as _
from vinculo.records.openapi import operation
from vinculo.settings import Settings, origin
from vinculo.web.answers import json_answer
from vinculo.web.context import Context
from vinculo.web.routes import get, patch

API: Final = "/api/v1/company"


class CompanyItem(msgspec.Struct):
    """What is in force. ``sources`` says where each comes from: default, file:…, env:…, or page.

    ``logo`` is the last part of /company/logo/{logo}; empty: there is none.
    """

    name: str
    language: str
    time_zone: str
    country: str
    currency: str
    accent: str
    joint_view: bool
    logo: str
    sources: dict[str, str]


class CompanyChange(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What is to be changed; null: as the configuration has it."""

    name: str | msgspec.UnsetType | None = msgspec.UNSET
    language: str | msgspec.UnsetType | None = msgspec.UNSET
    time_zone: str | msgspec.UnsetType | None = msgspec.UNSET
    country: str | msgspec.UnsetType | None = msgspec.UNSET
    currency: str | msgspec.UnsetType | None = msgspec.UNSET
    accent: str | msgspec.UnsetType | None = msgspec.UNSET
    joint_view: bool | msgspec.UnsetType | None = msgspec.UNSET
    logo: msgspec.UnsetType | None = msgspec.UNSET  # it is sent on the page; null takes it away


COMPANY_STRUCTS = (CompanyItem, CompanyChange)


def _operation(summary: str, **more: Any) -> Any:
    return operation(summary=summary, tag=_("Company"), permission=MANAGE, answer="CompanyItem", **more)


def _item(settings: Settings) -> CompanyItem:
    sources = {key: origin(settings, f"company.{key}") for key in service.KEYS}
    return CompanyItem(**settings.company.model_dump(), sources=sources)


@get(API, permission=MANAGE, operation_class=_operation(_("Get the settings of the company")))
def show(ctx: Context) -> Response[bytes]:
    """What is in force, and where it comes from."""
    return json_answer(_item(ctx.site.settings.with_company(service.chosen(ctx.session))))


@patch(
    API,
    permission=MANAGE,
    operation_class=_operation(
        _("Change the settings of the company"), body="CompanyChange", errors=(400, 409, 413, 422)
    ),
)
def change(ctx: Context) -> Response[bytes]:
    """Change some; every process goes by them within two seconds."""
    sent = ctx.json_as(CompanyChange, field="body")
    settings = ctx.site.settings
    given = {key: value for key in service.KEYS if (value := getattr(sent, key)) is not msgspec.UNSET}
    configured = settings.configured.model_dump()
    values = service.as_text(
        {key: configured[key] if value is None else value for key, value in given.items()}
    )
    service.change(ctx.session, settings, values, actor=ctx.actor.by(Source.API), at=now())
    ctx.follow_switches()
    return json_answer(_item(settings.with_company(service.chosen(ctx.session))))


handlers = [show, change]
