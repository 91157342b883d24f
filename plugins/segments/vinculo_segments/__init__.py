"""Segments: groups of clients by conditions or by hand, and goals set for them."""

from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.manifest import Manifest

manifest = Manifest(
    name="segments",
    title=_l("Groups"),
    summary=_l(
        "Groups of clients, by conditions or by hand, that narrow every list; goals for clients and groups."
    ),
    version="0.1.0",
    requires=("vinculo>=0.1",),
)
