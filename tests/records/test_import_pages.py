"""Imports and exports as people meet them, without a script."""

import html
import re

import pytest

from vinculo.clients.records import client


def upload(browser, csrf, content, name="clients.csv"):
    return browser.post("/clients/import", files={"file": (name, content)}, data={"_csrf": csrf})


def test_a_file_with_bad_rows_from_upload_to_rejects(office, all_of):
    browser, csrf = office.browser()
    with browser:
        assert 'type="file"' in browser.get("/clients/import").text
        page = upload(browser, csrf, "Firma;Land\nZarya;Atlantis\nPão;Brazil\n".encode())
        assert "Atlantis" in page.text
        url = page.url.path
        columns = {"column-0": "name", "column-1": "country", "match": "name"}
        asked = {"_csrf": csrf, **columns, "action": "dry-run", "asked": "1"}
        tried = browser.post(url, data=asked)
        assert 'hx-trigger="every 1s"' in tried.text
        office.work()
        seen = browser.get(tried.url.path).text
        assert "Atlantis" in html.unescape(seen)
        assert all_of(client) == []

        run_url = re.search(r'action="(/imports/\d+/run)"', seen)[1]
        done = browser.post(run_url, data={"_csrf": csrf})
        office.work()
        seen = browser.get(done.url.path).text
        rejects = browser.get(re.search(r'href="(/imports/\d+/rejects)"', seen)[1])

    assert "hx-trigger" not in seen.split('id="import-run"')[1].split(">")[0]
    assert [found["name"] for found in all_of(client)] == ["Pão"]
    assert "Zarya" in rejects.text


def test_guesses_are_chosen_and_match_keys_ticked(office):
    browser, csrf = office.browser()
    with browser:
        page = upload(browser, csrf, b"CompanyName,Colour\nZarya,red\n").text

    assert re.search(r'<option value="name"[^>]* selected', page)
    assert re.search(r'name="match" value="name" checked', page)


def test_a_wrong_mapping_comes_back_with_the_fault_beside_the_column(office):
    browser, csrf = office.browser()
    with browser:
        url = upload(browser, csrf, b"a,b\n1,2\n").url.path
        answer = browser.post(url, data={"_csrf": csrf, "column-0": "name", "column-1": "name"})

    assert answer.status_code == 422
    assert "both mapped to name" in answer.text
    assert office.jobs == []


@pytest.mark.parametrize("content", [b"", b"name\n", b'name\n"open\n', b"PK\x03\x04"])
def test_a_file_that_is_no_table_comes_back_in_words(office, content):
    browser, csrf = office.browser()
    with browser:
        answer = upload(browser, csrf, content)

    assert answer.status_code == 422
    assert 'type="file"' in answer.text


def test_names_of_files_are_shown_and_never_used(office, tmp_path):
    browser, csrf = office.browser()
    with browser:
        page = upload(browser, csrf, b"name\nZarya\n", name="../../<b>evil.csv")

    assert "&lt;b&gt;evil.csv" in page.text
    kept = [path.name for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert [bool(re.fullmatch("[0-9a-f]{32}", name)) for name in kept] == [True]


def test_without_a_token_nothing_is_taken(office):
    browser, _csrf = office.browser()
    with browser:
        assert upload(browser, "", b"name\nZarya\n").status_code == 403


@pytest.mark.parametrize(("suffix", "start"), [("csv", "\ufeffexternal_id".encode()), ("xlsx", b"PK")])
def test_lists_are_downloaded(office, import_file, write_file, suffix, start):
    import_file(write_file("name", "Zarya"))
    browser, _csrf = office.browser()
    with browser:
        answer = browser.get(f"/clients/export.{suffix}?q=zar")

    assert answer.content.startswith(start)
    assert re.search(rf"clients-ana-[\d-]+-000001\.{suffix}", answer.headers["content-disposition"])


def test_a_dump_is_read_as_it_is_said_and_comes_in_so(office, all_of):
    browser, csrf = office.browser()
    with browser:
        page = upload(browser, csrf, "1~Заря~Бразилия\n2~Пао~Атлантида\n".encode("koi8-r"))
        assert page.status_code == 422
        data = {"_csrf": csrf, "encoding": "koi8-r"}
        page = browser.post(
            "/clients/import", files={"file": ("d.csv", "1~Заря\n2~Мир\n".encode("koi8-r"))}, data=data
        )
        seen = browser.get(page.url.path + "?separator=~&header=0")
        assert "For example: Мир" not in seen.text
        assert "For example: Заря" in seen.text
        wrong = browser.get(page.url.path + "?header=99")
        assert (wrong.status_code, "holds no titles" in wrong.text) == (422, True)
        layout = {"encoding": "koi8-r", "separator": "~", "header": "0"}
        chosen = {"column-0": "external_id", "column-1": "name", "match": "external_id", "action": "run"}
        browser.post(page.url.path, data={"_csrf": csrf, **layout, **chosen})
        office.work()

    assert {(found["external_id"], found["name"]) for found in all_of(client)} == {
        ("1", "Заря"),
        ("2", "Мир"),
    }


@pytest.mark.databases("sqlite")
def test_an_import_is_stopped_goes_on_and_is_taken_back(office, all_of, database):
    browser, csrf = office.browser()
    token = {"_csrf": csrf}
    with browser:
        upload(browser, csrf, b"External id,Name\nA-1,Luz\nA-2,Sol\n")
        columns = {"column-0": "external_id", "column-1": "name", "action": "run"}
        url = browser.post("/imports/1/map", data={**token, **columns}).url.path
        assert 'action="/imports/1/cancel"' in browser.get(url).text
        browser.post(f"{url}/cancel", data=token)
        office.work()
        assert all_of(client) == []
        stopped = browser.get(url).text
        assert "It was cancelled" in stopped
        assert browser.post(f"{url}/cancel", data=token).status_code == 409
        browser.post(f"{url}/resume", data=token)
        office.work()
        assert len(all_of(client)) == 2
        assert "clients.csv" in browser.get("/imports").text

        number = next(found["id"] for found in browser.get("/api/v1/clients").json()["items"])
        seen = browser.get(f"/clients/{number}").text
        assert "Luz" in seen or "Sol" in seen
        edited = {"name": "Changed", "version": "1", **token}
        browser.post(f"/clients/{number}/edit", data=edited)
        browser.post(f"{url}/revert", data=token)
        office.work()
        page = browser.get(url).text
        assert "changed since" in page
        assert [found["name"] for found in all_of(client)] == ["Changed"]
        assert "Nothing is ticked" in browser.post(f"{url}/revert", data={**token, "choose": "1"}).text
        key = re.search(r'name="overwrite" value="(client:\d+:)"', page)[1]
        browser.post(f"{url}/revert", data={**token, "choose": "1", "overwrite": key})
        office.work()
        assert all_of(client) == []
        assert "Taken back" in browser.get("/imports").text

    other, _csrf = office.browser("bea", "Member")
    with other:
        assert other.get(url).status_code == 404
        assert "clients.csv" not in other.get("/imports").text
