"""Organization: the company's own legal entities, outlets, bank accounts and cash desks."""

from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.manifest import Manifest

manifest = Manifest(
    name="organization",
    title=_l("Own companies"),
    summary=_l("Your own legal entities, with outlets, bank accounts and cash desks."),
    version="0.1.0",
    requires=("vinculo>=0.1",),
)
