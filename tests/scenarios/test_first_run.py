"""The first day with Vinculo: from an empty database to a client whose story can be told."""

from __future__ import annotations

import html
import re

import pytest

PASSWORD = "a long enough password"


class Person:
    """Somebody at a browser without JavaScript, who sees pages and fills in their forms."""

    def __init__(self, browser):
        self.browser = browser
        self.page = ""
        self.url = ""

    def goes_to(self, url, **data):
        answer = self.browser.post(url, data=data) if data else self.browser.get(url)
        assert answer.status_code == 200, (url, answer.status_code, self.errors(answer.text))
        self.page, self.url = answer.text, answer.url.path
        return self

    def submits(self, **fields):
        """Fill in the form of this page: what is hidden or preset in it is sent along."""
        form = re.search(r'<form class="form" method="post" action="([^"]*)".*?</form>', self.page, re.DOTALL)
        shown = re.sub(r"<template>.*?</template>", "", form[0], flags=re.DOTALL)
        sent = {}
        for tag in re.findall(r'<input [^>]*name="[^"]+"[^>]*>', shown):
            if 'type="checkbox"' not in tag:
                value = re.search(r' value="([^"]*)"', tag)
                sent[re.search(r'name="([^"]+)"', tag)[1]] = html.unescape(value[1]) if value else ""
        for name, options in re.findall(r'<select [^>]*name="([^"]+)".*?>(.*?)</select>', shown, re.DOTALL):
            chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
            sent[name] = chosen[1]
        return (
            self.goes_to(form[1], **sent, **fields)
            if not set(sent) & set(fields)
            else self.goes_to(form[1], **{**sent, **fields})
        )

    def follows(self, text):
        links = re.findall(r'<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', self.page, re.DOTALL)
        (url,) = {html.unescape(url) for url, inner in links if re.sub(r"<[^>]*>", "", inner).strip() == text}
        return self.goes_to(url)

    def sees(self, *texts):
        plain = html.unescape(re.sub(r"<[^>]*>", " ", re.sub("</?mark>", "", self.page)))
        for text in texts:
            assert text in plain, (text, self.url)
        return self

    @staticmethod
    def errors(page):
        return re.findall(r'<p class="error"[^>]*>.*?<span>(.*?)</span>', page, re.DOTALL)


@pytest.fixture
def ana(visitor):
    return Person(visitor)


def test_from_the_first_start_to_a_client_with_a_history(ana):
    ana.goes_to("/").sees("Welcome to Vinculo", "Create the first administrator")
    ana.submits(login="ana", full_name="Ana Souza", password=PASSWORD).sees("Good day, Ana Souza")
    ana.goes_to("/clients").sees("No clients yet")

    ana.goes_to("/clients/new").submits(
        name="Padaria Luz", stage="active", country="BR", website="luz.example"
    )
    ana.sees("Padaria Luz was added.", "Active", "Brazil", "Ana Souza")
    luz = ana.url

    for name, number in (
        ("Luz Comércio Ltda", "11.222.333/0001-81"),
        ("Luz Indústria S.A.", "12ABC34501DE35"),
    ):
        ana.goes_to(luz).follows("Add counterparty").submits(
            legal_name=name,
            country="BR",
            **{"identifiers-0-value": number, "links-0-valid_from": "2024-01-01"},
        )
        ana.sees(f"{name} was added.")
    ana.goes_to(luz).sees(
        "Luz Comércio Ltda", "11.222.333/0001-81", "Luz Indústria S.A.", "12.ABC.345/01DE-35"
    )

    ana.follows("Add person").submits(
        name="João Ação",
        **{
            "roles-0-role_id__text": "decision-maker",
            "roles-0-title": "Owner",
            "contact_points-1-value": "+55 11 98765-4321",
        },
    )
    ana.goes_to(luz).sees("João Ação", "Decision-maker", "Owner", "98765")

    ana.goes_to("/clients/new").submits(name="Mercado Sol", stage="potential", country="BR")
    sol = ana.url
    ana.goes_to(luz).follows("Luz Indústria S.A.").goes_to(f"{ana.url}/move")
    ana.submits(client_id__text="Mercado Sol", on="2026-03-01", reason="sold to Sol").sees("was moved.")
    firm = ana.url
    ana.goes_to(luz).sees("Luz Indústria S.A.", "from 1 Jan 2024 to 28 Feb 2026")
    ana.goes_to(sol).sees("Luz Indústria S.A.", "since 1 Mar 2026", "sold to Sol")

    for term, found in (
        ("acao", "João Ação"),
        ("98765", "João Ação"),
        ("12abc345", "Luz Indústria"),
        ("PADARIA", "Padaria Luz"),
    ):
        ana.goes_to(f"/search?q={term}").sees(found)
    ana.goes_to(f"{firm}/history").sees("Created", "Changed", "Ana Souza", "sold to Sol", "Mercado Sol")
    ana.goes_to(f"{luz}/edit").submits(stage="permanent").sees("Padaria Luz was saved.", "Permanent")
    ana.follows("History of changes").sees("Active", "Permanent", "on a page")
