"""Conditions composed by people: every comparison of every kind of field, to the address and back."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from vinculo.records import conditions
from vinculo.records import query as queries
from vinculo.records.conditions import Condition

SAMPLES = {"one": ["5"], "several": ["5", "7"], "range": ["5", "7"], "span": ["30d"], "nothing": []}


@pytest.mark.databases("sqlite")
def test_every_comparison_comes_back_from_the_address_it_makes(kinds):
    seen = set()
    for kind in kinds.values():
        for field in queries.all_fields(kind):
            for how in conditions.offered(field):
                asked = Condition(field.name, how.key, SAMPLES[how.shape])
                address = conditions.parameters(asked)
                assert all(queries.split(name)[1] in field.operators for name, _value in address)
                (found,) = conditions.of([field], address)
                assert (found.key, [*found.values]) == (asked.key, [*asked.values]), address
                assert {*found.names} == {name for name, _value in address}
                assert conditions.replaced([("sort", "id"), *address], found.names, None) == [("sort", "id")]
                seen.add(how.key)
            reached = {
                queries.split(n)[1]
                for how in conditions.offered(field)
                for n, _v in conditions.parameters(Condition(field.name, how.key, SAMPLES[how.shape]))
            }
            assert {*field.operators} <= reached | {"in", "eq"}, (
                field
            )  # nothing that can be asked is left out
    assert {"last", "next", "me", "between", "filled", "starts"} <= seen


def composed(browser, asked):
    """Where the form of a condition leads, as the parameters of the list."""
    answer = browser.get(f"/clients/filter?{asked}", follow_redirects=False)
    assert answer.status_code == 303, answer.text
    target = urlsplit(answer.headers["location"])
    assert target.path == "/clients"
    return parse_qsl(target.query)


def listed(browser, parameters):
    """The clients of a list, and what its chips say."""
    page = browser.get("/clients", params=parameters).text
    chips = re.findall(r'<a class="what" href="([^"]*)"[^>]*>(.*?)</a>', page)
    return re.findall(r"/clients/\d+\">(\w+)<", page), {words: html.unescape(url) for url, words in chips}


def test_a_condition_is_composed_changed_and_removed_without_scripts(admin, make_client):
    make_client("Aurora", stage="active")
    make_client("Brasa", stage="lost")
    make_client("Cedro", stage="potential")

    fields = admin.get("/clients/filter?sort=-name").text
    assert 'name="_field" value="stage"' in fields
    assert 'name="_field" value="created_at"' in fields
    form = admin.get("/clients/filter?sort=-name&_field=stage").text
    assert 'name="sort" value="-name"' in form
    picked = composed(admin, "sort=-name&_field=stage&_op=is&_pick=active&_pick=lost&_go=1")
    assert picked == [("sort", "-name"), ("stage[in]", "active,lost")]
    names, chips = listed(admin, picked)
    assert names == ["Brasa", "Aurora"]

    (edit,) = chips.values()
    form = admin.get(edit).text
    assert re.findall(r'value="(\w+)" checked', form) == ["active", "lost"]
    one = composed(admin, f"{urlsplit(edit).query}&_op=is&_pick=lost&_go=1")
    assert one == [("sort", "-name"), ("stage", "lost")]
    assert composed(admin, f"{urlsplit(edit).query}&_op=is&_remove=1") == [("sort", "-name")]

    since = composed(admin, "_field=created_at&_op=last&_a-count=2&_a-unit=w&_go=1")
    assert since == [("created_at[gte]", "-2w"), ("created_at[lte]", "today")]
    names, chips = listed(admin, since)
    assert names == ["Aurora", "Brasa", "Cedro"]
    assert [*chips] == ["Created: in the last 2 weeks"]
    assert 'value="w" selected' in admin.get(chips["Created: in the last 2 weeks"]).text

    mine = composed(admin, "_field=responsible_id&_op=me&_go=1")
    assert mine == [("responsible_id", "me")]
    before = composed(admin, "_field=created_at&_op=lt&_a-when=-m&_a-count=3&_go=1")
    assert before == [("created_at[lt]", "-3m")]
    assert listed(admin, before)[0] == []
    lines = composed(admin, "_field=name&_op=in&_a=Aurora%0ACedro%2C+Ltda&_go=1")
    assert lines == [("name", "Aurora"), ("name", "Cedro, Ltda")]  # a comma within a value parts nothing


@pytest.mark.databases("sqlite")
def test_any_of_several_conditions_is_composed_said_and_taken_apart(admin, make_client):
    make_client("Aurora", stage="active", country="BR")
    make_client("Brasa", stage="lost")
    make_client("Cedro", stage="active", country="GB")

    assert 'name="_group" value="any1."' in admin.get("/clients/filter").text
    fields = admin.get("/clients/filter?_group=any1.").text
    assert 'name="_in" value="any1.all1."' in fields
    first = composed(admin, "_in=any1.all1.&_field=stage&_op=is&_pick=lost&_go=1")
    assert first == [("any1.all1.stage", "lost")]
    group = admin.get("/clients/filter", params=[*first, ("_group", "any1.")]).text
    assert 'name="_in" value="any1.all2."' in group
    both = composed(admin, f"{urlencode(first)}&_in=any1.all2.&_field=stage&_op=is&_pick=active&_go=1")
    both = composed(admin, f"{urlencode(both)}&_in=any1.all2.&_field=name&_op=starts&_a=A<b>&_go=1")
    names, chips = listed(admin, both)
    assert names == ["Brasa"]
    (words,) = map(html.unescape, chips)
    assert words == "Stage: Lost or (Stage: Active and Name: starts with “A<b>”)"

    edit = urlsplit(chips[html.escape(words, quote=False)]).query
    form = admin.get(f"/clients/filter?{edit}").text
    assert "A<b>" not in form
    changed = admin.get("/clients/filter", params=[*both, ("_was", "any1.all2.name[starts]")]).text
    assert 'value="A&lt;b&gt;"' in changed
    narrower = composed(admin, f"{urlencode(both)}&_was=any1.all2.name[starts]&_op=starts&_a=A&_go=1")
    assert listed(admin, narrower)[0] == ["Aurora", "Brasa"]
    none = composed(admin, f"{urlencode(narrower)}&_step=any1.+way+none")
    assert listed(admin, none)[0] == ["Cedro"]
    assert [*listed(admin, none)[1]] == ["none of (Stage: Lost; (Stage: Active and Name: starts with “A”))"]
    assert composed(admin, f"{urlencode(none)}&_step=none1.+drop+none1.all2.") == [
        ("none1.all1.stage", "lost")
    ]
    assert composed(admin, f"{urlencode(none)}&sort=name&_step=none1.+remove") == [("sort", "name")]


@pytest.mark.databases("sqlite")
def test_what_does_not_fit_keeps_the_form_and_says_why(admin):
    for asked, said in (
        ("_field=stage&_op=is&_go=1", "Say what Stage is compared with."),
        ("_field=created_at&_op=gte&_a=someday&_go=1", "“someday” is not"),
        ("_field=created_at&_op=last&_a-count=many&_go=1", "Say how many"),
        ("_field=created_at&_op=last&_a-count=9999&_a-unit=y&_go=1", "beyond the calendar"),
        ("_field=responsible_id&_op=is&_a__text=Nobody&_go=1", "Nobody"),
        (f"_field=responsible_id&_op=is&_a={2**63}&_go=1", "is not the id of a record"),
    ):
        answer = admin.get(f"/clients/filter?{asked}")
        assert answer.status_code == 422, asked
        assert said in html.unescape(answer.text), asked
        assert "<form" in answer.text


@pytest.mark.databases("sqlite")
def test_columns_are_chosen_and_put_in_order(admin, make_client):
    make_client("Aurora", country="BR")
    form = admin.get("/clients/columns?columns=name,country,stage&stage=active&_down=country").text
    assert re.findall(r'value="(\w+)" checked', form) == ["stage", "country"]
    assert 'name="stage" value="active"' in form
    page = admin.get("/clients?columns=stage,country").text
    heads = re.findall(r'<th scope="col"[^>]*>(?:<a [^>]*>)?(\w+)', page)
    assert heads == ["Name", "Stage", "Country"]
