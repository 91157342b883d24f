"""Nothing opens a connection but by the ways out that look where they lead."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = [
    path
    for folder in ("core", "plugins")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "tests" not in path.relative_to(ROOT).parts
]
NETWORK = {
    "aiohttp", "anyio", "dns", "ftplib", "http.client", "httpcore", "httpcore2", "httpx", "httpx2",
    "imaplib", "nntplib", "paramiko", "poplib", "requests", "smtplib", "socket", "ssl", "telnetlib",
    "urllib.request", "urllib3", "websockets", "xmlrpc",
}  # fmt: skip
CONNECTS = {"open_connection", "open_unix_connection", "create_connection", "create_datagram_endpoint"}
REASONS = {
    "core/vinculo/outgoing.py": "the way out",
    "core/vinculo/mail.py": "the mail server of the settings",
    "core/vinculo/cli/serve.py": "listens",
    "core/vinculo/jobs/workers.py": "the name of this machine",
    "core/vinculo/testing/mailhost.py": "servers of mail to test against, on this machine",
    "plugins/mailings/vinculo_mailings/mailbox.py": "the mailbox of the configuration",
    "core/vinculo/testing/ports.py": "a free port of this machine",
    "core/vinculo/testing/postbox.py": "a mail server to test against, on this machine",
    "core/vinculo/testing/provider.py": "the sign-in service of the tests, on this machine",
}


def networked(code):
    """The modules and calls of some code that can open a connection."""
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Import():
                modules = [alias.name for alias in node.names]
            case ast.ImportFrom(module=str(module)):
                modules = [module, *(f"{module}.{alias.name}" for alias in node.names)]
            case ast.Attribute(attr=name) if name in CONNECTS:
                modules = [name]
            case _:
                continue
        yield from (m for m in modules if m in CONNECTS or any(f"{m}.".startswith(f"{n}.") for n in NETWORK))


def test_only_known_files_open_connections():
    found = {
        path.relative_to(ROOT).as_posix() for path in CODE if any(networked(path.read_text(encoding="utf-8")))
    }

    assert found == REASONS.keys()


@pytest.mark.parametrize(
    "code",
    [
        "import httpx", "import urllib.request", "from urllib import request", "import socket",
        "from urllib.request import urlopen", "import http.client as web", "from http import client",
        "import requests.sessions", "import asyncio\nasyncio.open_connection('host', 80)",
    ],
)  # fmt: skip
def test_each_way_is_found(code):
    assert list(networked(code))


@pytest.mark.parametrize(
    "code", ["from urllib.parse import urlsplit", "import asyncio", "from http import HTTPStatus"]
)
def test_what_opens_none_is_left_alone(code):
    assert not list(networked(code))
