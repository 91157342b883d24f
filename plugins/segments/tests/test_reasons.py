"""Why a client is in a group, in words, on the page, on the card and for programs."""

import pytest


@pytest.fixture
def alfa(make_client, log):
    client = make_client("Alfa", stage="active", country="BR")
    log(client, "Offer")
    return client


@pytest.fixture
def group(admin, alfa, groups):
    rule = (
        "stage=active&any1.country=DE&any1.has_interaction1.subject=Offer"
        "&none1.interactions_contacts[gte]=5&lacks_interaction1.subject=Complaint"
    )
    return groups(admin).make("Good", rule, shared=True)


def test_each_condition_says_whether_it_holds_and_what_was_found(admin, alfa, group):
    told = admin.get(f"/api/v1/segments/{group}/clients/{alfa.id}").json()

    assert told["inside"] is True
    stage, any_, none, lacks = told["reasons"]
    assert (stage["text"], stage["holds"], stage["found"]) == ("Stage: Active", True, "Active")
    assert (any_["text"], any_["holds"]) == ("At least one of these", True)
    assert [(one["holds"], one["found"]) for one in any_["parts"]] == [(False, "Brazil"), (True, "")]
    assert any_["parts"][1]["text"] == "There are: Interactions (Subject: Offer)"
    assert (none["text"], none["holds"]) == ("None of these", True)
    assert (none["parts"][0]["holds"], none["parts"][0]["found"]) == (False, "1")
    assert lacks["holds"] is True
    assert "Complaint" in lacks["text"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Days of silence: more than 30", "Last contact: more than 30 days ago",
                "Created: 90 days ago or later", "Contacts in 12 months: at least 1", "Stage: not Lost"]),
        ("pt-BR", ["Dias de silêncio: mais de 30", "Último contato: há mais de 30 dias",
                   "Criado: há 90 dias ou depois", "Contatos em 12 meses: pelo menos 1", "Etapa: não "]),
        ("ru", ["Дней молчания: более 30", "Последний контакт: раньше, чем 30 дней назад",
                "Создано: 90 дней назад или позже", "Контактов за 12 месяцев: не менее 1", "Стадия: не "]),
    ],
)  # fmt: skip
def test_values_are_compared_in_words(admin, alfa, groups, language, words):
    rule = (
        "interactions_silent_days[gt]=30&interactions_last_contact[lt]=-30d&created_at[gte]=-90d"
        "&interactions_contacts[gte]=1&stage[ne]=lost"
    )
    group = groups(admin).make("Silent", rule)
    page = admin.get(f"/segments/{group}/why/{alfa.id}", headers={"accept-language": language}).text
    assert [one for one in words if one not in page] == []
    assert not set("≥≤≠") & set(page)


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Is in the group."), ("pt-BR", "Está no grupo."), ("ru", "Входит в группу.")],
)
def test_the_page_speaks_the_languages_of_salesmen(admin, alfa, group, language, words):
    page = admin.get(f"/segments/{group}/why/{alfa.id}", headers={"accept-language": language}).text
    assert words in page
    assert "✓" in page
    assert "✗" in page


def test_the_card_of_a_client_has_its_groups(admin, alfa, group, groups):
    groups(admin).make("Others", "country=DE")
    card = admin.get(f"/clients/{alfa.id}").text
    assert f'href="/segments/{group}/why/{alfa.id}"' in card
    assert "Others" not in card


def test_the_rule_is_composed_with_a_preview(admin, alfa, group, make_client):
    make_client("Beta", stage="active", country="PT")
    page = admin.get(f"/segments/{group}/rule").text
    assert "1 client" in page

    page = admin.get(f"/segments/{group}/rule?stage=active").text
    assert "2 clients" in page
    assert "Beta" in page
    assert f"_at=%2Fsegments%2F{group}%2Frule" in page

    assert f'href="/segments/{group}/rule/{alfa.id}?stage=active"' in page
    admin.post(f"/segments/{group}/rule?stage=active")
    assert admin.get(f"/api/v1/segments/{group}/rule").json()["query"] == "stage=active"
    broken = admin.post(f"/segments/{group}/rule?stage=nonsense")
    assert broken.status_code == 422
    assert "nonsense" in broken.text


@pytest.mark.parametrize(
    ("language", "inside", "outside"),
    [
        ("en", "Is in the group.", "Is not in the group."),
        ("pt-BR", "Está no grupo.", "Não está no grupo."),
        ("ru", "Входит в группу.", "Не входит в группу."),  # noqa: RUF001
    ],
)
def test_while_it_is_composed_a_client_is_explained(admin, alfa, group, language, inside, outside):
    chosen = admin.get(f"/segments/{group}/rule?stage=active&_who={alfa.id}", follow_redirects=False)
    assert chosen.headers["location"] == f"/segments/{group}/rule/{alfa.id}?stage=active"

    def told(conditions):
        address = f"/segments/{group}/rule/{alfa.id}?{conditions}"
        return admin.get(address, headers={"accept-language": language}).text

    assert inside in told("stage=active&has_interaction1.subject=Offer")
    page = told("stage=active&country=DE")
    assert outside in page
    assert "✓" in page
    assert "✗" in page
    assert admin.get(f"/segments/{group}/rule/999?stage=active").status_code == 404
    assert admin.get(f"/api/v1/segments/{group}/rule").json()["query"].startswith("stage=active&any1")
