"""What the jobs room promises, on SQLite and on PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from vinculo.errors import SchemaError
from vinculo.jobs import DBOS_SCHEMA, DBOS_TABLES, JobHandler, Schedule
from vinculo.jobs.port import STARTS, InvalidScheduleError, Jobs, UnknownJobError, WorkerRunningError


class Mailer:
    """Stands for the outside world: it notes each call, and fails as often as told."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.sent: list[str] = []
        self.tried: list[float] = []

    def send(self, to: str = "everybody") -> None:
        self.tried.append(time.monotonic())
        if len(self.tried) <= self.failures:
            raise ConnectionError("the mail server does not answer")
        self.sent.append(to)


@pytest.fixture
def make_jobs(database):
    made = []

    def make(**handlers: JobHandler) -> Jobs:
        jobs = Jobs(database.engine, handlers)
        if not made:
            jobs.prepare()
        made.append(jobs)
        return jobs

    yield make
    for jobs in made:
        jobs.stop(timeout=0)


def work(jobs, **options) -> None:
    jobs.start(poll=0.1, janitor=0.3, **options)


def put(database, jobs, name, /, **options) -> str:
    with database.write() as session:
        return jobs.enqueue(session, name, **options)


def test_a_job_runs_once_and_only_if_its_transaction_commits(database, make_jobs, eventually):
    mailer = Mailer()
    jobs = make_jobs(send=JobHandler(mailer.send))
    with database.write() as session:
        jobs.enqueue(session, "send", to="nobody")
        session.rollback()
    for name in ("ana", "Борис", "zoë"):
        put(database, jobs, "send", to=name)
    assert mailer.tried == []

    work(jobs)

    eventually(lambda: len(mailer.sent) == 3)
    time.sleep(0.5)
    assert sorted(mailer.sent) == ["ana", "zoë", "Борис"]


def test_a_failed_job_is_tried_again_ever_later(database, make_jobs, eventually):
    mailer = Mailer(failures=2)
    jobs = make_jobs(send=JobHandler(mailer.send, retries=2, backoff_seconds=0.5))
    put(database, jobs, "send", to="ana")

    work(jobs)

    eventually(lambda: mailer.sent == ["ana"])
    first, second, third = mailer.tried
    assert second - first >= 0.5
    assert third - second >= 1


def test_a_job_that_keeps_failing_is_given_up_after_its_retries(database, make_jobs, eventually):
    mailer = Mailer(failures=9)
    jobs = make_jobs(send=JobHandler(mailer.send, retries=1, backoff_seconds=0.01))
    put(database, jobs, "send")

    work(jobs)

    eventually(lambda: len(mailer.tried) == 2)
    time.sleep(1.2)
    assert len(mailer.tried) == 2
    assert mailer.sent == []


def test_of_two_jobs_with_one_key_the_first_runs(database, make_jobs, eventually):
    mailer = Mailer()
    jobs = make_jobs(send=JobHandler(mailer.send))
    assert put(database, jobs, "send", key="invoice-7", to="ana") == "invoice-7"
    put(database, jobs, "send", key="invoice-7", to="boris")
    work(jobs)
    eventually(lambda: mailer.sent == ["ana"])

    put(database, jobs, "send", key="invoice-7", to="carla")
    put(database, jobs, "send", key="invoice-8", to="dora")

    eventually(lambda: "dora" in mailer.sent)
    time.sleep(0.5)
    assert mailer.sent == ["ana", "dora"]


def test_a_job_waits_for_its_time(database, make_jobs, eventually):
    mailer = Mailer()
    jobs = make_jobs(send=JobHandler(mailer.send))
    begun = time.monotonic()
    put(database, jobs, "send", at=datetime.now(UTC) + timedelta(seconds=1))

    work(jobs)

    eventually(lambda: mailer.sent)
    assert mailer.tried[0] - begun >= 1


def test_a_schedule_fires_until_it_is_dropped(make_jobs, eventually):
    mailer = Mailer()
    jobs = make_jobs(send=JobHandler(mailer.send))
    work(jobs, schedules=[Schedule("send", "* * * * * *", time_zone="America/Sao_Paulo")])
    eventually(lambda: mailer.sent)
    jobs.stop(timeout=5)
    fired = len(mailer.sent)

    work(jobs)

    time.sleep(2.2)
    assert len(mailer.sent) <= fired + 1  # one tick may have been waiting in the queue


def test_a_job_outlives_its_worker_killed_in_the_middle(
    database, make_jobs, start_worker, eventually, tmp_path
):
    diary, done_here = tmp_path / "diary", []
    jobs = make_jobs(**{"import": JobHandler(lambda: done_here.append("import"))})
    put(database, jobs, "import")
    worker = start_worker(diary)
    eventually(diary.exists)
    work(jobs)
    time.sleep(1)
    assert done_here == [], "the job was taken from a worker that is alive"

    worker.kill()

    eventually(lambda: done_here == ["import"])
    eventually(lambda: len(list(tmp_path.glob("*.lock"))) <= 1)  # the killed worker's file is gone


def test_a_worker_that_is_started_takes_up_at_once_what_a_killed_one_left(
    database, make_jobs, start_worker, eventually, tmp_path
):
    diary, done_here = tmp_path / "diary", []
    jobs = make_jobs(**{"import": JobHandler(lambda: done_here.append("import"))})
    put(database, jobs, "import")
    worker = start_worker(diary)
    eventually(diary.exists)
    worker.kill()
    worker.wait()

    jobs.start(poll=0.1, janitor=3600)

    eventually(lambda: done_here == ["import"])


def test_a_job_that_kills_its_worker_each_time_is_given_up(
    database, make_jobs, start_worker, eventually, tmp_path
):
    diary, done_here = tmp_path / "diary", []
    jobs = make_jobs(
        explode=JobHandler(lambda: done_here.append("explode")),
        note=JobHandler(lambda: done_here.append("note")),
    )
    put(database, jobs, "explode")
    for _start in range(STARTS):
        assert start_worker(diary).wait(timeout=20) == 137
    assert diary.read_text().count("exploded") == STARTS

    work(jobs)
    put(database, jobs, "note")

    eventually(lambda: "note" in done_here)
    time.sleep(1.5)
    assert done_here == ["note"]


def test_jobs_wait_while_their_plugin_is_off(database, make_jobs, eventually):
    mailer, other = Mailer(), Mailer()
    with_plugin = make_jobs(remind=JobHandler(mailer.send), send=JobHandler(other.send))
    put(database, with_plugin, "remind", to="ana")
    without_plugin = make_jobs(send=JobHandler(other.send))
    work(without_plugin)
    put(database, without_plugin, "send", to="boris")
    eventually(lambda: other.sent == ["boris"])
    without_plugin.stop(timeout=5)
    assert mailer.tried == []

    work(with_plugin)

    eventually(lambda: mailer.sent == ["ana"])


def test_stopping_waits_for_the_running_job(database, make_jobs, eventually):
    log = []

    def slow() -> None:
        log.append("begun")
        time.sleep(0.5)
        log.append("ended")

    jobs = make_jobs(slow=JobHandler(slow))
    put(database, jobs, "slow")
    work(jobs)
    eventually(lambda: log)

    jobs.stop(timeout=10)

    assert log == ["begun", "ended"]


def test_one_process_runs_one_worker_at_a_time(make_jobs):
    jobs, others = make_jobs(), make_jobs()
    work(jobs)
    work(jobs)

    with pytest.raises(WorkerRunningError, match="already"):
        work(others)

    jobs.stop(timeout=0)
    jobs.stop()
    work(others)


def test_a_worker_refuses_a_database_that_was_not_prepared(database):
    jobs = Jobs(database.engine, {})

    with pytest.raises(SchemaError, match="vinculo db upgrade"):
        work(jobs)

    jobs.prepare()
    jobs.prepare()
    work(jobs)
    jobs.stop(timeout=0)


def test_mistakes_are_named(database, make_jobs):
    jobs = make_jobs(send=JobHandler(Mailer().send))

    with pytest.raises(UnknownJobError, match=r"'sent'.*Known: send"):
        put(database, jobs, "sent")
    with pytest.raises(ValueError, match="no time zone"):
        put(database, jobs, "send", at=datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(InvalidScheduleError, match="'remind' names no job"):
        work(jobs, schedules=[Schedule("remind", "0 8 * * *")])
    with pytest.raises(InvalidScheduleError, match=r"'send'.*61"):
        work(jobs, schedules=[Schedule("send", "61 8 * * *")])
    with pytest.raises(InvalidScheduleError, match=r"'send'.*Mars"):
        work(jobs, schedules=[Schedule("send", "0 8 * * *", time_zone="Mars/Olympus")])


def test_dbos_adds_no_table_but_those_named(database, make_jobs):
    make_jobs()

    added = set(sa.inspect(database.engine).get_table_names())

    assert added == (DBOS_TABLES if database.is_sqlite else set())
    assert database.is_sqlite or DBOS_SCHEMA in sa.inspect(database.engine).get_schema_names()


def test_declaring_jobs_does_not_import_dbos():
    code = "import sys, vinculo.jobs; sys.exit('dbos' in sys.modules or 'sqlalchemy' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
