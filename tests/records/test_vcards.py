"""vCards come in from real programs, and go out to them."""

import csv

import pytest

from vinculo.accounts.models import Role
from vinculo.actor import Source, system
from vinculo.clients.records import client
from vinculo.people.records import person
from vinculo.records import import_parts, importing
from vinculo.records.import_rejects import Rejects
from vinculo.records.importing import Plan
from vinculo.records.tabular import Layout, open_table

ACTOR = system(Source.IMPORT)
PHONES = ("Phone", "Work phone", "Private phone", "Mobile", "Fax")
EMAILS = ("E-mail", "Work e-mail", "Private e-mail")


def read(path, **layout):
    with open_table(path, Layout(**layout)) as table:
        return [dict(zip(table.header, row.values, strict=True)) | {"!": row.error} for row in table]


def filled(rows, *titles):
    known = tuple(f"{title} " for title in titles)
    return sum(
        bool(value)
        for row in rows
        for title, value in row.items()
        if title in titles or title.startswith(known)
    )


def test_cards_of_real_programs_are_read_whole(real_file):
    with real_file("vcards/reference/cards.csv").open(encoding="utf-8") as file:
        expected = list(csv.DictReader(file))
    for one in expected:
        rows = read(real_file(f"vcards/{one['file']}"))

        assert [row["!"] for row in rows] == [None] * int(one["cards"]), one["file"]
        assert filled(rows, *PHONES) == int(one["tel"]), one["file"]
        assert filled(rows, *EMAILS) == int(one["email"]), one["file"]
        assert filled(rows, "Street", "City") >= int(one["adr"]), one["file"]
        assert all(row["Full name"] for row in rows)
        if one["first_fn"]:
            assert rows[0]["Full name"].startswith(one["first_fn"]), "the reference stops at a comma"


def test_quoted_printable_charsets_folds_and_types(real_file):
    android = read(real_file("vcards/John_Doe_ANDROID.vcf"))
    outlook = read(real_file("vcards/outlook-2003.vcf"))[0]

    assert android[3]["Full name"] == "Ñ " * 10 + "Ñ"
    assert (android[4]["Company"], android[4]["Fax"]) == ("Ñ" * 12, "123456")
    assert outlook["Company"] == "Company, The"
    assert outlook["Note"] == "This is the note field!!\nSecond line\n\nThird line is empty"
    assert (outlook["Birthday"], outlook["Address type"], outlook["Country"]) == ("1980-03-21", "work", "US")


HOSTILE = {
    "no end": (b"BEGIN:VCARD\r\nFN:Ana", ["Ana"]),
    "two begins": (b"BEGIN:VCARD\nFN:Ana\nBEGIN:VCARD\nFN:Bia\nEND:VCARD\n", ["Ana", "Bia"]),
    "a card within": (b"BEGIN:VCARD\nFN:Ana\nAGENT:\nBEGIN:VCARD\nFN:Bot\nEND:VCARD\nEND:VCARD\n", ["Ana"]),
    "not properties": (b"BEGIN:VCARD\n:::\n;;;\n\x01\nFN;;;=:Ana\nX\nEND:VCARD", ["Ana"]),
    "a soft break at the end": (b"BEGIN:VCARD\nFN;QUOTED-PRINTABLE:Ana=", ["Ana"]),
    "a charset that is none": (
        b"BEGIN:VCARD\nFN;CHARSET=klingon;ENCODING=QUOTED-PRINTABLE:An=C3=A1\nEND:VCARD", ["Aná"]),
    "backslashes": (b"BEGIN:VCARD\nN:Li\\;ma;An\\na\\\nEND:VCARD", ["An a Li;ma"]),
    "latin letters": ("BEGIN:VCARD\nFN:João Conceição\nEND:VCARD\n".encode("cp1252"), ["João Conceição"]),
    "utf-16": ("BEGIN:VCARD\nFN:Зоя\nEND:VCARD\n".encode("utf-16"), ["Зоя"]),
    "a formula": (b"BEGIN:VCARD\nFN:=HYPERLINK(1)\nEND:VCARD", ["=HYPERLINK(1)"]),
    "a picture": (b"BEGIN:VCARD\nPHOTO;BASE64:" + b"\n QUJD" * 200_000 + b"\nFN:Ana\nEND:VCARD", ["Ana"]),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_a_file_of_cards_holds_it_is_read(tmp_path, name):
    content, names = HOSTILE[name]
    path = tmp_path / "cards.vcf"
    path.write_bytes(content)

    assert [row["Full name"] for row in read(path)] == names


def test_a_card_beyond_all_measure_is_given_back(tmp_path):
    path = tmp_path / "cards.vcf"
    many = "".join(f"TEL:{n:09}\n" for n in range(30))
    path.write_text(
        f"BEGIN:VCARD\nFN:Ana\n{many}END:VCARD\nBEGIN:VCARD\nFN:Bia\nNOTE:{'x' * 200_000}\nEND:VCARD\n"
    )

    assert ["more than" in row["!"] for row in read(path)] == [True, True]


CARD = (
    "BEGIN:VCARD\nVERSION:4.0\nUID:u-1\nN:Lima;Ana;;;\nFN:Ana Lima\nORG:Zarya;Sales\nTITLE:Owner\n"
    "TEL;TYPE=cell:+5511987654321\nTEL;TYPE=work,voice:+551133334444\nTEL;TYPE=work:+551133335555\n"
    "EMAIL;TYPE=work:ana@zarya.example\nADR;TYPE=work:;;Rua A\\, 1;São Paulo;SP;01000-000;Brazil\n"
    "ADR;TYPE=home:;;Rua B;Rio;;;BR\nBDAY:19800322\nNOTE:First\\nSecond\nEND:VCARD\n"
)


def test_people_come_in_with_their_companies_and_go_out_again(office, database, kinds, tmp_path, all_of):
    with office.api() as api:
        sent = api.post("/api/v1/people/import", files={"file": ("ana.vcf", CARD.encode())})
        office.work()
        done = api.get(sent.headers["Location"]).json()
        assert (done["created"], done["parts"]["client"]["created"], done["errors"]) == (1, 1, [])
        [ana], before = all_of(person), all_of(client)
        assert [role["title"] for role in ana["roles"]] == ["Owner"]
        assert sorted(str(p["purpose"]) for p in ana["contact_points"]) == ["mobile", "work", "work", "work"]
        assert [(a["type"], a["city"], a["country"]) for a in ana["addresses"]] == [
            ("work", "São Paulo", "BR"), ("home", "Rio", "BR"),
        ]  # fmt: skip
        assert (ana["birthday"], ana["note"], ana["external_id"]) == (
            "1980-03-22",
            "First\nSecond",
            "u-1",
        )

        answer = api.get("/api/v1/people/export", params={"format": "vcf", "q": "ana"})
        refused = api.get("/api/v1/clients/export", params={"format": "vcf"})
    assert (refused.status_code, answer.headers["content-type"]) == (422, "text/vcard; charset=utf-8")
    assert "X-VINCULO-EXPORT:Vinculo export 000001" in answer.text.replace("\r\n ", "")
    path = tmp_path / "again.vcf"
    path.write_bytes(answer.content)
    parts = import_parts.of(kinds, person, ["client"], ACTOR)
    columns = parts.guess(importing.count_rows(path).header)
    plan = Plan(
        kind=person, others=["client"], path=path, mapping=columns, match=parts.default_match(columns)
    )
    again = importing.run(database, kinds, plan, actor=ACTOR, rejects=Rejects(tmp_path / "rejects.csv"))
    assert (again.unchanged, again.errors) == (1, [])
    assert (all_of(person), all_of(client)) == ([ana], before)


def test_a_card_is_downloaded_by_those_who_may_and_leaves_a_trace(office, import_file, write_file):
    import_file(write_file("name,email", "Ana,ana@x.example"), person)
    browser, csrf = office.browser()
    with browser:
        assert "/people/1/card.vcf" in browser.get("/people/1").text
        assert "/people/export.vcf" in browser.get("/people").text
        card = browser.get("/people/1/card.vcf")
        assert "EMAIL;TYPE=INTERNET:ana@x.example\r\n" in card.text
        assert card.headers["content-disposition"].endswith('000001.vcf"')
        assert [browser.get(f"/people/{n}/card.vcf").status_code for n in (2, 2**70)] == [404, 404]
        assert browser.get("/clients/1/card.vcf").status_code == 404
        assert "exported" in browser.get("/settings/audit?kind=person").text
        upload = browser.post(
            "/people/import", files={"file": ("a.vcf", CARD.encode())}, data={"_csrf": csrf}
        )
    assert 'name="with" value="client" checked' in upload.text
    member, _csrf = office.browser("bia", Role.MEMBER)
    with member:
        assert member.get("/people/1/card.vcf").status_code in (200, 403, 404)
