"""Users of before have the same rights after: administrators theirs, everybody else those of a member."""

from __future__ import annotations

import sqlalchemy as sa

from vinculo.app.composition import KERNEL_HISTORY
from vinculo.db.engine import Database
from vinculo.db.migrations import downgrade, upgrade

USER = sa.text(
    "insert into accounts_user (login, login_key, full_name, email, password_hash, role, active, language,"
    " time_zone, theme, version, created_at, changed_at)"
    " values (:name, :name, '', '', '', :role, :yes, '', '', '', 1, :at, :at)"
)
ROLES = sa.text(
    "select u.login, r.name from accounts_user u join accounts_user_role ur on ur.user_id = u.id"
    " join accounts_role r on r.id = ur.role_id order by u.login"
)
AT = "2026-01-01 00:00:00+00:00"


def test_roles_become_rows_and_back(database_url):
    database = Database(database_url)
    upgrade(database, [KERNEL_HISTORY], to="0002")
    with database.write() as session:
        for name, role in (("boss", "administrator"), ("ana", "member"), ("bia", "member")):
            session.execute(USER, {"name": name, "role": role, "yes": True, "at": AT[:19]})

    upgrade(database, [KERNEL_HISTORY])

    with database.read() as session:
        assert session.execute(ROLES).all() == [("boss", "Administrator")]
        grants = session.execute(sa.text("select permission, scope from accounts_grant")).all()
        assert grants == [("*", "all")]
        assert session.scalar(sa.text("select count(*) from accounts_user")) == 3

    downgrade(database, KERNEL_HISTORY, "0002")

    with database.read() as session:
        found = session.execute(sa.text("select login, role from accounts_user order by login")).all()
    assert found == [("ana", "member"), ("bia", "member"), ("boss", "administrator")]
    database.close()
