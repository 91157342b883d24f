"""The sample company: its users, clients, counterparties and people, row by row for the importers."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from random import Random
from typing import TypeVar

from vinculo.demo import identifiers, remarks
from vinculo.demo.firms import BANKS, Firm, Market, legal_names
from vinculo.demo.names import full_name, job_title, language_of, slug
from vinculo.demo.places import TOWNS, Telephones, Town, fill, street

Row = dict[str, str]
T = TypeVar("T")

USERS = (
    ("admin", "Helena Duarte Leitão", "administrator", "pt_BR"),
    ("rafael", "Rafael Antônio Brandão", "member", "pt_BR"),
    ("joana", "Joana Conceição Simões", "member", "pt_BR"),
    ("marina", "Воронцова Марина Сергеевна", "member", "ru"),
    ("timur", "Сапожников Тимур Олегович", "member", "ru"),
    ("ksenia", "Ершова Ксения Игоревна", "member", "ru"),
    ("daniel", "Daniel Whitlock", "member", "en"),
    ("priya", "Priya Radcliffe", "member", "en"),
)
"""Login, full name, role, language."""
CLIENTS_BY_COUNTRY = {
    "BR": 84, "RU": 82, "PT": 26, "US": 36, "DE": 18, "GB": 22, "KZ": 10, "ES": 8, "FR": 8, "JP": 6,
}  # fmt: skip
STAGES = {"potential": 30, "active": 35, "permanent": 22, "lost": 13}
COUNTERPARTIES_PER_CLIENT = {1: 75, 2: 14, 3: 7, 4: 4}
PEOPLE_PER_CLIENT = {1: 8, 2: 24, 3: 36, 4: 24, 5: 8}
"""Shares in percent, as those of the two above."""
ROLE_SHARES = {"decision_maker": 30, "user": 45, "payer": 25}
MOVED_COUNTERPARTIES = 8
PEOPLE_AT_TWO_CLIENTS = 14
GROUPS = 6


@dataclass(frozen=True)
class SampleCompany:
    """The rows of each file; every row has all columns of its file, some of them empty."""

    users: list[Row] = field(default_factory=list)
    clients: list[Row] = field(default_factory=list)
    client_groups: list[Row] = field(default_factory=list)
    counterparties: list[Row] = field(default_factory=list)
    counterparty_links: list[Row] = field(default_factory=list)
    people: list[Row] = field(default_factory=list)
    person_roles: list[Row] = field(default_factory=list)


def generate(seed: int, today: date) -> SampleCompany:
    """Make up the company as it stands today; the same seed and day give the same rows."""
    founder = _Founder(seed, today)
    founder.found()
    return founder.company


def _drawn(rng: Random, shares: dict[T, int]) -> T:
    return rng.choices(list(shares), weights=list(shares.values()))[0]


class _Founder:
    def __init__(self, seed: int, today: date) -> None:
        self.rng = Random(seed)  # noqa: S311 # nosec B311 # a sample that must come out the same again, not a secret
        self.today = today
        self.company = SampleCompany()
        self.market = Market(self.rng)
        self.telephones = Telephones(self.rng)
        self.mailboxes: set[str] = set()

    def found(self) -> None:
        self.company.users.extend(self._user(*user) for user in USERS)
        countries = [country for country, count in CLIENTS_BY_COUNTRY.items() for _ in range(count)]
        self.rng.shuffle(countries)
        for country in countries:
            self._add_client(self.market.firm(country), self.rng.choice(TOWNS[country]))
        self._move_counterparties()
        self._share_people()
        self._found_groups()

    def _user(self, login: str, name: str, role: str, language: str) -> Row:
        email = f"{login}@vinculo.example"
        return {"login": login, "full_name": name, "email": email, "role": role, "language": language}

    def _responsible(self, country: str) -> str:
        speaking = language_of(country)
        return self.rng.choice([login for login, _name, _role, language in USERS if language == speaking])

    def _add_client(self, firm: Firm, town: Town) -> None:
        domain = f"{slug(firm.name)}.example"
        client = {
            "external_id": f"C-{len(self.company.clients) + 1:04d}",
            "name": firm.name,
            "stage": _drawn(self.rng, STAGES),
            "responsible": self._responsible(firm.country),
            "industry": firm.industry,
            "country": firm.country,
            "website": f"https://{domain}",
            "phone": self.telephones.office(town),
            "email": f"{'info' if language_of(firm.country) != 'pt_BR' else 'contato'}@{domain}",
            "note": remarks.client_note(self.rng, language_of(firm.country)),
        }
        self.company.clients.append(client)
        for name in legal_names(self.rng, firm, _drawn(self.rng, COUNTERPARTIES_PER_CLIENT)):
            self._add_counterparty(client, name, town)
        for _person in range(_drawn(self.rng, PEOPLE_PER_CLIENT)):
            self._add_person(client, town, domain)

    def _add_counterparty(self, client: Row, legal_name: str, town: Town) -> None:
        country = client["country"]
        tax = identifiers.tax_number(self.rng, country)
        account = identifiers.bank_account(self.rng, country)
        counterparty = {
            "external_id": f"L-{len(self.company.counterparties) + 1:04d}",
            "legal_name": legal_name,
            "country": country,
            "tax_scheme": tax.scheme,
            "tax_id": tax.number,
            "registration_number": identifiers.registration_number(self.rng, country, town.region),
            "street": street(self.rng, country),
            "city": town.name,
            "region": town.region,
            "postal_code": fill(self.rng, town.postal),
            "bank_name": BANKS[country],
            "bank_account": account.number,
            "bank_bic": account.bic,
        }
        self.company.counterparties.append(counterparty)
        since = self.today - timedelta(days=self.rng.randint(200, 2400))
        reason = remarks.link_reason(self.rng, language_of(country))
        self._link(counterparty["external_id"], client, since, reason)

    def _link(self, counterparty: str, client: Row, since: date, reason: str) -> None:
        link = {
            "counterparty": counterparty,
            "client": client["external_id"],
            "valid_from": since.isoformat(),
            "valid_to": "",
            "reason": reason,
        }
        self.company.counterparty_links.append(link)

    def _move_counterparties(self) -> None:
        """Let some second entities of a client go over to another client of the same country."""
        last_of_group = self._last_links_of_groups()
        for link in self.rng.sample(last_of_group, MOVED_COUNTERPARTIES):
            old = self._client(link["client"])
            new = self._neighbour(old)
            moved = self.today - timedelta(days=self.rng.randint(40, 150))
            link["valid_to"] = (moved - timedelta(days=1)).isoformat()
            reason = remarks.move_reason(self.rng, language_of(old["country"]))
            self._link(link["counterparty"], new, moved, reason)

    def _last_links_of_groups(self) -> list[Row]:
        links = self.company.counterparty_links
        return [link for before, link in pairwise(links) if before["client"] == link["client"]]

    def _client(self, external_id: str) -> Row:
        return self.company.clients[int(external_id.removeprefix("C-")) - 1]

    def _neighbour(self, client: Row) -> Row:
        country = client["country"]
        return self.rng.choice(
            [c for c in self.company.clients if c["country"] == country and c is not client]
        )

    def _add_person(self, client: Row, town: Town, domain: str) -> None:
        country = client["country"]
        language = language_of(country)
        name = full_name(self.rng, country)
        role = _drawn(self.rng, ROLE_SHARES)
        person = {
            "external_id": f"P-{len(self.company.people) + 1:05d}",
            "name": name,
            "language": language,
            "phone": self.telephones.personal(country, town),
            "email": self._mailbox(name, domain),
            "client": client["external_id"],
            "role": role,
            "title": job_title(self.rng, language, role),
            "birthday": self._birthday(),
        }
        self.company.people.append(person)

    def _mailbox(self, name: str, domain: str) -> str:
        words = slug(name, " ").split()
        local, number = f"{words[0]}.{words[-1]}", 2
        address = f"{local}@{domain}"
        while address in self.mailboxes:
            address, number = f"{local}{number}@{domain}", number + 1
        self.mailboxes.add(address)
        return address

    def _birthday(self) -> str:
        if self.rng.random() < 0.6:
            return ""
        return (self.today - timedelta(days=self.rng.randint(23 * 365, 64 * 365))).isoformat()

    def _share_people(self) -> None:
        """Let some people work at a second client of their country as well, a few for one entity of it."""
        for person in self.rng.sample(self.company.people, PEOPLE_AT_TWO_CLIENTS):
            other = self._neighbour(self._client(person["client"]))
            role = _drawn(self.rng, ROLE_SHARES)
            row = {
                "person": person["external_id"],
                "client": other["external_id"],
                "counterparty": self._entity_of(other) if self.rng.random() < 0.5 else "",
                "role": role,
                "title": job_title(self.rng, person["language"], role),
            }
            self.company.person_roles.append(row)

    def _found_groups(self) -> None:
        """Let some clients be subsidiaries of others of their country."""
        heads = self.rng.sample(self.company.clients, GROUPS)
        for head in heads:
            country = [one for one in self.company.clients if one["country"] == head["country"]]
            below = [one for one in country if one not in heads]
            for one in self.rng.sample(below, min(len(below), self.rng.randint(1, 4))):
                row = {"client": one["external_id"], "parent": head["external_id"]}
                self.company.client_groups.append(row)

    def _entity_of(self, client: Row) -> str:
        """The client's first entity, which never moves away."""
        links = self.company.counterparty_links
        return next(link["counterparty"] for link in links if link["client"] == client["external_id"])
