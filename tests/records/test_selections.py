"""Rows of a list that are ticked: what can be done with these records alone."""

from __future__ import annotations

import re

from vinculo.actor import Scope


def test_ticked_rows_are_merged_exported_and_handed_over(admin, make_client, make_user):
    one, two, three = (make_client(name) for name in ("Aurora", "Brasa", "Cedro"))
    page = admin.get("/clients").text
    boxes = re.findall(r'<input type="checkbox" class="pick" form="picked" name="ids" value="(\d+)"', page)
    assert boxes == [str(one.id), str(two.id), str(three.id)]
    assert 'aria-label="Select Aurora"' in page
    leads = re.findall(r'formaction="(/clients/[^"]*)"', page.split('id="picked"')[1])
    pages = ("bulk-edit", "bulk-delete", "merge", "hand-over", "export.csv", "export.xlsx")
    assert leads == [f"/clients/{page}" for page in pages]

    asked = f"ids={one.id}&ids={three.id}"
    merging = admin.get(f"/clients/merge?{asked}").text
    assert "Aurora" in merging
    assert "Cedro" in merging
    exported = admin.get(f"/clients/export.csv?{asked}").text
    assert "Brasa" not in exported
    assert "Cedro" in exported
    user = make_user("zoe")
    given = admin.post(f"/api/v1/clients/hand-over?ids={one.id},{three.id}", json={"to": user.id}).json()
    assert given == {"found": 2, "changed": 2} or sorted(given.values()) == [2, 2]
    listed = admin.get(f"/clients?{asked}").text
    assert "2 selected records" in listed
    assert "Brasa" not in listed
    wrong = admin.get(f"/api/v1/clients?ids=1,{2**63}")
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "ids"


def test_ids_show_nothing_that_one_does_not_see(open_browser, make_user, make_role, make_client):
    bob = make_user("bob")
    make_role("Member", {"*": None, "clients.client.read": Scope.OWN})
    hers, his = make_client("Aurora"), make_client("Brasa", responsible_id=bob.id)
    browser = open_browser(bob)
    found = browser.get(f"/api/v1/clients?ids={hers.id},{his.id}").json()["items"]
    assert [item["name"] for item in found] == ["Brasa"]
    assert 'class="pick"' not in browser.get("/clients").text  # there is nothing that he may do with them
