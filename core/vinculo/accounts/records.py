"""Users as something that records link to; they are managed on pages of their own."""

from __future__ import annotations

from vinculo.accounts.models import User
from vinculo.i18n import lazy_gettext as _l
from vinculo.records.fields import TextField
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
)
