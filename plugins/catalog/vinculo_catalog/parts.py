"""What the catalog adds to pages of others, and to its own cards."""

from __future__ import annotations

from typing import Final

from vinculo.files import pages as file_pages
from vinculo.i18n import lazy_gettext as _l
from vinculo.notes import panels as note_panels
from vinculo.plugins.contributions import CardAction, PaletteAction, Panel
from vinculo.records.panels import linked
from vinculo_catalog import price_pages
from vinculo_catalog.pages import UNITS, variants_url
from vinculo_catalog.permissions import LIMIT
from vinculo_catalog.price_records import price_rule
from vinculo_catalog.records import product, product_group, unit, variant

PANELS: Final[tuple[Panel, ...]] = (
    Panel("price", "product", _l("What does it cost?"), price_pages.panel, price_pages.READ, weight=10),
    linked(variant, "product_id", weight=20),
    linked(product_group, "parent_id", weight=10),
    linked(product, "group_id", weight=20),
    linked(unit, "base_id", weight=10),
    linked(price_rule, "list_id", weight=10),
    linked(price_rule, "product_id", weight=30),
    note_panels.about(product),
    file_pages.panel(product),
)
ACTIONS: Final = (
    CardAction(
        "variants", "product", _l("Make variants"), "copy", variants_url, variant.permission("create")
    ),
)
PALETTE: Final = (
    *(
        PaletteAction(f"catalog.{kind.name}", kind.label_plural, kind.icon, kind.url, kind.permission("read"))
        for kind in (product_group, unit, variant, price_rule)
    ),
    PaletteAction("catalog.limits", _l("Discount limits"), "tag", price_pages.LIMITS, LIMIT),
    PaletteAction("catalog.common", _l("Add the common units"), "plus", UNITS, unit.permission("create")),
)
