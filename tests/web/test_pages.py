"""The pages of records, as people meet them: forms that lose nothing, lists, undo, and who may what."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest

PASSWORD = "a long enough password"


def value_of(page: str, name: str) -> str:
    """What stands in an input of a page."""
    tag = re.search(rf'<(?:input|textarea|select)[^>]*name="{re.escape(name)}"[^>]*>', page)
    assert tag, name
    found = re.search(r' value="([^"]*)"', tag[0])
    return html.unescape(found[1]) if found else page[tag.end() :].partition("</")[0].strip()


def errors_of(page: str) -> list[str]:
    """What is said to be wrong, in order."""
    found = re.findall(r'<p class="error"[^>]*>.*?<span>(.*?)</span>', page, re.DOTALL)
    found += re.findall(r'<div class="notice bad".*?<p>(.*?)</p>', page, re.DOTALL)
    return [html.unescape(text) for text in found]


def links_of(page: str) -> dict[str, str]:
    """The addresses of a page by what their links say."""
    found = re.findall(r'<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', page, re.DOTALL)
    return {re.sub(r"<[^>]*>", "", text).strip(): html.unescape(url) for url, text in found}


def test_the_door_opens_with_name_password_and_token(visitor):
    assert visitor.get("/clients?stage=active").url.path == "/setup"  # nobody is there yet
    token = value_of(visitor.get("/setup").text, "_csrf")
    user = {"login": "ana", "password": PASSWORD}
    assert visitor.post("/setup", data=user).status_code == 403  # sent from another site
    assert visitor.post("/setup", data={**user, "_csrf": token}).url.path == "/"
    assert "Good day, ana" in visitor.get("/").text
    assert visitor.get("/setup").url.path == "/"

    assert visitor.post("/sign-out").status_code == 403
    visitor.post("/sign-out", data={"_csrf": value_of(visitor.get("/").text, "_csrf")})
    asked = visitor.get("/clients?stage=active&q=a%26b")
    assert asked.url.path == "/sign-in"
    token, target = (value_of(asked.text, name) for name in ("_csrf", "next"))
    assert target == "/clients?stage=active&q=a%26b"
    wrong = visitor.post("/sign-in", data={**user, "password": "x", "next": target, "_csrf": token})
    assert wrong.status_code == 422
    assert value_of(wrong.text, "next") == target
    right = visitor.post("/sign-in", data={**user, "next": target, "_csrf": token})
    assert str(right.url).endswith("/clients?stage=active&q=a%26b")


def test_no_address_leads_to_another_site(admin, visitor):
    for number, away in enumerate(
        (
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "\\\\evil.example",
            "javascript:alert(1)",
        )
    ):
        form = {"name": "ABCDEF"[number] * 3, "stage": "active", "back": away}
        signed = admin.get("/sign-in", params={"next": away}, follow_redirects=False)
        assert signed.headers["location"] == "/", away
        made = admin.post("/clients/new", data=form, follow_redirects=False)
        assert re.fullmatch(r"/clients/\d+", made.headers["location"]), away
        assert away not in admin.get("/clients/new", params={"back": away}).text
    ours = admin.post(
        "/clients/new",
        data={"name": "Ouro", "stage": "active", "back": "/people?q=a"},
        follow_redirects=False,
    )
    assert ours.headers["location"] == "/people?q=a"
    injected = visitor.get("/lookup/a%0d%0aSet-Cookie:%20a=b", follow_redirects=False)
    assert "\n" not in injected.headers["location"]


def test_a_form_says_beside_each_field_what_is_wrong_and_keeps_what_was_typed(admin):
    typed = {
        "name": "", "stage": "active", "country": "BR", "website": "javascript:alert(1)",
        "industry": "x" * 101,
        "responsible_id": "", "responsible_id__text": "Nobody", "note": "two\nlines",
        "contact_points-0-type": "phone", "contact_points-0-value": "",
        "contact_points-3-type": "phone", "contact_points-3-value": "call me",
        "contact_points-4-type": "email", "contact_points-4-value": "ana@luz.example",
        "contact_points-5-type": "email", "contact_points-5-value": "gone@luz.example",
        "contact_points-5-_delete": "1",
    }  # fmt: skip
    page = admin.post("/clients/new", data=typed)

    assert page.status_code == 422
    wrong = " ".join(errors_of(page.text))
    for part in ("Name is required", "is no web address", "It has 101 characters", "no User called “Nobody”"):
        assert part in wrong
    for name in ("website", "industry", "responsible_id__text", "note", "contact_points-4-value"):
        assert value_of(page.text, name) == typed[name]
    assert "gone@luz.example" not in page.text

    typed |= {"name": "Luz", "website": "luz.example", "industry": "food", "responsible_id__text": "admin"}
    page = admin.post("/clients/new", data=typed)  # now only the rules of clients object
    assert page.status_code == 422
    assert errors_of(page.text) == ["“call me” is not a phone number; write e.g. +55 11 98765-4321."]
    at_fault = re.search(r'<div class="field[^"]* wrong".*?name="([^"]*)"', page.text, re.DOTALL)
    assert at_fault[1] == "contact_points-3-value"  # the blank row before it does not count

    typed["contact_points-3-value"] = "(11) 98765-4321"
    card = admin.post("/clients/new", data=typed)
    assert card.status_code == 200
    for part in (
        "Luz was added.",
        "98765",
        "ana@luz.example",
        "Admin",
        "https://luz.example",
        "food",
        "Active",
    ):
        assert part in card.text


def test_rows_can_be_added_and_removed_without_javascript(admin):
    typed = {
        "name": "Luz",
        "stage": "active",
        "contact_points-0-type": "email",
        "contact_points-0-value": "a@luz.example",
    }
    page = admin.post("/clients/new", data={**typed, "_add": "contact_points"})

    assert page.status_code == 200
    assert value_of(page.text, "name") == "Luz"
    assert value_of(page.text, "contact_points-0-value") == "a@luz.example"
    assert value_of(page.text, "contact_points-1-value") == ""
    typed |= {"contact_points-1-type": "email", "contact_points-1-value": "b@luz.example"}
    card = admin.post("/clients/new", data=typed)
    edit = admin.get(f"{card.url.path}/edit").text
    rows = [f"contact_points-{row}-{field}" for row in (0, 1) for field in ("id", "value")]
    form = {name: value_of(edit, name) for name in ("name", "version", *rows)}
    form |= {"stage": "active", "contact_points-0-type": "email", "contact_points-1-type": "email"}
    after = admin.post(f"{card.url.path}/edit", data={**form, "contact_points-0-_delete": "1"}).text
    assert "b@luz.example" in after
    assert "a@luz.example" not in after


def test_what_is_deleted_can_be_undone_from_the_toast(admin, make_client):
    made = make_client("Luz")
    url = f"/clients/{made.id}"

    listed = admin.post(f"{url}/delete")
    assert (listed.url.path, listed.status_code) == ("/clients", 200)
    assert "Luz was deleted." in listed.text
    undo = re.search(r'<form method="post" action="(/trash/\d+/restore)"', listed.text)[1]
    assert "Luz was deleted." not in admin.get("/clients").text  # said once
    assert admin.get(url).status_code == 404
    back = admin.post(undo)
    assert back.url.path == url
    assert "Luz was put back." in back.text
    assert admin.post(undo).status_code == 404


def test_a_list_filters_sorts_and_pages_by_its_own_links(admin, make_client):
    for number in range(60):
        make_client(
            f"Firm {number:02}", stage="lost" if number % 2 else "active", country="BR" if number < 4 else ""
        )

    first = admin.get("/clients").text
    assert "Firm 49" in first
    assert "Firm 50" not in first
    second = admin.get(links_of(first)["Next"]).text
    assert "Firm 50" in second
    assert "Firm 49" not in second
    assert "Firm 00" in admin.get(links_of(second)["Previous"]).text
    assert parse_qs(urlsplit(links_of(first)["Name"]).query) == {"sort": ["-name"]}
    backwards = admin.get(links_of(first)["Name"]).text
    assert "Firm 59" in backwards
    assert 'aria-sort="descending"' in backwards

    empty_inputs = (
        "q=&stage=lost&country=BR&industry%5Bcontains%5D=&responsible_id=&responsible_id__text=&sort=-name"
    )
    narrowed = admin.get(f"/clients?{empty_inputs}").text
    assert re.findall(r">(Firm \d\d)<", narrowed) == ["Firm 03", "Firm 01"]
    chip = r'<li class="chip"><a class="what"[^>]*>(.*?)</a><a class="off" href="(.*?)"'
    chips = dict(re.findall(chip, narrowed))
    assert list(chips) == ["Stage: Lost", "Country: Brazil"]
    wider = admin.get(html.unescape(chips["Stage: Lost"])).text
    assert re.findall(r">(Firm \d\d)<", wider) == ["Firm 03", "Firm 02", "Firm 01", "Firm 00"]
    both = admin.get("/clients?stage=lost&stage=active&country=BR").text
    chips = dict(re.findall(chip, both))
    assert html.unescape(chips["Stage: Lost, Active"]) == "/clients?country=BR"

    nothing = admin.get("/clients?q=nowhere").text
    assert "Nothing matches" in nothing
    assert links_of(nothing)["Show all"] == "/clients"
    chosen = admin.get("/clients?columns=country&columns=name&q=firm").text
    assert re.findall(r'<th scope="col"[^>]*>(?:<a [^>]*>)?(\w+)', chosen) == ["Name", "Country"]
    assert admin.get("/clients?stage=rich").status_code == 422
    assert admin.get("/clients?nme=x").status_code == 400


EMPTY_PAGES = [
    "/", "/clients", "/clients/new", "/counterparties", "/counterparties/new", "/people", "/people/new",
    "/roles", "/roles/new", "/search", "/search?q=luz", "/search/palette",
    "/search/palette?q=cl", "/lookup/client?q=",
    "/lookup/user?q=a",
    "/plugins", "/api/docs", "/settings", "/settings/users", "/clients/import",
    "/api/v1/clients", "/api/v1/people", "/api/v1/counterparties", "/api/v1/openapi.json", "/health/live",
    "/health/ready",
]  # fmt: skip


def test_every_page_works_before_there_is_any_data(admin):
    for url in EMPTY_PAGES:
        page = admin.get(url)
        assert page.status_code == 200, url
        assert "Traceback" not in page.text
        assert page.headers["content-type"].count("charset") <= 1
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["x-frame-options"] == "DENY"
        source = "self" if page.headers["content-type"].startswith("text/html") else "none"
        assert f"default-src '{source}'" in page.headers["content-security-policy"]
        assert "unsafe" not in page.headers["content-security-policy"]
    assert "No clients yet" in admin.get("/clients").text
    for url in (
        "/nope",
        "/clients/1",
        "/clients/1/edit",
        "/clients/1/history",
        "/api/v1/nope",
        "/trash/1/restore",
    ):
        missing = admin.get(url)
        assert missing.status_code in (404, 405), url
        assert "content-security-policy" in missing.headers, url
        assert ("<h1" in missing.text) != url.startswith("/api"), url


def test_numbers_and_bytes_that_mean_nothing_break_no_page(admin, make_client):
    url, big = f"/clients/{make_client('Luz').id}", "9" * 26
    for address in (
        f"/clients/new?responsible_id={big}", f"/counterparties/new?links-0-client_id={big}",
        f"{url}/timeline?before=2026-01-01,{big}", f"{url}/timeline?before=x", f"{url}/timeline?before=,",
        f"/clients?responsible_id={big}", f"/clients/{big}",
        "/clients?responsible_id__text=%00", "/clients?name=%00", "/clients?columns=%00", "/search?q=%00",
        f"/go/client/{big}", "/go/nothing/1", "/clients?cursor=%00", "/clients?limit=x",
    ):  # fmt: skip
        answer = admin.get(address)
        assert answer.status_code in (200, 400, 404, 422), address
        assert "Traceback" not in answer.text
    for fields in (
        {"version": "9" * 5000}, {"contact_points-0-id": big, "contact_points-0-value": "123"},
        {"name": "a\0b"},
        {"responsible_id__text": "a\0b"}, {"responsible_id": big}, {"stage": "\0"}, {"note": "x" * 10_001},
        {"contact_points-99999-value": "1"}, {"contact_points-٣-value": "123"}, {"unknown": "x"},
    ):  # fmt: skip
        answer = admin.post(f"{url}/edit", data={"name": "Luz", "stage": "active", **fields})
        assert answer.status_code in (200, 422), fields
        assert "Traceback" not in answer.text
    for kind in ("multipart/form-data; boundary=a", "multipart/form-data", "application/json", "text/plain"):
        answer = admin.post(f"{url}/edit", content=b"\xff\x00--a", headers={"content-type": kind})
        assert answer.status_code in (400, 422), kind


def test_members_do_what_is_not_administrative(member, make_client):
    url = f"/clients/{make_client('Luz').id}"

    for allowed in ("/clients/new", f"{url}/edit", "/people/new", "/settings", "/roles"):
        assert member.get(allowed).status_code == 200, allowed
    for forbidden in ("/roles/new", "/roles/1/edit", "/settings/users", "/plugins"):
        page = member.get(forbidden)
        assert page.status_code == 403, forbidden
        assert "You need the permission" in page.text
    assert member.post("/roles/1/delete").status_code == 403
    assert member.post("/roles/new", data={"name": "Advisor"}).status_code == 403
    menu = links_of(member.get("/").text)
    assert "Users" not in menu
    assert "Plugins" not in menu
    assert "Add role" not in member.get("/roles").text


LANGUAGES = [
    ("pt-BR,pt;q=0.9,en;q=0.8", "pt-BR"),
    ("ru", "ru"),
    ("en;q=0.5,ru-RU;q=0.9", "ru"),
    ("de", "en"),
    ("x;q=y,,;;", "en"),
]


def test_pages_speak_the_language_of_the_browser(admin):
    for accepted, language in LANGUAGES:
        for url in ("/clients", "/nope", "/clients/1"):
            page = admin.get(url, headers={"accept-language": accepted})
            assert f'<html lang="{language}"' in page.text, (url, accepted)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("method", "address", "status"),
    [("get", "/api/v1/clients/999", 404), ("get", "/api/v1/clients?colour=red", 400),
     ("put", "/api/v1/clients", 405), ("post", "/api/v1/clients", 422)],
)  # fmt: skip
def test_the_type_of_an_error_leads_to_what_the_reference_says_of_it(admin, method, address, status):
    body = {"json": {}} if method == "post" else {}
    answer = getattr(admin, method)(address, **body)
    assert answer.status_code == status
    page, _hash, anchor = answer.json()["type"].partition("#")
    told = admin.get(page).text.partition(f'id="{anchor}"')[2].partition("</tr>")[0]
    assert answer.json()["title"] in told
    assert status not in (404, 422) or f"<code>{answer.json()['code']}</code>" in told
