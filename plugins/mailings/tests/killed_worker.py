"""A process that sends a run of a mailing and kills its own children at given points, then sends the rest.

Each child is a worker of its own: it has the connections of nobody else. What it prints is how each ended.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

from vinculo import mail
from vinculo.app import Host, job_handlers, load_registry, make_site
from vinculo.db.engine import Database
from vinculo.settings import Settings
from vinculo_mailings import sending

settings = Settings.model_validate(json.loads(sys.argv[1]))
sms: list[str] = []


def die(*_given: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def nth(number: int, before: Any, after: Any, real: Any) -> Any:
    """The function, with something done around its call of that number."""
    calls = []

    def call(*given: Any, **named: Any) -> Any:
        calls.append(given)
        if len(calls) == number:
            before()
        answer = real(*given, **named)
        if len(calls) == number:
            after()
        return answer

    return call


def nothing() -> None:
    pass


def told(number: int) -> Any:
    """The server has said that it took the message of that number, and nobody knows but us."""
    real, ends = mail.Courier._told, []

    def call(self: Any, answer: Any, step: str) -> None:
        real(self, answer, step)
        if step == "END":
            ends.append(answer)
            if len(ends) == number:
                die()

    return call


def break_at(point: str) -> None:
    """Let this process die at its fortieth message."""
    if point == "before it is promised":
        sending.Work._promise = nth(40, die, nothing, sending.Work._promise)
    elif point == "once it is promised":
        sending.Work._promise = nth(40, nothing, die, sending.Work._promise)
    elif point == "once it is taken":
        mail.Courier._told = told(40)
    elif point == "while a handful is taken":
        sending.Work._told = nth(2, die, nothing, sending.Work._told)


def work(point: str) -> None:
    database = Database(settings.database.url)
    host = Host.of(settings, database)
    site = make_site(host, load_registry(settings, database))
    host.jobs.use(job_handlers(site))
    break_at(point)
    sending.send(site, run_id=1, worker="the job")


for point in sys.argv[2:]:
    child = os.fork()
    if not child:
        try:
            work(point)
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    print(f"{point}: {'killed' if os.WIFSIGNALED(status) else 'ended'}", flush=True)
