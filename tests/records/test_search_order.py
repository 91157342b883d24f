"""Which hits come first, and what tells namesakes apart."""

from __future__ import annotations

import re

from vinculo.actor import FieldAccess, Scope
from vinculo.clients.records import client
from vinculo.people.records import person
from vinculo.records import search
from vinculo.testing.factories import SYSTEM, make_client, make_counterparty, make_person


def lines(page):
    found = re.findall(
        r'(?s)<a role="option"[^>]*href="/(?:people|clients|counterparties)/.*?</a>', page.text
    )
    return [" ".join(re.sub("<[^>]*>", " ", one).split()) for one in found]


def test_what_is_called_so_comes_before_what_only_holds_it(session):
    mail = {"type": "email", "value": "ana@grund-elektronik.example"}
    for name in ("Aaa", "Ana"):
        make_person(session, name, contact_points=[mail])
    for name in ("Zeta Elektronik", "Bioelektronik", "Elektronik Nord", "Alpha Elektronik"):
        make_client(session, name)
    make_client(session, "Abc", contact_points=[mail])

    hits = search.find_each(session, (person, client), "elektronik", actor=SYSTEM, each=9)
    titles = ["Elektronik Nord", "Alpha Elektronik", "Zeta Elektronik", "Bioelektronik", "Abc"]
    assert [*hits] == ["client", "person"], "the kind with the nearest title first"
    assert [one.title for one in hits["client"].documents] == titles
    found = search.find(session, (person, client), "elektronik", actor=SYSTEM, limit=4)
    assert [one.title for one in found] == titles[:4]


def test_namesakes_are_told_apart_by_whose_they_are(session, admin, make_role, make_user, open_browser):
    rights = {"*": None, "clients.client.read": Scope.OWN, "people.person.read": Scope.ALL}
    make_role("Member", rights)
    bea = make_user("bea")
    luz, sol = make_client(session, "Luz <b>"), make_client(session, "Sol")
    make_person(session, "Priya Hart", client_id=luz.id)
    make_person(session, "Priya Hart", roles=[{"client_id": sol.id}, {"client_id": luz.id}])
    make_person(session, "Priya Hart")
    make_counterparty(session, "Priya Hart Ltda", links=[{"client_id": sol.id}])
    session.commit()

    found = lines(admin.get("/search/palette?q=priya"))
    assert sorted(found[:3]) == ["Priya Hart", "Priya Hart Luz &lt;b&gt;", "Priya Hart Luz &lt;b&gt; +1"]
    assert found[3] == "Priya Hart Ltda Sol"
    assert "Luz &lt;b&gt;" in admin.get("/search?q=priya").text
    assert lines(admin.get("/search/palette?q=prija+hart"))[0].startswith("Priya Hart"), "almost so, too"
    own = lines(open_browser(bea).get("/search/palette?q=priya"))
    assert own == ["Priya Hart"] * 3, "whose they are is not for those who see none of these clients"


def test_whose_somebody_is_stays_hidden_with_the_roles(session, make_role, make_user, open_browser):
    rights = {"*": None, "clients.client.read": Scope.ALL, "people.person.read": Scope.ALL}
    make_role("Member", rights, {("person", "roles"): FieldAccess.HIDDEN})
    bea = make_user("bea")
    luz = make_client(session, "Luz")
    make_person(session, "Priya Hart", client_id=luz.id)
    session.commit()
    assert lines(open_browser(bea).get("/search/palette?q=priya")) == ["Priya Hart"]
