"""What is done in the background: touches follow their records, and web forms are answered."""

from __future__ import annotations

from typing import Final

from vinculo.jobs import JobHandler, Schedule
from vinculo.web.site import Site
from vinculo_marketing import form_mail, service
from vinculo_marketing.records import touch

SETTLE: Final = "marketing.settle"


def settle(site: Site) -> None:
    """Forms see to it at once; what was changed in place, by program or file is followed here."""
    with site.database.write() as session:
        service.settle(session, touch, site.registry.kinds.values())


HANDLERS: Final = {
    SETTLE: JobHandler(settle),
    form_mail.JOB: JobHandler(form_mail.send),
    form_mail.TIDY: JobHandler(form_mail.tidy),
}
SCHEDULES: Final = (Schedule(SETTLE, "17 * * * *"), Schedule(form_mail.TIDY, "40 3 * * *"))
