"""Orders: what a client ordered, from the draft to what is done, shipped and charged."""

from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.manifest import Manifest

manifest = Manifest(
    name="orders",
    title=_l("Orders"),
    summary=_l("What clients order: made of a deal in one click, confirmed, reserved, shipped and charged."),
    version="0.1.0",
    requires=("vinculo>=0.1", "organization"),
    icon="inbox",
)
