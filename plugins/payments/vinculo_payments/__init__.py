"""Payments: orders, invoices, what is paid of them, and statements of banks."""

from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.manifest import Manifest

manifest = Manifest(
    name="payments",
    title=_l("Payments"),
    summary=_l(
        "Invoices in one click, statements of banks that find what they pay, and who owes what how long."
    ),
    version="0.1.0",
    requires=("vinculo>=0.1", "organization"),
    icon="currency-dollar",
)
