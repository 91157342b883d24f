"""A process that works on one import, slowly, until it is done or killed."""

from __future__ import annotations

import sys
import time
from functools import partial

from vinculo.accounts.rights import RightsBook
from vinculo.accounts.signin import actor_of
from vinculo.actor import ExportLimits
from vinculo.app import Host, load_registry, make_site
from vinculo.db.engine import Database
from vinculo.records import import_chunk, import_runs, importing
from vinculo.settings import Settings

url, folder, run_id = sys.argv[1:]
write = import_chunk.Chunk.write


def write_slowly(chunk, rows) -> None:
    write(chunk, rows)
    time.sleep(0.1)


import_chunk.Chunk.write = write_slowly
importing.LARGEST_CHUNK = 200  # so that there are many to be killed between, however fast this machine is
settings = Settings(database={"url": url}, files={"folder": folder})
database = Database(url)
registry = load_registry(settings, database)
site = make_site(Host.of(settings, database), registry)
book = RightsBook(registry.permissions, ExportLimits())
import_runs.execute(site, int(run_id), partial(actor_of, book=book))
