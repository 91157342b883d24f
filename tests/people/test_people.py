"""People: how to reach them, and the places where they play a role."""

from __future__ import annotations

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from vinculo.people import contacts
from vinculo.records.text import fold

PEOPLE = "/api/v1/people"


@pytest.mark.parametrize(
    ("typed", "country", "standard", "key"),
    [
        ("(11) 98765-4321", "BR", "+5511987654321", "+5511987654321"),
        ("+55 11 98765-4321", "", "+5511987654321", "+5511987654321"),
        ("8 (495) 123-45-67", "RU", "+74951234567", "+74951234567"),
        ("030 901820", "DE", "+4930901820", "+4930901820"),
        ("(11) 98765-4321", "", "(11) 98765-4321", "11987654321"),  # nobody says where: kept as typed
        ("190", "BR", "190", "190"),  # short numbers are in no table
        ("+999 123 456", "", "+999 123 456", "999123456"),
        ("12345 / 6", "DE", "12345 / 6", "123456"),
    ],
)
def test_a_phone_is_put_into_its_world_wide_form(typed, country, standard, key):
    value, compared = contacts.phone(typed, country)

    assert value == standard
    assert compared == key


@pytest.mark.parametrize(
    "text", ["call me", "12", "1" * 21, "ana@example.com", "++++", "12 call Ana at noon"]
)
def test_what_cannot_be_a_phone_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match=r"\+55 11 98765-4321"):
        contacts.phone(text, "BR")


@given(text=st.text(max_size=40), country=st.sampled_from(["", "BR", "RU", "US"]))
@settings(deadline=None)  # the first number of a country takes long: its table is read
def test_any_text_is_a_contact_point_or_refused_in_words(text, country):
    for check in (lambda: contacts.phone(text, country), lambda: contacts.email(text)):
        try:
            value, key = check()
        except ValueError as fault:
            assert str(fault).startswith("“")  # noqa: PT017 -- or there is nothing to refuse
        else:
            assert value
            assert key


def test_addresses_are_compared_without_case():
    assert contacts.email("ana+x@EXAMPLE.com") == ("ana+x@example.com", "ana+x@example.com")  # the short way
    assert contacts.email("Ana.Souza@EXAMPLE.com") == ("Ana.Souza@example.com", "ana.souza@example.com")
    assert contacts.email("ана@пример.рф")[1] == "ана@пример.рф"
    for wrong in ("a@b", "a b@example.com", "@example.com", "a@example..com", "<script>@example.com"):
        with pytest.raises(ValueError, match="is not an e-mail address"):
            contacts.email(wrong)


def test_a_person_plays_roles_at_several_places(admin, make_client, make_counterparty):
    luz, sol, firm = make_client("Luz").id, make_client("Sol").id, make_counterparty("Luz Ltda").id
    made = admin.post(PEOPLE, json={
        "name": "Ana Souza",
        "contact_points": [{"type": "email", "value": "Ana@LUZ.example", "purpose": "work"}],
        "roles": [
            {"client_id": luz, "role_id": 1, "title": "Director", "valid_from": "2020-01-01"},
            {"client_id": sol, "counterparty_id": firm, "role_id": 3, "title": "Accountant"},
        ],
    })  # fmt: skip
    assert made.status_code == 201
    url = made.headers["location"]
    assert made.json()["contact_points"][0]["value"] == "Ana@luz.example"

    for place, title in (
        (f"/clients/{luz}", "Director"),
        (f"/clients/{sol}", "Accountant"),
        (f"/counterparties/{firm}", "Accountant"),
    ):
        card = admin.get(place).text
        assert "Ana Souza" in card
        assert title in card
    person = made.json()
    card = admin.get(f"/people/{person['id']}").text
    assert all(word in card for word in ("Luz", "Sol", "Luz Ltda", "Director"))

    roles = person["roles"]
    changed = admin.patch(url, json={"roles": [{**roles[0], "valid_to": "2026-01-31"}]}).json()
    assert changed["roles"] == [{**roles[0], "valid_to": "2026-01-31"}]  # the same row, the other is gone


@pytest.mark.parametrize(
    ("role", "field"),
    [
        ({"role_id": 1, "title": "Boss"}, "roles[0].client_id"),
        ({"client_id": 1, "valid_from": "2026-02-01", "valid_to": "2026-01-01"}, "roles[0].valid_to"),
        ({"client_id": 2}, "roles[0].client_id"),
        ({"client_id": 1, "role_id": 999}, "roles[0].role_id"),
    ],
)
def test_a_role_needs_a_place_and_a_sound_time(session, role, field):
    from vinculo.errors import InvalidError
    from vinculo.testing.factories import make_client, make_person

    make_client(session)
    with pytest.raises(InvalidError) as refusal:
        make_person(session, roles=[role])
    assert [error.field for error in refusal.value.errors] == [field]


def test_a_person_has_postal_addresses(admin):
    home = {"type": "home", "street": "Rua Azul 5", "city": "São Paulo", "country": "BR"}
    made = admin.post(PEOPLE, json={"name": "Ana Souza", "addresses": [home]}).json()

    assert [{key: row[key] for key in home} for row in made["addresses"]] == [home]
    card = admin.get(f"/people/{made['id']}").text
    assert "Rua Azul 5, São Paulo, Brazil" in card
    assert "Ana Souza" in admin.get("/search?q=rua azul").text


def test_a_file_of_people_brings_their_addresses():
    from vinculo.people.records import person
    from vinculo.records import mapping

    header = ["Full name", "Address", "Zip", "Town", "State"]
    assert list(mapping.guess(person, header).values()) == ["name", "street", "postal_code", "city", "region"]


@pytest.mark.parametrize(
    "text",
    ["a@x.com", "a+b@X1.com", "a.b-c_0@é.com", "A@x.com", ".a@x.com", "a.@x.com", "a..b@x.com", "a@x..com",
     "a@-x.com", "a@x", "a@x.com.", "a@x.test", "a@example.invalid", f"{'a' * 64}@x.com", f"{'a' * 65}@x.com",
     f"a@{'x' * 63}.com", f"a@{'x' * 64}.com", "a@xn--80ak6aa92e.com", "a@[1.2.3.4]", "info@x.com",
     "Info@x.com"],
)  # fmt: skip
def test_the_short_way_to_an_address_says_what_the_long_one_does(text):
    try:
        known = validate_email(text, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        with pytest.raises(ValueError, match="is not an e-mail address"):
            contacts.email(text)
        return
    assert contacts.email(text) == (known, fold(known))
