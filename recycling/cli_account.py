"""`recycling account`: people and keys, by the operator of the machine."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from recycling import clock
from recycling.accounts.actors import Role, system

if TYPE_CHECKING:  # they take a while to load, and `recycling --help` needs none of them
    from sqlalchemy.orm import Session

    from recycling.settings import AccessSettings

ROLE = click.Choice([r.value for r in Role if r is not Role.RESIDENT])
DEPOT = click.option("--depot", "depots", multiple=True, help="Code of a depot; repeat it for several.")
EVERY = click.option("--every-depot", is_flag=True, help="All depots, also later ones.")
SHOP = click.option("--shop", default="", help="For a retailer: the shop that it orders for, whose orders it sees.")


@click.group()
def account() -> None:
    """Let people and programs in, and out again.

    \b
    The first administrator:  recycling account first-admin
    A member of staff:        recycling account invite dispatcher --phone 13800138000 --depot DEP-01
    A program:                recycling account key make shop --role retailer --scope booking.make
    """


@contextmanager
def _write() -> Iterator[tuple[Session, AccessSettings]]:
    from recycling.db import Database
    from recycling.settings import load_settings

    settings = load_settings()
    database = Database(settings.database_url)
    database.check()
    with database.write() as session:
        yield session, settings.access
    database.close()


@account.command("first-admin")
def first_admin() -> None:
    """Print a path that makes the first administrator, once; put the address of your pages before it."""
    from recycling.accounts import people

    with _write() as (session, access):
        token = people.first_admin(session, access, clock.utc_now())
    _say_link(token, access)


@account.command()
@click.argument("role", type=ROLE)
@click.option("--phone", required=True, help="Mobile number that gets the codes for the second step.")
@DEPOT
@EVERY
@SHOP
def invite(role: str, phone: str, depots: tuple[str, ...], every_depot: bool, shop: str) -> None:
    """Print a path with which a member of staff of ROLE chooses a sign-in name and a password, once."""
    from recycling.accounts import people

    actor = system("account invite")
    with _write() as (session, access):
        token = people.invite(session, access, actor, Role(role), phone, depots, clock.utc_now(), every_depot, shop)
    _say_link(token, access)


@account.command()
@click.argument("login")
def reset(login: str) -> None:
    """Print a path for a new password of LOGIN, once. Signing in asks for the code to the phone as ever."""
    from recycling.accounts import people

    with _write() as (session, access):
        found = people.by_login(session, login)
        token = people.reset(session, access, system("account reset"), found, clock.utc_now())
    _say_link(token, access)


@account.command("list")
def list_staff() -> None:
    """List the members of staff: name, role, depots, whether they may sign in."""
    from recycling.accounts import people

    with _write() as (session, _):
        for one in people.staff(session):
            depots = "every depot" if one.every_depot else ", ".join(d.depot_code for d in one.depots) or "no depot"
            state = "disabled" if one.disabled_at else "may sign in"
            click.echo(f"{one.login}  {one.role}  {depots}  {state}")


@account.command()
@click.argument("login")
def disable(login: str) -> None:
    """Let LOGIN in no more, and sign it out everywhere at once. What the account did stays on record."""
    from recycling.accounts import people

    with _write() as (session, _):
        people.disable(session, system("account disable"), people.by_login(session, login), clock.utc_now())
    click.echo(f"{login} cannot sign in any more and is signed out everywhere.")


@account.command()
@click.argument("login")
def enable(login: str) -> None:
    """Let LOGIN in again, with the password and the phone that it had before."""
    from recycling.accounts import people

    with _write() as (session, _):
        people.enable(session, system("account enable"), people.by_login(session, login), clock.utc_now())
    click.echo(f"{login} can sign in again.")


@account.command("role")
@click.argument("login")
@click.argument("role", type=ROLE)
@DEPOT
@EVERY
@SHOP
def change_role(login: str, role: str, depots: tuple[str, ...], every_depot: bool, shop: str) -> None:
    """Give LOGIN another ROLE and other depots, and sign it out everywhere."""
    from recycling.accounts import people

    with _write() as (session, _):
        found = people.by_login(session, login)
        actor, now = system("account role"), clock.utc_now()
        people.change_role(session, actor, found, Role(role), depots, now, every_depot, shop)
    click.echo(f"{login} is {role} now and signs in anew.")


@account.command("end-sessions")
@click.argument("login")
def end_sessions(login: str) -> None:
    """Sign LOGIN out in every browser; with its password and a code it can sign in again."""
    from recycling.accounts import people

    with _write() as (session, _):
        found = people.by_login(session, login)
        count = people.end_sessions(session, system("account end-sessions"), found, clock.utc_now())
    click.echo(f"{login} is signed out in {count} browsers.")


@account.group()
def key() -> None:
    """Keys of programs."""


@key.command("make")
@click.argument("name")
@click.option("--role", type=ROLE, required=True, help="The role that the program acts in.")
@click.option(
    "--scope", "scopes", multiple=True, required=True, help="What it may do, such as booking.make; repeat it."
)
@click.option("--days", default=90, show_default=True, help="How long it is good.")
@DEPOT
@EVERY
def make_key(
    name: str, role: str, scopes: tuple[str, ...], days: int, depots: tuple[str, ...], every_depot: bool
) -> None:
    """Print a new key for the program NAME, which is shown this once. It can do what its scopes say."""
    from recycling.accounts import keys

    with _write() as (session, _):
        now, actor = clock.utc_now(), system("account key make")
        made, presented = keys.make(session, actor, name, Role(role), scopes, depots, days, now, every_depot)
        identity, until = made.id, made.expires_at
    click.echo(f"{presented}\nKey {identity}, good until {until:%Y-%m-%d}. Keep it now: it is not shown again.")


@key.command("list")
def list_keys() -> None:
    """List the keys: id, name, role, scopes, and until when each is good."""
    from recycling.accounts import keys

    with _write() as (session, _):
        now = clock.utc_now()
        for one in keys.all_keys(session):
            state = (
                "revoked" if one.revoked_at else "over" if now >= one.expires_at else f"until {one.expires_at:%Y-%m-%d}"
            )
            click.echo(f"{one.id}  {one.name}  {one.role}  {', '.join(one.scopes)}  {state}")


@key.command("revoke")
@click.argument("key_id", type=click.UUID)
def revoke_key(key_id: uuid.UUID) -> None:
    """End the key KEY_ID at once; recycling account key list shows the ids."""
    from recycling.accounts import keys

    with _write() as (session, _):
        revoked = keys.revoke(session, system("account key revoke"), key_id, clock.utc_now())
        name = revoked.name
    click.echo(f"The key of {name} opens nothing any more.")


def _say_link(token: str, access: AccessSettings) -> None:
    click.echo(f"/welcome/{token}\nGood once, for {access.link_hours} hours, after the address of your pages.")
