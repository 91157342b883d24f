"""Clients as a kind of record."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.clients import hierarchy, owners
from vinculo.clients.models import Client, Stage
from vinculo.i18n import lazy_gettext as _l
from vinculo.people import contacts
from vinculo.records.fields import ChoiceField, CountryField, LinkField, TextField, UrlField
from vinculo.records.kind import RecordKind
from vinculo.records.likeness import Contacts, Names, Sites
from vinculo.web.views import Badge

STAGES = {
    Stage.POTENTIAL: _l("Potential"),
    Stage.ACTIVE: _l("Active"),
    Stage.PERMANENT: _l("Permanent"),
    Stage.LOST: _l("Lost"),
}
TONES = {Stage.POTENTIAL: "neutral", Stage.ACTIVE: "brand", Stage.PERMANENT: "ok", Stage.LOST: "bad"}


def check_client(session: Session, record: Client, actor: Actor) -> None:
    """Contact points in standard form, by the client's country; who was responsible when is kept."""
    contacts.check(record.contact_points, country=record.country)
    hierarchy.check(session, client, record, actor)
    owners.follow(record)


def badges(client: Client) -> Sequence[Badge]:
    """The stage."""
    return [Badge(str(STAGES[client.stage]), TONES[client.stage], field="stage")]


client = RecordKind(
    name="client",
    plural="clients",
    domain="clients",
    model=Client,
    label=_l("Client"),
    label_plural=_l("Clients"),
    new_label=_l("Add client"),
    icon="users",
    title="name",
    fields=(
        TextField(
            name="name",
            label=_l("Name"),
            required=True,
            key="name_key",
            searchable=True,
            aliases=(
                "company name",
                "company",
                "account",
                "account name",
                "client",
                "customer",
                "customer name",
                "organisation",
            ),
        ),
        ChoiceField(
            name="stage",
            label=_l("Stage"),
            enum=Stage,
            labels=STAGES,
            tones=TONES,
            required=True,
            default=Stage.POTENTIAL,
            aliases=("status",),
        ),
        LinkField(name="responsible_id", label=_l("Responsible"), kind="user", aliases=("owner", "manager")),
        LinkField(
            name="parent_id",
            label=_l("Parent company"),
            kind="client",
            aliases=("parent company", "parent account", "parent client", "parent", "subsidiary of"),
        ),
        TextField(name="industry", label=_l("Industry"), max_length=100, aliases=("sector", "branch")),
        CountryField(name="country", label=_l("Country")),
        UrlField(name="website", label=_l("Website"), aliases=("web", "url", "homepage", "site")),
        TextField(
            name="note", label=_l("Note"), multiline=True, max_length=10_000, aliases=("notes", "comment")
        ),
    ),
    collections=(contacts.collection(),),
    columns=("name", "stage", "responsible_id", "country", "industry", "changed_at"),
    sort="name",
    client="id",
    owner="responsible_id",
    match=("external_id", "name"),
    rules=check_client,
    independent=True,
    badges=badges,
    mergeable=True,
    traits=(
        Names(part="name", weight=60, against=20),
        Contacts(part="contact_points", weight=60),
        Sites(part="website", weight=50),
    ),
    weight=10,
    aliases=("company", "customer", "account", "organisation", "organization"),
    summary=_l(
        "Clients are the businesses you deal with. Add one by hand, or import the list that you have."
    ),
)
