"""Tasks: what is to be done, by whom and when, on any record."""

from vinculo.i18n import lazy_gettext as _l
from vinculo.plugins.manifest import Manifest

manifest = Manifest(
    name="tasks",
    title=_l("Tasks"),
    summary=_l("What is to be done, by whom and when: reminders, repeats, plans, my day and a calendar."),
    version="0.1.0",
    icon="checklist",
)
