"""Mails handed over one by one: what was promised when the connection broke, and what servers refuse."""

import pytest

from vinculo import mail
from vinculo.testing.postbox import postbox

RAW = b"From: crm@luz.example\r\nTo: ana@luz.example\r\nSubject: Hi\r\n\r\n.one\r\n..two\r\n"


def carry(box, to="ana@luz.example", promise=lambda: None):
    with mail.courier(box.settings) as courier:
        courier.carry(RAW, sender="bounce@luz.example", to=to, promise=promise)


def test_many_go_by_one_connection_as_they_were_made():
    promised = []
    with postbox() as box, mail.courier(box.settings) as courier:
        for number in range(3):
            to = f"ana{number}@büro.example"
            courier.carry(
                RAW, sender="a@luz.example", to=to, promise=lambda: promised.append(len(box.letters))
            )
    assert promised == [0, 1, 2], "the server has none before it is promised"
    assert box.letters[2].get_content().split() == [".one", "..two"]


def test_a_server_that_takes_few_by_one_connection_gets_the_rest_by_another():
    sessions = []

    async def at_most_two(_server, session, envelope, address, _options):
        sessions.append(session)
        if sessions.count(session) > 2:
            return "421 too many messages in this connection"
        envelope.mail_from = address
        return "250 OK"

    with postbox() as box:
        box.handle_MAIL = at_most_two
        with mail.courier(box.settings) as courier:
            for number in range(5):
                to = f"ana{number}@luz.example"
                courier.carry(RAW, sender="a@luz.example", to=to, promise=lambda: None)
    assert len(box.letters) == 5
    assert len(set(sessions)) == 3


def test_what_was_not_promised_did_not_arrive():
    def fail():
        raise RuntimeError("the database is gone")

    with postbox() as box:
        with pytest.raises(RuntimeError), mail.courier(box.settings) as courier:
            courier.carry(RAW, sender="a@luz.example", to="ana@luz.example", promise=fail)
        carry(box)
    assert len(box.letters) == 1


def test_refusals_say_what_they_are_of():
    said = {
        "550 5.1.1 no such mailbox": (mail.RefusedError, True),
        "550 5.7.1 you are on a list": (mail.RefusedError, False),
        "552 full for good": (mail.RefusedError, False),
        "451 later": (mail.LaterError, None),
        "421 closing": (OSError, None),
    }
    with postbox() as box:
        for answer, (error, unknown) in said.items():
            box.handle_RCPT = lambda *_, answer=answer: _answer(answer)
            with pytest.raises(error) as found:
                carry(box)
            assert getattr(found.value, "unknown", None) is unknown, answer


async def _answer(said):
    return said


def test_no_answer_at_the_end_is_unsure():
    with postbox() as box:
        box.handle_DATA = lambda server, *_: _hang_up(server)
        with pytest.raises(mail.UnsureError):
            carry(box)


async def _hang_up(server):
    server.transport.abort()
    return "250 OK"


def test_a_name_that_no_server_is_told_is_refused():
    with postbox() as box, pytest.raises(mail.RefusedError):
        carry(box, to="анна@luz.example")
