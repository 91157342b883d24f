"""Mail that comes back, and answers, by real servers: sent through Exim, read from Dovecot."""

import smtplib
from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from vinculo.cli import main
from vinculo.testing.mailhost import PASSWORD, mail_host
from vinculo_mailings import bounces, mailbox
from vinculo_mailings.models import Bounce, Mailbox, Send

ANA, BIA, NOBODY = "ana@luz.example", "bia@luz.example", "nobody@luz.example"


@pytest.fixture(scope="module")
def servers():
    """Both, for all tests of this module; in a folder that their own user may enter."""
    with TemporaryDirectory(prefix="vinculo-mail-") as folder:
        Path(folder).chmod(0o755)
        with mail_host(Path(folder)) as host:
            yield host


@pytest.fixture
def host(servers):
    for name in ("ana", "bia", "bounces"):
        servers.empty(name)
    return servers


@pytest.fixture
def own(host):
    return {
        "bounces": "bounces@luz.example", "sender": "Luz <news@luz.example>", "imap_host": "127.0.0.1",
        "imap_port": host.imap, "imap_security": "none", "imap_user": "bounces", "imap_password": PASSWORD,
    }  # fmt: skip


@pytest.fixture
def settings(settings, host):
    """As the others have it, but for the server."""
    mail = settings.mail.model_copy(update={"port": host.smtp})
    return settings.model_copy(update={"mail": mail})


@pytest.fixture
def mailed(admin, make_clients, make_mailing, work, database):
    """A mailing to these; its messages by address."""

    def mailed(*addresses):
        make_clients(*addresses)
        admin.post(f"/mailings/{make_mailing().id}/do/start")
        work()
        return found

    def found():
        with database.read() as session:
            return {one.address: one for one in session.scalars(sa.select(Send))}

    return mailed


@pytest.fixture
def post(host):
    """Somebody writes: ``post(text="Hello", in_reply_to="<…>")``."""

    def post(raw=None, *, to="bounces@luz.example", **heads):
        if raw is None:
            letter = EmailMessage()
            letter["From"], letter["To"], letter["Subject"] = ANA, to, "Re: Hi"
            for name, value in heads.items():
                letter[name.replace("_", "-")] = value
            letter.set_content("550 user unknown <bia@luz.example>, said the server of my neighbour.")
            raw = letter.as_bytes()
        count = len(host.letters("bounces"))
        with smtplib.SMTP("127.0.0.1", host.smtp) as server:
            server.sendmail(ANA, [to], raw)
        host.wait("bounces", count + 1)

    return post


def marked(database):
    with database.read() as session:
        return {one.address: (one.hard, one.times) for one in session.scalars(sa.select(Bounce))}


def test_a_letter_to_nobody_comes_back_through_a_real_server_and_marks_its_address(
    host, mailed, site, database, admin
):
    found = mailed(ANA, NOBODY)
    assert {one.step for one in found().values()} == {"sent"}, "this server refuses nobody at once"
    host.wait("ana", 1)
    host.wait("bounces", 1)
    mailbox.read(site)
    assert marked(database) == {NOBODY: (True, 1)}
    assert found()[NOBODY].bounced_at is not None
    assert found()[ANA].bounced_at is None
    mailbox.read(site)
    assert marked(database) == {NOBODY: (True, 1)}, "what was read is not read again"
    left = admin.get("/api/v1/mailings/1/audience").json()["left_out"]
    assert left == {"Nobody lives at this address": 1}
    page = admin.get("/mailings/results").text
    assert "1 · 50.0 %" in page


def test_answers_are_told_and_what_programs_say_is_none(host, mailed, post, site, database, admin):
    found = mailed(ANA, BIA)
    ids = {address: f"<{one.token}@luz.example>" for address, one in found().items()}
    post(In_Reply_To=ids[BIA], Auto_Submitted="auto-replied")
    post(References="<other@x.example>", Subject2="unknown")
    mailbox.read(site)
    assert [one.answered_at for one in found().values()] == [None, None]
    post(References=f"<other@x.example> {ids[ANA]}")
    mailbox.read(site)
    assert found()[ANA].answered_at is not None
    assert found()[BIA].answered_at is None
    assert marked(database) == {}, "what people quote marks nobody"
    assert admin.get("/api/v1/mailings/1/results").json()["messages"]["answered"] == 1


def test_what_is_killed_while_it_reads_takes_nothing_twice_and_passes_nothing_over(
    mailed, post, site, database, monkeypatch, host
):
    found = mailed(NOBODY, ANA)
    host.wait("bounces", 1)
    post(In_Reply_To=f"<{found()[ANA].token}@luz.example>")
    real, calls = bounces.take, []

    def take(session, mail):
        taken = real(session, mail)
        calls.append(taken)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return taken

    monkeypatch.setattr(bounces, "take", take)
    with pytest.raises(KeyboardInterrupt):
        mailbox.read(site)
    assert marked(database) == {NOBODY: (True, 1)}
    assert found()[ANA].answered_at is None
    mailbox.read(site)
    assert found()[ANA].answered_at is not None
    assert marked(database) == {NOBODY: (True, 1)}
    with database.write() as session:
        assert session.scalar(sa.select(Mailbox.last)) == 2
        session.execute(sa.update(Mailbox).values(validity=1))
    mailbox.read(site)
    assert len(calls) == 5, "numbered anew, the folder is read from its beginning"


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: multipart/mixed; boundary=b0\r\n\r\n"
        + b"".join(
            b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n, n + 1) for n in range(5000)
        ),
        b"Subject: \xff\xfe\x80\r\nContent-Type: text/plain; charset=nothing\r\n\r\n\xff\x80",
        b"\r\n".join(
            [
                b"Content-Type: multipart/report; boundary=B",
                b"",
                b"--B",
                b"Content-Type: message/delivery-status",
                b"",
                b"Final-Recipient: \xff;\xff",
                b"Action: failed",
                b"Status: 5.1.1",
                b"Diagnostic-Code: \x01\xff",
                b"",
                b"--B--",
            ]
        ),
        b"To: bounces@luz.example\r\n\r\n" + b"x" * 900 + (b"\r\n" + b"y" * 900) * 3000,
        b"\r\n" + b"Message-ID:\r\n" * 50_000,
    ],
    ids=["nested", "no text", "no address", "large", "repeated"],
)
def test_a_hostile_mail_keeps_nothing_from_being_read(raw, mailed, post, site, database):
    found = mailed(ANA)
    token = found()[ANA].token
    post(b"To: bounces+" + token.encode() + b"@luz.example\r\n" + raw)
    post(In_Reply_To=f"<{token}@luz.example>")
    mailbox.read(site)
    assert found()[ANA].answered_at is not None


def test_a_mail_server_hands_a_mail_to_the_command(mailed, database, tmp_path, host, monkeypatch):
    found = mailed(NOBODY, ANA)
    [raw] = host.wait("bounces", 1)
    monkeypatch.setenv("VINCULO_DATABASE__URL", database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("VINCULO_PLUGINS__ON", "mailings")
    monkeypatch.setenv("LANG", "en")
    monkeypatch.chdir(tmp_path)

    def receive(mail):
        answer = CliRunner().invoke(main, ["mailings", "receive"], input=mail)
        assert answer.exit_code == 0, answer.output
        return answer.stdout.strip()

    assert receive(raw) == "An address was marked: mail to it came back."
    assert marked(database) == {NOBODY: (True, 1)}
    answer = f"In-Reply-To: <{found()[ANA].token}@luz.example>\r\n\r\nHello".encode()
    assert receive(answer) == "It answers a message of ours."
    assert receive(b"\xff\x00nonsense") == "It is about no message of ours."


class TestElsewhere:
    @pytest.fixture
    def own(self, own):
        return {**own, "imap_folder": "Nothing"}

    def test_a_folder_that_there_is_not_is_said(self, site):
        with pytest.raises(mailbox.MailboxError, match="Nothing"):
            mailbox.read(site)
