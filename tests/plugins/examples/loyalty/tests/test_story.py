"""A loyalty card as people meet it."""

import pytest


@pytest.fixture
def plugins_on():
    return ("loyalty",)


def test_a_client_is_given_a_card_and_collects_points(admin, make_client):
    client = make_client("Padaria Luz")
    page = f"/clients/{client.id}"
    assert f"/loyalty-cards/new?client_id={client.id}" in admin.get(page).text

    card = admin.post("/loyalty-cards/new", data={"client_id": client.id, "number": "L-7", "points": "480"})
    assert "Bronze" in card.text
    admin.patch("/api/v1/loyalty-cards/1", json={"points": 1000})

    shown = admin.get(page).text
    assert "L-7" in shown
    assert "Gold" in shown
    assert "1000 points" in shown


def test_a_second_card_is_refused(admin, make_client):
    client = make_client()
    admin.post("/loyalty-cards/new", data={"client_id": client.id, "number": "L-7"})

    again = admin.post("/loyalty-cards/new", data={"client_id": client.id, "number": "L-8"})

    assert again.status_code == 409
    assert admin.get("/api/v1/loyalty-cards").json()["items"][0]["number"] == "L-7"


def test_a_card_is_given_out_in_the_form_of_the_client(admin):
    typed = {"name": "Luz", "stage": "potential", "loyalty__of": "", "loyalty__number": "L-7"}
    assert "L-7" in admin.post("/clients/new", data=typed).text
    taken = admin.post("/clients/new", data={**typed, "name": "Sol", "loyalty__number": "L" * 41})

    assert taken.status_code == 422
    assert len(admin.get("/api/v1/clients").json()["items"]) == 1
    assert "loyalty__number" not in admin.get("/clients/1/edit").text
