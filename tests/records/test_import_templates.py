"""What the columns of a file are, kept for the next one."""

import html
import re

import pytest

from vinculo.accounts.models import Role
from vinculo.clients.records import client
from vinculo.people.records import person

URL = "/api/v1/import-templates"
FILE = b"Firma;Land;Boss\nZarya;BR;Ana\n"
SAME = b"Boss;Firma;Land\nBia;Aurora;BR\n"
MAPPING = {"column-0": "name", "column-1": "country", "column-2": "person.name", "match": "name"}


def upload(browser, csrf, content):
    return browser.post("/clients/import", files={"file": ("c.csv", content)}, data={"_csrf": csrf})


def chosen(page):
    return re.findall(r'<option value="([^"]*)"[^>]* selected', page.text.split('class="mapping"')[1])


def test_a_mapping_is_kept_and_offered_to_files_with_the_same_titles(office, all_of):
    browser, csrf = office.browser("bia", Role.MEMBER)
    with browser:
        url = upload(browser, csrf, FILE).url.path
        data = {"_csrf": csrf, "header": "1", "with": "person", **MAPPING, "action": "dry-run"}
        refused = browser.post(url, data=data | {"save_template": "x" * 61})
        browser.post(url, data=data | {"save_template": " Partner  <b>list"})
        office.work()
        again = upload(browser, csrf, SAME)
        other = upload(browser, csrf, b"Firma;Land\nZarya;BR\n")
        guessed = browser.get(f"{again.url.path}?template=0")
        odd = [browser.get(f"{again.url.path}?template={one}").status_code for one in (99, 2**70, "x")]
    assert (refused.status_code, "1 to 60 characters" in refused.text) == (422, True)
    assert "Filled in from the template “Partner <b>list”." in html.unescape(again.text)
    assert "<b>list" not in again.text
    assert chosen(again)[:3] == ["person.name", "name", "country"]
    assert 'value="person" checked' in again.text
    assert ("Filled in" in other.text, "Filled in" in guessed.text) == (False, False)
    assert odd == [404, 200, 200]

    with office.api("caio", Role.MEMBER) as caio, office.api("bia", Role.MEMBER) as bia:
        assert caio.get(URL).json()["items"] == []
        [mine] = bia.get(URL).json()["items"]
        assert (mine["mine"], mine["others"], mine["mapping"]["Boss"]) == (True, ["person"], "person.name")
        file = {"file": ("c.csv", SAME)}
        form = {"template": "partner <B>LIST", "save_template": "Ours", "share_template": "true"}
        sent = bia.post("/api/v1/clients/import", files=file, data=form)
        unknown = caio.post("/api/v1/clients/import", files=file, data={"template": mine["name"]})
        office.work()
        done = bia.get(sent.headers["Location"]).json()
        assert [one["name"] for one in caio.get(URL).json()["items"]] == ["Ours"]
        ours = caio.get(URL).json()["items"][0]["id"]
        gone = [who.delete(f"{URL}/{ours}").status_code for who in (caio, bia, bia)]
        assert caio.delete(f"{URL}/{2**70}").status_code == 404
    assert (done["created"], done["parts"]["person"]["created"], done["match"]) == (1, 1, ["name"])
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "template")
    assert gone == [404, 204, 404]
    assert [len(all_of(kind)) for kind in (client, person)] == [1, 1]


@pytest.mark.databases("sqlite")
def test_a_template_is_forgotten_where_it_is_offered(office):
    browser, csrf = office.browser()
    with browser:
        url = upload(browser, csrf, b"Firma\nZarya\n").url.path
        data = {"_csrf": csrf, "header": "1", "column-0": "name", "action": "dry-run"}
        browser.post(url, data=data | {"save_template": "Mine"})
        page = upload(browser, csrf, b"Firma\nAurora\n")
        forget = re.search(r'action="(/imports/templates/\d+/delete)"', page.text)[1]
        back = browser.post(forget, data={"_csrf": csrf, "run": page.url.path.split("/")[2]})

    assert (back.status_code, back.url.path, "Filled in" in back.text) == (200, page.url.path, False)
