"""When the sample company works."""

from typing import Final

_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday")
_OFFICE: Final = dict.fromkeys(_DAYS, "09:00-12:30, 13:30-18:00")
CALENDARS: Final = (
    {
        "name": "São Paulo", "is_default": "yes", "time_zone": "America/Sao_Paulo", **_OFFICE,
        "saturday": "", "sunday": "", "country": "BR", "subdivision": "SP",
    },
    {
        "name": "Москва", "is_default": "", "time_zone": "Europe/Moscow", **_OFFICE,
        "saturday": "10:00-15:00", "sunday": "", "country": "RU", "subdivision": "",
    },
)  # fmt: skip
