"""Files on records: kept whole, once, and never more than what they are."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from PIL import Image

from vinculo.actor import Scope, Source, system
from vinculo.errors import InvalidError
from vinculo.files import sniffing, store
from vinculo.files.pages import disposition, size_of
from vinculo.web import pictures


def png(size=(40, 20)):
    target = io.BytesIO()
    Image.new("RGB", size, "red").save(target, "PNG")
    return target.getvalue()


@pytest.fixture
def send(admin):
    """Upload files: ``send({"client_id": 1}, ("a.txt", b"…"))``."""

    def send(about, *files, browser=admin):
        return browser.post(
            "/api/v1/files/upload",
            data={name: str(value) for name, value in about.items()},
            files=[("file", one) for one in files],
        )

    return send


def contents(settings):
    folder = settings.files.folder / store.FOLDER
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_is_kept_once_shown_and_taken_back(admin, send, make_client, settings, database):
    client = make_client("Luz")
    about = {"client_id": client.id}

    answer = send(about, ("plan.txt", "Olá".encode()), ("same.txt", "Olá".encode()), ("logo.html", png()))

    assert answer.status_code == 201, answer.text
    assert [one["media_type"] for one in answer.json()] == ["text/plain", "text/plain", "image/png"]
    first, second, _third = contents_by_size = sorted(
        contents(settings), key=lambda path: path.stat().st_size
    )
    assert len(contents_by_size) == 3
    assert first.samefile(second)
    card = admin.get(f"/clients/{client.id}").text
    assert "plan.txt" in card
    assert '<span class="kind">File</span>' in card
    shown = admin.get("/files/1/content?inline=1")
    assert (shown.content.decode(), shown.headers["content-type"]) == ("Olá", "text/plain; charset=utf-8")
    assert "sandbox" in shown.headers["content-security-policy"]
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert admin.get("/files/3/thumbnail").headers["content-type"] == "image/webp"

    admin.post("/files/1/delete")
    assert admin.get("/files/1/content").status_code == 404
    aged(settings)
    store.tidy(SimpleNamespace(settings=settings, database=database))
    assert len(contents(settings)) == 3  # the trash needs it
    with database.write() as session:
        session.execute(sa.text("DELETE FROM events_trash"))
    store.tidy(SimpleNamespace(settings=settings, database=database))
    assert len(contents(settings)) == 2
    assert admin.get("/files/2/content").content.decode() == "Olá"


def aged(settings):
    """As if uploads were long past."""
    store.UNUSED_SECONDS = -60.0


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    monkeypatch.setattr(store, "UNUSED_SECONDS", store.UNUSED_SECONDS)


@pytest.mark.databases("sqlite")
def test_what_is_refused_leaves_nothing(admin, send, make_client, settings, database):
    about = {"client_id": make_client().id}

    assert "a.txt: It is empty." in send(about, ("a.txt", b"")).text
    assert send({"client_id": 77}, ("a.txt", b"x")).status_code == 404
    assert send({}, ("a.txt", b"x")).status_code == 422
    assert send({"about_kind": "user", "about_id": 1}, ("a.txt", b"x")).status_code == 404
    assert send(about).status_code == 422
    assert "multipart" in admin.post("/api/v1/files", json={"name": "a"}).text
    assert contents(settings) == []

    class Torn(io.BytesIO):
        def read(self, size=-1):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), database.write() as session:
        store.store(session, settings, Torn(), "a", actor=None, about={})
    assert contents(settings) == []


@pytest.mark.databases("sqlite")
def test_all_together_stay_within_their_bound(settings, database, make_client):
    of = {"actor": system(Source.CLI), "about": {"client_id": make_client().id}}
    bound = settings.model_copy(update={"files": settings.files.model_copy(update={"total_mb": 1})})
    with database.write() as session:
        store.store(session, bound, io.BytesIO(b"x" * 700_000), "a.txt", **of)

    with pytest.raises(InvalidError, match="All files together may have 1 MB"), database.write() as session:
        store.store(session, bound, io.BytesIO(b"y" * 700_000), "b.txt", **of)
    assert len(contents(settings)) == 1


@pytest.mark.databases("sqlite")
def test_what_was_left_half_way_is_removed(settings, database):
    folder = settings.files.folder / store.FOLDER
    folder.mkdir(parents=True)
    (folder / "0f.partial").write_bytes(b"half")
    site = SimpleNamespace(settings=settings, database=database)

    store.tidy(site)
    assert contents(settings)  # it may be an upload that runs
    aged(settings)
    store.tidy(site)
    assert contents(settings) == []


@pytest.mark.databases("sqlite")
def test_files_are_read_by_who_may_read_them(send, member, make_client, make_role, make_user):
    other = make_client("Hers", responsible_id=make_user("eva").id)
    send({"client_id": other.id}, ("a.png", png()))
    make_role("Member", {"*": Scope.OWN})

    for path in ("", "/content", "/thumbnail", "/content?inline=1"):
        assert member.get(f"/files/1{path}").status_code == 404
    assert member.get("/api/v1/files/1/content").status_code == 404
    assert send({"client_id": other.id}, ("a.txt", b"x"), browser=member).status_code == 404


HOSTILE = {
    "page": (b"<html><script>alert(1)</script>", sniffing.UNKNOWN),
    "drawing": (
        b'<?xml version="1.0"?><svg onload="x"/>',
        sniffing.UNKNOWN,
    ),
    "late page": (b"hello\n" * 99 + b"<SCRIPT>", sniffing.UNKNOWN),
    "program": (b"MZ\x90\x00" + bytes(99), None),
    "text": ("žluť\n".encode(), sniffing.TEXT),
    "picture with a page in it": (png() + b"<script>alert(1)</script>", "image/png"),
    "nothing known": (bytes(range(256)), None),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_is_what_its_content_is(name):
    head, expected = HOSTILE[name]
    found = sniffing.media_type(head)

    assert found == expected if expected else found not in sniffing.SHOWN


@pytest.mark.databases("sqlite")
def test_a_page_is_only_ever_downloaded(admin, send, make_client):
    send({"client_id": make_client().id}, ("photo.png", b"<html><script>alert(1)</script>"))

    answer = admin.get("/files/1/content?inline=1")

    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert admin.get("/files/1/thumbnail").status_code == 404


def test_a_bomb_is_not_drawn_and_what_a_camera_says_is_left_out(tmp_path):
    bomb, photo = tmp_path / "bomb", tmp_path / "photo"
    Image.new("1", (9000, 9000)).save(bomb, "PNG")
    turned = Image.new("RGB", (60, 30), "red")
    exif = turned.getexif()
    exif[0x0112], exif[0x010F] = 6, "Secret maker"
    turned.save(photo, "JPEG", exif=exif)

    assert pictures.draw(bomb, 96) is None
    small = pictures.draw(photo, 96)
    assert small
    assert b"Secret" not in small
    (tmp_path / "torn").write_bytes(photo.read_bytes()[:50])
    assert pictures.draw(tmp_path / "torn", 96) is None


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\fake\\plan.pdf", "plan.pdf"),
        ("a\r\nb<c>.txt", "abc.txt"),
        ("..", "File"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
    ],
)
def test_names_are_made_safe(name, safe):
    assert store.safe_name(name) == safe


def test_names_and_sizes_are_written_as_they_are_read():
    assert disposition('Смета "1".pdf', inline=False).startswith(
        "attachment; filename=\"_____ _1_.pdf\"; filename*=UTF-8''%D0"
    )
    assert [size_of(n) for n in (7, 1500, 25_000, 3_210_000)] == ["7 B", "1.5 kB", "25 kB", "3.2 MB"]
