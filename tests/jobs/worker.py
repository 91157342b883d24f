"""A process that works on jobs until it is killed; it writes down what it does."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from vinculo.db.engine import Database
from vinculo.jobs import JobHandler
from vinculo.jobs.port import Jobs

url, diary = sys.argv[1], Path(sys.argv[2])


def note(line: str) -> None:
    with diary.open("a") as file:
        file.write(f"{line} {os.getpid()}\n")


def import_file() -> None:
    note("begun")
    time.sleep(60)


def explode() -> None:
    note("exploded")
    os._exit(137)


jobs = Jobs(Database(url).engine, {"import": JobHandler(import_file), "explode": JobHandler(explode)})
jobs.start(poll=0.1, janitor=0.5)
time.sleep(60)
