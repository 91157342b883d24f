"""Reports are narrowed as lists are: by groups, by conditions, by how records count for clients."""

import re

import pytest

REPORTS = "/complaints/reports"


@pytest.fixture
def plugins_on():
    return ("complaints", "deals", "interactions", "segments")


@pytest.fixture
def company(admin, make_client, make_counterparty, make_cause, make_topic, make_complaint):
    """Two complaints of Luz and one of Sol; the firm behind Luz's second one belongs to Sol since April."""
    luz, sol = (make_client(name, stage="active", industry=name).id for name in ("Luz", "Sol"))
    moved = [
        {"client_id": luz, "valid_from": None, "valid_to": "2026-03-31"},
        {"client_id": sol, "valid_from": "2026-04-01", "valid_to": None},
    ]
    firm, cause, topic = make_counterparty("Firm", links=moved), make_cause(), make_topic()
    for number, client, of in ((1, luz, None), (2, luz, firm.id), (3, sol, None)):
        make_complaint(
            f"C{number}", client_id=client, counterparty_id=of, cause_id=cause.id, topic_id=topic.id,
            received_at=f"2026-03-0{number}T12:00:00+00:00",
        )  # fmt: skip
    made = admin.post("/api/v1/segments", json={"name": "Those of Luz"}).json()["id"]
    admin.put(f"/api/v1/segments/{made}/rule", json={"query": "industry=Luz"})
    return made


def table(page):
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in body.split("</tr>")]
    return {re.sub(r"<.*?>", "", row[0]): re.sub(r"<.*?>", "", row[1]) for row in cells if row}


def opened(admin, page, label):
    """Which complaints stand behind a figure."""
    url = re.search(rf'<td><a href="([^"]*)">{label}</a>', page)[1].replace("&amp;", "&")
    return sorted(set(re.findall(r">(C\d)<", admin.get(url).text)))


def test_a_group_narrows_every_report_and_the_rows_behind(admin, company):
    for way, label in (("causes", "Carrier"), ("repeats", "Damaged goods"), ("groups", "Luz")):
        address = f"{REPORTS}/{way}?segment={company}&by=client"
        page = admin.get(address).text
        assert table(page) == {label: "2"}, way
        assert opened(admin, page, label) == ["C1", "C2"]
        assert "Those of Luz" in page
        assert f"segment={company}" in re.search(r'<nav class="tabs".*?</nav>', page)[0]
    assert table(admin.get(f"{REPORTS}/causes?segment[ne]={company}").text) == {"Carrier": "1"}


def test_records_count_for_the_client_of_their_counterparty_then_or_now(admin, company):
    def by_client(way, more=""):
        return admin.get(f"{REPORTS}/groups?by=client&links={way}{more}").text

    assert table(by_client("")) == table(by_client("as-was")) == {"Luz": "2", "Sol": "1"}
    page = by_client("as-is")
    assert table(page) == {"Luz": "1", "Sol": "2"}
    assert opened(admin, page, "Sol") == ["C2", "C3"]
    assert table(by_client("as-is", f"&segment={company}")) == {"Luz": "1"}


def test_conditions_of_the_list_hold_and_faults_are_told(admin, company, make_role, make_user, open_browser):
    page = admin.get(f"{REPORTS}/causes?subject[contains]=C3&since=2026-03-01")
    assert table(page.text) == {"Carrier": "1"}
    assert f"{REPORTS}/causes?since=2026-03-01" in page.text.replace("&amp;", "&"), "the chip takes it away"
    assert "Counted by “Complaints” " in page.text
    assert f'href="{REPORTS}/causes?subject%5Bcontains%5D=C3&amp;since=2026-03-01">Count again' in page.text
    assert admin.get(f"{REPORTS}/causes?colour=red").status_code == 400
    assert admin.get(f"{REPORTS}/causes?segment=99").status_code == 404
    assert admin.get(f"{REPORTS}/causes?links=never").status_code == 422


def test_orders_are_of_the_same_group_or_not_told(admin, company):
    sold = admin.post("/api/v1/deals", json={"title": "Sold", "client_id": 1}).json()
    [won] = [one["id"] for one in admin.get("/api/v1/pipelines/1").json()["stages"] if one["state"] == "won"]
    assert admin.patch(f"/api/v1/deals/{sold['id']}", json={"stage_id": won}).status_code == 200
    whole, theirs, others = (
        admin.get(f"{REPORTS}/causes?{query}").text
        for query in ("", f"segment={company}", f"segment[ne]={company}")
    )
    assert "3 complaints on 1 orders" in whole
    assert "2 complaints on 1 orders" in theirs
    assert "per 1,000" not in others.partition("<details")[0]
    assert "orders" not in admin.get(f"{REPORTS}/causes?subject=C1").text.partition("<details")[0]
