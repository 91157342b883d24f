"""Secrets at rest: unreadable without the key, and the key can be replaced."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from vinculo.accounts.models import Totp
from vinculo.db.base import now
from vinculo.db.encrypted import reencrypt
from vinculo.encryption import Cipher, UnknownKeyError, new_key, open_cipher
from vinculo.errors import ConfigError


def test_what_is_stored_tells_nothing():
    cipher = Cipher([new_key()])

    first, second = cipher.encrypt("ключ <1>"), cipher.encrypt("ключ <1>")

    assert first != second
    assert "ключ" not in first
    assert cipher.decrypt(first) == cipher.decrypt(second) == "ключ <1>"


def test_an_old_key_reads_on_until_everything_is_encrypted_anew():
    old, new = new_key(), new_key()
    stored = Cipher([old]).encrypt("secret")

    both = Cipher([new, old])
    assert both.decrypt(stored) == "secret"
    renewed = both.renewed(stored)

    assert Cipher([new]).decrypt(renewed) == "secret"
    with pytest.raises(UnknownKeyError, match=r"security\.secret_key"):
        Cipher([new]).decrypt(stored)


def test_what_was_changed_is_not_read():
    cipher = Cipher([new_key()])
    stored = cipher.encrypt("secret")

    with pytest.raises(UnknownKeyError):
        cipher.decrypt(stored[:-4] + ("A" if stored[-4] != "A" else "B") + stored[-3:])


def test_without_a_key_in_the_settings_one_is_made_that_only_this_user_can_read(tmp_path):
    file = tmp_path / "var" / "secret.key"

    stored = open_cipher([], file).encrypt("secret")

    assert open_cipher([], file).decrypt(stored) == "secret"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["secret.key"]


def test_processes_that_make_the_key_at_once_agree(tmp_path):
    file = tmp_path / "secret.key"

    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(lambda _: open_cipher([], file).encrypt("secret"), range(32)))

    cipher = open_cipher([], file)
    assert {cipher.decrypt(text) for text in stored} == {"secret"}


@pytest.mark.parametrize("content", ["", "\n", "nonsense", "x" * 44])
def test_a_file_that_was_spoilt_is_not_replaced(tmp_path, content):
    file = tmp_path / "secret.key"
    file.write_text(content)

    with pytest.raises(ConfigError, match="holds what is no key"):
        open_cipher([], file)

    assert file.read_text() == content


def test_everything_in_the_database_is_encrypted_anew(session, make_user):
    old, new = new_key(), new_key()
    user = make_user("ana")
    session.add(Totp(user_id=user.id, secret=Cipher([old]).encrypt("secret"), created_at=now()))
    session.flush()

    assert reencrypt(session, Cipher([new, old])) == 1

    session.expire_all()
    assert Cipher([new]).decrypt(session.scalars(sa.select(Totp.secret)).one()) == "secret"
