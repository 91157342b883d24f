"""Deals changed on the board, and boards kept as views."""

import html
import re

import pytest

from vinculo.actor import FieldAccess, Scope


def sent(form):
    """What a browser would send, links by their ids."""
    found = dict(re.findall(r'name="([a-z_]+)"[^>]* value="([^"]*)"', form))
    return {name: value for name, value in found.items() if not name.endswith("__text")}


@pytest.fixture
def quick(admin):
    """Send the quick form of a deal: ``quick(1, amount="5")``; ``None`` for what it should open with."""

    def quick(deal_id, browser=admin, **typed):
        url = f"/deals/{deal_id}/quick?back=/deals/board"
        page = browser.get(url).text
        form = re.search(r'<form class="form.*?</form>', page, re.DOTALL)[0]
        found = sent(form)
        return browser.post(url, data={**found, **typed}) if typed else found

    return quick


def test_a_few_fields_are_changed_at_once_and_the_board_comes_back(admin, make_deal, stages, quick, row):
    made, at = make_deal(note="Keep this"), stages()
    assert quick(made.id).keys() >= {
        "stage_id", "amount", "expected_on", "responsible_id", "next_step", "next_step_on", "version", "back",
    }  # fmt: skip
    page = quick(made.id, amount="1200", expected_on="2030-05-01", next_step="Call", stage_id=at["Offer"])
    assert page.url.path == "/deals/board"
    assert "“Refit”" not in page.text
    assert "Refit: saved." in page.text
    held = row(made.id)
    assert (held.amount, held.next_step, held.stage_id, held.note) == (1200, "Call", at["Offer"], "Keep this")
    undo = html.unescape(re.search(r'action="(/deals/\d+/changes/\d+/undo[^"]*)"', page.text)[1])
    assert admin.post(undo).url.path == "/deals/board"
    assert (row(made.id).amount, row(made.id).stage_id) == (None, at["Interest"])


def test_what_a_rule_asks_for_besides_comes_into_the_form(admin, make_deal, make_reason, stages, quick, row):
    made, reason, at = make_deal(), make_reason(), stages()
    refused = quick(made.id, stage_id=at["Closed lost"], next_step="Write a letter")
    assert refused.status_code == 422
    assert "Say why it was lost" in refused.text
    form = re.search(r'<form class="form.*?</form>', refused.text, re.DOTALL)[0]
    again = sent(form)
    assert (again["next_step"], again["lost_reason_id"], row(made.id).state) == ("Write a letter", "", "open")
    done = admin.post(f"/deals/{made.id}/quick", data={**again, "lost_reason_id": reason.id})
    assert done.url.path == "/deals/board"
    held = row(made.id)
    assert (held.state, held.lost_reason_id, held.next_step) == ("lost", reason.id, "Write a letter")
    by_card = admin.post(f"/deals/{made.id}/fields/stage_id", data={"stage_id": at["Offer"], "version": 2})
    assert by_card.url.path == f"/deals/{made.id}"
    assert row(made.id).state == "open"


def test_two_who_change_one_deal_lose_nothing(admin, make_deal, quick, row):
    made = make_deal()
    first = quick(made.id)
    quick(made.id, amount="50")
    url = f"/deals/{made.id}/quick"
    late = admin.post(url, data={**first, "amount": "70", "next_step": "Call"})
    assert late.status_code == 409
    assert "Saved meanwhile" in late.text
    assert (row(made.id).amount, row(made.id).next_step) == (50, "")


@pytest.mark.databases("sqlite")
def test_nobody_changes_what_they_may_not(member, make_role, make_deal, quick, row):
    rights = {f"deals.deal.{may}": Scope.ALL for may in ("read", "update")}
    limits = {("deal", "amount"): FieldAccess.READ_ONLY, ("deal", "next_step"): FieldAccess.HIDDEN}
    make_role("Member", rights, limits)
    made = make_deal(amount="5")
    assert {"amount", "next_step"}.isdisjoint(quick(made.id, member))
    quick(made.id, member, amount="7", next_step_on="2030-01-01")
    held = row(made.id)
    assert (held.amount, f"{held.next_step_on}") == (5, "2030-01-01")


@pytest.mark.databases("sqlite")
def test_a_board_is_kept_as_a_view_and_opened_as_one(admin, make_deal, make_pipeline):
    make_deal("Mine", responsible_id=1)
    other = make_pipeline()
    make_deal("Elsewhere", pipeline_id=other.id, responsible_id=1)
    page = admin.get(f"/deals/board?pipeline_id={other.id}&responsible_id=me").text
    save = html.unescape(re.search(r'href="(/views/new/deal\?[^"]*)"', page)[1])
    assert "as=board" in save
    kept = admin.post(save, data={"name": "Service, mine"})
    assert (kept.url.path, "Elsewhere" in kept.text) == ("/deals/board", True)
    view = re.search(r'href="(/deals/board\?view=\d+)" aria-current="page">Service, mine', kept.text)[1]
    in_list = admin.get(view.replace("/board", ""))
    assert (in_list.url.path, "Elsewhere" in in_list.text) == ("/deals/board", True)
    assert f'href="{view}"' in admin.get("/deals").text
    assert admin.get("/deals?as=board").url.path == "/deals/board"
    changed = admin.get(f"{view}&next_step%5Bempty%5D=true").text
    assert "Discard changes" in changed
    opened = admin.post(f"/views/{view.partition('=')[2]}/open")
    assert opened.url.path == "/deals/board"
    assert admin.get("/deals").url.path == "/deals/board"  # the list opens with it
    assert admin.get("/deals?saved=0").url.path == "/deals"


@pytest.mark.databases("sqlite")
def test_conditions_of_the_board_lead_back_to_it(admin, make_deal):
    make_deal("Refit", amount="10")
    make_deal("Trial", amount="500")
    page = admin.get("/deals/board?amount%5Bgte%5D=100").text
    assert ("Trial" in page, "Refit</a>" in page) == (True, False)
    chip = html.unescape(re.search(r'class="what" href="([^"]*)"', page)[1])
    back = admin.get(f"{chip}&_go=1&_op=gte&_a=5")
    assert back.url.path == "/deals/board"
