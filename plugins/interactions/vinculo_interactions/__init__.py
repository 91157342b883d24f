"""Interactions: meetings, calls, messages and notes, on the timeline of the client."""

from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.manifest import Manifest

manifest = Manifest(
    name="interactions",
    title=_l("Interactions"),
    summary=_l("Meetings, calls, messages and notes, each on the timeline of its client."),
    version="0.1.0",
    icon="message",
)
