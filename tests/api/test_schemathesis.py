"""The API keeps to its own description: whatever fits it, or does not, gets an answer that it names."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.python import asgi
from schemathesis.specs.openapi import checks, definitions

from vinculo.accounts import service
from vinculo.accounts.models import Role
from vinculo.actor import Source, system
from vinculo.db.base import now

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
EXAMPLES = {  # PostgreSQL is the one that refuses values which SQLite takes
    "postgresql": {GenerationMode.POSITIVE: 8, GenerationMode.NEGATIVE: 7},
    "sqlite": {GenerationMode.POSITIVE: 3, GenerationMode.NEGATIVE: 2},
}
PATIENCE = 120  # seconds: a busy machine may be slow, and how slow is not what is tested
ELSEWHERE = r"/(import|export|imports)(/|$)"  # files: their own tests read them back


@pytest.fixture
def api(build_app, database, make_user):
    """The description of the API, the app behind it, and a way to ask it as an administrator."""
    administrator = make_user("admin", role=Role.ADMINISTRATOR)
    with database.write() as session:
        _token, plain = service.create_token(
            session, administrator.id, name="robot", actor=system(Source.CLI), now=now()
        )
    app = build_app()
    document = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)
    with asgi.get_client(app) as client:
        client.headers["authorization"] = f"Bearer {plain}"
        yield document, client
    asgi.shutdown_lifespans()


def test_the_description_is_sound(api):
    document, _client = api
    raw = document.raw_schema

    assert raw["openapi"].startswith("3.1")
    problems = [
        f"{list(e.instance_path)}: {e.message}" for e in definitions.OPENAPI_31_VALIDATOR.iter_errors(raw)
    ]
    assert problems == []
    names = [op.ok().definition.raw["operationId"] for op in document.get_all_operations()]
    assert len(names) == len(set(names)) > 20


@pytest.mark.slow
def test_every_answer_is_as_described(api, database_kind, make_client, make_counterparty, make_person):
    document, client = api
    for number in range(3):
        owner = make_client(f"Luz {number}", external_id=f"A{number}").id
        make_counterparty(f"Luz {number} Ltda", links=[{"client_id": owner}])
        make_person(f"Ana {number}", roles=[{"client_id": owner}])
    statuses: dict[int, int] = {}

    for found in document.exclude(path_regex=ELSEWHERE).get_all_operations():
        operation = found.ok()
        for mode, examples in EXAMPLES[database_kind].items():
            tried = ask(operation, mode, examples, client, statuses)
            assert tried
    assert {200, 201, 400, 404, 422} <= set(statuses), statuses


def ask(operation, mode, examples, client, statuses):
    """Send what the description allows (or forbids) and compare the answers with it."""
    tried = []

    @seed(20261123)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case):
        answer = case.call(session=client, timeout=PATIENCE)
        tried.append(answer)
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
        case.validate_response(answer, checks=CHECKS)
        assert b"Traceback" not in answer.content

    try:
        run()
    except Unsatisfiable:  # any text will do for a name
        assert mode is GenerationMode.NEGATIVE
    except schemathesis.errors.SchemathesisError as fault:
        if mode is GenerationMode.POSITIVE or "negative" not in str(fault).lower():
            raise
    return tried or mode is GenerationMode.NEGATIVE  # nothing can be wrong with a request without parameters
