"""Texts that no field understands are told what they mean, once for all rows and for the next file."""

import html
import json
import re

import pytest

from vinculo.clients.records import client

HEADER = b"Name,Stage,Responsible,Land\n"
FILE = HEADER + b"Luz,Active,ana,Brasil\nSol,aktiv,Anna,Brazill\nMar,aktiv,n/a,BR\nRio,<b>,ana,BR\n"
MAPPING = {"Name": "name", "Stage": "stage", "Responsible": "responsible_id", "Land": "country"}
VALUES = {"Stage": {"AKTIV": "permanent", "<b>": "lost"}, "Responsible": {"Anna": "ana", "n/a": None}}
URL = "/api/v1/clients/import"


def fields(page):
    """What the form of a page would send, with the options that are chosen."""
    body = html.unescape(page.text.split('<form class="form"')[1].split("</form>")[0])
    sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="(.*?)">', body))
    for name, options in re.findall(r'<select[^>]* name="(means-\d+)"(.*?)</select>', body, re.DOTALL):
        sent[name] = next(iter(re.findall(r'<option value="([^"]*)" selected', options)), "")
    return sent


def test_the_page_asks_what_values_mean_and_keeps_it(office, all_of):
    browser, csrf = office.browser()
    columns = {f"column-{i}": name for i, name in enumerate(MAPPING.values())}
    with browser:
        url = browser.post("/clients/import", files={"file": ("c.csv", FILE)}, data={"_csrf": csrf}).url.path
        data = {"_csrf": csrf, **columns, "match": "name", "save_template": "List", "action": "run"}
        asked = browser.post(url, data=data)
        sent = fields(asked) | {"_csrf": csrf, "action": "run"}
        texts = {json.loads(text)[1]: name for name, text in sent.items() if name.startswith("seen-")}
        guessed = {text: sent[name.replace("seen", "means")] for text, name in texts.items()}
        assert office.jobs == []
        sent[texts["aktiv"].replace("seen", "means")] = "=permanent"
        sent[texts["n/a"].replace("seen", "means")] = "nothing"
        wrong = browser.post(url, data=sent | {texts["<b>"].replace("seen", "means"): "=gone"})
        browser.post(url, data=sent)
        office.work()
        again = browser.post("/clients/import", files={"file": ("c.csv", FILE)}, data={"_csrf": csrf})
        once_more = browser.post(again.url.path, data=fields(again) | data | {"save_template": ""})

    assert ("2 rows" in asked.text, "<b>" in asked.text) == (True, False)
    assert guessed == {"aktiv": "", "<b>": "", "Anna": "=ana", "n/a": "", "Brazill": "=BR"}
    assert (wrong.status_code, "none of the choices" in wrong.text) == (422, True)
    found = {one["name"]: (one["stage"], one["responsible_id"], one["country"]) for one in all_of(client)}
    assert found == {
        "Luz": ("active", 1, "BR"),
        "Sol": ("permanent", 1, "BR"),
        "Mar": ("permanent", None, "BR"),
    }
    assert [fields(once_more)[f"means-{i}"] for i in range(4)] == ["=permanent", "", "=ana", "nothing"]


def test_programs_say_what_values_mean_and_ask_which_are_unknown(office, all_of):
    with office.api() as api:
        form = {"mapping": json.dumps(MAPPING), "dry_run": "true", "save_template": "List"}
        tried = api.post(URL, files={"file": ("c.csv", FILE)}, data=form).json()
        columns = api.get(f"/api/v1/imports/{tried['id']}/values").json()["columns"]
        unknown = {one["title"]: [(t["text"], t["rows"]) for t in one["texts"]] for one in columns}
        form |= {"values": json.dumps(VALUES), "dry_run": "false"}
        api.post(URL, files={"file": ("c.csv", FILE)}, data=form)
        office.work()
        wrong = [
            api.post(URL, files={"file": ("c.csv", FILE)}, data=form | {"values": values})
            for values in ("[]", '{"Stage":{"x":"gone"}}', '{"Lost":{"x":"y"}}')
        ]
        by_template = api.post(URL, files={"file": ("c.csv", FILE)}, data={"template": "list"}).json()
        [template] = api.get("/api/v1/import-templates").json()["items"]

    assert unknown["Stage"] == [("aktiv", 2), ("<b>", 1)]
    assert [guess["text"] for one in columns for guess in one["texts"][0]["guesses"][:1]][1:] == ["ana", "BR"]
    found = {one["name"]: (one["stage"], one["responsible_id"]) for one in all_of(client)}
    assert found == {"Luz": ("active", 1), "Mar": ("permanent", None), "Rio": ("lost", 1)}
    assert [(one.status_code, one.json()["errors"][0]["field"]) for one in wrong] == [
        (422, "values"), (422, "values.Stage"), (422, "values.Lost"),
    ]  # fmt: skip
    kept = {"Stage": VALUES["Stage"], "Responsible": {"Anna": "ana", "n/a": ""}}
    assert by_template["values"] == template["values"] == kept


@pytest.mark.databases("sqlite")
def test_texts_of_a_free_column_are_replaced_where_it_is_asked_for(office, all_of):
    browser, csrf = office.browser()
    with browser:
        file = {"file": ("c.csv", b"Name,Sector\nLuz,technolgy\nSol,Technolgy\n")}
        url = browser.post("/clients/import", files=file, data={"_csrf": csrf}).url.path
        data = {"_csrf": csrf, "column-0": "name", "column-1": "industry"}
        page = browser.post(url, data=data | {"action": "values"})
        number = re.search(r'name="seen-(\d+)" value="[^>]*Sector[^>]*technolgy', page.text)[1]
        browser.post(
            url, data=fields(page) | {"_csrf": csrf, f"text-{number}": "Technology", "action": "run"}
        )
        office.work()

    assert {one["industry"] for one in all_of(client)} == {"Technology"}


def test_a_template_brings_how_the_file_is_read(office, all_of):
    dump = "1~Ж~Заря\n2~Ж~Мир\n3~Ж~Луч\n"
    with office.api() as api:
        layout = {"separator": "~Ж~", "header": "0", "encoding": "koi8-r"}
        form = {
            "mapping": '{"Column 1": "external_id", "Column 2": "name"}',
            "save_template": "Dump",
            **layout,
        }
        first = api.post(
            URL, files={"file": ("d.csv", dump.encode("koi8-r"))}, data=form | {"dry_run": "true"}
        )
        same = api.post(URL, files={"file": ("d.csv", dump.encode("koi8-r"))}, data={"template": "Dump"})
        office.work()
        other = api.post(
            URL, files={"file": ("d.csv", dump.encode())}, data={"template": "Dump", "dry_run": "1"}
        )

    assert (first.status_code, same.json()["layout"]["delimiter"], same.json()["layout"]["header"]) == (
        202,
        "~Ж~",
        0,
    )
    assert [one["name"] for one in all_of(client)] == ["Заря", "Луч", "Мир"]
    assert other.json()["layout"]["encoding"] == "utf-8"
