"""A real OpenID Connect provider to test against: Glewlwyd, as Debian packages it, on a port of its own.

``provider()`` starts one with a client for Vinculo and some users, and stops it with the block.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import httpx2
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from vinculo.testing.ports import free_port

PROGRAM: Final = "glewlwyd"
SCHEMA: Final = Path("/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3")
CLIENT: Final = "vinculo"
SECRET: Final = "not-a-secret"  # noqa: S105 -- of a provider that lives as long as a test
PASSWORD: Final = "password"  # noqa: S105 -- likewise; that of its administrator is fixed
START_SECONDS: Final = 20

_CONFIG: Final = """
port={port}
bind_address="127.0.0.1"
external_url="{url}"
login_url="login.html"
api_prefix="api"
log_mode="console"
log_level="ERROR"
session_key="GLEWLWYD"
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="/usr/lib/glewlwyd/user"
client_module_path="/usr/lib/glewlwyd/client"
user_auth_scheme_module_path="/usr/lib/glewlwyd/scheme"
plugin_module_path="/usr/lib/glewlwyd/plugin"
static_files_path="/usr/share/glewlwyd/webapp/"
static_files_mime_types=(
  {{extension=".html" mime_type="text/html"}}, {{extension=".css" mime_type="text/css"}},
  {{extension=".js" mime_type="application/javascript"}}, {{extension=".json" mime_type="application/json"}})
hash_algorithm="SHA512"
database={{ type="sqlite3" path="{database}" }};
"""

_PARAMETERS: Final = {
    "jwt-type": "rsa",
    "jwt-key-size": "256",
    "access-token-duration": 3600,
    "refresh-token-duration": 3600,
    "code-duration": 60,
    "refresh-token-rolling": True,
    "allow-non-oidc": False,
    "scope": [],
    "pkce-allowed": True,
    "pkce-method-plain-allowed": False,
    "pkce-required": True,
    "subject-type": "public",
    "jwks-show": True,
    "claims": [
        {
            "name": "email_verified",
            "user-property": "email_verified",
            "type": "boolean",
            "boolean-value-true": "yes",
            "boolean-value-false": "no",
            "mandatory": True,
        }
    ],
    "name-claim": "mandatory",
    "email-claim": "mandatory",
    "scope-claim": "no",
}


class NoProviderError(Exception):
    """Glewlwyd is not installed, or does not start."""


@dataclass(frozen=True)
class Provider:
    """A provider that runs. ``issuer`` is what goes into the settings."""

    url: str
    admin: httpx2.Client

    @property
    def issuer(self) -> str:
        """Who it says it is."""
        return f"{self.url}/api/oidc"

    def allow(self, *redirect_uris: str) -> None:
        """Let it send people to these addresses."""
        changed = {**_client(), "redirect_uri": list(redirect_uris)}
        _done(self.admin.put(f"/client/{CLIENT}", json=changed))

    def add_user(self, login: str, *, name: str, email: str, verified: bool) -> None:
        """Somebody who can sign in there, with the password ``PASSWORD``; whoever is there is as said now."""
        user = {"username": login, "password": PASSWORD, "name": name, "email": email, "enabled": True}
        user |= {"scope": ["openid"], "email_verified": "yes" if verified else "no"}
        known = self.admin.get(f"/user/{login}").is_success
        _done(self.admin.put(f"/user/{login}", json=user) if known else self.admin.post("/user/", json=user))

    def sign_in(self, login: str, address: str) -> str:
        """What a browser does there: sign in, agree, and be sent back. The address it is sent to."""
        asked = urlsplit(address)
        with httpx2.Client(base_url=f"{self.url}/api") as browser:
            _done(browser.post("/auth/", json={"username": login, "password": PASSWORD}))
            _done(browser.put(f"/auth/grant/{CLIENT}", json={"scope": "openid"}))
            query = {**dict(parse_qsl(asked.query)), "g_continue": "1"}
            answer = browser.get(f"{asked.scheme}://{asked.netloc}{asked.path}", params=query)
        return str(answer.headers["location"])


@contextmanager
def provider(folder: Path) -> Iterator[Provider]:
    """Start one with its files in a folder. Raises ``NoProviderError``."""
    if shutil.which(PROGRAM) is None:
        raise NoProviderError(f"{PROGRAM} is not installed: apt-get install glewlwyd dbconfig-sqlite3")
    port = free_port()
    url, config = f"http://127.0.0.1:{port}", folder / "glewlwyd.conf"
    config.write_text(_CONFIG.format(port=port, url=url, database=_database(folder / "glewlwyd.db")))
    process = subprocess.Popen([PROGRAM, "-c", str(config)], cwd=folder)  # noqa: S603 # nosec B603 # a program of Debian
    try:
        with httpx2.Client(base_url=f"{url}/api") as admin:
            _wait(admin, process)
            _done(admin.post("/auth/", json={"username": "admin", "password": PASSWORD}))
            _done(admin.post("/mod/plugin/", json=_plugin(f"{url}/api/oidc")))
            _done(admin.post("/client/", json=_client()))
            yield Provider(url, admin)
    finally:
        process.terminate()
        process.wait(10)


def _database(file: Path) -> Path:
    """Its tables, and one property of users more than it comes with."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executescript(SCHEMA.read_text())
        ((text,),) = connection.execute("select gumi_parameters from g_user_module_instance").fetchall()
        parameters = json.loads(text)
        parameters["data-format"]["email_verified"] = {"multiple": False, "read": True, "write": True}
        connection.execute("update g_user_module_instance set gumi_parameters = ?", [json.dumps(parameters)])
    return file


def _plugin(issuer: str) -> Mapping[str, Any]:
    """Authorisation codes and nothing else; PKCE is not merely allowed."""
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    flows = dict.fromkeys(("token", "id-token", "none", "password", "client", "refresh"), False)
    parameters: dict[str, Any] = {
        **_PARAMETERS,
        **{f"auth-type-{name}-enabled": on for name, on in {**flows, "code": True}.items()},
        "iss": issuer,
        "key": private.decode(),
        "cert": public.decode(),
    }
    return {"module": "oidc", "name": "oidc", "display_name": "OpenID Connect", "parameters": parameters}


def _client() -> dict[str, Any]:
    return {
        "client_id": CLIENT,
        "client_secret": SECRET,
        "name": "Vinculo",
        "confidential": True,
        "redirect_uri": [],
        "authorization_type": ["code"],
        "token_endpoint_auth_method": ["client_secret_basic"],
        "enabled": True,
        "scope": [],
    }


def _done(answer: httpx2.Response) -> None:
    if answer.status_code >= 400:
        raise NoProviderError(f"{answer.url}: {answer.status_code} {answer.text}")


def _wait(admin: httpx2.Client, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            admin.get("/config")
        except httpx2.TransportError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise NoProviderError(f"{PROGRAM} does not start") from None
            time.sleep(0.02)
        else:
            return
