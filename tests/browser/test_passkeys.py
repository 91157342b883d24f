"""Passkeys in a real browser, with a device that Chromium plays: made, used alone and as second factor."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

pytestmark = pytest.mark.browser
PASSWORD = "correct horse battery"


@dataclass
class Device:
    """An authenticator as it is built into a laptop: it keeps keys and checks its user."""

    cdp: CDPSession
    id: str

    def verifies(self, yes: bool) -> None:
        """Whether it finds that it is the right user who touches it."""
        self.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": yes})

    def keys(self) -> list[dict[str, Any]]:
        return self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"]

    def put(self, key: dict[str, Any]) -> None:
        self.cdp.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": key})


def attach(page: Page) -> Device:
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return Device(cdp, made["authenticatorId"])


@pytest.fixture
def named_site(site: Any) -> Any:
    """The shared site under a name: browsers make no passkeys for addresses."""
    return replace(site, url=site.url.replace("127.0.0.1", "localhost"))


@pytest.fixture
def login(site: Any, name: str) -> str:
    """Somebody who has a password and nothing else yet."""
    login = re.sub(r"\W", "", name).lower()
    site.register(login, PASSWORD)
    return login


@pytest.fixture
def enter(named_site: Any, open_page: Callable[..., Page], login: str) -> Callable[[], Page]:
    """A window in which the password was typed."""

    def enter() -> Page:
        page = open_page(named_site)
        type_password(page, login)
        return page

    return enter


@pytest.fixture
def owner(enter: Callable[[], Page]) -> tuple[Page, Device]:
    """The window of somebody who has just added a passkey, and the device that keeps it."""
    page = enter()
    device = attach(page)
    add_passkey(page)
    return page, device


def type_password(page: Page, login: str) -> None:
    page.goto("/sign-in")
    page.locator("[name=login]").fill(login)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form .primary").first.click()


def add_passkey(page: Page) -> None:
    page.goto("/settings/security")
    page.get_by_role("button", name="Add passkey").click()
    page.get_by_label("Name, to tell it from others").fill("Laptop <1>")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("row", name="Laptop <1>")).to_be_visible()


def sign_out(page: Page) -> None:
    page.locator(".user > summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_a_passkey_lets_in_without_name_and_password(owner: tuple[Page, Device]) -> None:
    page, device = owner
    (key,) = device.keys()
    assert key["isResidentCredential"]
    sign_out(page)

    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.locator(".user > summary")).to_be_visible()
    page.goto("/settings/security")
    row = page.get_by_role("row", name="Laptop <1>")
    expect(row).not_to_contain_text("never")


def test_a_passkey_is_the_second_factor_after_the_password(owner: tuple[Page, Device], login: str) -> None:
    page, _device = owner
    sign_out(page)

    type_password(page, login)
    expect(page.get_by_role("heading", level=1)).to_have_text("One more step")
    page.goto("/clients")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.goto("/sign-in/second")
    page.get_by_role("button", name="Use a passkey").click()

    expect(page.locator(".user > summary")).to_be_visible()


def test_it_works_by_keyboard(owner: tuple[Page, Device], login: str) -> None:
    page, _device = owner
    sign_out(page)
    page.locator("[name=login]").fill(login)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("One more step")
    page.get_by_role("button", name="Use a passkey").focus()
    page.keyboard.press("Enter")

    expect(page.locator(".user > summary")).to_be_visible()


def test_a_device_that_does_not_know_its_user_lets_nobody_in(owner: tuple[Page, Device]) -> None:
    page, device = owner
    sign_out(page)
    device.verifies(False)

    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_role("alert").filter(has_text="No passkey was given")).to_be_visible()
    device.verifies(True)
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(".user > summary")).to_be_visible()


def test_a_copy_of_a_passkey_is_found_out(owner: tuple[Page, Device]) -> None:
    page, device = owner
    sign_out(page)
    (copied,) = device.keys()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator(".user > summary")).to_be_visible()
    sign_out(page)
    device.cdp.send("WebAuthn.clearCredentials", {"authenticatorId": device.id})
    device.put(copied)  # as it was before, its count of signatures included

    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_role("alert").first).to_contain_text("lets nobody in here")


def test_a_passkey_that_was_removed_lets_nobody_in(owner: tuple[Page, Device]) -> None:
    page, _device = owner
    page.get_by_role("row", name="Laptop <1>").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("row", name="Laptop <1>")).not_to_be_visible()
    sign_out(page)

    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_role("alert").first).to_contain_text("lets nobody in here")


def test_one_device_makes_no_second_passkey_for_the_same_user(owner: tuple[Page, Device]) -> None:
    page, device = owner
    page.get_by_role("button", name="Add passkey").click()
    page.get_by_role("button", name="Add passkey").click()

    expect(page.get_by_role("alert").filter(has_text="No passkey was given")).to_be_visible()
    assert len(device.keys()) == 1


def test_without_scripts_there_are_other_ways(
    named_site: Any, open_page: Callable[..., Page], login: str
) -> None:
    page = open_page(named_site, java_script_enabled=False)
    type_password(page, login)
    page.goto("/settings/security")
    page.get_by_role("button", name="Add authenticator app").click()
    expect(page.get_by_role("img", name="QR code of the key below")).to_be_visible()
    page.goto("/settings/security")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_text("Passkeys need JavaScript")).to_be_visible()
