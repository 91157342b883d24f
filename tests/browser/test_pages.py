"""Every page, on a desk and on a phone, light and dark: readable by everybody, nothing sideways."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa
from playwright.sync_api import BrowserContext, Page, Request

from vinculo.plugins.models import PluginState, State
from vinculo.settings import ACCENTS

pytestmark = pytest.mark.browser
VENDOR = Path(__file__).parent / "vendor"
LONG = "Confeitaria São João da Boa Vista Importação e Exportação de Doces Finos " * 3
UNBROKEN = "Donaudampfschifffahrtsgesellschaft" * 4
PHONE = {"width": 390, "height": 844}
WIDE = {"width": 1440, "height": 900}
POINTS = [
    {"type": "phone", "value": "+5511987654321", "purpose": "mobile"},
    {"type": "email", "value": f"{UNBROKEN[:60]}@confeitaria-sao-joao-da-boa-vista.example"},
    {"type": "messenger", "value": UNBROKEN},
]
OPEN_MENUS = "[...document.querySelectorAll('main details')].slice(0, 9).forEach(one => one.open = true)"
CLOSE_MENUS = "document.querySelectorAll('main details').forEach(one => one.open = false)"

PAGES = (
    "/",
    "/clients",
    "/clients?stage=active&q=a",
    "/clients?q=nobody-is-called-so",
    "/clients/new",
    "/clients/bulk-edit?ids={client}",
    "/clients/bulk-edit?ids={client}&_set=stage",
    "/clients/bulk-delete?ids={client}",
    "/clients/filter?any1.stage=active&_group=any1.",
    "/clients/{client}",
    "/clients/{client}/edit",
    "/clients/{client}/history",
    "/clients/{bare}",
    "/clients/import",
    "/imports/{run}/map",
    "/imports/{run}",
    "/counterparties",
    "/counterparties/new",
    "/counterparties/{counterparty}",
    "/counterparties/{counterparty}/edit",
    "/counterparties/{counterparty}/move",
    "/people",
    "/people/{person}",
    "/people/{person}/edit",
    "/notices",
    "/tasks",
    "/tasks/day",
    "/tasks/calendar",
    "/tasks/load",
    "/tasks/feed",
    "/tasks/plans/apply?kind=client&ids={client}",
    "/interactions",
    "/interactions/new",
    "/interactions/{interaction}",
    "/search?q=confeitaria",
    "/search?q=nothing-like-this",
    "/search?q=confeitria&kind=client",
    "/notes",
    "/notes/new?client_id={client}",
    "/files",
    "/views/new/client",
    "/clients/duplicates",
    "/clients/merge?ids={client},{bare}",
    "/merges",
    "/settings/jobs",
    "/settings",
    "/settings/audit",
    "/settings/audit?action=changed&from=2020-01-01",
    "/settings/audit?kind=nothing",
    "/settings/audit/1",
    "/settings/security",
    "/settings/security/confirm",
    "/settings/tokens",
    "/settings/users",
    "/settings/users/new",
    "/settings/users/1/security",
    "/plugins",
    "/plugins/interactions/plan?action=off",
    "/plugins/interactions/archive",
    "/plugins/loyalty/archive",
    "/plugins/loyalty/purge",
    "/plugins/loyalty/restore",
    "/plugins/payments/restore",
    "/api/docs",
    "/clients/999999",
    "/no-such-page",
)


@pytest.fixture(scope="module")
def window(site: Any, chromium: Any) -> Iterator[Page]:
    """One window for all pages, so that only the pages cost time."""
    context: BrowserContext = chromium.new_context(base_url=site.url, locale="en-GB", reduced_motion="reduce")
    context.add_cookies([site.cookie(site.make("user", "helena"))])
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module", autouse=True)
def plugins_that_are_off(site: Any) -> None:
    """One with rows and an archive, one that was purged; both with the longest texts."""
    moment = datetime.now(UTC).isoformat()
    sealed = {"file": f"{UNBROKEN}.vinculo", "sha256": "f" * 64, "at": moment, "rows": {"loyalty_card": 1}}
    with site.database.write() as session:
        session.execute(sa.text("create table loyalty_card (id integer primary key)"))
        session.execute(sa.text("insert into loyalty_card values (1)"))
        for name, state in (("loyalty", State.ARCHIVED), ("payments", State.PURGED)):
            about = {"title": LONG.strip()[:80], "kinds": {}, "links": {}, "requires": ["interactions"]}
            session.add(PluginState(name=name, state=state, version="1.0", archive=sealed, about=about))
        reason = f"ModuleNotFoundError: {UNBROKEN} {LONG}"
        aside = {"state": State.QUARANTINED, "version": "1.0", "archive": {}, "about": {}}
        session.add(PluginState(name="stock", reason=reason, **aside))
    folder = Path(site.database.engine.url.database).parent / "files" / "archives"
    folder.mkdir(parents=True)
    (folder / sealed["file"]).write_bytes(b"sealed")


@pytest.fixture(scope="module")
def ids(site: Any, window: Page) -> Mapping[str, int]:
    """Records with everything in them, with the longest texts, and one with nothing."""
    client = site.make(
        "client", LONG.strip()[:200], stage="active", country="BR", industry=UNBROKEN[:90],
        website=f"https://{UNBROKEN[:60].lower()}.example/", note=f"{LONG}\n{UNBROKEN}",
        contact_points=POINTS,
    )  # fmt: skip
    links = [{"client_id": client.id, "valid_from": "2024-01-01", "reason": UNBROKEN}]
    counterparty = site.make("counterparty", LONG.strip()[:200], links=links, contact_points=POINTS)
    person = site.make("person", LONG.strip()[:200], client_id=client.id, contact_points=POINTS)
    for number in range(3):
        window.goto(f"/clients/{client.id}?compose=interactions.call")
        quick = window.locator("#compose")
        quick.get_by_label("Subject").fill(f"{UNBROKEN if number else LONG}"[:200])
        quick.get_by_label("Outcome").fill(LONG)
        quick.get_by_text("Next step and note").click()
        quick.get_by_label("Next step", exact=True).fill(LONG)
        quick.get_by_label("Next step on").fill("2090-01-10")
        quick.get_by_role("button", name="Log", exact=True).click()
        window.locator(".toast").wait_for()
    return {
        "client": client.id,
        "bare": site.make("client", "Заря").id,
        "counterparty": counterparty.id,
        "person": person.id,
        "interaction": 1,
        "run": tried_import(window),
    }


def tried_import(window: Page) -> int:
    window.goto("/clients/import")
    rows = "".join(f"{LONG.strip()[:200]} {n};Atlantis;{UNBROKEN}\n" for n in range(5))
    text = f"Name;Country;{UNBROKEN}\nLoja Clara;BR;\n{rows}"
    window.locator("input[type=file]").set_input_files(
        {"name": f"{UNBROKEN}.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    window.get_by_role("button", name="Continue").click()
    window.get_by_role("button", name="Try without saving").click()
    window.get_by_role("heading", name="What do these values mean?").wait_for()
    window.get_by_role("button", name="Try without saving").click()
    window.get_by_text("this was a trial").wait_for()
    return int(window.url.rpartition("/")[2])


@pytest.fixture(scope="session")
def axe() -> str:
    """The script that finds barriers."""
    return (VENDOR / "axe.min.js").read_text()


def barriers(window: Page, axe: str, *rules: str) -> list[str]:
    """What stands in the way of people who see, hear or move differently, by some rules or by all."""
    if not window.evaluate("'axe' in window"):
        window.evaluate(axe)
    options: dict[str, Any] = {"resultTypes": ["violations"], "preload": False, "iframes": False}
    if rules:
        options["runOnly"] = rules
    found = window.evaluate("options => axe.run(document, options)", options)
    return [
        f"{one['id']}: {node['html'][:160]} ({node['failureSummary'][:300]})"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def sideways(window: Page) -> list[int]:
    """[width of the page, width of the window] if the first is more."""
    widths: list[int] = window.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return widths if widths[0] > widths[1] else []


@pytest.mark.parametrize("path", PAGES)
def test_page_is_for_everybody(window: Page, ids: Mapping[str, int], axe: str, path: str) -> None:
    check_page(window, axe, path.format(**ids))


@pytest.mark.parametrize("path", ["/sign-in", "/no-such-page", "/settings"])
def test_page_of_a_stranger_is_for_everybody(
    site: Any, open_page: Callable[..., Page], axe: str, path: str
) -> None:
    check_page(open_page(site), axe, path)


def test_the_way_in_is_for_everybody(site: Any, open_page: Callable[..., Page], axe: str) -> None:
    password = "correct horse battery"
    site.register("renata", password)
    page = open_page(site)
    for _time in range(2):
        page.goto("/sign-in")
        page.locator("[name=login]").fill("renata")
        page.locator("[name=password]").fill(password)
        page.locator("form .primary").click()
        if page.url.endswith("/sign-in/second"):
            break
        page.goto("/settings/security")
        page.get_by_role("button", name="Add authenticator app").click()
        look(page, axe)
        code = pyotp.TOTP(page.locator("#app-secret").inner_text().replace(" ", "")).now()
        page.get_by_label("Code that the app shows").fill(code)
        page.get_by_role("button", name="Confirm").click()
        page.get_by_role("heading", name="Recovery codes").wait_for()
        look(page, axe)
        page.context.clear_cookies()
    look(page, axe)


def look(page: Page, axe: str) -> None:
    """The page that is there, which cannot be loaded again."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert barriers(page, axe) == []
    page.set_viewport_size(PHONE)
    assert sideways(page) == []
    page.set_viewport_size(WIDE)


def test_setup_is_for_everybody(empty_site: Any, open_page: Callable[..., Page], axe: str) -> None:
    page = open_page(empty_site)
    check_page(page, axe, "/setup")
    page.locator("[name=login]").fill("helena")
    page.locator("form .primary").click()
    page.locator("[aria-invalid]").first.wait_for()
    assert barriers(page, axe) == []


def check_page(window: Page, axe: str, path: str) -> None:
    window.set_viewport_size(WIDE)
    window.emulate_media(color_scheme="light")
    window.goto(path)
    window.evaluate(OPEN_MENUS)
    found = {"light, with open menus": barriers(window, axe)}
    assert sideways(window) == []
    window.evaluate(CLOSE_MENUS)
    window.emulate_media(color_scheme="dark")
    found["dark"] = barriers(window, axe, "color-contrast")
    assert {where: what for where, what in found.items() if what} == {}
    window.set_viewport_size(PHONE)
    assert sideways(window) == []
    window.evaluate(OPEN_MENUS)
    assert sideways(window) == []


@pytest.mark.parametrize("path", ["/clients", "/clients/{client}", "/clients/new#menu"])
def test_phone_is_for_everybody(window: Page, ids: Mapping[str, int], axe: str, path: str) -> None:
    window.set_viewport_size(PHONE)
    window.emulate_media(color_scheme="dark")
    window.goto(path.format(**ids))
    window.evaluate(OPEN_MENUS)
    assert barriers(window, axe) == []


def test_every_colour_of_a_company_can_be_read(page: Page, axe: str) -> None:
    page.goto("/clients")
    for accent in ACCENTS:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.evaluate("accent => { document.documentElement.dataset.accent = accent }", accent)
            assert barriers(page, axe, "color-contrast") == [], (accent, scheme)


def test_form_with_errors_is_for_everybody(page: Page, axe: str) -> None:
    page.goto("/counterparties/new")
    for section in ("Add a client", "Add an identifier", "Add a bank account", "Add an address"):
        page.get_by_role("button", name=section).click()
    page.locator(".form-foot .primary").click()
    page.get_by_text("required").first.wait_for()
    assert barriers(page, axe) == []
    page.set_viewport_size(PHONE)
    assert sideways(page) == []


def test_palette_and_dialogs_are_for_everybody(page: Page, axe: str) -> None:
    page.goto("/clients")
    page.keyboard.press("Control+k")
    for typed in ("", "> ", "confeitria", "nothing-like-this"):
        page.locator("#palette input").fill(typed)
        with page.expect_response(lambda answer: "/search/palette" in answer.url):
            page.locator("#palette input").press("End")
            page.locator("#palette input").dispatch_event("input")
        page.locator("#palette-results [role=option]").first.wait_for()
        assert barriers(page, axe) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.locator("#keys[open]").wait_for()
    assert barriers(page, axe) == []


def test_list_page_weighs_little(page: Page, site: Any, name: str) -> None:
    """HTML, styles and scripts of a full list: at most 120 KB compressed."""
    for number in range(50):
        site.make("client", f"{name} {number}", country="BR", industry="Food production")
    sizes: dict[str, int] = {}

    def weigh(request: Request) -> None:
        response = request.response()
        if response and request.resource_type in {"document", "stylesheet", "script"}:
            sizes[request.url] = len(gzip.compress(response.body()))

    page.on("requestfinished", weigh)
    page.goto(f"/clients?q={name}")
    page.wait_for_load_state("networkidle")
    assert page.locator("#list tbody tr").count() == 50
    assert len(sizes) == 6  # the page, its styles, four scripts
    assert sum(sizes.values()) <= 120 * 1024, sizes


def test_page_does_not_jump(page: Page) -> None:
    page.goto("/clients")
    page.wait_for_load_state("networkidle")
    shifts = "new Promise(done => new PerformanceObserver(list => done(list.getEntries().map(e => e.value)))"
    observed = page.evaluate(
        f"Promise.race([{shifts}.observe({{type: 'layout-shift', buffered: true}})),"
        " new Promise(done => setTimeout(() => done([]), 300))])"
    )
    assert sum(observed) < 0.01


def test_printed_card_has_only_the_record(page: Page, site: Any, name: str) -> None:
    client = site.make("client", name, contact_points=POINTS)
    page.goto(f"/clients/{client.id}")
    page.emulate_media(media="print")
    assert page.get_by_role("heading", name=name).is_visible()
    for selector in (".side", ".top", ".card-head .actions", ".composer"):
        assert not page.locator(selector).first.is_visible(), selector


def test_vendored_axe_is_the_published_one() -> None:
    (entry,) = json.loads((VENDOR / "VENDORED.json").read_text())
    assert hashlib.sha256((VENDOR / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]
    assert (VENDOR / entry["licence_file"]).is_file()
