"""Deals: from the first interest to won or lost."""

from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.manifest import Manifest

manifest = Manifest(
    name="deals",
    title=_l("Deals"),
    summary=_l("From the first interest to won or lost: pipelines, stages, a board, and what came of it."),
    version="0.1.0",
    icon="briefcase",
)
