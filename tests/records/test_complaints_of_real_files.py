"""Complaints that nobody here wrote: what is counted of them equals what the file itself says."""

import csv
import html
import json
import re
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from vinculo.actor import Source, system
from vinculo.cli import main
from vinculo.clients.records import client
from vinculo.records import importing, mapping
from vinculo.records import query as queries
from vinculo.records.narrowing import Narrowed
from vinculo_complaints import reports
from vinculo_complaints.models import Complaint
from vinculo_complaints.records import cause, complaint, topic
from vinculo_complaints.reports import Which

CFPB = "cfpb_complaints"
ADMIN = system(Source.CLI)
STATES = {  # what the companies said → how far it is here
    "In progress": "work",
    "Untimely response": "work",
    "Closed with explanation": "solved",
    "Closed with non-monetary relief": "solved",
    "Closed with monetary relief": "solved",
    "Closed without relief": "rejected",
}
COLUMNS = {
    "Complaint ID": "external_id",
    "Date received": "received_at",
    "Date sent to company": "answered_at",
    "Product": "product",
    "Issue": "topic_id",
    "Sub-issue": "cause_id",
    "Consumer complaint narrative": "text",
    "Company": "client_id",
    "Submitted via": "channel",
    "Company response to consumer": "state",
}


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def named(path, names):
    path.write_text("name\n" + "".join(f'"{one}"\n' for one in sorted(names)), encoding="utf-8")
    return path


@pytest.fixture
def plugins_on():
    return ("complaints",)


@pytest.fixture
def people(bring, real_file, tmp_path):
    """The companies, topics and causes of which the file speaks."""
    rows = read(real_file(f"{CFPB}/complaints_1000.csv"))
    for kind, column in ((client, "Company"), (topic, "Issue"), (cause, "Sub-issue")):
        bring(kind, named(tmp_path / f"{kind.plural}.csv", {one[column] for one in rows} - {""}))
    return rows


def reference(path, key):
    return {row[key]: int(row["complaints"]) for row in read(path)}


def told(database, real_file):
    """Compare what was imported with the reference."""
    with database.read() as session:
        everything = SimpleNamespace(session=session, actor=ADMIN)
        narrowed = Narrowed(everything, complaint, queries.parse(complaint, (), typed=False), ())
        for by, name, column in (
            ("product", "by_product", "Product"), ("topic", "by_issue", "Issue"),
            ("client", "by_company", "Company"), ("channel", "by_channel", "Submitted via"),
        ):  # fmt: skip
            found = {one.label: one.count for one in reports.groups(session, Which(ADMIN, narrowed), by)}
            assert found == reference(real_file(f"{CFPB}/reference/{name}.csv"), column), by

        held = session.execute(sa.select(Complaint.received_at, Complaint.answered_at, Complaint.text)).all()
        months, lags = {}, {}
        for received, answered, _text in held:
            months[f"{received:%Y-%m}"] = months.get(f"{received:%Y-%m}", 0) + 1
            lag = str((answered.date() - received.date()).days)
            lags[lag] = lags.get(lag, 0) + 1
        assert months == reference(real_file(f"{CFPB}/reference/by_month.csv"), "month")
        assert lags == reference(real_file(f"{CFPB}/reference/lag_days.csv"), "days_received_to_sent")
        assert sum(bool(text) for *_moments, text in held) == 272

        wanted = {}
        said = reference(real_file(f"{CFPB}/reference/by_response.csv"), "Company response to consumer")
        for text, count in said.items():
            wanted[STATES[text]] = wanted.get(STATES[text], 0) + count
        query = sa.select(Complaint.state, sa.func.count()).group_by(Complaint.state)
        assert {str(state): count for state, count in session.execute(query)} == wanted


def test_the_file_brings_the_figures_of_the_reference(database, bring, people, real_file):
    path = real_file(f"{CFPB}/complaints_1000.csv")
    options = {"values": {"Company response to consumer": STATES}}
    assert bring(complaint, path, COLUMNS, **options).created == 1000
    assert bring(complaint, path, COLUMNS, **options).unchanged == 1000
    told(database, real_file)


def test_so_it_does_by_the_command(database, people, real_file, monkeypatch, tmp_path):
    monkeypatch.setenv("VINCULO_DATABASE__URL", database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("VINCULO_PLUGINS__ON", "complaints")
    monkeypatch.setenv("LANG", "en")
    monkeypatch.chdir(tmp_path)
    words = ["import", "complaint", str(real_file(f"{CFPB}/complaints_1000.csv"))]
    left_out = {"State": "", "Company public response": ""}
    for column, target in {**COLUMNS, **left_out}.items():
        words += ["--map", f"{column}={target}"]
    for text, state in STATES.items():
        words += ["--values", f"Company response to consumer:{text}={state}"]

    done = CliRunner().invoke(main, words)

    assert done.stdout == "1000 rows: 1000 new, 0 changed, 0 unchanged, 0 rejected.\n", done.output
    told(database, real_file)


def sent(page):
    """The hidden inputs of a page's form."""
    body = page.split('<form class="form"')[1].split("</form>")[0]
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', body)
    return {name: html.unescape(value) for name, value in hidden}


def test_so_it_does_by_the_pages(office, database, people, real_file):
    browser, csrf = office.browser()
    path = real_file(f"{CFPB}/complaints_1000.csv")
    file = {"file": (path.name, path.read_bytes())}
    page = browser.post("/complaints/import", files=file, data={"_csrf": csrf})
    url, header = page.url.path, importing.count_rows(path).header
    columns = {f"column-{number}": COLUMNS.get(one, "") for number, one in enumerate(header)}
    form = {**sent(page.text), **columns, "match": "external_id", "_csrf": csrf, "action": "run"}
    page = browser.post(url, data=form)
    assert 'name="asked"' in page.text, "what companies answered is no state"

    said = {}
    for found in re.finditer(r'name="(means-\d+)"', page.text):
        before = page.text[: found.start()]
        said[found[1]] = "=" + STATES[max(STATES, key=lambda text: before.rfind(f">{text}"))]
    assert len(said) == len(STATES)
    page = browser.post(url, data={**sent(page.text), **said, "_csrf": csrf, "action": "run"})
    office.work()

    run = browser.get(f"/api/v1/imports/{page.url.path.rpartition('/')[2]}").json()
    assert (run["created"], run["rejected"]) == (1000, 0)
    told(database, real_file)


def test_the_columns_of_the_file_are_guessed(people, real_file):
    header = importing.count_rows(real_file(f"{CFPB}/complaints_1000.csv")).header
    guessed = mapping.guess(complaint, header)
    # “State” is that of the union, which only a person can tell from how far a complaint is.
    same = {column: target for column, target in COLUMNS.items() if guessed.get(column) == target}
    assert same.keys() >= COLUMNS.keys() - {"Company response to consumer"}, json.dumps(guessed)
