"""A company that has marketing on, and ways to make what belongs to it."""

import pytest

from vinculo.clients.records import client
from vinculo.people.records import person
from vinculo_marketing.records import KINDS, campaign, channel, event, participant, touch

LINKS = [client, person, *KINDS]


@pytest.fixture
def plugins_on():
    return ("marketing",)


@pytest.fixture
def make(make_record):
    """Make a record of any kind of the plugin: ``make("campaign", name="Autumn")``."""
    kinds = {
        "channel": channel,
        "campaign": campaign,
        "event": event,
        "participant": participant,
        "touch": touch,
    }

    def make(kind, **payload):
        return make_record(kinds[kind], links_to=LINKS, **payload)

    make.kinds = kinds
    return make


@pytest.fixture
def faults():
    """The faults of an answer that refuses: {(field, code)}."""

    def faults(answer):
        assert answer.status_code == 422, answer.text
        return {(one["field"], one["code"]) for one in answer.json()["errors"]}

    return faults
