"""Catalog: products and services, their units and variants, and what they cost."""

from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.manifest import Manifest

manifest = Manifest(
    name="catalog",
    title=_l("Catalog"),
    summary=_l("Products and services in groups, with units, variants, barcodes, price lists and discounts."),
    version="0.1.0",
    requires=("vinculo>=0.1",),
    icon="box",
)
