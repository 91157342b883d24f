"""One box for all kinds: what is spelt almost so, why it was found, nothing that one may not see."""

from __future__ import annotations

import re

import pytest

from vinculo.actor import FieldAccess, Scope
from vinculo.clients.records import client
from vinculo.counterparties.records import counterparty
from vinculo.people.records import person
from vinculo.records import found, misspelt, search
from vinculo.records.terms import parse
from vinculo.testing.factories import SYSTEM, make_client, make_counterparty, make_person

KINDS = (client, counterparty, person)
NAMES = ("Padaria Luz", "Padaria Sol", "Müller", "Mueller", "Медвежий угол", "Mercadinho Confiança", "Luiza")
SLIPS = [  # what is typed, what is meant
    ("padria luz", ["Padaria Luz"]),
    ("pdaaria luz", ["Padaria Luz"]),
    ("luz padarria", ["Padaria Luz"]),
    ("badaria sol", ["Padaria Sol"]),
    ("padria", ["Padaria Luz", "Padaria Sol"]),
    ("muler", ["Müller"]),
    ("Müler", ["Müller"]),
    ("Müller", ["Mueller"]),
    ("mueller", ["Müller"]),
    ("медвжий", ["Медвежий угол"]),
    ("МЕДВЕЖЫЙ угл", []),
    ("медвежый угол", ["Медвежий угол"]),
    ("mercadihno confianca", ["Mercadinho Confiança"]),
    ("mercdinho 98765", ["Mercadinho Confiança"]),
    ("mercdinho -sol", ["Mercadinho Confiança"]),
    ("mercdinho -confianca", []),
    ('"mercdinho"', ["Mercadinho Confiança"]),
    ("merkadihno", []),
    ("luisa", ["Luiza"]),
    ("lux", []),
    ("98766", []),
    ("", []),
    ("xyzzy", []),
    ("padaria luz", []),  # is found as it stands
]


@pytest.fixture
def firms(session):
    for name in NAMES:
        phone = {"type": "phone", "value": "(11) 98765-4321"}
        make_client(session, name, country="BR", contact_points=[phone] if name.startswith("Mer") else [])


def test_a_slip_in_a_word_finds_what_was_meant(firms, session):
    for term, meant in SLIPS:
        near = search.similar(session, KINDS, term, actor=SYSTEM, limit=9)
        assert sorted(hit.title for hit in near) == sorted(meant), term


def test_the_nearest_come_first(session):
    for name in ("Mercadinhos", "Mercadinha Azul", "Marcadinha", "Mercadinho"):
        make_client(session, name)
    near = search.similar(session, KINDS, "mercadinjo", actor=SYSTEM, limit=9)
    assert [hit.title for hit in near] == ["Mercadinho", "Mercadinhos", "Mercadinha Azul"]
    assert len(search.similar(session, KINDS, "mercadinjo", actor=SYSTEM, limit=2)) == 2


def test_of_very_many_hits_those_called_so_are_among_the_first(session, monkeypatch):
    monkeypatch.setattr(search, "LIMIT", 5)
    for number in range(9):
        make_client(session, f"Casa {number} Luz")
    make_client(session, "Luz")

    hits = search.find_each(session, KINDS, "luz", actor=SYSTEM, each=3)["client"]

    assert [hit.title for hit in hits.documents] == ["Luz", "Casa 0 Luz", "Casa 1 Luz"]
    assert (hits.count, hits.more) == (5, True)


@pytest.mark.parametrize(
    ("term", "text", "shown"),
    [
        ("acao", "Ação Comércio", "[Ação] Comércio"),
        ("comercio acao", "Ação Comércio", "[Ação] [Comércio]"),
        ("strasse", "Große Straße 1", "Große [Straße] 1"),
        ("98765-43", "+55 11 98765-4321", "+55 11 [98765-43]21"),
        ("елк", "ЁЛКИ", "[ЁЛК]И"),
        ("<b>", "a <b> b", "a [<b>] b"),
        ("luz -sol", "Luz Sol", "[Luz] Sol"),
        ("", "Luz", "Luz"),
        ("needle", "hay " * 60 + "needle", "…" + "hay " * 4 + "[needle]"),
    ],
)  # fmt: skip
def test_what_was_typed_is_marked_in_the_text_as_it_is_written(term, text, shown):
    parts = found.marked(text, term)
    assert "".join(f"[{part}]" if hit else part for part, hit in parts) == shown


def test_pieces_of_a_word_survive_any_slip():
    for word in ("padaria", "тополя", "confianca"):
        (pieces,) = misspelt.loosened(parse(word))
        for at in range(len(word)):
            start, rest = word[:at], word[at:]
            for slip in (start + rest[1:], f"{start}#{rest}", f"{start}#{rest[1:]}"):
                assert any(all(piece in slip for piece in one) for one in pieces), slip


def shown(page):
    return re.sub("</?mark>", "", page.text)


def test_the_page_says_what_was_found_why_and_what_is_almost_so(session, admin, count_queries):
    points = [{"type": "phone", "value": "(11) 98765-4321"}, {"type": "email", "value": "ana@luz.example"}]
    luz = make_client(session, "Padaria Luz", country="BR", contact_points=points)
    home = {"street": "Rua dos Fornos 1"}
    make_person(session, "Ana Prado", client_id=luz.id, external_id="P-987", addresses=[home])
    numbers = [{"scheme": "tax", "value": "11222333000181"}]
    make_counterparty(session, "Sol Ltda", country="BR", identifiers=numbers)
    session.commit()

    with count_queries() as sent:
        page = shown(admin.get("/search?q=987"))
    assert "Phone</span> +55 11 98765-4321" in page
    assert "External id</span> P-987" in page
    assert "/search?q=987&amp;kind=person" in page
    assert len(sent) <= 12, sent
    assert "E-mail</span> ana@luz.example" in shown(admin.get("/search?q=ana@luz"))
    assert "11.222.333/0001-81" in shown(admin.get("/search?q=11222333"))
    assert "Rua dos Fornos 1" in shown(admin.get("/search?q=fornos"))
    only = shown(admin.get("/search?q=987&kind=person"))
    assert "Ana Prado" in only
    assert "Padaria Luz" not in only
    assert admin.get("/search?q=987&kind=nothing").status_code == 200

    almost = shown(admin.get("/search?q=padria"))
    assert "Similar to “padria”" in almost
    assert "Padaria Luz" in almost
    assert "What you can search for" in admin.get("/search?q=zzzz").text


def test_programs_search_alike(session, admin):
    points = [{"type": "phone", "value": "(11) 98765-4321"}]
    luz = make_client(session, "Padaria Luz", country="BR", contact_points=points)
    make_counterparty(session, "Padaria Luz Ltda")
    session.commit()

    answer = admin.get("/api/v1/search", params={"q": "98765"}).json()
    (group,) = answer["groups"]
    assert (group["kind"], group["count"], group["more"]) == ("client", 1, False)
    assert group["items"] == [
        {
            "kind": "client", "id": luz.id, "title": "Padaria Luz", "url": f"/api/v1/clients/{luz.id}",
            "reason": "Phone", "found": "+55 11 98765-4321",
        }
    ]  # fmt: skip
    similar = admin.get("/api/v1/search?q=padria&kind=client").json()
    assert similar["groups"] == []
    assert [one["title"] for one in similar["similar"]] == ["Padaria Luz"]
    assert len(admin.get("/api/v1/search?q=luz&limit=1").json()["groups"]) == 2
    for wrong, field in (
        ("", "q"),
        ("q=luz&kind=x", "kind"),
        ("q=luz&limit=0", "limit"),
        ("q=l&limit=9e9", "limit"),
    ):
        refused = admin.get(f"/api/v1/search?{wrong}")
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)


def test_nothing_is_found_that_one_may_not_see(session, make_role, make_user, open_browser):
    fields = {("client", "contact_points"): FieldAccess.HIDDEN}
    make_role("Member", {"*": None, "clients.client.read": Scope.OWN}, fields)
    bea = make_user("bea")
    phone, mail = (
        {"type": "phone", "value": "(11) 98765-4321"},
        {"type": "email", "value": "secretly@luz.example"},
    )
    hidden = {"country": "BR", "contact_points": [phone, mail]}
    make_client(session, "Padaria Luz", responsible_id=bea.id, **hidden)
    make_client(session, "Padaria Sol", **hidden)
    make_person(session, "Padaria Person")
    session.commit()
    browser = open_browser(bea)

    def titles(term):
        answer = browser.get("/api/v1/search", params={"q": term}).json()
        assert ("Padaria" in shown(browser.get("/search", params={"q": term}))) is bool(
            answer["groups"] or answer["similar"]
        )
        palette = shown(browser.get("/search/palette", params={"q": term}))
        hits = [*(hit for group in answer["groups"] for hit in group["items"]), *answer["similar"]]
        assert all(hit["title"] in palette for hit in hits)
        assert all(not hit["found"] for hit in hits)
        return [hit["title"] for hit in hits]

    assert titles("padaria luz") == titles("padria") == titles("padria luz") == ["Padaria Luz"]
    assert titles("padaria -secretly") == titles("padria -98765") == ["Padaria Luz"], "it tells nothing"
    assert titles("98765") == titles("secretly") == titles("secretlly") == titles("padria secretly") == []
    assert titles("person") == titles("padaria sol") == titles("padria sol") == []
