"""Mailings: letters and text messages to groups of clients, by plan or when something happens."""

from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.manifest import Manifest

manifest = Manifest(
    name="mailings",
    title=_l("Mailings"),
    summary=_l("Letters and text messages to groups of clients, by plan or when something happens."),
    version="0.1.0",
    icon="mail",
)
