"""What a server does until it can answer: import, build the app. Then the queries of two pages.

Answers {"seconds", "imported": modules of strangers, "queries": {page: statements}}.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

begun = time.perf_counter()
from vinculo.app import factory  # noqa: E402 -- the clock runs

live = factory()
seconds = time.perf_counter() - begun


def queries(pages: list[str]) -> dict[str, list[str]]:
    """What each page sends to the database, asked for the second time."""
    from litestar.testing import TestClient

    from vinculo.accounts.models import Role
    from vinculo.testing import browsing, factories

    app = live._follower.app
    database, found = app.state.site.database, {}
    with TestClient(app) as browser:
        with database.write() as session:
            user = factories.make_user(session, "root", role=Role.ADMINISTRATOR)
            browsing.sign_in(session, browser, user)
        for page in pages:
            browser.get(page)
            with browsing.count_queries(database) as sent:
                assert browser.get(page).status_code == 200
            found[page] = sent
    return found


def main() -> None:
    """Tell what it took."""
    pages = json.load(sys.stdin) or []
    imported = sorted(name for name in sys.modules if name.startswith("acme_"))
    answer: dict[str, Any] = {"seconds": seconds, "imported": imported, "queries": queries(pages)}
    print(json.dumps(answer))


main()
