"""What opens doors is nowhere to be read: not in database, event log, logs, errors, settings."""

import base64
import json
import logging

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from cryptography.fernet import Fernet

from vinculo.accounts import recovery, resets, service, totp
from vinculo.accounts.models import Role
from vinculo.actor import Source, system
from vinculo.cli import main
from vinculo.encryption import Cipher, new_key

CIPHER = Cipher([new_key()])
PASSWORD = "correct horse battery"
ACTOR = system(Source.CLI)


@pytest.fixture
def secrets(session, make_user, enter, later):
    """All that somebody could come in with, made and used as people do."""
    ana = make_user(role=Role.ADMINISTRATOR)
    wrong = "wrong horse battery"
    enter(password=wrong)
    cookie = enter().token
    _made, token = service.create_token(session, ana.id, name="sync", actor=ACTOR, now=later())
    link = resets.make(session, ana, hours=1, actor=ACTOR, now=later())
    codes = recovery.make(session, ana.id)
    app = totp.begin(session, ana, cipher=CIPHER, now=later())
    session.commit()
    return [PASSWORD, wrong, cookie, token, link, *codes, CIPHER.decrypt(app.secret)]


def everything(connection):
    """All values of all tables, as text."""
    for table in sa.inspect(connection).get_table_names():
        for row in connection.execute(sa.text(f'select * from "{table}"')):
            yield from (str(value) for value in row if value is not None)


def test_the_database_and_the_event_log_hold_none(database, session, secrets, caplog):
    caplog.set_level(logging.DEBUG, logger="vinculo")
    session.close()

    with database.engine.connect() as connection:
        stored = "\n".join(everything(connection))

    assert "signed in" in stored  # the event log is there
    assert "argon2id" in stored
    for secret in secrets:
        for form in (secret, secret.replace("-", ""), base64.b64encode(secret.encode()).decode()):
            assert form not in stored
            assert form not in caplog.text


def test_an_error_of_the_database_tells_no_values(database):
    with pytest.raises(sa.exc.DBAPIError) as caught, database.engine.connect() as connection:
        connection.execute(sa.text("select :secret from nowhere"), {"secret": "hush"})

    assert "nowhere" in str(caught.value)
    assert "hush" not in str(caught.value)


def test_a_fault_is_logged_by_its_route_and_told_without_a_word_of_it(open_browser, monkeypatch, caplog):
    def fail(*arguments, **options):
        raise RuntimeError("hush")

    monkeypatch.setattr(resets, "holder", fail)
    browser = open_browser()

    page = browser.get("/reset/the-secret-of-a-link")

    assert page.status_code == 500
    assert "hush" not in page.text
    assert "Traceback" not in page.text
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "/reset/{token" in record.getMessage()
    assert "the-secret-of-a-link" not in record.getMessage()


def test_settings_that_are_shown_hold_none(tmp_path, monkeypatch):
    key = Fernet.generate_key().decode()
    file = tmp_path / "vinculo.toml"
    file.write_text(
        f"""
        [database]
        url = "postgresql://joe:hush@db/crm?password=hush"
        [security]
        secret_key = ["{key}"]
        [oidc]
        issuer = "https://id.example.com"
        client_id = "vinculo"
        client_secret = "hush"
        [mail]
        password = "hush"
        [interactions]
        api_token = "hush"
        hook = "https://me:hush@host/"
        """
    )
    monkeypatch.setenv("VINCULO_CONFIG", str(file))

    for words in (("config", "show"), ("config", "show", "--json"), ("doctor",), ("doctor", "--json")):
        done = CliRunner().invoke(main, words, prog_name="vinculo")
        for secret in ("hush", key):
            assert secret not in done.output + str(done.exception or "")
    shown = {line["key"]: line["value"] for line in json.loads(run_json("config", "show"))}
    assert shown["oidc.client_secret"] == shown["mail.password"] == shown["security.secret_key"] == "***"


def run_json(*words):
    return CliRunner().invoke(main, [*words, "--json"], prog_name="vinculo").stdout
