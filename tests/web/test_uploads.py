"""Files that are sent: told by their first bytes, refused where the name says another thing."""

from io import BytesIO
from zipfile import ZipFile

import pytest

pytestmark = pytest.mark.databases("sqlite")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
TEXT = b"name\nLuz\n"
IMPORT = "/api/v1/clients/import"


def workbook():
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        archive.writestr("xl/other.xml", "<x/>")
    return content.getvalue()


def sent(browser, name, content, url=IMPORT):
    answer = browser.post(url, files={"file": (name, content)})
    return answer.status_code, answer.json().get("code")


@pytest.mark.parametrize(
    "name", ["clients.csv", "CLIENTS.CSV", "a.b.txt", "x.tsv", "old.xls", "../../etc/x.csv"]
)
def test_a_table_is_taken(admin, name):
    page = admin.post("/clients/import", files={"file": (name, TEXT)})

    assert page.url.path.endswith("/map")


@pytest.mark.parametrize(
    "name", ["clients.exe", "clients", ".csv", "clients.csv.html", "clients.pdf", "x.csv\x00.png"]
)
def test_other_names_are_refused(admin, name):
    assert sent(admin, name, TEXT) == (422, "file_type")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.xlsx", TEXT),
        ("x.xlsx", OLE),
        ("x.csv", workbook()),
        ("x.csv", OLE),
        ("x.xls", b"%PDF-1.7"),
        *(
            ("x.csv", magic + TEXT)
            for magic in (
                b"%PDF",
                b"\x89PNG",
                b"GIF89a",
                b"\xff\xd8\xff",
                b"MZ\x90",
                b"\x7fELF",
                b"Rar!",
                b"\x1f\x8b",
            )
        ),
    ],
)
def test_what_is_another_thing_than_its_name_says_is_refused(admin, settings, name, content):
    assert sent(admin, name, content) == (422, "file_type")
    assert [*settings.files.folder.rglob("*.*")] == []


def test_the_page_says_so_beside_the_field(admin):
    page = admin.post("/clients/import", files={"file": ("photo.png", b"\x89PNG")})

    assert page.status_code == 422
    assert "photo.png cannot be taken: its name should end with .csv" in page.text


def test_nothing_is_kept_under_the_name_it_came_with(admin, settings):
    admin.post("/clients/import", files={"file": ("../../evil.csv", TEXT)})

    kept = [path for path in settings.files.folder.rglob("*") if path.is_file()]
    assert len(kept) == 1
    assert "evil" not in kept[0].name


def test_an_archive_is_one_by_name_and_content(admin):
    url = "/api/v1/plugins/interactions/restore"

    assert sent(admin, "rows.zip", workbook(), url) == (422, "file_type")
    assert sent(admin, "rows.vinculo", TEXT, url) == (422, "file_type")
