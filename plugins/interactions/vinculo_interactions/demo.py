"""Two years of made-up talks with the clients of the sample company."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from vinculo_interactions.demo_texts import english, portuguese, russian

Row = dict[str, str]

COLUMNS = (
    "external_id", "type", "client", "person", "responsible", "subject", "happened_at", "duration_minutes",
    "outcome", "next_step", "next_step_on", "note",
)  # fmt: skip
TYPES = {"meeting": 12, "call_in": 20, "call_out": 28, "sms": 8, "email": 26, "note": 6}
"""Shares in percent."""
RECEIVED = 0.4
"""Of e-mails."""
DURATIONS = {"meeting": (30, 120), "call_in": (2, 18), "call_out": (2, 25)}
PHRASES = {"pt_BR": portuguese, "ru": russian, "en": english}
ZONES = {
    "BR": "America/Sao_Paulo", "RU": "Europe/Moscow", "PT": "Europe/Lisbon", "US": "America/New_York",
    "DE": "Europe/Berlin", "GB": "Europe/London", "KZ": "Asia/Almaty", "ES": "Europe/Madrid",
    "FR": "Europe/Paris", "JP": "Asia/Tokyo",
}  # fmt: skip


@dataclass(frozen=True)
class Pace:
    """How often a client of a stage is talked to, and between which ages in days."""

    count: tuple[int, int]
    oldest: tuple[int, int]
    newest: tuple[int, int]


PACES = {
    "potential": Pace((3, 12), (60, 300), (1, 45)),
    "active": Pace((11, 26), (200, 729), (1, 14)),
    "permanent": Pace((24, 44), (650, 729), (1, 7)),
    "lost": Pace((4, 14), (450, 729), (130, 400)),
}


def interaction_rows(
    seed: int, today: date, clients: Sequence[Mapping[str, str]], people: Sequence[Mapping[str, str]]
) -> Iterator[Row]:
    """Rows of all clients in the order of time; all lie before today, a next step may lie after it.

    Clients and people are rows of the kernel's sample files, whose references the rows keep.
    """
    rng = Random(f"interactions {seed}")  # noqa: S311 # nosec B311 # a sample that must come out the same again
    staff: dict[str, list[Mapping[str, str]]] = {}
    for person in people:
        staff.setdefault(person["client"], []).append(person)
    rows = [row for client in clients for row in _history(rng, today, client, staff[client["external_id"]])]
    rows.sort(key=lambda row: datetime.fromisoformat(row["happened_at"]))
    for number, row in enumerate(rows, start=1):
        yield {"external_id": f"I-{number:06d}", **row}


def _history(
    rng: Random, today: date, client: Mapping[str, str], people: Sequence[Mapping[str, str]]
) -> Iterator[Row]:
    pace = PACES[client["stage"]]
    days = _days(rng, today, pace)
    prospect_days = len(days) if client["stage"] == "potential" else max(2, len(days) // 5)
    for index, day in enumerate(days):
        talk = _Talk(rng, client, rng.choice(people), day)
        if client["stage"] == "lost" and index == len(days) - 1:
            yield talk.farewell()
        else:
            yield talk.row(selling=index < prospect_days)


def _days(rng: Random, today: date, pace: Pace) -> list[date]:
    """Working days between the pace's ages, the denser the later."""
    oldest, newest = rng.randint(*pace.oldest), rng.randint(*pace.newest)
    ages = (newest + int((oldest - newest) * rng.random() ** 1.6) for _ in range(rng.randint(*pace.count)))
    return sorted(_working_day(today - timedelta(days=age)) for age in ages)


def _working_day(day: date, step: int = -1) -> date:
    while day.weekday() > 4:
        day += timedelta(days=step)
    return day


class _Talk:
    """One talk with one person, told in the person's language."""

    def __init__(self, rng: Random, client: Mapping[str, str], person: Mapping[str, str], day: date) -> None:
        self.rng, self.client, self.person, self.day = rng, client, person, day
        self.phrases = PHRASES[person["language"]]

    def row(self, *, selling: bool) -> Row:
        """An ordinary talk: before the first order (selling) or after it."""
        kind = self.rng.choices(list(TYPES), weights=list(TYPES.values()))[0]
        subjects = (self.phrases.SELLING if selling else self.phrases.SERVING)[kind]
        ending = self.rng.choice(_fitting(self.phrases.OUTCOMES[kind], selling=selling))
        outcome, next_step = ending.removeprefix("!").split(">")
        row = self._row(kind, self._filled(self._pick(subjects)), outcome, next_step)
        if ending.startswith("!"):
            return {**row, "duration_minutes": "0"}
        return row if kind == "sms" else {**row, "note": self._note(selling=selling)}

    def farewell(self) -> Row:
        """The last talk with a client who leaves."""
        return self._row("call_in", self._pick(self.phrases.FAREWELLS), self.phrases.LOST_OUTCOME, "")

    def _row(self, kind: str, subject: str, outcome: str, next_step: str) -> Row:
        return {
            "type": "email_in" if kind == "email" and self.rng.random() < RECEIVED else kind,
            "client": self.client["external_id"],
            "person": self.person["external_id"],
            "responsible": self.client["responsible"],
            "subject": subject,
            "happened_at": self._moment().isoformat(),
            "duration_minutes": self._duration(kind),
            "outcome": outcome,
            "next_step": next_step,
            "next_step_on": self._next_day() if next_step else "",
            "note": "",
        }

    def _pick(self, phrases: str) -> str:
        return self.rng.choice(phrases.split("|"))

    def _filled(self, template: str) -> str:
        filled = template.format(
            client=self.client["name"],
            person=self._calling_name(),
            product=self._pick(self.phrases.PRODUCTS),
            month=self.phrases.MONTHS.split("|")[(self.day.month - 1 + self.rng.randint(0, 2)) % 12],
            number=self.rng.randint(1200, 9800),
            amount=self.rng.randint(4, 180) * 50,
        )
        return filled[0].upper() + filled[1:]

    def _calling_name(self) -> str:
        """Russian lists put the family name first."""
        words = self.person["name"].split()
        return " ".join(words[1:]) if self.person["language"] == "ru" else words[0]

    def _moment(self) -> datetime:
        at = time(self.rng.choice((9, 9, 10, 10, 11, 11, 12, 14, 14, 15, 15, 16, 17)), self.rng.randrange(60))
        return datetime.combine(self.day, at, ZoneInfo(ZONES[self.client["country"]]))

    def _duration(self, kind: str) -> str:
        if kind not in DURATIONS:
            return ""
        minutes = self.rng.randint(*DURATIONS[kind])
        return str(round(minutes / 15) * 15 if kind == "meeting" else minutes)

    def _next_day(self) -> str:
        return _working_day(self.day + timedelta(days=self.rng.randint(1, 21)), step=1).isoformat()

    def _note(self, *, selling: bool) -> str:
        known = _fitting(self.phrases.NOTES, selling=selling)
        return " ".join(
            self._filled(note) for note in self.rng.sample(known, self.rng.choice((0, 0, 1, 1, 2, 3)))
        )


def _fitting(phrases: str, *, selling: bool) -> list[str]:
    """The phrases that suit a prospect (selling) or a customer, their marks taken off."""
    mine, other = ("-", "+") if selling else ("+", "-")
    return [phrase.removeprefix(mine) for phrase in phrases.split("|") if not phrase.startswith(other)]
