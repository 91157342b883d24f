"""One field or the rows of one collection, changed on a record's card."""

from __future__ import annotations

import html
import re

import pytest

from vinculo.actor import FieldAccess, Scope

pytestmark = pytest.mark.databases("sqlite")  # what is written goes through the services that forms use
CLIENTS = "/api/v1/clients"
ASKED = {"hx-request": "true"}


@pytest.fixture
def luz(admin):
    points = [{"type": "email", "value": "a@luz.example"}, {"type": "phone", "value": "+551133334444"}]
    made = admin.post(CLIENTS, json={"name": "Luz", "industry": "Food", "contact_points": points}).json()
    return made["id"]


def sent(page: str) -> dict[str, str]:
    """What a browser would send for the form on a page, as it came."""
    form = re.search(r'<form class="(?:form|in-place).*?</form>', page, re.DOTALL)[0]
    form = re.sub(r"<template>.*?</template>", "", form, flags=re.DOTALL)
    found = dict(re.findall(r'<input(?! type="checkbox")[^>]* name="([^"]+)"[^>]* value="([^"]*)"', form))
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return {name: html.unescape(value) for name, value in found.items()}


def test_a_field_is_saved_alone_and_its_toast_takes_that_back(admin, luz):
    url = f"/clients/{luz}/fields/industry"
    assert f'href="{url}"' in admin.get(f"/clients/{luz}").text
    alone = admin.get(url, headers=ASKED).text
    assert alone.lstrip().startswith("<form"), "a script puts it into the card"
    typed = sent(admin.get(url).text)
    assert typed.keys() == {"_csrf", "version", "industry"} == sent(alone).keys()

    answer = admin.post(url, data={**typed, "industry": "Toys"})
    assert (answer.status_code, answer.url.path) == (200, f"/clients/{luz}")
    held = admin.get(f"{CLIENTS}/{luz}").json()
    assert (held["industry"], held["stage"], len(held["contact_points"])) == ("Toys", "potential", 2)

    undo = re.search(r'action="(/clients/\d+/changes/\d+/undo)"', answer.text)[1]
    assert admin.post(undo, data={"_csrf": typed["_csrf"]}).url.path == f"/clients/{luz}"
    assert admin.get(f"{CLIENTS}/{luz}").json()["industry"] == "Food"


def test_what_is_empty_is_offered_and_what_does_not_fit_is_said_beside_it(admin, luz):
    card = admin.get(f"/clients/{luz}").text
    assert re.search(rf'class="unfilled".*href="/clients/{luz}/fields/website"', card, re.DOTALL)
    typed = sent(admin.get(f"/clients/{luz}/fields/website").text)
    answer = admin.post(
        f"/clients/{luz}/fields/website", data={**typed, "website": "no address"}, headers=ASKED
    )
    assert answer.status_code == 422
    assert 'value="no address"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert admin.post(f"/clients/{luz}/fields/website", data={**typed, "website": ""}).status_code == 200
    assert admin.get(f"{CLIENTS}/{luz}").json()["version"] == 1, "nothing was changed"


def test_rows_of_a_collection_are_added_and_removed(admin, luz):
    url = f"/clients/{luz}/fields/contact_points"
    typed = sent(admin.get(url).text)
    one_more = admin.post(url, data={**typed, "_add": "contact_points"}, headers=ASKED).text
    typed = sent(one_more) | {"contact_points-2-type": "email", "contact_points-2-value": "c@luz.example"}
    admin.post(url, data={**typed, "contact_points-0-_delete": "1"})
    rows = admin.get(f"{CLIENTS}/{luz}").json()["contact_points"]
    assert [row["value"] for row in rows] == ["+551133334444", "c@luz.example"]


def test_two_who_change_the_same_field_are_shown_both_values(admin, luz):
    url = f"/clients/{luz}/fields/industry"
    typed = sent(admin.get(url).text)
    admin.patch(f"{CLIENTS}/{luz}", json={"note": "meanwhile"})
    assert admin.post(url, data={**typed, "industry": "Toys"}).status_code == 200, "another field"
    answer = admin.post(url, data={**typed, "industry": "Games"}, headers=ASKED)
    assert answer.status_code == 409
    clash = re.search(r'<fieldset class="clash">.*?</fieldset>', answer.text, re.DOTALL)[0]
    assert ("Toys" in clash, "Games" in clash) == (True, True)
    again = sent(answer.text) | {"_take-industry": "mine"}
    assert admin.post(url, data=again).status_code == 200
    assert admin.get(f"{CLIENTS}/{luz}").json()["industry"] == "Games"


def test_nobody_changes_in_place_what_they_may_not_write(luz, make_role, make_user, open_browser):
    parts = {
        ("client", "industry"): FieldAccess.HIDDEN,
        ("client", "website"): FieldAccess.READ_ONLY,
        ("client", "contact_points"): FieldAccess.ON_REQUEST,
    }
    make_role("Member", {"*": Scope.ALL}, parts)
    ana = open_browser(make_user("ana"))
    offered = set(re.findall(r"/fields/(\w+)", ana.get(f"/clients/{luz}").text))
    assert offered == {"name", "stage", "responsible_id", "parent_id", "country", "note"}
    for name in ("industry", "website", "contact_points", "owners", "nothing"):
        assert ana.get(f"/clients/{luz}/fields/{name}").status_code == 404


def test_a_card_that_one_may_only_read_offers_nothing_to_change(luz, make_role, make_user, open_browser):
    make_role("Member", {"*": None, "clients.client.read": Scope.ALL, "clients.client.update": Scope.OWN})
    bia = open_browser(make_user("bia"))
    assert "/fields/" not in bia.get(f"/clients/{luz}").text
    assert bia.get(f"/clients/{luz}/fields/note").status_code == 403
