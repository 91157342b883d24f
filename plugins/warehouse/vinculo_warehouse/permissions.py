"""What the plugin lets roles do besides its kinds of records."""

from typing import Final

from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import Permission

STOCK: Final = "warehouse.stock.read"
PERMISSIONS: Final = (Permission(STOCK, _l("See stock, its moves and its turnover")),)
