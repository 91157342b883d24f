"""Custom fields that are computed of others."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from vinculo.clients.records import client
from vinculo.records import computing, formulas
from vinculo.records.fields import AmountField, DateField, TextField, YesNoField

API, CLIENTS, PAGE = "/api/v1/custom-fields", "/api/v1/clients", "/settings/fields"
KINDS = {"number": AmountField, "text": TextField, "date": DateField, "yes_no": YesNoField}


def add(live, status=201, **wish):
    answer = live.post(API, json={"kind": "client", **wish})
    assert answer.status_code == status, answer.text
    return answer.json()


def test_what_is_computed_is_in_lists_filters_order_and_files_and_follows_its_parts(live, database):
    add(live, label="Price", type="money", options=["EUR"])
    add(live, label="Quantity", type="number")
    total = add(live, label="Total", type="formula", formula="x_price * x_quantity")
    add(live, label="Size", type="formula", formula="'big' if x_total > 100 else 'small'", result="text")
    price = {"amount": "12.50", "currency": "EUR"}
    luz = live.post(CLIENTS, json={"name": "Luz", "x_price": price, "x_quantity": "10"}).json()
    sol = live.post(CLIENTS, json={"name": "Sol", "x_price": price}).json()
    assert [(one["x_total"], one["x_size"]) for one in (luz, sol)] == [("125.00", "big"), (None, "")]
    batch = [{"name": name, "x_price": price, "x_quantity": n} for name, n in (("Mar", "2"), ("Rio", "1"))]
    assert live.post(f"{CLIENTS}/batch", json={"items": batch}).status_code == 200
    found = live.get(f"{CLIENTS}?x_total[gte]=20&sort=-x_total").json()["items"]
    assert [one["x_total"] for one in found] == ["125.00", "25.00"]
    assert "125" in live.get("/clients?columns=name,x_total").text
    assert "125.00" in live.get("/clients/export.csv").text
    assert live.patch(f"{CLIENTS}/{luz['id']}", json={"x_total": "1"}).status_code == 422
    changed = live.patch(f"{CLIENTS}/{luz['id']}", json={"x_quantity": "3"}).json()
    assert (changed["x_total"], changed["x_size"]) == ("37.50", "small")
    history = live.get(f"/clients/{luz['id']}/history").text
    assert "Total" not in history  # it follows from the rest, so that the change can be taken back
    live.post(f"/clients/{luz['id']}/changes/{changed['version']}/undo")
    assert live.get(f"{CLIENTS}/{luz['id']}").json()["x_total"] == "125.00"
    assert "x_total" not in live.get("/clients/new").text

    merged = live.post(
        f"{CLIENTS}/{sol['id']}/merge", json={"ids": [luz["id"]], "fields": {"x_quantity": luz["id"]}}
    )
    assert live.get(f"{CLIENTS}/{sol['id']}").json()["x_total"] == "125.00"
    live.post(f"/api/v1/merges/{merged.json()['undo']}/undo")
    assert live.get(f"{CLIENTS}/{sol['id']}").json()["x_total"] is None

    live.put(f"{API}/{total['id']}", json={"label": "Total", "formula": "x_price / (x_quantity - 10)"})
    computing.compute_all(database, {"client": client}, "client")
    values = {one["name"]: one["x_total"] for one in live.get(CLIENTS).json()["items"]}
    assert values == {"Luz": None, "Sol": None, "Mar": "-1.5625", "Rio": "-1.3889"}
    assert "It divides by zero." in live.get(f"/clients/{luz['id']}").text
    assert live.get(f"{CLIENTS}/{luz['id']}").json()["version"] == 3  # nobody changed it


@pytest.mark.databases("sqlite")
def test_a_formula_that_cannot_work_is_refused_with_its_reason(live):
    add(live, label="A", type="formula", formula="1")
    a = live.get(API).json()["items"][0]
    add(live, label="B", type="formula", formula="x_a + 1")
    add(live, label="C", type="formula", formula="x_b + 1")
    refused = live.put(f"{API}/{a['id']}", json={"label": "A", "formula": "x_c + 1"})
    assert (refused.status_code, "x_a → x_c → x_b → x_a" in refused.text) == (422, True), refused.text
    for wrong, said in (
        ("x_nothing + 1", "x_nothing"),
        ("x_a +", "no formula"),
        ("2 ** 10", "Pow"),
        ("x_a.__class__", "Attribute"),
        ("__import__('os')", "functions"),
        ("[1, 2]", "List"),
        ("(lambda: 1)()", "functions"),
        ("f'{x_a}'", "JoinedStr"),
        ("1 + " * 120 + "1", "too many parts"),
        ("'" + "a" * 600 + "'", "characters"),
        ("", "no formula"),
    ):
        answer = live.post(API, json={"kind": "client", "label": "W", "type": "formula", "formula": wrong})
        assert (answer.status_code, said in answer.text) == (422, True), (wrong, answer.text)
    add(live, 422, label="W", type="formula", formula="1", result="blob")
    add(live, 422, label="W", type="formula", formula="1", initial="5")
    form = {"label": "Sum", "type": "formula", "formula": "x_a + x_b", "result": "number"}
    assert live.post(f"{PAGE}/new/client", data=form, follow_redirects=False).status_code == 303


NAMES = {"a": Decimal(10), "b": Decimal("0.1"), "none": None, "word": "Ação", "day": date(2026, 2, 27),
         "yes": True}  # fmt: skip


@pytest.mark.parametrize(
    ("formula", "kind", "expected"),
    [
        ("a + b * 2", "number", Decimal("10.2")),
        ("0.1 + 0.2", "number", Decimal("0.3")),
        ("round(a / 3, 2)", "number", Decimal("3.33")),
        ("a + none", "number", None),
        ("first(none, a)", "number", Decimal(10)),
        ("0 if empty(none) else 1", "number", Decimal(0)),
        ("day + 3", "date", date(2026, 3, 2)),
        ("day - (day - 5)", "number", Decimal(5)),
        ("upper(word) + ' ' + text(a)", "text", "AÇÃO 10"),
        ("yes and a > 5", "yes_no", True),
        ("max(a, b) - min(a, b)", "number", Decimal("9.9")),
        ("year(day)", "number", Decimal(2026)),
    ],
)
def test_formulas_say_what_python_would_say_exactly(formula, kind, expected):
    field = KINDS[kind](name="x_f", label="F", formula=formula)
    assert formulas.result(field, NAMES) == expected


@pytest.mark.parametrize(
    ("formula", "kind"),
    [
        ("a / 0", "number"), ("word + a", "text"), ("word", "number"), ("word * 1000000", "text"),
        ("9" * 300 + " * " + "9" * 150, "number"), ("day + 99999999999", "date"), ("upper(a)", "text"),
        ("a > 5", "number"), ("round(a, word)", "number"), ("-word", "number"), ("abs()", "number"),
    ],
)  # fmt: skip
def test_what_cannot_be_computed_says_why(formula, kind):
    with pytest.raises(ValueError, match=r"\.$"):
        formulas.result(KINDS[kind](name="x_f", label="F", formula=formula), NAMES)


@tried(max_examples=300, deadline=None)
@given(st.text(alphabet="ab123 +-*/().,'<>=xifelse_", max_size=40))
def test_no_text_whatsoever_does_more_than_say_that_it_is_wrong(text):
    field = AmountField(name="x_f", label="F", formula=text)
    try:
        formulas.result(field, NAMES)
    except ValueError:
        return
