"""What cannot be, or happens meanwhile, by each of the doors: a form, the API and a file. Nothing is lost."""

import csv
import re
from types import SimpleNamespace

import pytest

from vinculo.actor import Source, system
from vinculo.app import load_registry
from vinculo.records import importing, mapping
from vinculo.records.import_rejects import Rejects
from vinculo.records.importing import Plan
from vinculo_deals.records import deal, pipeline

FIRST_ROW = 2  # of a file: the header is the first


@pytest.fixture
def bring(database, settings, tmp_path):
    """Import rows: ``bring(deal, {"title": "Refit"})``; what became of them, and what was refused."""
    kinds = load_registry(settings, database, ["deals"]).kinds

    def bring(kind, *rows):
        path = tmp_path / "rows.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [*rows[0]])
            writer.writeheader()
            writer.writerows(rows)
        columns = mapping.guess(kind, importing.count_rows(path).header)
        plan = Plan(kind=kind, path=path, mapping=columns, match=mapping.default_match(kind, columns))
        rejects = Rejects(tmp_path / "rejects.csv")
        tally = importing.run(database, kinds, plan, actor=system(Source.IMPORT), rejects=rejects)
        rejects.finish()
        refused = " ".join(text for _row, text in tally.errors)
        return SimpleNamespace(created=tally.created, changed=tally.changed, refused=refused)

    return bring


@pytest.fixture
def form(admin):
    """Send the form of a record as it is, with some inputs changed or, as None, left out."""

    def form(url, **typed):
        page = re.search(r'<form class="form.*?</form>', admin.get(url).text, re.DOTALL)[0]
        page = re.sub(r"<template>.*?</template>", "", page, flags=re.DOTALL)
        sent = dict(re.findall(r'<(?:input|textarea)[^>]* name="([^"]+)"[^>]* value="([^"]*)"', page))
        for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
            chosen = re.search(r'value="([^"]*)" selected', options)
            sent[name] = chosen[1] if chosen else ""
        boxes = ("__text", "_delete")
        sent = {name: value for name, value in sent.items() if not name.endswith(boxes)} | typed
        return admin.post(url, data={name: value for name, value in sent.items() if value is not None})

    return form


@pytest.mark.parametrize("amount", ["-1", "1000000000000"])
def test_an_amount_that_cannot_be_is_refused_by_each_door(admin, make_deal, bring, form, faults, row, amount):
    made = make_deal(amount="5", external_id="A1")
    said = f"{amount} is not between 0 and 999999999999.99"
    answer = admin.patch(f"/api/v1/deals/{made.id}", json={"amount": amount})
    assert (faults(answer), said in answer.text) == ({("amount", "invalid")}, True)
    for url in (f"/deals/{made.id}/edit", f"/deals/{made.id}/quick", f"/deals/{made.id}/fields/amount"):
        page = form(url, amount=amount)
        assert (page.status_code, said in page.text) == (422, True), url
    rows = [{"external_id": one, "title": "Refit", "amount": value} for one, value in
            (("A1", amount), ("A2", amount), ("A3", "7"))]  # fmt: skip
    done = bring(deal, *rows)
    assert (done.created, done.changed) == (1, 0)
    assert said in done.refused
    assert row(made.id).amount == 5


def test_a_currency_without_a_rate_is_kept_by_each_door_and_completed_later(admin, bring, form, row):
    form("/deals/new", title="By form", amount="100", currency="JPY", started_on="2026-03-02")
    admin.post(
        "/api/v1/deals",
        json={"title": "By API", "amount": "200", "currency": "JPY", "started_on": "2026-03-02"},
    )
    bring(deal, {"title": "By file", "amount": "300", "currency": "JPY", "started_on": "2026-03-02"})
    assert [row(one).base_amount for one in (1, 2, 3)] == [None] * 3
    board = admin.get("/deals/board").text
    assert '<p class="total num">' not in board  # a sum that leaves everything out would be a lie
    assert all(f"{amount} JPY" in board for amount in (100, 200, 300))
    assert "No rate of JPY yet" in admin.get("/deals/3").text
    rate = {"currency": "JPY", "base": "USD", "day": "2026-03-01", "rate": "0.01"}
    assert admin.post("/api/v1/rates", json=rate).status_code == 201


def test_a_stage_in_use_goes_by_no_door(admin, make_deal, make_pipeline, bring, form, stages, row):
    line = make_pipeline()
    made = make_deal(pipeline_id=line.id)
    url = f"/pipelines/{line.id}/edit"
    without = form(url, **{"stages-0-_delete": "1"})
    assert without.status_code == 422
    assert "“New” holds 1 deal; move it to another stage first." in without.text
    closed = form(url, **{"stages-0-state": "won"})
    assert closed.status_code == 422
    assert "which would open or close; add a stage instead" in closed.text
    told = {"name": "Service", "stage_1": "New", "stage_1_means": "lost"}
    assert "There is a stage “New” already" in bring(pipeline, told).refused
    shorter = {"name": "Service", "stage_1": "Repair", "stage_1_means": "open"}
    assert bring(pipeline, shorter).refused == ""  # a file adds to rows and takes none away
    assert {"New", "Repair"} <= stages(line.id).keys()
    assert row(made.id).stage_id == stages(line.id)["New"]


def test_a_pipeline_that_changes_under_open_deals_keeps_them(
    admin, make_deal, make_pipeline, bring, form, stages, row, visits
):
    line = make_pipeline()
    made = make_deal(pipeline_id=line.id, amount="10")
    admin.patch(f"/api/v1/deals/{made.id}", json={"stage_id": stages(line.id)["Repair"]})
    was = row(made.id)
    form(f"/pipelines/{line.id}/edit", **{"stages-1-name": "In work", "strictness": "prescribed"})
    bring(
        pipeline, {"name": "Service", "stage_1": "Test", "stage_1_means": "open", "stage_1_stuck_after": "3"}
    )
    at, held = stages(line.id), row(made.id)
    assert (held.stage_id, held.reached_id, held.state, held.stage_since) == (
        at["In work"], was.reached_id, "open", was.stage_since,
    )  # fmt: skip
    assert visits(made.id) == [("New", True, 10), ("Repair", False, 10)]
    board = admin.get(f"/deals/board?pipeline_id={line.id}").text
    assert all(f'aria-label="{name}"' in board for name in ("New", "In work", "Test"))
    skipping = admin.patch(f"/api/v1/deals/{made.id}", json={"stage_id": at["Done"]})
    assert skipping.json()["errors"][0]["code"] == "stage_skipped"
    for name in ("Test", "Done"):
        assert admin.patch(f"/api/v1/deals/{made.id}", json={"stage_id": at[name]}).status_code == 200


def test_a_file_that_moves_a_card_which_somebody_moved_keeps_both_moves(
    admin, make_deal, bring, form, stages, row, visits
):
    made, at = make_deal(external_id="A1"), stages()
    seen = re.search(r'name="version" value="(\d+)"', admin.get(f"/deals/{made.id}/quick").text)[1]
    admin.post(f"/deals/{made.id}/move?version=1", data={"stage_id": at["Offer"]})
    assert bring(deal, {"external_id": "A1", "stage": "Negotiation"}).changed == 1
    assert [name for name, _ended, _amount in visits(made.id)] == ["Interest", "Offer", "Negotiation"]
    late = admin.post(f"/deals/{made.id}/quick", data={"stage_id": at["Needs are clear"], "version": seen})
    assert (late.status_code, row(made.id).stage_id) == (409, at["Negotiation"])
    gone = bring(deal, {"external_id": "A1", "stage": "Nowhere"})
    assert "Nowhere" in gone.refused
    assert row(made.id).stage_id == at["Negotiation"]
