"""Background jobs as an administrator meets them: by page, by API and by command."""

from __future__ import annotations

import json
import time

import pytest
from click.testing import CliRunner

from vinculo.cli import main
from vinculo.jobs import JobHandler
from vinculo.jobs.port import Jobs

PAGE, API = "/settings/jobs", "/api/v1/jobs"


def fail(**_payload):
    raise ConnectionError("the mail server <does> not answer")


@pytest.fixture
def failed(database):
    """The number of a job that failed for good."""
    jobs = Jobs(database.engine, {"test.send": JobHandler(fail, retries=0)})
    with database.write() as session:
        number = jobs.enqueue(session, "test.send", to="ana")
    jobs.start(poll=0.05)
    end = time.monotonic() + 20
    while jobs.book.get(number).state != "failed":
        assert time.monotonic() < end
        time.sleep(0.05)
    jobs.stop()
    return number


@pytest.fixture
def type_in(database, monkeypatch):
    monkeypatch.setenv("VINCULO_DATABASE__URL", database.url.render_as_string(hide_password=False))
    return lambda *words: CliRunner().invoke(main, ["jobs", *words])


def test_a_failed_job_says_why_is_tried_again_and_cancelled(admin, failed, type_in):
    listed = admin.get(f"{PAGE}?state=failed").text
    assert "test.send" in listed
    assert "the mail server &lt;does&gt; not answer" in listed
    shown = admin.get(f"{PAGE}/{failed}").text
    assert "the mail server &lt;does&gt; not answer" in shown
    assert f"{PAGE}/{failed}/retry" in shown

    anew = admin.post(f"{PAGE}/{failed}/retry").url.path.removeprefix(f"{PAGE}/")
    assert admin.get(f"{API}/{failed}").status_code == 404
    assert admin.get(f"{API}/{anew}").json()["state"] == "waiting"
    refused = admin.post(f"{API}/{anew}/retry")
    assert (refused.status_code, refused.json()["code"]) == (409, "job_not_over")
    assert admin.post(f"{API}/{anew}/cancel").json()["state"] == "cancelled"
    (job,) = admin.get(f"{API}?state=cancelled").json()["items"]
    assert (job["id"], job["payload"]) == (anew, {"to": "ana"})

    assert type_in("retry", anew).output == "test.send is tried again.\n"
    (waiting,) = json.loads(type_in("list", "--json").output)
    assert waiting["state"] == "waiting"
    assert type_in("cancel", waiting["id"]).output == "test.send is cancelled.\n"
    assert "test.send" in type_in("list", "--state", "cancelled").output
    assert "no job nothing" in type_in("cancel", "nothing").output

    events = [item["action"] for item in admin.get("/api/v1/audit?kind=job").json()["items"]]
    assert events == ["job cancelled", "job tried again"] * 2


def test_what_is_asked_wrongly_is_said(admin):
    assert admin.get(PAGE).status_code == 200
    for query in ("state=lost", "page=x", "page=-1", "page=100000"):
        assert admin.get(f"{PAGE}?{query}").status_code == 400
        assert admin.get(f"{API}?{query}").json()["code"] == "malformed"
    for path in ("nothing", "a%2Fb", "x" * 500):
        assert admin.get(f"{PAGE}/{path}").status_code == 404
        assert admin.post(f"{PAGE}/{path}/retry").status_code == 404


def test_members_see_none(member):
    assert member.get(PAGE).status_code == 403
    assert "/settings/jobs" not in member.get("/").text
