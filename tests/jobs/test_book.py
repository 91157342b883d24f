"""The book of jobs: what administrators see of them, cancel and try again, on both databases."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from vinculo.errors import ConflictError, NotFoundError
from vinculo.jobs import JobHandler
from vinculo.jobs.book import State
from vinculo.jobs.port import Jobs
from vinculo.jobs.progress import report


@pytest.fixture
def jobs(database):
    made = Jobs(database.engine, {})
    made.prepare()
    yield made
    made.stop(timeout=0)


@pytest.fixture
def put(database, jobs):
    def put(name, /, **options):
        with database.write() as session:
            return jobs.enqueue(session, name, **options)

    return put


def work(jobs):
    jobs.start(poll=0.1, janitor=0.3, concurrency=1)


def states(jobs, *asked):
    return [(job.name, job.state) for job in jobs.book.page(asked)[0]]


def test_a_job_that_failed_for_good_says_why_and_is_tried_again(jobs, put, eventually):
    broken = threading.Event()
    broken.set()

    def send(to):
        if broken.is_set():
            raise ConnectionError("the mail server does not answer")

    jobs.use({"send": JobHandler(send, retries=1, backoff_seconds=0.1)})
    put("send", to="ana")
    work(jobs)
    eventually(lambda: states(jobs, State.FAILED))

    ((job, *others), more) = jobs.book.page([State.FAILED])
    assert (others, more) == ([], False)
    assert (job.name, job.attempt, job.payload) == ("send", 2, {"to": "ana"})
    assert "ConnectionError: the mail server does not answer" in job.reason
    assert job.put_at <= job.started_at <= job.ended_at <= datetime.now(UTC)
    assert states(jobs) == [("send", State.FAILED)]  # of the attempts before, nothing is to be done

    broken.clear()
    anew = jobs.book.retry(job.id)
    assert (anew.attempt, anew.payload) == (1, {"to": "ana"})
    eventually(lambda: states(jobs, State.DONE))
    assert states(jobs) == [("send", State.DONE)]
    for refused in (jobs.book.retry, jobs.book.cancel):
        with pytest.raises(ConflictError):
            refused(anew.id)
    with pytest.raises(NotFoundError):
        jobs.book.get(job.id)


def test_a_running_job_tells_how_far_it_is_and_ends_when_told(jobs, put, eventually):
    came, go_on, ended = threading.Event(), threading.Event(), []

    def count():
        try:
            for done in range(1000):
                report(done, 1000)
                came.set()
                go_on.wait(0.05)
        finally:
            ended.append(done)

    jobs.use({"count": JobHandler(count, retries=3)})
    job_id = put("count")
    work(jobs)
    assert came.wait(10)
    eventually(lambda: jobs.book.get(job_id).done > 0)
    job = jobs.book.get(job_id)
    assert (job.state, job.total) == (State.RUNNING, 1000)

    jobs.book.cancel(job_id)
    eventually(lambda: ended)
    assert ended[0] < 999
    assert jobs.book.get(job_id).state is State.CANCELLED
    assert states(jobs) == [("count", State.CANCELLED)]


def test_a_job_that_waits_never_runs_once_it_is_cancelled(jobs, put, eventually):
    ran = []

    def note(what):
        ran.append(what)

    jobs.use({"note": JobHandler(note)})
    later = put("note", what="later", at=datetime.now(UTC) + timedelta(hours=1))
    gone = put("note", what="gone")
    assert jobs.book.get(later).due_at > datetime.now(UTC) + timedelta(minutes=59)
    jobs.book.cancel(gone)
    jobs.book.cancel(later)
    put("note", what="kept")

    work(jobs)

    eventually(lambda: ran)
    assert ran == ["kept"]
    assert jobs.book.get(later).state is State.CANCELLED


def test_what_matters_more_runs_first(jobs, put, eventually):
    ran = []
    jobs.use(
        {
            "slow": JobHandler(lambda: ran.append("slow"), priority=200),
            "usual": JobHandler(lambda: ran.append("usual")),
            "soon": JobHandler(lambda: ran.append("soon"), priority=1),
        }
    )
    for name in ("slow", "usual", "soon"):
        put(name)

    work(jobs)

    eventually(lambda: len(ran) == 3)
    assert ran == ["soon", "usual", "slow"]


def test_a_job_without_a_handler_waits_for_its_plugin(jobs, put, eventually):
    jobs.use({"send": JobHandler(lambda: None)})
    put("send")
    jobs.use({})
    work(jobs)

    eventually(lambda: any(job.parked for job in jobs.book.page([State.WAITING])[0]))
