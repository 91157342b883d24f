"""The day it is depends on where the user is; one function says it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from vinculo.i18n import today, use_locale


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
def test_today_is_the_day_of_the_users_zone(zone: str):
    with use_locale("en", zone):
        before = datetime.now(UTC).astimezone(ZoneInfo(zone)).date()
        assert before <= today() <= before + timedelta(days=1)


def test_ends_of_the_world_are_never_on_one_day():
    with use_locale("en", "Pacific/Kiritimati"):
        ahead = today()
    with use_locale("en", "Pacific/Pago_Pago"):
        behind = today()
    assert ahead > behind
