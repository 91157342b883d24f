"""Processes that serve and work beside each other: job workers follow the switches, and safe mode is safe."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from vinculo.actor import Source, system
from vinculo.app import prepare_jobs
from vinculo.jobs import JobHandler, store
from vinculo.jobs.port import Jobs

pytestmark = pytest.mark.slow  # each starts processes
ADMIN = system(Source.CLI)
WRAPS = """
    from pathlib import Path
    from vinculo.jobs import JobHandler

    def wrap(site, *, diary, line):
        with Path(diary).open("a") as file:
            file.write(line + "\\n")

    @hookimpl
    def job_handlers():
        return {"gifts.wrap": JobHandler(wrap)}
"""
HANGS = "import time\nfrom pathlib import Path\nPath({mark!r}).touch()\ntime.sleep(600)"


@pytest.fixture
def start(migrated_database_url, database, tmp_path):
    """Start ``vinculo …`` in a process of its own; it sees the plugins of the test. Gives process and log."""
    prepare_jobs(database)
    started = []

    def start(*words, **variables):
        environment = {
            **os.environ,
            "PYTHONPATH": str(tmp_path / "site"),
            "VINCULO_DATABASE__URL": migrated_database_url,
            "VINCULO_FILES__FOLDER": str(tmp_path / "files"),
            **variables,
        }
        log = tmp_path / f"{words[0]}.log"
        with log.open("wb") as output:
            command = [sys.executable, "-m", "vinculo", *words]
            process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=output, stderr=output)
        started.append(process)
        return process, log

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def put(database, tmp_path):
    """Put a job of the plugin into the queue; what it writes down is in ``put.diary``."""
    jobs = Jobs(database.engine, {"gifts.wrap": JobHandler(lambda: None)})
    diary = tmp_path / "diary"
    diary.touch()

    def put(line):
        with database.write() as session:
            jobs.enqueue(session, "gifts.wrap", diary=str(diary), line=line)

    put.diary = diary
    client = store.open_client(store.open_store(database.engine.url))
    put.parked = lambda: client.list_workflows(queue_name=store.PARKED, status="ENQUEUED")
    return put


def until(condition, log, seconds=40):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.05)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def test_a_worker_follows_the_switches_and_ends_when_told(start, put, switchboard, install):
    install("gifts", WRAPS)
    worker, log = start("worker")
    until(lambda: "works on the jobs" in log.read_text(), log)

    switchboard.switch("on", "gifts", actor=ADMIN)
    put("while on")
    until(lambda: put.diary.read_text() == "while on\n", log)

    switchboard.switch("off", "gifts", actor=ADMIN)
    time.sleep(2)  # what it may take to follow
    put("while off")
    until(put.parked, log)
    assert put.diary.read_text() == "while on\n"

    switchboard.switch("on", "gifts", actor=ADMIN)
    until(lambda: put.diary.read_text() == "while on\nwhile off\n", log)

    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=30) == 0
    assert "Traceback" not in log.read_text()


def test_a_server_without_jobs_leaves_them_to_workers(start, put, switchboard, install):
    install("gifts", WRAPS)
    switchboard.switch("on", "gifts", actor=ADMIN)
    port = free_port()
    _server, log = start("serve", "--port", str(port), VINCULO_SERVER__JOBS="false")
    until(lambda: answers(port), log)
    put("for the worker")
    time.sleep(2)  # a server with jobs takes half a second
    assert put.diary.read_text() == ""

    worker, log = start("worker")
    until(lambda: put.diary.read_text() == "for the worker\n", log)
    worker.send_signal(signal.SIGINT)
    assert worker.wait(timeout=30) == 0


@pytest.mark.parametrize("where", ["plugin", "manifest"])
def test_safe_mode_starts_whatever_hangs(start, switchboard, install, tmp_path, where):
    install("gifts")
    switchboard.switch("on", "gifts", actor=ADMIN)
    mark = tmp_path / "imported"
    hangs = HANGS.format(mark=str(mark))
    install("gifts", **({"hooks": hangs} if where == "plugin" else {"manifest": hangs}))
    port = free_port()

    _server, log = start("serve", "--safe", "--port", str(port))
    until(lambda: answers(port), log)
    assert not mark.exists()
