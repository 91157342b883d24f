"""Tasks that repeat stay on the clock of whoever said when they are due."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from vinculo.actor import Source, system
from vinculo.i18n import use_locale
from vinculo.records import service
from vinculo.records.reading import Values
from vinculo_tasks import service as rules
from vinculo_tasks.models import Remind, Repeat, State, Task
from vinculo_tasks.records import task

ACTOR = system(Source.JOB)


@pytest.mark.parametrize(
    ("repeat", "rule"), [("fortnight", ""), ("month", ""), ("rule", "FREQ=DAILY;INTERVAL=10")]
)
@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Lord_Howe"])
def test_a_chain_stays_on_the_clock_of_its_task_wherever_it_is_done(session, zone, repeat, rule):
    values = {
        "subject": "Call", "due_on": date(2027, 3, 1), "due_time": "10:00", "repeat": Repeat(repeat),
        "rule": rule, "remind": Remind.HOUR,
    }  # fmt: skip
    with use_locale("en", zone):
        one = service.create(session, task, Values(values), actor=ACTOR)
    offsets = set()
    for number in range(19):
        moment = one.due_at.astimezone(ZoneInfo(zone))
        assert (moment.date(), f"{moment:%H:%M}", one.zone) == (one.due_on, "10:00", zone)
        assert one.due_at - one.remind_at == timedelta(hours=1)
        offsets.add(moment.utcoffset())
        with use_locale("ru", "Asia/Tokyo" if number % 2 else "America/Los_Angeles"):
            rules.close(session, task, one, State.DONE, actor=ACTOR)
        before, one = one, session.scalars(sa.select(Task).where(Task.follows_id == one.id)).one()
        assert one.due_on > before.due_on
    assert len(offsets) == 2, "clocks were put forward or back on the way"
