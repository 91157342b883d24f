"""Pages in Portuguese and Russian hold no English."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import pytest

from vinculo.clients.models import Client
from vinculo.counterparties.models import Counterparty
from vinculo.people.models import Person
from vinculo.testing.browsing import Browser

PAGES = (
    "/",
    "/clients",
    "/clients?stage=active&country=BR&sort=-name",
    "/clients?q=nothing-like-this",
    "/clients/new",
    "/clients/import",
    "/counterparties",
    "/counterparties/new",
    "/people",
    "/people/new",
    "/interactions",
    "/interactions/new",
    "/search?q=Amarelo",
    "/settings",
    "/settings/users",
    "/settings/users/new",
    "/plugins",
    "/nothing/here",
)

# Words of every English page of this program; none of them is a word of Portuguese or Russian.
ENGLISH = re.compile(
    r"\b(the|and|of|with|your|this|that|not|yet|add|save|search|find|cancel|edit|delete|undo|sign|home|settings|"
    r"filter|columns?|import|export|file|name|created|changed|stage|country|clients?|counterpart(y|ies)|people|"
    r"person|interactions?|timeline|history|role|users?|password|language|show|close|new|any|from|when|next|"
    r"type|note|responsible|address(es)?|details|month|today|day)\b",
    re.IGNORECASE,
)
SHOWN = {"title", "placeholder", "aria-label", "alt", "data-done"}
UNSEEN = {"script", "style", "svg", "code", "kbd"}

# What people typed, or how a language, key or zone is called everywhere.
NAMES = ("Vinculo", "My company", "English", "Amarelo", "admin", "Ctrl", "Enter", "name@example.com")


class Words(HTMLParser):
    """Collects what a reader, seeing or hearing, gets of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.language = ""
        self.hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "html":
            self.language = dict(attrs)["lang"] or ""
        if tag in UNSEEN or self._is_data(tag, dict(attrs)):
            self.hidden.append(tag)
        if not self.hidden:
            self.found += [value or "" for name, value in attrs if name in SHOWN]

    def handle_endtag(self, tag: str) -> None:
        if self.hidden and self.hidden[-1] == tag:
            self.hidden.pop()

    def handle_data(self, data: str) -> None:
        if not self.hidden and data.strip():
            self.found.append(data.strip())

    @staticmethod
    def _is_data(tag: str, attributes: dict[str, str | None]) -> bool:
        """Time zones have English names."""
        return tag == "select" and attributes.get("name") == "time_zone"


def english(html: str) -> Iterator[str]:
    """Texts of a page that hold English words."""
    page = Words()
    page.feed(html)
    assert len(page.found) > 3
    for text in page.found:
        rest = text
        for name in NAMES:
            rest = rest.replace(name, "")
        if ENGLISH.search(rest):
            yield text


@pytest.mark.parametrize("language", ["pt-BR", "ru"])
def test_the_first_pages_are_in_the_language_of_the_browser(visitor: Browser, make_user: Any, language: str):
    asked = {"accept-language": language}
    welcome = visitor.get("/", headers=asked)

    assert f'lang="{language}"' in welcome.text
    assert [*english(welcome.text)] == []

    make_user("admin")
    assert [*english(visitor.get("/sign-in", headers=asked).text)] == []


@pytest.mark.parametrize("language", ["pt-BR", "ru"])
def test_no_page_holds_english(
    admin: Browser,
    make_client: Callable[..., Client],
    make_counterparty: Callable[..., Counterparty],
    make_person: Callable[..., Person],
    language: str,
):
    client = make_client(name="Amarelo")
    cards = [
        f"/clients/{client.id}",
        f"/clients/{client.id}/edit",
        f"/clients/{client.id}/history",
        f"/counterparties/{make_counterparty(legal_name='Amarelo').id}",
        f"/people/{make_person(name='Amarelo').id}",
    ]

    found = {}
    for path in (*PAGES, *cards):
        answer = admin.get(path, headers={"accept-language": language})
        assert answer.status_code == (404 if path == "/nothing/here" else 200), path
        assert f'lang="{language}"' in answer.text, path
        if words := [*english(answer.text)]:
            found[path] = words

    assert found == {}


@pytest.mark.parametrize("language", ["pt-BR", "ru"])
def test_what_is_wrong_with_an_input_is_said_in_the_language(admin: Browser, language: str):
    admin.headers["accept-language"] = language
    refused = [
        admin.post("/clients/new", data={"name": "", "website": "nowhere", "stage": "none"}),
        admin.post("/people/new", data={"name": "", "birthday": "31.02.99"}),
        admin.post("/interactions/new", data={"subject": "", "duration_minutes": "long"}),
        admin.post("/settings/users/new", data={"login": "!", "password": "x", "email": "x"}),
        admin.post("/clients/import", files={"file": ("x.csv", b"")}),
    ]
    taken = admin.post("/clients/import", files={"file": ("x.csv", b"a,b\n1,2\n")})

    assert [answer.status_code for answer in refused] == [422] * len(refused)
    assert [word for answer in (*refused, taken) for word in english(answer.text)] == []


def test_the_same_pages_in_english_are_seen_to_be_english(admin: Browser):
    for path in PAGES:
        assert [*english(admin.get(path, headers={"accept-language": "en"}).text)], path


def test_a_user_gets_the_chosen_language_whatever_the_browser_asks(
    open_browser: Callable[..., Browser], make_user: Any
):
    browser = open_browser(make_user("ana", language="ru"))

    page = browser.get("/clients", headers={"accept-language": "pt-BR"})

    assert 'lang="ru"' in page.text
    assert "Клиенты" in page.text


def test_the_check_sees_english_in_text_and_in_names_for_screen_readers():
    page = '<p>Салют</p><p>Итого</p><p>x</p><button title="Close">x</button><b>Add client</b><code>the</code>'

    assert [*english(page)] == ["Close", "Add client"]
