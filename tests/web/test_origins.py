"""“Why is this here?” names the plugin of each part; what each costs is in a header and on the page."""

from __future__ import annotations

import re

import pytest

from vinculo.web.origins import WHY_COOKIE


@pytest.fixture
def plugins_on():
    return ("interactions",)


@pytest.fixture
def card(make_client):
    """The address of a client's card."""
    return f"/clients/{make_client('Padaria Luz', country='BR', external_id='A1').id}"


def tags(html):
    """What the tags of a page say, and where they lead."""
    return [
        (re.sub(r" · .*", "", text), url)
        for url, text in re.findall(r'<a class="why" href="([^"]*)"[^>]*>([^<]*)</a>', html)
    ]


def panel(html, title):
    return html.partition(f'<section class="panel" aria-label="{title}">')[2].partition("</section>")[0]


KERNEL = ("Vinculo 0.1.0", "/plugins")
INTERACTIONS = ("Interactions 0.1.0", "/plugins#interactions")


@pytest.mark.databases("sqlite")
def test_every_part_of_a_card_says_whose_it_is(admin, card):
    call = {"subject": "Quote", "client_id": int(card.rpartition("/")[2]), "responsible_id": 1,
            "type": "call_in", "next_step": "Call", "next_step_on": "2020-01-01",
            "happened_at": "2020-01-01T09:00:00Z"}  # fmt: skip
    assert admin.post("/api/v1/interactions", json=call).status_code == 201
    assert tags(admin.get(card).text) == []

    back = admin.post("/settings/why", headers={"referer": f"http://testserver{card}"})

    assert str(back.url).endswith(card)
    found = panel(back.text, "In touch")
    assert tags(found) == [INTERACTIONS]
    assert re.search(r"Interactions 0\.1\.0 · [\d.]+ ms · queries: \d+<", found)
    assert tags(panel(back.text, "Timeline")) == [KERNEL]
    assert tags(panel(back.text, "Details")) == [KERNEL] * 3  # stage, country, external id
    (menu,) = re.findall(r'href="/interactions".*?</li>', back.text.partition("</aside>")[0], re.DOTALL)
    assert tags(menu) == [INTERACTIONS]
    (page,) = re.findall(r'<p class="origins">.*?</p>', back.text)
    assert tags(page) == [KERNEL, INTERACTIONS]


@pytest.mark.databases("sqlite")
def test_lists_forms_and_widgets_say_it_too(admin, card):
    promise = {"subject": "Quote", "client_id": int(card.rpartition("/")[2]), "responsible_id": 1,
               "next_step": "Call", "next_step_on": "2020-01-01", "type": "meeting",
               "happened_at": "2020-01-01T09:00:00Z"}  # fmt: skip
    assert admin.post("/api/v1/interactions", json=promise).status_code == 201
    admin.post("/settings/why")

    for url, owner in {"/clients": KERNEL, "/interactions": INTERACTIONS}.items():
        columns = admin.get(url).text.partition("<thead>")[2].partition("</thead>")[0]
        assert tags(columns) == [owner] * columns.count("<th ") != []
    for url, owner in {f"{card}/edit": KERNEL, "/interactions/new": INTERACTIONS}.items():
        form = admin.get(url).text.partition('<div class="fields">')[2].partition("<fieldset")[0]
        assert tags(form) == [owner] * form.count('<div class="field') != []
    assert tags(panel(admin.get("/").text, "Next steps")) == [INTERACTIONS]


@pytest.mark.databases("sqlite")
def test_it_is_switched_off_again_and_pages_are_as_before(admin, card):
    before = admin.get("/clients").text

    admin.post("/settings/why")
    during = admin.get("/clients").text
    admin.post("/settings/why")

    assert WHY_COOKIE not in admin.cookies
    assert tags(during)
    assert admin.get("/clients").text == before


def test_it_costs_no_query(admin, card, count_queries):
    def asked(url):
        with count_queries() as sent:
            admin.get(url)
        return len(sent)

    admin.get("/")  # what one may do is asked once
    before = [asked(url) for url in (card, "/clients", "/")]
    admin.post("/settings/why")

    assert [asked(url) for url in (card, "/clients", "/")] == before


@pytest.mark.databases("sqlite")
def test_a_member_sees_neither_tags_nor_prices(member, admin, card):
    member.cookies.set(WHY_COOKIE, "1")

    page = member.get(card)

    assert tags(page.text) == []
    assert "Why is this here?" not in page.text
    assert "server-timing" not in page.headers
    assert "Why is this here?" in admin.get(card).text


@pytest.mark.databases("sqlite")
def test_the_header_tells_what_each_plugin_added_to_a_page(admin, card):
    timing = admin.get(card).headers["server-timing"]
    total = re.match(r"vinculo;dur=([\d.]+), ", timing)
    share = re.search(r'interactions;dur=([\d.]+);desc="(\d+) queries"', timing)

    assert total
    assert share
    assert 0 < float(share[1]) < float(total[1])
    assert int(share[2]) > 0
    assert "interactions" not in admin.get("/clients").headers["server-timing"]
    assert re.search(r"interactions;dur=[\d.]+", admin.get("/interactions").headers["server-timing"])


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    "referer", ["https://evil.example//evil.example/x", "nonsense", "", "//evil.example"]
)
def test_the_way_back_stays_on_this_site(admin, referer):
    answer = admin.post("/settings/why", headers={"referer": referer}, follow_redirects=False)

    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
