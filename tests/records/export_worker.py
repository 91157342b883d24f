"""A web process that is asked for an export and stops when the file is written, until it is killed."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from litestar.testing import TestClient

from vinculo.app import build
from vinculo.db.engine import Database
from vinculo.records import export_api
from vinculo.settings import Settings

url, folder, token = sys.argv[1:]
release = export_api.release


def stop(*args: object, **kwargs: object) -> None:
    """The export is numbered and on record by now, but not committed."""
    release(*args, **kwargs)
    print("in the middle", flush=True)
    time.sleep(60)


export_api.release = stop
app = build(Settings(database={"url": url}, files={"folder": Path(folder)}), Database(url))
print(TestClient(app).get("/api/v1/clients/export", headers={"Authorization": f"Bearer {token}"}).status_code)
