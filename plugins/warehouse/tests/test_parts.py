"""Goods come and go in parts: what is left stays on order, or reserved."""

import pytest


@pytest.fixture
def post_part(admin):
    """Post so much of each line of a document."""

    def post_part(record_id, *much):
        held = admin.get(f"/api/v1/stock-documents/{record_id}").json()
        form = {f"part_{line['id']}": one for line, one in zip(held["lines"], much, strict=True)}
        return admin.post(f"/stock-documents/{record_id}/part", data=form | {"version": held["version"]})

    return post_part


@pytest.fixture
def documents(admin):
    return lambda **asked: admin.get("/api/v1/stock-documents", params={**asked, "sort": "id"}).json()[
        "items"
    ]


def test_what_did_not_come_stays_on_order(admin, make_item, book, stock, post_part, documents):
    flour, sugar, salt = make_item(), make_item("Sugar"), make_item("Salt")
    ordered = book("receipt", (flour, 10), (sugar, 5), (salt, 1), state="planned", cost="2", number="A-7")
    assert f'action="/stock-documents/{ordered}/part"' in admin.get(f"/stock-documents/{ordered}").text
    assert post_part(ordered, "6", "0", "1").status_code == 200
    assert [stock(one) for one in (flour, sugar, salt)] == [(6, 0, 6, 4), (0, 0, 0, 5), (1, 0, 1, 0)]
    (rest,) = documents(state="planned")
    held = admin.get(f"/api/v1/stock-documents/{rest['id']}").json()
    assert [(line["quantity"], line["cost"]) for line in held["lines"]] == [
        ("4.00", "2.00"),
        ("5.00", "2.00"),
    ]
    assert held["number"] == "A-7"
    assert post_part(rest["id"], "4", "5").status_code == 200
    assert documents(state="planned") == []
    assert [stock(one)[0] for one in (flour, sugar, salt)] == [10, 5, 1]


def test_what_did_not_go_stays_reserved(admin, make_item, book, stock, post_part, documents, sound):
    flour = make_item()
    book("receipt", (flour, 10))
    held = book("reservation", (flour, 8))
    shipment = int(admin.post(f"/stock-documents/{held}/ship").url.path.rpartition("/")[2])
    assert post_part(shipment, "3").status_code == 200
    assert stock(flour) == (7, 5, 2, 0)
    assert documents(state="planned") == []
    again = int(admin.post(f"/stock-documents/{held}/ship").url.path.rpartition("/")[2])
    (line,) = admin.get(f"/api/v1/stock-documents/{again}").json()["lines"]
    assert line["quantity"] == "5.00"
    assert post_part(again, "5").status_code == 200
    assert (stock(flour), sound()) == ((2, 0, 2, 0), [])
    assert admin.get(f"/api/v1/stock-documents/{held}").json()["state"] == "closed"


def test_wrong_parts_are_refused_and_write_nothing(admin, make_item, book, stock, post_part, documents):
    flour = make_item()
    ordered = book("receipt", (flour, 10), state="planned")
    for wrong, named in (
        ("11", "from 0 to 10"),
        ("-1", "from 0 to 10"),
        ("x", "x"),
        ("0", "at least one line"),
    ):
        refused = post_part(ordered, wrong)
        assert refused.status_code == 422
        assert named in refused.text
    assert stock(flour) == (0, 0, 0, 10)
    posted = book("receipt", (flour, 1))
    assert post_part(posted, "1").status_code == 409
    assert len(documents()) == 2
