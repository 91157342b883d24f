# ruff: noqa: RUF001 - Russian notes are spelt in Cyrillic

"""Notes and files on clients of the sample company: what colleagues should know, and the papers about it."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts.models import User
from vinculo.actor import Actor, Source, system
from vinculo.clients import pins
from vinculo.clients.models import Client
from vinculo.demo.names import language_of
from vinculo.files import store
from vinculo.notes.records import note
from vinculo.records import service
from vinculo.records.reading import Values
from vinculo.settings import Settings

NOTED: Final = 40
PINNED: Final = 10
FILED: Final = 20
_NOTES: Final = {
    "pt_BR": (
        "Pediram desconto de 5% para o próximo trimestre.\n\n@{colleague}, você consegue aprovar até sexta?",
        "Novo comprador a partir de segunda-feira. Ligar para se apresentar.",
        "Querem visitar a fábrica em março. @{colleague} vai receber o grupo.",
    ),
    "ru": (
        "Просят скидку 5 % на следующий квартал.\n\n@{colleague}, сможешь согласовать до пятницы?",
        "С понедельника новый закупщик. Позвонить и познакомиться.",
        "Хотят приехать на склад в марте. @{colleague} встретит.",
    ),
    "en": (
        "They ask for 5 % off in the next quarter.\n\n@{colleague}, can you approve that by Friday?",
        "A new buyer starts on Monday. Call and introduce yourself.",
        "They want to see the warehouse in March. @{colleague} will show them round.",
    ),
}
_PRICES: Final = "article;unit;price\nA-100;box;42.50\nA-210;box;61.00\nB-015;pallet;730.00\n"
_MINUTES: Final = "Delivery on Tuesdays and Thursdays, before 11:00.\nInvoices by e-mail, one a month.\n"


def leave(session: Session, settings: Settings, seed: int) -> None:
    """Let those who are responsible for some clients write notes there, and add files."""
    rng = Random(seed)  # noqa: S311 # nosec B311 # the same company each time
    users = {user.id: user for user in session.scalars(sa.select(User))}
    columns = (Client.id, Client.country, Client.responsible_id)
    clients = session.execute(
        sa.select(*columns).where(Client.responsible_id.is_not(None)).order_by(Client.id)
    ).all()
    noted = rng.sample(clients, min(NOTED, len(clients)))
    for number, client in enumerate(noted):
        actor = _acting(users[client.responsible_id])
        written = _write(session, client, rng, users, actor)
        if number < PINNED:
            session.flush()
            pins.pin(session, client.id, note.name, written, actor=actor, visible=None)
        if number < FILED:
            name, content = _paper(rng)
            about = {"client_id": client.id}
            store.store(session, settings, io.BytesIO(content), name, actor=actor, about=about)


def _acting(user: User) -> Actor:
    return replace(system(Source.CLI), user_id=user.id, name=user.full_name)


def _write(session: Session, client: Any, rng: Random, users: Mapping[int, User], actor: Actor) -> int:
    """The id of a note that mentions a colleague who speaks the language of the client."""
    language = language_of(client.country)
    colleagues = [one.login for one in users.values() if one.language == language and one.id != actor.user_id]
    text = rng.choice(_NOTES[language]).format(colleague=rng.choice(colleagues))
    values = Values({"text": text, "client_id": client.id})
    written: int = service.create(session, note, values, actor=actor).id
    return written


def _paper(rng: Random) -> tuple[str, bytes]:
    papers: Sequence[tuple[str, bytes]] = (
        ("price-list.csv", _PRICES.encode()),
        ("minutes.txt", _MINUTES.encode()),
        ("loading-bay.png", _plan(rng)),
    )
    return rng.choice(papers)


def _plan(rng: Random) -> bytes:
    """A drawing of where to unload."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 -- 3 MB, for who makes a sample company

    image = Image.new("RGB", (640, 400), "#f4f1ea")
    pen = ImageDraw.Draw(image)
    pen.rectangle((40, 40, 600, 260), outline="#4a5568", width=4)
    for bay in range(5):
        left = 60 + bay * 108
        pen.rectangle((left, 180, left + 84, 260), fill="#cbd5e0", outline="#4a5568", width=2)
    gate = 60 + rng.randrange(5) * 108
    pen.rectangle((gate, 180, gate + 84, 260), fill="#0f766e")
    pen.line((gate + 42, 390, gate + 42, 275), fill="#0f766e", width=6)
    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()
