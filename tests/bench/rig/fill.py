"""Fill a migrated database with made-up clients, the same at every run: ``fill.py URL CLIENTS``.

One that is filled stays as it is. Prints as JSON with what an API client and a browser sign in.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

import sqlalchemy as sa

from vinculo.accounts.models import (
    ApiToken,
    Department,
    Grant,
    Membership,
    Role,
    User,
    UserRole,
    UserSession,
)
from vinculo.accounts.onetime import digest
from vinculo.actor import Scope
from vinculo.clients.models import Client, Stage
from vinculo.counterparties.models import Counterparty, Link
from vinculo.db import statistics
from vinculo.db.base import now
from vinculo.db.engine import Database
from vinculo.events.models import SearchDocument, TimelineEntry
from vinculo.people.models import ContactPoint, ContactType, Purpose
from vinculo.records.text import sort_key
from vinculo_interactions.models import Interaction, InteractionType, Priority

TOKEN, COOKIE = "vin_bench-token", "bench-cookie"
SELLER = 6  # who owns one client of a hundred; five others share the rest
SCOPES = {Scope.OWN: SELLER, Scope.DEPARTMENT: 3, Scope.ALL: 4}  # the user with this scope
COUNTERPARTIES_PER_CLIENT = 1.75
INTERACTIONS_PER_CLIENT = 5
BUSY = 1000  # every tenth interaction is with one of the first so many clients
START = datetime(2026, 1, 1, tzinfo=UTC)
TRADES = ("Padaria", "Livraria", "Bäckerei", "Studio", "Кофейня", "Garage", "Atelier", "Farmácia")
SYLLABLES = ("ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "zo")
INDUSTRIES = ("Food", "Retail", "Books", "Health", "Transport")
COUNTRIES = ("BR", "DE", "US", "RU", "PT")

Rows = Iterator[dict[str, Any]]


def family(number: int) -> str:
    """One of 2744 names; consecutive numbers lie far apart."""
    number = number * 1009 % len(SYLLABLES) ** 3
    parts = [SYLLABLES[number // len(SYLLABLES) ** place % len(SYLLABLES)] for place in range(3)]
    return "".join(parts).capitalize()


def rare(number: int) -> str:
    """One of 537,824 words: names of companies have a long tail."""
    number = number * 100_003 % len(SYLLABLES) ** 5
    return "".join(SYLLABLES[number // len(SYLLABLES) ** place % len(SYLLABLES)] for place in range(5))


def client_name(number: int) -> str:
    return f"{TRADES[number % len(TRADES)]} {family(number)} {number}"


def entity_name(number: int) -> str:
    return f"{family(number * 7)} & {rare(number).capitalize()} {number} Ltda"


def stamps(number: int) -> dict[str, Any]:
    moment = START + timedelta(minutes=number)
    return {"version": 1, "created_at": moment, "changed_at": moment, "created_by_id": 1, "changed_by_id": 1}


def clients(count: int) -> Rows:
    stages = list(Stage)
    for number in range(1, count + 1):
        name = client_name(number)
        yield {
            "name": name,
            "name_key": sort_key(name),
            "stage": stages[number % len(stages)],
            "responsible_id": SELLER if number % 100 == 0 else 1 + number % 5,
            "industry": INDUSTRIES[number % len(INDUSTRIES)],
            "country": COUNTRIES[number % len(COUNTRIES)],
            "website": f"https://client{number}.example.com",
            "note": "",
            "external_id": f"C-{number}",
            **stamps(number),
        }


def contact_points(count: int) -> Rows:
    for number in range(1, count + 1):
        email = f"office@client{number}.example.com"
        yield {
            "client_id": number,
            "type": ContactType.EMAIL,
            "value": email,
            "key": email,
            "purpose": Purpose.WORK,
        }


def counterparties(count: int) -> Rows:
    for number in range(1, count + 1):
        name = entity_name(number)
        yield {
            "legal_name": name,
            "legal_name_key": sort_key(name),
            "legal_form": "Ltda",
            "country": COUNTRIES[number % len(COUNTRIES)],
            "note": "",
            "external_id": f"L-{number}",
            **stamps(number),
        }


def owner(number: int, count: int) -> int:
    """The client of a counterparty."""
    return 1 + number % count


def links(count: int, owners: int) -> Rows:
    for number in range(1, count + 1):
        client_id = owner(number, owners)
        yield {"counterparty_id": number, "client_id": client_id, "valid_from": START.date(), "reason": ""}


def interactions(count: int, owners: int) -> Rows:
    types = list(InteractionType)
    for number in range(1, count + 1):
        yield {
            "client_id": partner(number, owners),
            "responsible_id": 1 + number % 5,
            "type": types[number % len(types)],
            "subject": f"Order {number}",
            "happened_at": START + timedelta(minutes=number),
            "outcome": "",
            "next_step": "",
            "note": "",
            "priority": Priority.NORMAL,
            "no_answer": False,
            **stamps(number),
        }


def partner(number: int, owners: int) -> int:
    """The client of an interaction."""
    return 1 + (number // 10 % min(BUSY, owners) if number % 10 == 0 else number % owners)


def timeline() -> sa.Insert:
    """What the interactions are on the timelines."""
    table, words = Interaction.__table__, sa.literal
    shown = {
        "client_id": table.c.client_id,
        "happened_at": table.c.happened_at,
        "domain": words("interactions"),
        "kind": words("interaction"),
        "record_id": table.c.id,
        "label": words("Meeting"),
        "title": table.c.subject,
        "text": words(""),
        "icon": words("calendar-event"),
        "user_id": table.c.responsible_id,
    }
    query = sa.select(*shown.values()).order_by(table.c.id)
    return sa.insert(TimelineEntry.__table__).from_select(list(shown), query)


def subjects() -> sa.Insert:
    """What the search knows of the interactions."""
    table = Interaction.__table__
    key = sa.func.lower(table.c.subject)
    known = {
        "kind": sa.literal("interaction"),
        "record_id": table.c.id,
        "client_id": table.c.client_id,
        "title": table.c.subject,
        "title_key": key,
        "body": key,
    }
    query = sa.select(*known.values()).order_by(table.c.id)
    return sa.insert(SearchDocument.__table__).from_select(list(known), query)


def documents(count: int, entities: int) -> Rows:
    for number in range(1, count + 1):
        words = f"c-{number}\noffice@client{number}.example.com"
        yield document("client", number, number, client_name(number), words)
    for number in range(1, entities + 1):
        yield document("counterparty", number, None, entity_name(number), f"l-{number}")


def document(kind: str, record_id: int, client_id: int | None, title: str, words: str) -> dict[str, Any]:
    key = sort_key(title)
    return {
        "kind": kind,
        "record_id": record_id,
        "client_id": client_id,
        "title": title,
        "title_key": key,
        "body": f"{key}\n{words}",
    }


def insert(connection: sa.Connection, model: Any, rows: Rows) -> None:
    """Many rows, past SQLAlchemy, which takes four times as long; what they leave out has its default."""
    first = next(rows, None)
    if first is None:
        return
    table, raw = model.__table__, connection.connection.driver_connection
    given = defaults(table, first)
    values = values_of(table, connection.dialect, ({**row, **given} for row in chain([first], rows)))
    names = ", ".join([*first, *given])
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * (len(first) + len(given)))
        raw.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", values)
        return
    with raw.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as target:
        for row in values:
            target.write_row(row)


def defaults(table: sa.Table, row: dict[str, Any]) -> dict[str, Any]:
    """What the columns hold that a row says nothing of."""
    missing = [
        one for one in table.columns if one.name not in row and isinstance(one.default, sa.ColumnDefault)
    ]
    return {one.name: one.default.arg for one in missing if one.default.is_scalar}


def values_of(table: sa.Table, dialect: sa.Dialect, rows: Rows) -> Iterator[list[Any]]:
    """Rows as the driver takes them."""
    first = next(rows)
    found = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in first]
    processors = [(index, process) for index, process in enumerate(found) if process]
    for row in chain([first], rows):
        values = list(row.values())
        for index, process in processors:
            values[index] = process(values[index])
        yield values


def sign_in(connection: sa.Connection) -> None:
    for number in range(1, SELLER + 1):
        person = {"login": f"user{number}", "login_key": f"user{number}", "full_name": f"User {number}"}

        rest = {
            "email": "",
            "password_hash": "",
            "active": True,
            "language": "",
            "time_zone": "",
            "theme": "",
        }
        connection.execute(sa.insert(User.__table__), {**person, **rest, **stamps(number)})
    administrator = sa.select(Role.id).where(Role.administrator).scalar_subquery()
    connection.execute(sa.insert(UserRole.__table__).values(user_id=1, role_id=administrator))
    moment = now()
    browser = {"csrf": "bench-csrf", "address": "", "user_agent": "", "seen_at": moment, "created_at": moment}
    session = {"token_hash": digest(COOKIE), "user_id": 1, "expires_at": moment + timedelta(days=1)}
    session |= {"ends_at": moment + timedelta(days=1), "proved_at": moment, "second_factor": False}
    connection.execute(sa.insert(UserSession.__table__), {**session, **browser})
    for user_id, token in {1: TOKEN, **{user: f"{TOKEN}-{scope}" for scope, user in SCOPES.items()}}.items():
        row = {
            "token_hash": digest(token),
            "user_id": user_id,
            "name": "bench",
            "prefix": "vin_",
            "scopes": ["*"],
        }
        # Used just now: else the first writing request would note it, which none after it does.
        used = {"created_at": moment, "last_used_at": moment + timedelta(days=1)}
        connection.execute(sa.insert(ApiToken.__table__), {**row, **used})


def give_rights(connection: sa.Connection) -> None:
    """Everybody sees their own records, one user those of a department, another all; see ``SCOPES``."""
    own = sa.update(Grant.__table__).values(scope=Scope.OWN)
    connection.execute(own)
    flags = {"baseline": False, "administrator": False, "second_factor": False}
    for number, scope in enumerate((Scope.DEPARTMENT, Scope.ALL), start=3):
        name = {"name": scope.value, "name_key": scope.value}
        connection.execute(sa.insert(Role.__table__), {"id": number, **name, **flags, **stamps(number)})
        connection.execute(sa.insert(Grant.__table__), {"role_id": number, "permission": "*", "scope": scope})
        connection.execute(sa.insert(UserRole.__table__), {"user_id": SCOPES[scope], "role_id": number})
    north = {"id": 1, "name": "North", "name_key": "north", **stamps(1)}
    connection.execute(sa.insert(Department.__table__), north)
    connection.execute(
        sa.insert(Membership.__table__), {"user_id": SCOPES[Scope.DEPARTMENT], "department_id": 1}
    )


def fill(connection: sa.Connection, count: int) -> None:
    entities, talks = int(count * COUNTERPARTIES_PER_CLIENT), count * INTERACTIONS_PER_CLIENT
    sign_in(connection)
    give_rights(connection)
    insert(connection, Client, clients(count))
    insert(connection, ContactPoint, contact_points(count))
    insert(connection, Counterparty, counterparties(entities))
    insert(connection, Link, links(entities, count))
    insert(connection, Interaction, interactions(talks, count))
    connection.execute(timeline())
    insert(connection, SearchDocument, documents(count, entities))
    connection.execute(subjects())


def fill_sqlite(connection: sa.Connection, count: int) -> None:
    """The index of the search is built once all texts are there, which takes a tenth of the time."""
    names = ("events_search_insert", "events_search_delete", "events_search_update")
    triggers = sa.text("select name, sql from sqlite_master where type = 'trigger'")
    statements = {row.name: row.sql for row in connection.execute(triggers) if row.name in names}
    for name in statements:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    fill(connection, count)
    connection.exec_driver_sql("INSERT INTO events_search_fts (events_search_fts) VALUES ('rebuild')")
    for statement in statements.values():
        connection.exec_driver_sql(statement)


def fill_postgres(connection: sa.Connection, count: int) -> None:
    """Here, too."""
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '512MB'")
    index = next(one for one in SearchDocument.__table__.indexes if one.name == "ix_events_search_body_trgm")
    index.drop(connection)
    fill(connection, count)
    index.create(connection)


def main() -> None:
    database = Database(sys.argv[1])
    count = int(sys.argv[2])
    if not is_filled(database, count):
        fill_anew(database, count)
    database.close()
    term = family(count // 2).lower()
    json.dump({"token": TOKEN, "cookie": COOKIE, "term": term, "clients": count}, sys.stdout)


def is_filled(database: Database, count: int) -> bool:
    """Whether it was filled before; its browser is then signed in for another day."""
    table, until = UserSession.__table__, now() + timedelta(days=1)
    with database.write_engine.begin() as connection:
        there = connection.scalar(sa.select(sa.func.count()).select_from(Client.__table__))
        assert there in (0, count), f"the database holds {there} clients, {count} were asked for"
        connection.execute(sa.update(table).values(expires_at=until, ends_at=until))
    return bool(there)


def fill_anew(database: Database, count: int) -> None:
    """Fill it, and let the database learn what is in it."""
    with database.write_engine.begin() as connection:
        (fill_sqlite if database.is_sqlite else fill_postgres)(connection, count)
    statistics.refresh(database)
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql("VACUUM ANALYZE")


if __name__ == "__main__":
    main()
