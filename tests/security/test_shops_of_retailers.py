"""Whose orders a retailer sees is said by the administrator who invites it, not by the name that it signs in with."""

import pytest
from sqlalchemy import select

from recycling.accounts import people
from recycling.accounts.actors import Actor, Role, system
from recycling.deliveries.shops import the_shop
from recycling.errors import BadRequestError
from recycling.models import Account, OneTimeLink

OPERATOR = system("account invite")
PASSWORD = "lantern-orbit-9-marble"


@pytest.fixture
def invited(sqlite_record, settings, now):
    """Return a function that invites somebody in a role for a shop and lets the person choose a sign-in name."""

    def make(role, shop, login):
        with sqlite_record.write() as session:
            token = people.invite(session, settings.access, OPERATOR, role, "13900139000", [], now, shop=shop)
            return people.accept(session, settings.access, token, login, "", PASSWORD, now).id

    return make


def shop_of(record, account, named=""):
    with record.read() as session:
        role = Role(session.get_one(Account, account).role)
        return the_shop(session, Actor("person", str(account), role), named)


def test_another_shops_name_as_sign_in_name_brings_nothing(sqlite_record, invited):
    account = invited(Role.RETAILER, "  First   shop ", "second-shop")
    assert shop_of(sqlite_record, account) == "First shop"
    assert shop_of(sqlite_record, account, "second-shop") == "First shop"


@pytest.mark.parametrize("shop", ["", "   ", "x" * 41])
def test_a_retailer_without_a_shop_is_not_invited(sqlite_record, invited, shop):
    with pytest.raises(BadRequestError) as refused:
        invited(Role.RETAILER, shop, "anna")
    assert [fault.code for fault in refused.value.faults] == ["no-shop"]
    with sqlite_record.read() as session:
        assert session.scalars(select(OneTimeLink)).all() == []


def test_others_order_for_no_shop(invited):
    with pytest.raises(BadRequestError, match="retailer"):
        invited(Role.CLERK, "First shop", "anna")


def test_who_becomes_a_retailer_gets_its_shop_and_loses_it_again(sqlite_record, invited, now):
    account = invited(Role.CLERK, "", "first-shop")

    def become(role, shop=""):
        with sqlite_record.write() as session:
            people.change_role(session, OPERATOR, session.get_one(Account, account), role, [], now, shop=shop)

    with pytest.raises(BadRequestError):
        become(Role.RETAILER)
    become(Role.RETAILER, "Third shop")
    assert shop_of(sqlite_record, account) == "Third shop"
    become(Role.CLERK)
    assert shop_of(sqlite_record, account, "any") == "any"


def test_a_link_of_before_that_names_no_shop_makes_no_account(sqlite_record, settings, now):
    with sqlite_record.write() as session:
        token = people.invite(session, settings.access, OPERATOR, Role.RETAILER, "13900139000", [], now, shop="First")
        session.scalars(select(OneTimeLink)).one().shop = ""
    with sqlite_record.write() as session, pytest.raises(BadRequestError, match="names no shop"):
        people.accept(session, settings.access, token, "first", "", PASSWORD, now)
