"""A stale save: what only one side changed is put together, what both changed is asked about."""

from __future__ import annotations

import re

import pytest

from vinculo.testing.browsing import form_inputs


@pytest.fixture
def edit(admin, member, make_client):
    """Two who open the same form; ``saves(who, **inputs)`` sends it with these instead."""

    class Form:
        def __init__(self) -> None:
            points = [
                {"type": "email", "value": "a@luz.example"},
                {"type": "email", "value": "b@luz.example"},
            ]
            client = make_client("Luz", note="old", industry="Retail", contact_points=points)
            self.url = f"/clients/{client.id}"
            self.forms = {who: form_inputs(who.get(f"{self.url}/edit").text) for who in (admin, member)}

        def saves(self, who, *, page=None, **changes):
            sent = form_inputs(page) if page else self.forms[who]
            return who.post(f"{self.url}/edit", data={**sent, **changes})

        def values(self):
            found = admin.get(f"/api/v1{self.url}").json()
            return {name: found[name] for name in ("name", "note", "industry")} | {
                "points": sorted(point["value"] for point in found["contact_points"])
            }

    return Form()


def test_two_who_change_different_fields_and_rows_both_keep_theirs(admin, member, edit):
    edit.saves(admin, **{"note": "hers", "contact_points-0-value": "hers@luz.example"})

    page = edit.saves(member, **{"industry": "Bakery", "contact_points-1-value": "his@luz.example"})

    assert "Luz was saved, together with what was changed meanwhile." in page.text
    assert edit.values() == {
        "name": "Luz", "note": "hers", "industry": "Bakery",
        "points": ["hers@luz.example", "his@luz.example"],
    }  # fmt: skip


@pytest.mark.parametrize(("take", "kept"), [("mine", "his"), ("theirs", "hers")])
def test_what_two_changed_differently_is_asked_for_and_saved_at_once(admin, member, edit, take, kept):
    edit.saves(admin, **{"name": "Lua", "note": "hers", "contact_points-0-value": "hers@luz.example"})

    page = edit.saves(
        member, **{"name": "Sol", "industry": "Bakery", "contact_points-0-value": "his@luz.example"}
    )
    assert page.status_code == 409
    shown = re.sub(r"<[^>]+>|\s+", " ", page.text)
    for text in ("Somebody changed this record while you were editing", "Taken over from the other: Note"):
        assert text in shown
    assert re.search(r"Name\s+Yours\s+Sol\s+Saved meanwhile\s+Lua\s+Before\s+Luz", shown)
    assert "his@luz.example" in shown
    assert edit.values()["name"] == "Lua"

    choice = {"_take-name": take, "_take-contact_points-0-value": take}
    saved = edit.saves(member, page=page.text, **choice)
    assert "was saved." in saved.text
    assert edit.values() == {
        "name": {"his": "Sol", "hers": "Lua"}[kept], "note": "hers", "industry": "Bakery",
        "points": ["b@luz.example", f"{kept}@luz.example"],
    }  # fmt: skip


def test_a_row_that_one_removed_and_the_other_changed_is_asked_for(admin, member, edit):
    edit.saves(admin, **{"contact_points-0-value": "hers@luz.example", "contact_points-1-_delete": "1"})

    changes = {"contact_points-0-_delete": "1", "contact_points-1-value": "his@luz.example"}
    page = edit.saves(member, **changes)
    assert page.status_code == 409
    assert page.text.count('<fieldset class="clash">') == 2
    sent = form_inputs(page.text)
    struck = [name for name in sent if name.endswith("_delete")]
    assert [sent[name.replace("_delete", "value")] for name in struck] == ["hers@luz.example"]

    edit.saves(member, page=page.text)
    assert edit.values()["points"] == ["his@luz.example"]


def test_rows_that_both_add_are_all_there_and_the_same_one_once(admin, member, edit):
    def added(*letters):
        rows = {f"contact_points-{7 + n}-value": f"{one}@luz.example" for n, one in enumerate(letters)}
        return {**rows, "contact_points-7-type": "email", "contact_points-8-type": "email"}

    edit.saves(admin, **added("c", "d"))
    edit.saves(member, **added("c", "e"))

    assert [value[0] for value in edit.values()["points"]] == ["a", "b", "c", "d", "e"]
