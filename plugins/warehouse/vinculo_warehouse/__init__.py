"""Warehouse: what is where, what is promised to whom, and every move that made it so."""

from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.manifest import Manifest

manifest = Manifest(
    name="warehouse",
    title=_l("Warehouse"),
    summary=_l("What is in stock where and reserved for whom, what has to be ordered, and what it cost."),
    version="0.1.0",
    icon="stack-2",
)
