"""The command palette: records, pages, actions, and what was looked at last."""

from __future__ import annotations

import re

import pytest

from vinculo.actor import Scope


@pytest.fixture
def listed(admin):
    """(What an option does or where it leads, its text) for what is typed."""

    def listed(typed, browser=admin):
        answer = browser.get("/search/palette", params={"q": typed})
        assert answer.status_code == 200
        found = re.findall(
            r'(?s)role="option"[^>]*(?:href|data-act)="([^"]*)"[^>]*>(.*?)</(?:a|button)>', answer.text
        )
        return [(where, " ".join(re.sub("<[^>]*>", "", text).split())) for where, text in found]

    return listed


def test_records_pages_and_actions_are_found(listed, make_client, count_queries, admin):
    luz = make_client("Padaria Luz")

    assert (f"/clients/{luz.id}", "Padaria Luz") in listed("luz")
    assert (f"/clients/{luz.id}", "Padaria Luz") in listed("padria luz")
    assert ("/clients", "Clients") in listed("cli")
    assert ("/settings/tokens", "API tokens") in listed("toke")
    assert ("/plugins", "Plugins") in listed("plug")
    assert ("/clients/new", "Add client") in listed("new client")
    assert ("/clients/import", "Import clients") in listed("import cli")
    assert ("/settings/users/new", "Add user") in listed("add user")
    assert ("theme", "Switch between light and dark") in listed("dark")
    assert listed("luz")[-1][0] == "/search?q=luz"
    with count_queries() as sent:
        admin.get("/search/palette?q=padaria")
    assert len(sent) <= 5, sent


def test_a_pointed_bracket_asks_for_actions_only(listed, make_client, admin):
    make_client("Add client")

    actions = listed(">")
    assert {"/clients/new", "/people/import", "keys", "theme", "leave"} <= {where for where, _text in actions}
    for where, text in actions:
        if where.startswith("/"):
            assert admin.get(where).status_code == 200, text
    assert [where for where, _text in listed("> add client")] == ["/clients/new"]
    assert listed("> nothing of this kind") == []


def test_what_was_looked_at_last_comes_first(listed, admin, make_client):
    one, two, three = (make_client(name) for name in ("One", "Two", "Three"))
    for client in (one, two, one, three):
        admin.get(f"/clients/{client.id}")
    admin.app.state.site.reads.write()

    assert [text for _where, text in listed("")][:3] == ["Three", "One", "Two"]
    admin.delete(f"/api/v1/clients/{three.id}")
    assert [text for _where, text in listed("")][:2] == ["One", "Two"]


def test_one_is_offered_what_one_may_do(listed, make_role, make_user, open_browser, make_client):
    make_role("Member", {"*": None, "clients.client.read": Scope.OWN})
    bea, other = make_user("bea"), make_client("Padaria Sol")
    browser = open_browser(bea)
    browser.get(f"/clients/{other.id}")

    offered = {where for typed in ("", ">", "a", "padaria") for where, _text in listed(typed, browser)}

    assert "/clients" in offered
    assert not offered & {"/clients/new", "/clients/import", "/settings/users/new", "/plugins", "/people"}
    assert f"/clients/{other.id}" not in offered
