"""A company that has the plugin on, and a way to make complaints."""

import pytest
import sqlalchemy as sa

from vinculo.clients.records import client
from vinculo_complaints.models import Complaint, Stay
from vinculo_complaints.records import cause, complaint, topic


@pytest.fixture
def plugins_on():
    return ("complaints",)


@pytest.fixture
def make_topic(make_record):
    return lambda name="Damaged goods": make_record(topic, name=name)


@pytest.fixture
def make_cause(make_record):
    return lambda name="Carrier": make_record(cause, name=name)


@pytest.fixture
def make_complaint(make_record, make_client):
    """Make a complaint: ``make_complaint("Broken", severity="high")``."""

    def make_complaint(subject="Broken", **payload):
        payload.setdefault("client_id", payload.get("client_id") or make_client().id)
        return make_record(complaint, subject=subject, links_to=[client, topic, cause], **payload)

    return make_complaint


@pytest.fixture
def row(database):
    """A complaint as it is in its table."""

    def row(record_id=1):
        with database.read() as session:
            return session.scalar(sa.select(Complaint).where(Complaint.id == record_id))

    return row


@pytest.fixture
def states(database):
    """The states a complaint was in, the first one first, and by whom."""

    def states(record_id=1):
        with database.read() as session:
            query = sa.select(Stay).where(Stay.complaint_id == record_id).order_by(Stay.id)
            return [(str(one.state), one.user_id) for one in session.scalars(query)]

    return states


@pytest.fixture
def faults():
    """The faults of an answer that refuses: {(field, code)}."""

    def faults(answer):
        assert answer.status_code == 422, answer.text
        return {(one["field"], one["code"]) for one in answer.json()["errors"]}

    return faults
