"""Roles, departments and what they add up to: on pages, in the log, at once."""

import pytest
import sqlalchemy as sa

from vinculo.accounts import departments, rights, roles, service
from vinculo.accounts.models import Role
from vinculo.actor import UNLIMITED, Actor, ExportLimits, FieldAccess, Scope, Source
from vinculo.errors import ConflictError, ForbiddenError, InvalidError
from vinculo.events import chain
from vinculo.events.models import Event
from vinculo.plugins.contributions import Permission
from vinculo.testing import factories
from vinculo.testing.factories import SYSTEM, make_department, make_role, make_user

DECLARED = {
    name: Permission(name, name, administrative=name.startswith("admin"))
    for name in ("a.read", "a.update", "b.read", "admin.users")
}

COMPANY = ExportLimits(rows_per_day=20_000, approval_above=5_000)


@pytest.fixture
def by(later):
    return {"actor": SYSTEM, "now": later()}


def held(session, user):
    return rights.compiled(session, user.id, DECLARED, COMPANY)


def test_a_fresh_company_works_as_before(session):
    ana, boss = make_user(session, "ana"), make_user(session, "boss", role=Role.ADMINISTRATOR)

    assert held(session, ana).rights.grants["a.update"] is Scope.ALL
    assert "admin.users" not in held(session, ana).rights.grants
    assert held(session, boss).is_administrator
    assert (held(session, ana).label, held(session, boss).label) == ("Member", "Administrator")


def test_several_roles_add_up_to_the_widest(session):
    make_role(session, "Member", {"*": Scope.OWN})
    make_role(session, "Reader", {"a.read": Scope.ALL})
    make_role(session, "Lead", {"*": Scope.DEPARTMENT})
    ana = make_user(session, "ana", role="Reader")

    assert held(session, ana).rights.grants["a.read"] is Scope.ALL
    assert held(session, ana).rights.grants["b.read"] is Scope.OWN
    why = rights.explain(session, ana.id, DECLARED)
    assert [(one.role, one.gives) for one in why["a.read"]] == [("Reader", Scope.ALL), ("Member", Scope.OWN)]
    assert why["admin.users"] == []


def test_of_a_field_the_most_that_is_said_holds(session):
    hidden, read = FieldAccess.HIDDEN, FieldAccess.READ_ONLY
    make_role(session, "Member", {}, {("a", "x"): hidden, ("a", "y"): hidden, ("a", "z"): hidden})
    make_role(session, "Seller", {}, {("a", "x"): read, ("a", "y"): FieldAccess.FULL})

    fields = held(session, make_user(session, "ana", role="Seller")).rights.fields

    assert fields == {("a", "x"): read, ("a", "z"): hidden}


def test_of_a_limit_of_exports_the_widest_that_is_said_holds(session, by):
    ana, boss = make_user(session, "ana"), make_user(session, "boss", role=Role.ADMINISTRATOR)
    assert held(session, ana).rights.exports == COMPANY
    assert held(session, boss).rights.exports == ExportLimits()

    for name, rows in (("Temp", 100), ("Seller", 900)):
        role = make_role(session, name)
        roles.set_export_limits(session, role.id, {"rows_per_day": rows}, **by)
        roles.set_roles(session, ana.id, [role.id, *(r.id for r in roles.own_roles(session, ana.id))], **by)
    assert held(session, ana).rights.exports == ExportLimits(900, 5_000)
    why = rights.explain_exports(session, ana.id)
    assert [(one.role, one.gives) for one in why["rows_per_day"]] == [("Seller", 900), ("Temp", 100)]

    administrator = roles.find_role(session, Role.ADMINISTRATOR)
    roles.set_export_limits(session, administrator.id, {"approval_above": 0}, **by)
    assert held(session, boss).rights.exports == ExportLimits(UNLIMITED, 0)
    with pytest.raises(InvalidError, match="whole number"):
        roles.set_export_limits(session, administrator.id, {"approval_above": -1}, **by)


def test_departments_reach_down_and_never_round(session, by):
    for name, below in (("All", ""), ("North", "All"), ("Coast", "North"), ("South", "All")):
        make_department(session, name, below=below)
    ids = {node.department.name: node.department.id for node in departments.tree(session)}
    ana = make_user(session, "ana", department="North")

    assert held(session, ana).rights.departments == {ids["North"], ids["Coast"]}
    top = session.get(factories.Department, ids["All"])
    top.parent_id = ids["Coast"]
    with pytest.raises(InvalidError, match="cannot be below itself"):
        departments.check(session, top, SYSTEM)


def test_every_change_raises_the_version_and_is_in_the_log(session, by):
    def number():
        return session.scalar(sa.select(rights.version))

    ana = make_user(session, "ana")
    make_department(session, "North")
    seller = make_role(session, "Seller")
    steps = [
        lambda: roles.set_grants(session, seller.id, {"a.read": Scope.OWN}, known=DECLARED, **by),
        lambda: roles.set_fields(
            session, seller.id, {("a", "x"): FieldAccess.HIDDEN}, known=[("a", "x")], **by
        ),
        lambda: roles.set_roles(session, ana.id, [seller.id], **by),
        lambda: departments.move_user(session, ana.id, departments.find(session, "north", "North").id, **by),
        lambda: roles.change_role(session, seller.id, name="Vendor", second_factor=True, **by),
        lambda: roles.set_roles(session, ana.id, [], **by),
        lambda: roles.delete_role(session, seller.id, **by),
    ]
    chain.append(session)
    for step in steps:
        before, told = number(), len(session.scalars(sa.select(Event)).all())
        step()
        chain.append(session)  # what is written as the transaction commits
        assert number() > before
        assert len(session.scalars(sa.select(Event)).all()) == told + 1

    last = session.scalars(sa.select(Event).where(Event.kind == "user").order_by(Event.id)).all()
    assert last[-1].changes == {"roles": [["Vendor"], []]}


def test_what_is_kept_of_rights_is_asked_anew_only_when_they_change(session, by):
    book = rights.RightsBook(DECLARED, COMPANY)
    ana, seller = make_user(session, "ana"), make_role(session, "Seller", {"admin.users": Scope.ALL})

    first = book.now(session, ana.id)
    assert book.now(session, ana.id) is first
    roles.set_roles(session, ana.id, [seller.id], **by)
    assert "admin.users" in book.now(session, ana.id).rights.grants


def test_only_an_administrator_makes_one_and_the_last_one_stays(session, by):
    boss = make_user(session, "boss", role=Role.ADMINISTRATOR)
    keeper = make_user(session, "keeper")
    administrator = roles.find_role(session, "administrator")
    grants = {"accounts.manage_roles": Scope.ALL, "accounts.manage_users": Scope.ALL}
    manager = Actor(keeper.id, "keeper", Source.PAGE, rights=rights.Rights(grants))

    with pytest.raises(ForbiddenError):
        roles.set_roles(session, keeper.id, [administrator.id], actor=manager, now=by["now"])
    with pytest.raises(ForbiddenError):
        service.set_password(session, boss.id, password="correct horse battery", actor=manager, now=by["now"])
    with pytest.raises(ConflictError, match="last active administrator"):
        roles.set_roles(session, boss.id, [], **by)


def test_a_role_in_use_and_that_of_everybody_stay(session, by):
    seller = make_role(session, "Seller")
    make_user(session, "ana", role="Seller")

    for role in (seller, roles.find_role(session, "member")):
        with pytest.raises(ConflictError):
            roles.delete_role(session, role.id, **by)
    with pytest.raises(ConflictError, match="cannot be narrowed"):
        roles.set_grants(
            session, roles.find_role(session, "administrator").id, {"*": Scope.OWN}, known=["*"], **by
        )


def test_unknown_permissions_and_names_that_are_taken_are_refused(session, by):
    seller = make_role(session, "Seller")

    with pytest.raises(InvalidError, match=r"no permission “x\.y”"):
        roles.set_grants(session, seller.id, {"x.y": Scope.OWN}, known=DECLARED, **by)
    with pytest.raises(InvalidError, match="already a role"):
        roles.create_role(session, name="SELLER", **by)
