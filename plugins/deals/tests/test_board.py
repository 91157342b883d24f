"""The board of a pipeline, and moving a deal on it and on its card."""

import re

import pytest

from vinculo.app import load_registry
from vinculo.plugins.contributions import Part


@pytest.fixture
def column():
    """What stands in the column of a stage: count, total, titles of cards."""

    def column(page, label):
        found = re.search(rf'(?s)<section class="board-column[^>]*aria-label="{label}".*?</section>', page)[0]
        count = int(re.search(r'<span class="count">(\d+)</span>', found)[1])
        total = re.search(r'<p class="total num">(.*?)</p>', found)
        return count, total[1] if total else "", re.findall(r"<h3><a[^>]*>(.*?)</a>", found)

    return column


def test_deals_stand_in_their_stages_with_what_they_add_up_to(admin, make_client, make_deal, stages, column):
    assert "brings a pipeline" in admin.get("/deals/board").text
    client = make_client("Padaria Luz")
    make_deal("Refit", amount="100", client_id=client.id)
    make_deal("Trial", amount="50.50")
    make_deal("Won once", amount="7", stage_id=stages()["Closed won"])
    page = admin.get("/deals/board").text
    assert column(page, "Interest") == (2, "150.50 USD", ["Trial", "Refit"])
    assert column(page, "Closed won") == (1, "7 USD", ["Won once"])
    assert column(page, "Offer") == (0, "", [])
    assert "Padaria Luz" in page


def test_a_card_says_how_likely_an_open_deal_is_to_be_won(admin, make_deal, stages):
    make_deal("Refit", probability=35)
    make_deal("Won once", stage_id=stages()["Closed won"])
    page = admin.get("/deals/board").text
    assert re.findall(r'title="Win probability"[^>]*>\s*([^<]*?)\s*<', page) == ["35 %"]


def test_what_is_late_or_stuck_stands_out(admin, make_deal, row, database):
    make_deal(expected_on="2020-01-01", next_step="Call", next_step_on="2020-01-02")
    page = admin.get("/deals/board").text
    assert page.count("(overdue)") == 2
    assert "Stuck" not in page
    with database.write() as session:
        held = session.merge(row())
        held.stage_since = held.stage_since.replace(year=2020)
    assert "Stuck: longer here than 14 days" in admin.get("/deals/board").text
    admin.patch("/api/v1/pipelines/1", json={"strictness": "folder"})
    assert "Stuck" not in admin.get("/deals/board").text


def test_a_card_is_moved_and_the_move_taken_back(admin, make_deal, stages, row, visits):
    made, at = make_deal(), stages()
    board = admin.get("/deals/board").text
    card = re.search(r'id="card-(\d+)" data-v="(\d+)"', board)
    url = re.search(r'data-move="(.*?)"', board)[1].replace("{id}", card[1]) + f"?version={card[2]}"
    page = admin.post(url, data={"stage_id": at["Offer"], "back": "/deals/board"})
    assert page.url.path == "/deals/board"
    assert row().stage_id == at["Offer"]
    undo = re.search(r'action="(/deals/\d+/changes/\d+/undo[^"]*)"', page.text)[1].replace("&amp;", "&")
    assert admin.post(undo).url.path == "/deals/board"
    assert row().stage_id == at["Interest"]
    assert visits(made.id) == [("Interest", False, None)]


def test_losing_asks_for_a_reason_and_keeps_the_stage(admin, make_deal, make_reason, stages, row):
    made, reason, at = make_deal(), make_reason(), stages()
    answer = admin.post(f"/deals/{made.id}/move?version=1", data={"stage_id": at["Closed lost"]})
    assert answer.status_code == 422
    assert "Say why it was lost" in answer.text
    assert f'name="stage_id" value="{at["Closed lost"]}"' in answer.text
    assert row().state == "open"
    sent = {"stage_id": at["Closed lost"], "lost_reason_id": reason.id, "version": 1}
    assert admin.post(f"/deals/{made.id}/move", data=sent).url.path == f"/deals/{made.id}"
    assert (row().state, row().lost_reason_id) == ("lost", reason.id)


def test_the_second_of_two_who_move_one_card_is_told(admin, make_deal, stages, row):
    made, at = make_deal(), stages()
    admin.post(f"/deals/{made.id}/move?version=1", data={"stage_id": at["Offer"]})
    late = admin.post(f"/deals/{made.id}/move?version=1", data={"stage_id": at["Negotiation"]})
    assert late.status_code == 409
    assert "it is in “Offer”. Move it all the same, or cancel." in late.text
    assert row().stage_id == at["Offer"]
    again = admin.post(f"/deals/{made.id}/move?version=2", data={"stage_id": at["Negotiation"]})
    assert again.url.path == f"/deals/{made.id}"
    assert row().stage_id == at["Negotiation"]
    lost = admin.post(f"/deals/{made.id}/move?version=2", data={"stage_id": at["Closed lost"]})
    assert (lost.status_code, "Lost because of" in lost.text) == (409, True)


@pytest.mark.databases("sqlite")
def test_a_stage_that_is_gone_is_said(admin, make_deal):
    made = make_deal()
    answer = admin.post(f"/deals/{made.id}/move?version=1", data={"stage_id": 99})
    assert answer.status_code == 422
    assert "load the page anew" in answer.text


def test_an_open_board_is_told_only_of_changes(admin, make_client, make_deal):
    make_deal()
    fresh = re.search(r'hx-get="(.*?)"', admin.get("/deals/board").text.partition('id="list"')[2])[1]
    fresh = fresh.replace("&amp;", "&")
    make_client("Elsewhere")
    assert admin.get(fresh).status_code == 204
    make_deal("New one")
    assert "New one" in admin.get(fresh).text


@pytest.mark.databases("sqlite")
def test_ones_own_and_one_pipeline(admin, make_deal, make_pipeline, column):
    make_deal("Mine", responsible_id=1)
    make_deal("Nobody's")
    other = make_pipeline()
    make_deal("Elsewhere", pipeline_id=other.id)
    page = admin.get("/deals/board?responsible_id=me").text
    assert column(page, "Interest") == (1, "", ["Mine"])
    assert column(admin.get(f"/deals/board?pipeline={other.id}").text, "New") == (1, "", ["Elsewhere"])
    assert "/deals/board?pipeline_id=1" in admin.get("/deals?pipeline_id=1").text


@pytest.mark.databases("sqlite")
def test_a_column_goes_on(admin, make_deal, column):
    for number in range(23):
        make_deal(f"Deal {number}")
    page = admin.get("/deals/board").text
    more = re.search(r'class="btn ghost board-more" href="(.*?)"', page)[1].replace("&amp;", "&")
    rest = column(admin.get(more).text, "Interest")
    assert rest[0] == 23
    assert len(rest[2]) == 3
    assert len(column(page, "Interest")[2]) == 20


def test_the_card_shows_the_path_and_its_history(admin, make_deal, stages):
    made = make_deal()
    admin.patch(f"/api/v1/deals/{made.id}", json={"stage_id": stages()["Offer"]})
    card = admin.get(f"/deals/{made.id}").text
    assert re.search(r"aria-current=\"step\">\s*<span>Offer", card)
    assert "History of stages" in card
    here = admin.get(f"/go/deal_stage/{stages()['Offer']}")
    assert (here.status_code, here.url.path) == (200, "/pipelines/1")


def test_the_card_of_a_client_tells_the_stage_of_its_deals(admin, make_client, make_deal, stages):
    client = make_client("Padaria Luz")
    make_deal("First")  # brings the pipeline
    make_deal("Refit", client_id=client.id, amount="100", stage_id=stages()["Offer"])
    line = re.search(r'Refit</a><span class="mute">(.*?)</span>', admin.get(f"/clients/{client.id}").text)[1]
    assert "Offer" in line.split(" · ")


def test_what_happens_to_a_deal_is_listed_and_called_by_name(admin, make_deal, stages, settings, database):
    registry = load_registry(settings, database, ["deals"])
    made, at = make_deal(), stages()
    for name in ("Offer", "Closed won", "Offer"):
        admin.patch(f"/api/v1/deals/{made.id}", json={"stage_id": at[name]})
    for event in ("deal.moved", "deal.won", "deal.lost", "deal.reopened"):
        assert registry.owners[Part.EVENTS, event] == "deals"
    log = admin.get("/settings/audit?kind=deal").text
    for name in ("Moved to another stage", "Deal won", "Deal reopened"):
        assert f"<td>{name}</td>" in log
    assert '<option value="lost">Deal lost</option>' in log
