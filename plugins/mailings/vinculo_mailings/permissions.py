"""What may be done with mailings beyond what every kind of record has."""

from __future__ import annotations

from typing import Final

from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.contributions import Permission

SEND: Final = "mailings.send"
PERMISSIONS: Final = (Permission(SEND, _l("Start and stop mailings")),)
