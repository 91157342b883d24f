"""What holds for channels, campaigns, events, participants and touches by whatever door."""

import pytest
import sqlalchemy as sa

from vinculo_marketing.models import Touch


def test_a_campaign_has_its_costs(admin, make):
    make("channel", name="Search engines")
    costs = [{"amount": "1200.50", "note": "Advertisements"}, {"amount": "300", "day": "2026-10-01"}]
    sent = {"name": "Autumn", "channel_id": 1, "begins_on": "2026-09-01", "budget": "5000", "costs": costs}
    assert admin.post("/api/v1/campaigns", json=sent).status_code == 201
    kept = admin.get("/api/v1/campaigns/1").json()["costs"]
    assert [(one["day"], one["amount"]) for one in kept] == [
        ("2026-09-01", "1200.50"),
        ("2026-10-01", "300.00"),
    ]


@pytest.mark.parametrize(
    ("url", "given", "fault"),
    [
        ("campaigns", {"name": "A", "begins_on": "2026-02-02", "ends_on": "2026-02-01"},
         ("ends_on", "before_begin")),
        ("campaigns", {"name": "A", "costs": [{"amount": "-1"}]}, ("costs[0].amount", "invalid")),
        ("channels", {"name": "Online", "parent_id": 77}, ("parent_id", "no_such_record")),
        ("touches", {"client_id": 1}, ("channel_id", "required")),
        ("touches", {"source": "Fair"}, ("client_id", "required")),
        ("touches", {"client_id": 1, "source": "Fair", "happened_at": "0206-12-20T10:00:00+00:00"},
         ("happened_at", "out_of_range")),
        ("participants", {"event_id": 1}, ("name", "required")),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_field(admin, make, make_client, faults, url, given, fault):
    make_client(), make("event", name="Fair")
    assert fault in faults(admin.post(f"/api/v1/{url}", json=given))


def test_no_channel_is_a_part_of_itself(admin, make, faults):
    above = make("channel", name="Online")
    below = make("channel", name="Search", parent_id=above.id)
    answer = admin.patch(f"/api/v1/channels/{above.id}", json={"parent_id": below.id})
    assert ("parent_id", "circle") in faults(answer)


def test_an_event_brings_its_campaign_and_its_channel(make, make_client):
    fairs = make("channel", name="Fairs")
    year = make("campaign", name="Year", channel_id=fairs.id)
    fair = make("event", name="Food fair", campaign_id=year.id)
    one = make("touch", client_id=make_client().id, event_id=fair.id)
    assert (one.channel_id, one.campaign_id, one.title) == (fairs.id, year.id, "Fairs · Year · Food fair")


def test_who_comes_to_an_event_is_touched_by_it(admin, make, make_client, make_person, database):
    client = make_client("Padaria Luz")
    person = make_person("Ana", client_id=client.id)
    fair = make("event", name="Food fair")
    one = make("participant", event_id=fair.id, person_id=person.id)
    assert (one.name, one.client_id) == ("Ana", client.id)

    def touches():
        with database.read() as session:
            return [
                (t.client_id, t.event_id, t.about_kind, t.title) for t in session.scalars(sa.select(Touch))
            ]

    assert touches() == []
    assert admin.patch("/api/v1/participants/1", json={"state": "came"}).status_code == 200
    assert touches() == [(client.id, fair.id, "participant", "Food fair")]
    assert "Came to an event" in admin.get(f"/clients/{client.id}").text
    card = admin.get(f"/marketing-events/{fair.id}").text
    assert "Ana" in card
    admin.patch("/api/v1/participants/1", json={"state": "absent"})
    assert touches() == [], "it was a slip"
