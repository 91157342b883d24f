"""People and their roles as kinds of records."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.i18n import lazy_gettext as _l
from vinculo.people import addresses, contacts
from vinculo.people.models import Person, PersonRole, RoleType
from vinculo.people.vcards import vcard
from vinculo.records.fields import DateField, LinkField, TextField
from vinculo.records.kind import Collection, FileColumn, RecordKind, Through
from vinculo.records.likeness import Contacts, Days, Names, Places


def check_person(session: Session, person: Person, actor: Actor) -> None:
    """Contact points in standard form; every role somewhere, and not ending before it begins."""
    contacts.check(person.contact_points, country="")
    errors = []
    for index, role in enumerate(person.roles):
        if role.client_id is None and role.counterparty_id is None:
            text = _("Choose the client or the counterparty where this role is played.")
            errors.append(FieldError(f"roles[{index}].client_id", text, "required"))
        if role.valid_from and role.valid_to and role.valid_to < role.valid_from:
            text = _(
                "The role ends on %(to)s, before it begins on %(start)s.",
                to=role.valid_to,
                start=role.valid_from,
            )
            errors.append(FieldError(f"roles[{index}].valid_to", text))
    if errors:
        raise InvalidError(errors)


def _roles() -> Collection:
    def column(key: str, label: Any, *aliases: str) -> FileColumn:
        beside = () if key in _WHERE else _WHERE  # a role is somewhere
        return FileColumn(
            key=key, label=label, field=_FILE_FIELDS[key], group="role", aliases=aliases, beside=beside
        )

    return Collection(
        name="roles",
        label=_l("Roles"),
        add_label=_l("Add a role"),
        model=PersonRole,
        fields=(
            LinkField(name="client_id", label=_l("Client"), kind="client"),
            LinkField(name="counterparty_id", label=_l("Counterparty"), kind="counterparty"),
            LinkField(name="role_id", label=_l("Role"), kind="role"),
            TextField(name="title", label=_l("Job title"), searchable=True),
            DateField(name="valid_from", label=_l("From")),
            DateField(name="valid_to", label=_l("To")),
        ),
        file_columns=(
            column("client", _l("Client"), "company", "account"),
            column("counterparty", _l("Counterparty"), "legal entity"),
            column("role", _l("Role")),
            column("title", _l("Job title"), "job title", "contact title", "position"),
            column("role_from", _l("Role from")),
            column("role_to", _l("Role to")),
        ),
        same=("client_id", "counterparty_id", "role_id"),
    )


_WHERE = ("client", "counterparty")
_FILE_FIELDS = {
    "client": "client_id",
    "counterparty": "counterparty_id",
    "role": "role_id",
    "title": "title",
    "role_from": "valid_from",
    "role_to": "valid_to",
}

# Of a room above this one: through whose client somebody at a legal entity belongs to somebody.
_links = sa.table("counterparties_link", sa.column("counterparty_id"), sa.column("client_id"))

PARTS = (  # of a name, in the order in which it is written
    ("first name", "given name", "forename", "first", "nome próprio", "primeiro nome", "имя"),
    ("middle name", "second name", "additional name", "nome do meio", "отчество"),
    ("last name", "surname", "family name", "last", "sobrenome", "apelido", "фамилия"),
)

person = RecordKind(
    name="person",
    plural="people",
    domain="people",
    model=Person,
    label=_l("Person"),
    label_plural=_l("People"),
    new_label=_l("Add person"),
    icon="user",
    title="name",
    fields=(
        TextField(
            name="name",
            label=_l("Full name"),
            required=True,
            key="name_key",
            searchable=True,
            aliases=("full name", "contact name", "person"),
            parts=PARTS,
        ),
        TextField(name="language", label=_l("Language"), max_length=16),
        DateField(name="birthday", label=_l("Birthday"), aliases=("date of birth", "birth date", "born")),
        TextField(name="note", label=_l("Note"), multiline=True, max_length=10_000),
    ),
    collections=(contacts.of_people(), addresses.of_people(), _roles()),
    columns=("name", "language", "changed_at"),
    mergeable=True,
    sort="name",
    rules=check_person,
    independent=True,
    through=(
        Through(PersonRole.person_id, PersonRole.client_id),
        Through(
            PersonRole.person_id, _links.c.client_id, PersonRole.counterparty_id == _links.c.counterparty_id
        ),
    ),
    match=("external_id", "email", "work_email", "private_email"),
    traits=(
        Names(part="name", weight=40, against=25, single=0.6),
        Contacts(part="contact_points", weight=60),
        Days(part="birthday", weight=30, against=20),
        Places(part="addresses", weight=40),
    ),
    weight=30,
    aliases=("contact", "contact person"),
    vcard=vcard,
    summary=_l("People you talk to: each with contact points, and roles at clients and counterparties."),
)

role = RecordKind(
    name="role",
    plural="roles",
    domain="people",
    model=RoleType,
    label=_l("Role"),
    label_plural=_l("Roles"),
    new_label=_l("Add role"),
    icon="id",
    title="name",
    fields=(
        TextField(
            name="name", label=_l("Name"), required=True, max_length=100, key="name_key", searchable=True
        ),
    ),
    columns=("name",),
    sort="name",
    menu=None,
    administrative=True,
    scoped=False,
)
