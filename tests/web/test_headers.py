"""What every answer carries, whoever made it: pages, API, errors, redirects, files and static files."""

import re
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal
from litestar.testing import TestClient
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from vinculo.settings import Settings
from vinculo.testing import browsing
from vinculo.web.headers import DATA_POLICY, PAGE_POLICY, SECURITY_HEADERS, STRICT_TRANSPORT, headers_of_all
from vinculo.web.identity import CSRF_COOKIE, SESSION_COOKIE

pytestmark = pytest.mark.databases("sqlite")
CORE = Path(__file__).parents[2] / "core" / "vinculo"
PLAIN, TLS = "http://crm.example.com", "https://crm.example.com"
HTML = "text/html"
ANSWERS = {  # what is asked for: status, type, policy
    "/": (200, HTML, PAGE_POLICY),
    "/clients": (200, HTML, PAGE_POLICY),
    "/api/docs": (200, HTML, PAGE_POLICY),
    "/nothing": (404, HTML, PAGE_POLICY),
    "/clients/999999": (404, HTML, PAGE_POLICY),
    "/api/v1/clients": (200, "application/json", DATA_POLICY),
    "/api/v1/openapi.json": (200, "application/json", DATA_POLICY),
    "/api/v1/clients?limit=x": (422, "application/problem+json", DATA_POLICY),
    "/api/v1/nothing": (404, "application/problem+json", DATA_POLICY),
    "/health/live": (200, "", DATA_POLICY),
    "/clients/export.csv": (200, "text/csv", DATA_POLICY),
    "/static/nothing.js": (404, HTML, PAGE_POLICY),
}


def checked(answer, policy):
    """All of the headers, each once."""
    expected = SECURITY_HEADERS | {"Content-Security-Policy": policy}
    assert {name: answer.headers.get_list(name) for name in expected} == {
        name: [value] for name, value in expected.items()
    }


@pytest.fixture
def open_site(app_of, settings, make_user):
    """A browser of an administrator on a site with these settings of the server."""
    opened = []

    def open_site(address=PLAIN, **server):
        changed = settings.model_copy(update={"server": settings.server.model_copy(update=server)})
        browser = TestClient(app_of(changed), base_url=address)
        opened.append(browser.__enter__())
        browser.follow_redirects = False
        return browser

    yield open_site
    for browser in reversed(opened):
        browser.__exit__(None, None, None)


@pytest.mark.parametrize("path", ANSWERS)
def test_every_kind_of_answer_carries_them(admin, path):
    status, media_type, policy = ANSWERS[path]

    answer = admin.get(path)

    assert answer.status_code == status
    assert answer.headers.get("content-type", "").startswith(media_type)
    checked(answer, policy)
    assert "strict-transport-security" not in answer.headers


def test_redirects_and_answers_to_other_methods_carry_them(visitor):
    visitor.follow_redirects = False

    to_sign_in = visitor.get("/clients")
    assert to_sign_in.status_code == 303
    checked(to_sign_in, PAGE_POLICY)
    for method in ("HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"):
        answer = visitor.request(method, "/clients")
        checked(
            answer, PAGE_POLICY if answer.headers.get("content-type", "").startswith(HTML) else DATA_POLICY
        )


def test_a_fault_of_ours_carries_them(admin, monkeypatch):
    def fail(*arguments, **options):
        raise RuntimeError("secret")

    monkeypatch.setattr("vinculo.web.api_docs._describe", fail)
    broken = admin.get("/api/docs")

    assert broken.status_code == 500
    assert "secret" not in broken.text
    checked(broken, DATA_POLICY)


def test_static_files_are_kept_and_nothing_else_is(admin):
    for file in (
        "vinculo.css",
        "vinculo.js",
        "favicon.svg",
        "vendor/htmx.min.js",
        "vendor/inter-latin.woff2",
    ):
        answer = admin.get(f"/static/{file}")
        assert answer.status_code == 200
        assert {*answer.headers["cache-control"].split(", ")} == {"public", "max-age=31536000", "immutable"}
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert len(answer.headers.get_list("content-security-policy")) == 1


def test_a_header_that_was_set_for_a_reason_stays():
    message = {
        "type": "http.response.start",
        "status": 200,
        "headers": [(b"Referrer-Policy", b"no-referrer")],
    }

    with start_blocking_portal() as portal:  # a loop of its own: a browser's may run in this thread
        portal.call(headers_of_all(Settings()), message, {"scheme": "http"})

    assert [value for name, value in message["headers"] if name.lower() == b"referrer-policy"] == [
        b"no-referrer"
    ]
    assert (b"x-frame-options", b"DENY") in message["headers"]


def test_nothing_within_a_page_is_run():
    assert "unsafe" not in PAGE_POLICY + DATA_POLICY
    for policy in (PAGE_POLICY, DATA_POLICY):
        for directive in ("default-src", "base-uri 'none'", "form-action", "frame-ancestors 'none'"):
            assert directive in policy


def test_no_template_has_what_the_policy_forbids():
    templates = [*CORE.rglob("*.html"), *CORE.parents[1].glob("plugins/*/vinculo_*/**/*.html")]
    inline = re.compile(r"\sstyle=|\son[a-z]+=[\"']|<script(?![^>]*\ssrc=)|<style|javascript:|hx-on|\bjs:")

    assert len(templates) > 40
    assert [file.name for file in templates if inline.search(file.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    ("address", "server", "told"),
    [
        (PLAIN, {}, False),
        (TLS, {}, True),  # as a trusted proxy says, see below
        (PLAIN, {"secure_cookies": True}, True),
    ],
)
def test_browsers_are_told_to_insist_on_tls_where_there_is_tls(open_site, address, server, told):
    browser = open_site(address, **server)

    for path in ("/sign-in", "/api/v1/clients", "/static/vinculo.css", "/nothing"):
        assert browser.get(path).headers.get("strict-transport-security") == (
            STRICT_TRANSPORT if told else None
        )


@pytest.mark.parametrize("trusted", ["testclient", "10.0.0.1"])
def test_only_a_trusted_proxy_is_believed_that_there_is_tls(app_of, settings, trusted):
    app = ProxyHeadersMiddleware(app_of(settings), trusted_hosts=[trusted])  # as uvicorn does
    with TestClient(app, base_url=PLAIN) as browser:
        told = browser.get("/sign-in", headers={"x-forwarded-proto": "https"}).headers

    assert ("strict-transport-security" in told) == (trusted == "testclient")


@pytest.mark.parametrize("secure", [False, True])
def test_cookies_are_guarded(open_site, database, make_user, secure):
    with database.write() as session:
        user = make_user("ana")
    browser = open_site(TLS, secure_cookies=secure)
    with database.write() as session:
        browsing.sign_in(session, browser, user)
    if secure:
        browser.cookies.set(f"__Host-{SESSION_COOKIE}", browser.cookies[SESSION_COOKIE])
        browser.cookies.delete(SESSION_COOKIE)

    made = browser.post("/clients/new", data={"name": "Luz"})  # a toast
    out = browser.post("/sign-out")
    fresh = browser.get("/sign-in")

    assert (made.status_code, out.status_code, fresh.status_code) == (303, 303, 200)
    lines = [line for answer in (made, out, fresh) for line in answer.headers.get_list("set-cookie")]
    assert len(lines) == 5
    for line in lines:
        assert "HttpOnly" in line
        assert "SameSite=lax" in line
        assert "Path=/" in line
        assert "Domain" not in line
        assert ("Secure" in line, line.startswith("__Host-")) == (secure, secure)
    assert f"{CSRF_COOKIE}=" in lines[-1]
    assert 'session=""' in out.headers["set-cookie"] or "session=;" in out.headers["set-cookie"]


def test_cookies_are_set_in_one_place():
    calls = re.compile(r"\.(set_cookie|delete_cookie)\(|request\.cookies\b")
    found = {file.name for file in CORE.rglob("*.py") if calls.search(file.read_text(encoding="utf-8"))}

    assert found == {"cookies.py"}
