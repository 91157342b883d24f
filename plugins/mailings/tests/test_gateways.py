"""Text messages by HTTP and by SMPP, to servers that speak them."""

import socketserver
import struct
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from vinculo_mailings.models import Send

ANA, BIA = "+5511987654321", "+5511987654322"
SUBMIT, BIND, UNBIND, ENQUIRE = 4, 9, 6, 0x15
THROTTLED, WRONG = 0x58, 0x0B


class Centre(socketserver.ThreadingTCPServer):
    """A message centre: it takes what is submitted, or says what ``answers`` has for a number."""

    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Talk)
        self.taken, self.answers, self.hang_up = [], {}, False


class Talk(socketserver.StreamRequestHandler):
    def handle(self):
        while head := self.rfile.read(16):
            length, command, _status, number = struct.unpack(">4I", head)
            body = self.rfile.read(length - 16)
            status, answer = 0, b"centre\0" if command == BIND else b""
            if command == SUBMIT:
                self.say(ENQUIRE, 0, 77)  # it asks, too, whether we are still there
                if self.server.hang_up:
                    return
                to, coding, text = read(body)
                status, answer = self.server.answers.get(to, 0), b"id1\0"
                if not status:
                    self.server.taken.append((to, text.decode("utf-16-be" if coding == 8 else "latin-1")))
            if command in (SUBMIT, BIND, UNBIND):
                self.say(command | 0x80000000, status, number, answer)

    def say(self, command, status, number, body=b""):
        self.wfile.write(struct.pack(">4I", 16 + len(body), command, status, number) + body)


def read(body):
    """Whom a message is for, its coding, and its text."""
    rest = body.partition(b"\0")[2][2:].partition(b"\0")[2][2:]
    to, _end, rest = rest.partition(b"\0")
    rest = rest[3:].partition(b"\0")[2].partition(b"\0")[2]
    _registered, _replace, coding, _default, length = rest[:5]
    return to.decode(), coding, rest[5 : 5 + length]


@pytest.fixture(scope="module")
def centre():
    with Centre() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


class Web(BaseHTTPRequestHandler):
    def do_GET(self):
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        self.server.taken.append(asked)
        self.send_response(self.server.answers.get(asked["to"], 202))
        self.end_headers()

    def log_message(self, *_given):
        pass


@pytest.fixture(scope="module")
def web():
    with HTTPServer(("127.0.0.1", 0), Web) as server:
        server.taken, server.answers = [], {}
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def make_numbers(make_client):
    def make_numbers(*numbers):
        for number in numbers:
            make_client("Ana", stage="active", contact_points=[{"type": "phone", "value": number}])

    return make_numbers


@pytest.fixture
def mail_all(admin, make_template, make_mailing, work):
    def mail_all(body):
        made = make_mailing(template_id=make_template(body, channel="sms", subject="").id)
        answer = admin.post(f"/mailings/{made.id}/do/start")
        assert answer.status_code == 200
        work()

    return mail_all


@pytest.fixture
def found(database):
    def found():
        with database.read() as session:
            rows = session.execute(sa.select(Send.address, Send.step, Send.attempts).order_by(Send.id))
            return [(address, str(step), attempts) for address, step, attempts in rows]

    return found


class TestSmpp:
    @pytest.fixture
    def own(self, centre):
        centre.taken.clear()
        centre.answers, centre.hang_up = {}, False
        return {
            "sms_gateway": "smpp", "sms_host": "127.0.0.1", "sms_port": centre.server_address[1],
            "sms_user": "luz", "sms_sender": "Luz",
        }  # fmt: skip

    def test_short_and_long_ones_arrive(self, centre, make_numbers, mail_all, found):
        make_numbers(ANA, BIA, "4321")
        mail_all("Olá {{ client.name }}, привет! " + "x" * 60)
        assert found() == [(ANA, "sent", 0), (BIA, "sent", 0)], "what is no valid number is left out"
        assert [to for to, _text in centre.taken] == [ANA[1:]] * 2 + [BIA[1:]] * 2, "each in two parts"
        assert "привет" in centre.taken[0][1]

    def test_what_it_refuses_fails_and_what_it_cannot_take_now_waits(
        self, centre, make_numbers, mail_all, found
    ):
        make_numbers(ANA, BIA)
        centre.answers = {ANA[1:]: WRONG, BIA[1:]: THROTTLED}
        mail_all("Hello")
        assert found() == [(ANA, "failed", 1), (BIA, "pending", 1)]

    def test_no_answer_is_unsure(self, centre, make_numbers, mail_all, found):
        from vinculo.mail import UnsureError

        make_numbers(ANA)
        centre.hang_up = True
        with pytest.raises(UnsureError):
            mail_all("Hello")
        assert found() == [(ANA, "unsure", 0)]


class TestHttp:
    @pytest.fixture
    def own(self, web):
        web.taken.clear()
        url = f"http://127.0.0.1:{web.server_address[1]}/send?to={{to}}&text={{text}}&id={{key}}"
        return {"sms_gateway": "http", "sms_url": url}

    def test_each_is_a_request(self, web, make_numbers, mail_all, found, settings, site):
        make_numbers(ANA, BIA)
        web.answers = {BIA: 400}
        mail_all("Olá & bem-vinda")
        assert [(one["to"], one["text"]) for one in web.taken] == [
            (ANA, "Olá & bem-vinda"),
            (BIA, "Olá & bem-vinda"),
        ]
        assert found() == [(ANA, "sent", 0), (BIA, "failed", 1)]
