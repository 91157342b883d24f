"""Write down what Vinculo sends to the database for each request: ``record.py URL TARGET``, plan on stdin.

``TARGET`` becomes a pickle of name → (statements with their parameters, the answer: a document, or the bytes
of a page). Where the number of
the request or of the record that was made stands among the parameters, ``ID`` stands instead.
"""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from litestar.testing import TestClient

from vinculo.app import build
from vinculo.db.engine import Database
from vinculo.settings import Settings

ID = "\x00id"


def main() -> None:
    plan = json.load(sys.stdin)
    database = Database(sys.argv[1])
    settings = Settings.model_validate(
        {"database": {"url": sys.argv[1]}, "files": {"folder": Path(sys.argv[2]).parent}, **plan["settings"]}
    )
    sent: list[tuple[str, Any]] = []

    @sa.event.listens_for(database.engine, "before_cursor_execute")
    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        sent.append((statement, parameters))

    recorded = {}
    with TestClient(build(settings, database, work=False)) as client:
        for name, request in plan["requests"].items():
            number = str(plan["number"])
            path, body = (
                request["path"].replace("{n}", number),
                request.get("body", "").replace("{n}", number),
            )
            for _ in range(2):  # the first may note that the token was used
                sent.clear()
                answer = client.request(request["method"], path, content=body, headers=request["headers"])
                answer.raise_for_status()
            document = answer.json() if "json" in answer.headers["content-type"] else answer.content
            own = plan["number"] if isinstance(document, bytes) else document.get("id", plan["number"])
            recorded[name] = ([(text, marked(values, own)) for text, values in sent], document)
    Path(sys.argv[2]).write_bytes(pickle.dumps(recorded))
    database.close()
    counts = {name: sum(not is_boundary(text) for text, _ in found[0]) for name, found in recorded.items()}
    json.dump(counts, sys.stdout)


def marked(values: Any, own: int) -> Any:
    if isinstance(values, dict):
        return {key: marked(value, own) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return type(values)(marked(value, own) for value in values)
    return ID if type(values) is int and values == own else values


def is_boundary(statement: str) -> bool:
    return statement.startswith(("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"))


if __name__ == "__main__":
    main()
