"""Loyalty cards: one for a client, with points."""

from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.manifest import Manifest

manifest = Manifest(
    name="loyalty",
    title=_l("Loyalty cards"),
    summary=_l("A card for each client, with points."),
    version="0.2.0",
    icon="star",
)
