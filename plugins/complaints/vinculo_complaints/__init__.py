"""Complaints: what went wrong, what was done about it, and how soon."""

from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.manifest import Manifest

manifest = Manifest(
    name="complaints",
    title=_l("Complaints"),
    summary=_l("What went wrong for a client, what is done about it within which time, and why it happens."),
    version="0.1.0",
    icon="alert",
)
