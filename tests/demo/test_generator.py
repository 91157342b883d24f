"""The sample company is believable, valid for the importers, and the same each time."""

import csv
import re
from collections import defaultdict
from datetime import date, datetime, timedelta
from importlib import import_module
from itertools import pairwise

import phonenumbers
import pytest
from email_validator import validate_email
from stdnum import iban

from vinculo.demo.company import generate
from vinculo.demo.files import write_files, write_rows
from vinculo_interactions.demo import COLUMNS, interaction_rows
from vinculo_interactions.demo_texts import english, portuguese, russian

TODAY = date(2026, 11, 23)
SEEDS = (1, 7, 2026)


@pytest.fixture(params=SEEDS, scope="module")
def company(request):
    return generate(request.param, TODAY)


@pytest.fixture(scope="module")
def interactions(company):
    return list(interaction_rows(1, TODAY, company.clients, company.people))


def written(folder, seed):
    company = generate(seed, TODAY)
    paths = write_files(company, folder)
    paths["interactions"] = folder / "interactions.csv"
    write_rows(paths["interactions"], COLUMNS, interaction_rows(seed, TODAY, company.clients, company.people))
    return {kind: path.read_bytes() for kind, path in paths.items()}


def ids(rows, column="external_id"):
    return {row[column] for row in rows}


def test_same_seed_and_day_give_the_same_bytes_and_another_seed_others(tmp_path):
    first = written(tmp_path / "a", 5)
    assert first == written(tmp_path / "b", 5)
    other = written(tmp_path / "c", 6)
    assert all(first[kind] != other[kind] for kind in first if kind != "users")


def test_the_files_read_back_as_the_rows_that_were_written(tmp_path, company):
    for kind, path in write_files(company, tmp_path).items():
        with path.open(encoding="utf-8", newline="") as file:
            assert list(csv.DictReader(file)) == getattr(company, kind)


def test_the_company_has_the_size_that_was_promised(company, interactions):
    assert len(company.users) == 8
    assert len(company.clients) == len(ids(company.clients, "name")) == 300
    assert 380 <= len(company.counterparties) <= 460
    assert 820 <= len(company.people) <= 980
    assert 4000 <= len(interactions) <= 6000
    assert company.users[0]["login"] == "admin"
    assert company.users[0]["role"] == "administrator"


def test_identifiers_of_companies_pass_their_country_s_check(company):
    assert len(ids(company.counterparties, "tax_id")) == len(company.counterparties)
    for row in company.counterparties:
        if row["country"] == "KZ":  # python-stdnum does not know the BIN
            assert kazakh_bin_is_valid(row["tax_id"]), row
        else:
            assert import_module(f"stdnum.{row['tax_scheme']}").is_valid(row["tax_id"]), row
        if row["country"] not in {"RU", "US", "JP"}:
            assert iban.is_valid(row["bank_account"]), row
        if row["country"] == "RU":
            assert import_module("stdnum.ru.ogrn").is_valid(row["registration_number"]), row
            assert russian_account_is_valid(row["bank_account"], row["bank_bic"]), row


def kazakh_bin_is_valid(number):
    digits = [int(digit) for digit in number]
    check = sum(d * w for d, w in zip(digits, range(1, 12), strict=False)) % 11
    if check == 10:
        check = sum(d * w for d, w in zip(digits, [3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2], strict=False)) % 11
    return len(digits) == 12 and check == digits[11]


def russian_account_is_valid(account, bik):
    digits = [int(digit) for digit in bik[-3:] + account]
    return (
        len(bik) == 9
        and len(digits) == 23
        and sum(d * (7, 1, 3)[i % 3] for i, d in enumerate(digits)) % 10 == 0
    )


def test_phones_and_mail_addresses_are_valid_and_reach_nobody(company):
    countries = {row["external_id"]: row["country"] for row in company.clients}
    for row in company.clients + company.people:
        number = phonenumbers.parse(row["phone"])
        assert phonenumbers.is_valid_number(number), row
        country = countries[row.get("client", row["external_id"])]
        assert phonenumbers.region_code_for_number(number) == country, row
        validate_email(row["email"], check_deliverability=False)
        assert row["email"].endswith(".example")


def test_links_of_one_counterparty_never_overlap_and_some_moved(company):
    periods = defaultdict(list)
    for link in company.counterparty_links:
        periods[link["counterparty"]].append(
            (link["valid_from"], link["valid_to"] or "9999-12-31", link["client"])
        )
    assert set(periods) == ids(company.counterparties)
    for spans in periods.values():
        spans.sort()
        assert all(start <= end for start, end, _client in spans)
        assert all(one[1] < two[0] and one[2] != two[2] for one, two in pairwise(spans))
    assert sum(len(spans) == 2 for spans in periods.values()) == 8


def test_every_reference_leads_somewhere(company, interactions):
    users, clients = ids(company.users, "login"), ids(company.clients)
    counterparties, people = ids(company.counterparties), ids(company.people)
    assert ids(company.clients, "responsible") <= users
    assert ids(company.counterparty_links, "client") == clients
    assert ids(company.people, "client") == clients
    assert ids(company.person_roles, "person") <= people
    assert ids(company.person_roles, "client") <= clients
    assert ids(company.person_roles, "counterparty") <= counterparties | {""}
    employer = {row["external_id"]: row["client"] for row in company.people}
    assert all(employer[row["person"]] == row["client"] for row in interactions)
    assert all(employer[row["person"]] != row["client"] for row in company.person_roles)
    assert ids(interactions, "responsible") <= users
    assert len(ids(interactions)) == len(interactions)


def test_names_come_in_three_alphabets(company, interactions):
    for texts in (ids(company.clients, "name"), ids(company.people, "name"), ids(interactions, "subject")):
        assert any(text.isascii() for text in texts)
        assert any(re.search("[ãçéíóú]", text) for text in texts)
        assert any(re.search(r"[\u0400-\u04ff]", text) for text in texts)


def test_talks_happen_in_the_past_at_working_hours_and_grow_denser(interactions):
    days = [datetime.fromisoformat(row["happened_at"]) for row in interactions]
    assert days == sorted(days)
    assert all(day.tzinfo and day.weekday() < 5 and 9 <= day.hour < 18 for day in days)
    assert TODAY - timedelta(days=735) < days[0].date()
    assert days[-1].date() < TODAY
    recent = sum(day.date() > TODAY - timedelta(days=365) for day in days)
    assert recent > len(days) * 0.6
    assert any(row["next_step_on"] > TODAY.isoformat() for row in interactions)
    assert all(bool(row["next_step"]) == bool(row["next_step_on"]) for row in interactions)


def test_a_stage_shows_in_the_history_of_its_client(company, interactions):
    talks = defaultdict(list)
    for row in interactions:
        talks[row["client"]].append(row["happened_at"][:10])
    months_ago = (TODAY - timedelta(days=90)).isoformat()
    for client in company.clients:
        if client["stage"] == "permanent":
            assert len(talks[client["external_id"]]) >= 20
        if client["stage"] == "lost":
            assert max(talks[client["external_id"]]) < months_ago


@pytest.mark.parametrize("phrases", [english, portuguese, russian])
def test_no_language_runs_short_of_subjects(phrases):
    subjects = "|".join([*phrases.SELLING.values(), *phrases.SERVING.values()]).split("|")
    assert len(set(subjects)) == len(subjects) >= 60


def test_nobody_talks_on_a_call_that_was_not_answered(interactions):
    unanswered = {texts.OUTCOMES["call_out"][1:].split(">")[0] for texts in (english, portuguese, russian)}
    missed = [row for row in interactions if row["outcome"] in unanswered]
    assert {row["outcome"] for row in missed} == unanswered
    assert all(row["duration_minutes"] == "0" and not row["note"] and row["next_step"] for row in missed)


def test_no_mark_or_gap_of_a_template_is_left_in_a_text(interactions):
    for row in interactions:
        for column in ("subject", "outcome", "next_step", "note"):
            assert not re.search(r"[{}|>]|^[-+!]|[.] [-+!]", row[column]), row
        assert row["subject"]
