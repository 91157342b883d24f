"""Counterparties and people on a card: linked, ended, changed in place, folded away when they are over."""

from __future__ import annotations

import datetime as dt
import html
import re

import pytest

from vinculo.actor import FieldAccess, Scope
from vinculo.i18n import today

ASKED = {"hx-request": "true"}


def sent(page: str) -> dict[str, str]:
    """What a browser would send for the form on a page."""
    form = re.search(r'<form class="(?:form|in-place).*?</form>', page, re.DOTALL)[0]
    found = dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', form))
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return {name: html.unescape(value) for name, value in found.items()}


def panel(page: str, title: str) -> str:
    found = re.search(rf'<section class="panel" aria-label="{title}".*?</section>', page, re.DOTALL)
    errors = re.findall(r'class="error".*?</p>|class="notice bad".*?</div>', page, re.DOTALL)
    assert found, (errors, re.findall(r"<h1.*?</h1>", page))
    return found[0]


def form_of(browser, card, words):
    """Follow the link of these words in the side of a card, as a script does."""
    link = re.search(
        rf'<a class="[^"]*" href="([^"]+)"[^>]*>(?:<svg[^>]*><use[^>]*></svg>)?{words}', card, re.DOTALL
    )
    url = html.unescape(link[1])
    page = browser.get(url, headers=ASKED)
    assert page.text.lstrip().startswith("<form"), url
    assert "<h1" in browser.get(url).text, "a page without JavaScript"
    return re.search(r'action="([^"]+)"', page.text)[1], sent(page.text)


def links(browser, firm):
    rows = browser.get(f"/api/v1/counterparties/{firm}").json()["links"]
    return [(row["client_id"], row["valid_from"], row["valid_to"], row["reason"]) for row in rows]


def test_counterparties_of_a_client_are_added_ended_and_changed_on_its_card(admin, make_client):
    luz, sol = make_client("Luz").id, make_client("Sol").id
    card = admin.get(f"/clients/{luz}").text
    url, typed = form_of(admin, card, "Add counterparty")
    typed |= {"legal_name": "Luz Ltda", "country": "BR", "identifiers-0-value": "12.345"}
    wrong = admin.post(url, data=typed, headers=ASKED)
    assert wrong.status_code == 422
    assert "aria-invalid" in wrong.text
    assert "is not a valid tax number" in wrong.text
    typed |= {"identifiers-0-value": "11.222.333/0001-81", "links-0-valid_from": "2024-01-01"}
    made = admin.post(url, data=typed)
    assert made.url.path == f"/clients/{luz}"
    assert "Tax number 11.222.333/0001-81 · since 1 Jan 2024" in panel(made.text, "Counterparties")
    firm = int(re.search(r'href="/counterparties/(\d+)"', panel(made.text, "Counterparties"))[1])

    url, typed = form_of(admin, made.text, "End")
    assert typed["links-0-valid_to"] == f"{today()}"
    early = admin.post(url, data=typed | {"links-0-valid_to": "2023-01-01"}, headers=ASKED)
    assert (early.status_code, 'value="2023-01-01"' in early.text) == (422, True)
    ended = admin.post(url, data=typed | {"links-0-valid_to": "2025-05-31", "links-0-reason": "sold"})
    assert ended.url.path == f"/clients/{luz}"
    past = panel(ended.text, "Counterparties")
    assert "No legal entity yet." in past
    assert "Past (1)" in past
    assert links(admin, firm) == [(luz, "2024-01-01", "2025-05-31", "sold")]
    undo = re.search(r'action="(/counterparties/[^"]*undo[^"]*)"', ended.text)[1]
    back = admin.post(undo, data={"_csrf": typed["_csrf"]})
    assert back.url.path == f"/clients/{luz}"
    assert links(admin, firm) == [(luz, "2024-01-01", None, "")]

    url, typed = form_of(admin, admin.get(f"/clients/{sol}").text, "Link counterparty")
    assert typed["links-0-valid_from"] == f"{today()}"
    nobody = admin.post(url, data=typed | {"record__text": "Nobody"}, headers=ASKED)
    assert (nobody.status_code, "there is no Counterparty called" in nobody.text) == (422, True)
    typed |= {"record__text": "Luz Ltda", "links-0-valid_from": "2026-03-01", "links-0-reason": "sold"}
    assert "since 1 Mar 2026 · sold" in panel(admin.post(url, data=typed).text, "Counterparties")
    assert links(admin, firm) == [(luz, "2024-01-01", "2026-02-28", ""), (sol, "2026-03-01", None, "sold")]
    clash = admin.post(url, data=typed | {"links-0-valid_from": ""}, headers=ASKED)
    assert (clash.status_code, "It overlaps with the link to Luz" in clash.text) == (422, True)
    there = panel(admin.get(f"/counterparties/{firm}").text, "Clients")
    assert there.index("Sol") < there.index("Past (1)") < there.index("Luz")


def test_people_are_added_and_their_roles_ended_on_both_cards(admin, make_client, make_counterparty):
    luz = make_client("Luz").id
    firm = make_counterparty("Luz Ltda", links=[{"client_id": luz}]).id
    for number, card in enumerate((f"/clients/{luz}", f"/counterparties/{firm}")):
        url, typed = form_of(admin, admin.get(card).text, "Add person")
        typed |= {
            "name": f"Ana {number}",
            "roles-0-title": "CEO",
            "contact_points-1-value": f"+55113333444{number}",
        }
        text = panel(admin.post(url, data=typed).text, "People")
        assert f"Ana {number}" in text
        assert "CEO" in text
        assert f"tel:+55113333444{number}" in text
    url, typed = form_of(admin, admin.get(f"/clients/{luz}").text, "Link person")
    both = panel(admin.post(url, data=typed | {"record__text": "Ana 1"}).text, "People")
    assert ("Ana 0" in both, "Ana 1" in both) == (True, True)
    url, typed = form_of(admin, panel(admin.get(f"/clients/{luz}").text, "People"), "End")
    assert "roles-0-client_id" not in typed, "it is the card's"
    yesterday = today() - dt.timedelta(days=1)
    name = next(name for name in typed if name.endswith("valid_to"))
    over = panel(admin.post(url, data=typed | {name: f"{yesterday}"}).text, "People")
    assert "Past (1)" in over
    assert over.index("Ana 1") < over.index("Past (1)") < over.index("Ana 0")


@pytest.mark.databases("sqlite")
def test_a_row_that_two_change_is_put_together_or_asked_about(admin, make_client, make_counterparty):
    luz = make_client("Luz").id
    row = {"client_id": luz, "valid_from": "2024-01-01"}
    firm = make_counterparty("Luz Ltda", links=[row]).id
    url, typed = form_of(admin, admin.get(f"/clients/{luz}").text, "End")
    api = f"/api/v1/counterparties/{firm}"
    admin.patch(
        api, json={"note": "meanwhile", "links": [{**admin.get(api).json()["links"][0], "reason": "x"}]}
    )
    assert admin.post(url, data=typed | {"links-0-valid_to": "2025-01-01"}).status_code == 200
    assert links(admin, firm) == [(luz, "2024-01-01", "2025-01-01", "x")]
    answer = admin.post(url, data=typed | {"links-0-valid_to": "2025-02-02"}, headers=ASKED)
    assert (answer.status_code, 'class="clash"' in answer.text) == (409, True)


@pytest.mark.databases("sqlite")
def test_nobody_ties_what_they_may_not_change(
    make_client, make_counterparty, make_role, make_user, open_browser
):
    luz = make_client("Luz").id
    firm = make_counterparty("Luz Ltda", links=[{"client_id": luz}])
    row = f"/counterparties/{firm.id}/rows/links/{firm.links[0].id}"
    reads = dict.fromkeys(("clients.client.read", "counterparties.counterparty.read"), Scope.ALL)
    make_role("Member", {"*": None, **reads, "counterparties.counterparty.update": Scope.OWN})
    bia = open_browser(make_user("bia"))
    text = panel(bia.get(f"/clients/{luz}").text, "Counterparties")
    assert ("Luz Ltda" in text, "/rows/" in text, "/move" in text) == (True, False, False)
    assert bia.get(row).status_code == 403
    make_role("Member", {"*": Scope.ALL}, {("counterparty", "links"): FieldAccess.READ_ONLY})
    bia = open_browser(make_user("caio"))
    card = bia.get(f"/clients/{luz}").text
    assert ("/rows/links" in card, "Link counterparty" in card) == (False, False)
    for url in (row, f"/clients/{luz}/counterparties/choose"):
        assert bia.get(url).status_code == 404
    assert bia.get(f"/counterparties/{firm.id}/rows/links/{2**70}").status_code == 404
    assert bia.get(f"/clients/{2**70}/people/new").status_code == 404
