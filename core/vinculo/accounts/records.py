"""Departments, and users as something that records link to; users are managed on pages of their own."""

from __future__ import annotations

from vinculo.accounts import departments
from vinculo.accounts.models import Department, User
from vinculo.i18n import lazy_gettext as _l
from vinculo.records.fields import LinkField, TextField
from vinculo.records.kind import RecordKind

user = RecordKind(
    name="user",
    plural="users",
    domain="accounts",
    model=User,
    label=_l("User"),
    label_plural=_l("Users"),
    new_label=_l("Add user"),
    icon="user",
    title="full_name",
    fields=(
        TextField(name="full_name", label=_l("Full name"), searchable=True),
        TextField(name="login", label=_l("Login"), max_length=100),
    ),
    columns=("full_name",),
    sort="full_name",
    keys=("login_key",),
    menu=None,
    exposed=False,
    scoped=False,
)

department = RecordKind(
    name="department",
    plural="departments",
    domain="accounts",
    model=Department,
    label=_l("Department"),
    label_plural=_l("Departments"),
    new_label=_l("Add department"),
    icon="building",
    title="name",
    fields=(
        TextField(
            name="name", label=_l("Name"), required=True, max_length=100, key="name_key", searchable=True
        ),
        LinkField(name="parent_id", label=_l("Below"), kind="department"),
    ),
    columns=("name", "parent_id"),
    sort="name",
    rules=departments.check,
    deletable=departments.refuse_used,
    menu=None,
    administrative=True,
    scoped=False,
)
