"""Marketing: where clients come from, what that costs, and what comes of it."""

from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.manifest import Manifest

manifest = Manifest(
    name="marketing",
    title=_l("Marketing"),
    summary=_l("Where clients come from: channels, campaigns, events and web forms, what they bring."),
    version="0.1.0",
    icon="speakerphone",
)
