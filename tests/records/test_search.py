"""The search: whatever fragment one remembers finds the record, and nothing typed can break it."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from vinculo.clients.records import client
from vinculo.counterparties.records import counterparty
from vinculo.records import search
from vinculo.testing.factories import SYSTEM, make_client, make_counterparty

KINDS = (client, counterparty)

FOUND = [  # what is typed, whose record it finds
    ("acao", "Ação Comércio"),
    ("AÇÃO", "Ação Comércio"),
    ("comerc", "Ação Comércio"),
    ("Comércio ação", "Ação Comércio"),
    ("ac", "Ação Comércio"),
    ("ёлка", "ЁЛКА и сыновья"),
    ("Елка", "ЁЛКА и сыновья"),
    ("ЫНОВ", "ЁЛКА и сыновья"),
    ("ёл", "ЁЛКА и сыновья"),
    ("98765", "Ação Comércio"),
    ("98765-43", "Ação Comércio"),
    ("(11) 98765", "Ação Comércio"),
    ("987-65", "Ação Comércio"),
    ("acao (11) 98765-4321", "Ação Comércio"),
    ("011 98765 4321", "Ação Comércio"),
    ("0055 11 98765", "Ação Comércio"),
    ("8 (912) 345-67-89", "ЁЛКА и сыновья"),
    ("(11) 98765-4321", "Ação Comércio"),
    ("+55 11 98765 4321", "Ação Comércio"),
    ("vendas@", "Ação Comércio"),
    ("ACAO.example", "Ação Comércio"),
    ("11.222.333/0001-81", "Luz Ltda"),
    ("222333", "Luz Ltda"),
    ("12.ABC.345/01DE-35", "Luz Ltda"),
    ("12abc34501de35", "Luz Ltda"),
    ("ERP-77", "Luz Ltda"),
    ("100%", "100% Suco"),
    ("under_score", "under_score"),
    ('"quoted"', 'The "quoted" firm'),
    ("the «quoted firm", 'The "quoted" firm'),
    ('"acao comercio"', "Ação Comércio"),
    ("suco -1000", "100% Suco"),
    ('suco -"1000 suco"', "100% Suco"),
    ("11222333 0001-81", "Luz Ltda"),
    ("o'neil", "O'Neil"),
]
HARMLESS = (
    "%%%", "___", "%_%", "***", '"""', "'''", "a AND b", "zzz OR acao", "NOT acao", "acao NEAR luz", "acao*",
    "-acao", "^acao", "title:acao", "acao)", "((((", "{acao luz}", "+", "\\", "\\\\\\", "';--", "\0",
    "aca\0o", "\u0301\u0301\u0301",
    "\U0001f600" * 3, "a" * 5000, " ".join("abcdefghij"), "��", "   ",
)  # fmt: skip


@pytest.fixture
def titles(session):
    def titles(term):
        return [hit.title for hit in search.find(session, KINDS, term, actor=SYSTEM, limit=20)]

    return titles


@pytest.fixture
def company(session):
    points = [
        {"type": "phone", "value": "(11) 98765-4321"},
        {"type": "email", "value": "vendas@acao.example"},
    ]
    make_client(session, "Ação Comércio", country="BR", contact_points=points)
    phone = {"type": "phone", "value": "+7 912 345-67-89"}
    make_client(session, "ЁЛКА и сыновья", contact_points=[phone])
    for name in (
        "100% Suco",
        "under_score",
        'The "quoted" firm',
        "O'Neil",
        "1000 Suco",
        "underXscore",
    ):
        make_client(session, name)
    numbers = [{"scheme": "tax", "value": value} for value in ("11222333000181", "12ABC34501DE35")]
    make_counterparty(session, "Luz Ltda", country="BR", identifiers=numbers, external_id="ERP-77")


def test_any_fragment_finds_the_record_and_only_that(company, titles):
    for term, title in FOUND:
        assert titles(term) == [title], term


def test_the_best_come_first_and_short_terms_are_beginnings(session, titles):
    for name in ("Casa da Luz", "Luz", "Luzia", "Ana Luz", "Luis"):
        make_client(session, name)

    assert titles("luz") == ["Luz", "Luzia", "Ana Luz", "Casa da Luz"]
    assert titles("lu") == ["Luis", "Luz", "Luzia"]
    assert titles("luz an") == ["Ana Luz"]
    assert titles("nada") == titles("") == titles("   ") == []


def test_no_term_breaks_the_search_or_matches_by_magic(company, session, titles):
    for term in HARMLESS:
        assert len(titles(term)) <= 1, term
        session.execute(search.record_ids(session, client, term, actor=SYSTEM)).all()
    assert titles("%%%") == titles("zzz OR acao") == titles("acao*") == []
    assert titles('"comercio acao"') == titles("acao -comercio") == titles("-acao") == []


@pytest.mark.parametrize("plural", ["clients", "people"])
def test_results_follow_what_happens_to_the_record(admin, plural):
    def found(term):
        page = admin.get(f"/search?q={quote(term)}")
        assert page.status_code == 200
        listed = {item["name"] for item in admin.get(f"/api/v1/{plural}?q={quote(term)}").json()["items"]}
        shown = re.sub("</?mark>", "", page.text)
        hits = {hit for hit in ("Luz Padaria", "Sol Padaria") if f">{hit}<" in shown}
        assert hits == listed
        return hits

    url = admin.post(f"/api/v1/{plural}", json={"name": "Luz Padaria"}).headers["location"]
    assert found("padaria") == {"Luz Padaria"}

    points = [{"type": "phone", "value": "+55 11 98765-4321"}]
    admin.patch(url, json={"name": "Sol Padaria", "contact_points": points})
    assert found("luz") == set()
    assert found("98765") == {"Sol Padaria"}

    restore = admin.delete(url).json()["restore"]
    assert found("padaria") == set()
    assert admin.post(restore).status_code == 204
    assert found("98765") == found("sol") == {"Sol Padaria"}
    admin.patch(url, json={"contact_points": []})
    assert found("98765") == set()


def test_every_door_of_the_search_takes_any_term(admin, make_client):
    make_client("Padaria Luz")

    for term in HARMLESS:
        for door in (
            "/search?q=",
            "/search/palette?q=",
            "/lookup/client?q=",
            "/lookup/user?q=",
            "/clients?q=",
        ):
            answer = admin.get(door + quote(term[:500]))
            assert answer.status_code == 200, (door, term)
    palette = admin.get("/search/palette?q=cli").text
    assert re.search(r'href="/clients"', palette)
    assert 'data-value="1">Padaria Luz<' in admin.get("/lookup/client?q=luz").text
    assert 'data-value="1">Padaria Luz<' in admin.get("/lookup/client?q=padraia").text  # a slip
    assert admin.get("/lookup/nothing?q=a").status_code == 404


def test_suggestions_tell_namesakes_apart(admin, make_client):
    for website in ("luz.example", "luz-sul.example"):
        make_client("Padaria Luz", website=website)
    make_client("Padaria Aurora", website="aurora.example")

    found = admin.get("/lookup/client?q=padaria").text

    assert 'data-label="Padaria Luz">Padaria Luz <span class="hint">https://luz.example</span>' in found
    assert '<span class="hint">https://luz-sul.example</span>' in found
    assert ">Padaria Aurora<" in found
    assert "aurora.example" not in found
