"""Names are whatever people, files and strangers make them: shown as text, wherever they are shown."""

from __future__ import annotations

import re
from urllib.parse import quote

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "{{ 7007 * 1103 }}{% raw %}",
    "</textarea><svg onload=alert(1)>",
    "javascript:alert(1)",
    "&lt;b&gt; &amp; \u202e",
)
LIVE = re.compile(
    r"<script>alert|<img src=x|<svg onload|href=\"javascript:|onerror=alert\(1\)>|7728721", re.IGNORECASE
)


def test_hostile_text_is_text_on_every_page(admin):
    """List, card, form, history, search, palette, toast, timeline and error page, in every field."""
    for text in HOSTILE:
        client = {
            "name": text, "stage": "active", "industry": text, "note": text, "external_id": text[:100],
            "contact_points": [{"type": "messenger", "value": text}],
        }  # fmt: skip
        made = admin.post("/api/v1/clients", json=client)
        assert made.status_code == 201, made.text
        number = made.json()["id"]
        firm = {
            "legal_name": text, "legal_form": text[:60], "note": text,
            "links": [{"client_id": number, "reason": text}],
            "identifiers": [{"scheme": "other", "value": text}],
            "bank_accounts": [{"number": text, "bank_name": text, "bank_code": text[:30]}],
            "addresses": [{"type": "legal", "street": text, "city": text}],
        }  # fmt: skip
        firm_id = admin.post("/api/v1/counterparties", json=firm).json()["id"]
        person = {
            "name": text,
            "language": "en",
            "note": text,
            "roles": [{"client_id": number, "title": text}],
        }
        person_id = admin.post("/api/v1/people", json=person).json()["id"]
        assert admin.patch(f"/api/v1/clients/{number}", json={"note": f"{text} {text}"}).status_code == 200

        for url in (
            "/clients",
            *(f"/clients/{number}{tail}" for tail in ("", "/edit", "/history", "/timeline")),
            *(f"/counterparties/{firm_id}{tail}" for tail in ("", "/edit", "/history", "/move")),
            *(f"/people/{person_id}{tail}" for tail in ("", "/edit", "/history")),
            f"/clients/new?name={quote(text)}&responsible_id__text={quote(text)}",
            f"/clients/new?contact_points-0-value={quote(text)}",
            f"/clients/new?back=/{quote(text)}",
            *(f"{door}?q={quote(text)}" for door in ("/search", "/search/palette", "/lookup/client")),
            f"/clients?industry[contains]={quote(text)}&columns=name&columns=industry&columns=external_id",
            f"/clients?sort={quote(text)}",
            f"/clients?{quote(text)}=1",
            f"/clients?country={quote(text)}",
            f"/{quote(text)}",
        ):  # fmt: skip
            page = admin.get(url)
            assert page.status_code < 500, url
            assert not LIVE.search(page.text), (url, LIVE.search(page.text))
        saved = admin.post(
            f"/clients/{number}/edit", data={"name": text, "stage": text}
        )  # refused, shown again
        assert saved.status_code == 422
        assert not LIVE.search(saved.text)
        deleted = admin.post(f"/clients/{number}/delete")
        assert "was deleted." in deleted.text
        assert not LIVE.search(deleted.text)


def test_the_preview_of_an_import_shows_a_file_as_text(admin):
    header = ",".join('"' + text.replace('"', '""') + '"' for text in HOSTILE)
    file = f"name,{header}\nLuz,{header}\n".encode()

    page = admin.post("/clients/import", files={"file": ("<script>alert(1)</script>.csv", file, "text/csv")})

    assert page.status_code == 200
    assert page.url.path.endswith("/map")
    assert "&lt;script&gt;alert" in page.text
    assert not LIVE.search(page.text)


def test_an_address_that_runs_code_is_no_website(admin, make_client):
    url = f"/clients/{make_client('Luz').id}"
    for address in (
        "javascript:alert(1)",
        "JavaScript://%0aalert(1)",
        "data:text/html,<script>",
        'https://a"onclick=b',
    ):
        page = admin.post(f"{url}/edit", data={"name": "Luz", "stage": "active", "website": address})
        assert page.status_code == 422, address
    admin.post(
        f"{url}/edit", data={"name": "Luz", "stage": "active", "website": "https://luz.example/?a=b&c=%22"}
    )
    assert '<a href="https://luz.example/?a=b&amp;c=%22"' in admin.get(url).text


def test_a_forged_toast_sends_nobody_elsewhere(admin):
    import base64
    import json

    for cookie in (
        base64.urlsafe_b64encode(
            json.dumps({"text": "<script>alert(1)</script>", "undo_url": url}).encode()
        ).decode()
        for url in ("https://evil.example", "//evil.example", "javascript:alert(1)", "")
    ):
        page = admin.get(
            "/clients",
            headers={"cookie": f"vinculo_session={admin.cookies['vinculo_session']}; vinculo_toast={cookie}"},
        )
        assert page.status_code == 200
        assert "evil.example" not in page.text
        assert not LIVE.search(page.text)
    for rubbish in ("x", "%00", "e30", "🍪".encode().decode("latin-1")):
        headers = {
            "cookie": f"vinculo_session={admin.cookies['vinculo_session']}; vinculo_toast={rubbish}".encode(
                "latin-1"
            )
        }
        assert admin.get("/clients", headers=headers).status_code == 200
