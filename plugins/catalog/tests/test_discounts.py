"""How much off somebody may give."""

from decimal import Decimal

import pytest
import sqlalchemy as sa

from vinculo.accounts.models import Role
from vinculo.actor import Actor, Source, system
from vinculo.errors import ForbiddenError, InvalidError
from vinculo_catalog import discounts


@pytest.fixture
def role_id(database):
    def role_id(name):
        with database.read() as session:
            return session.scalars(sa.select(Role.id).where(Role.name == name)).one()

    return role_id


@pytest.fixture
def check(database):
    def check(user, percent):
        actor = Actor(user.id, user.name, Source.PAGE)
        with database.read() as session:
            discounts.check_discount(session, actor, Decimal(percent))

    return check


def test_nobody_is_limited_until_a_role_says_so(make_user, check):
    check(make_user("ana"), "100")


def test_the_largest_of_the_roles_counts(admin, make_user, make_role, role_id, check):
    make_role("Seller"), make_role("Head")
    limits = {f"role-{role_id('Seller')}": "5", f"role-{role_id('Head')}": "20"}
    assert admin.post("/catalog/discounts", data=limits).status_code in (200, 303)
    seller, head = make_user("ana", role="Seller"), make_user("bia", role="Head")

    check(seller, "5")
    with pytest.raises(ForbiddenError, match="6 percent is more than the 5") as caught:
        check(seller, "6")
    assert caught.value.code == "discount_limit"
    check(head, "20")
    with pytest.raises(ForbiddenError):
        check(head, "20.01")


def test_what_is_no_percentage_is_refused_and_stays_to_be_mended(admin, role_id):
    answer = admin.post("/catalog/discounts", data={f"role-{role_id('Member')}": "many"})

    assert answer.status_code == 422
    assert "“many” is no percentage" in answer.text


def test_a_limit_is_taken_back(admin, role_id, make_user, check):
    name = f"role-{role_id('Member')}"
    admin.post("/catalog/discounts", data={name: "5"})
    assert 'value="5.00"' in admin.get("/catalog/discounts").text
    admin.post("/catalog/discounts", data={name: ""})

    check(make_user("ana"), "50")


@pytest.mark.parametrize("percent", ["-1", "100.01"])
def test_no_discount_is_below_nothing_or_above_all(database, percent):
    with database.read() as session, pytest.raises(InvalidError) as caught:
        discounts.check_discount(session, system(Source.CLI), Decimal(percent))
    assert [(one.field, one.code) for one in caught.value.errors] == [("discount", "out_of_range")]


def test_limits_are_set_by_those_who_may(member):
    assert member.get("/catalog/discounts").status_code == 403
