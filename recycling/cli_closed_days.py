"""`recycling bookings clear`: moving what stands on days that are closed: bookings, shops' orders and truck calls."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from recycling.booking import Office
    from recycling.booking.closed_days import Moved, Proposal
    from recycling.closed_days import CallProposal, MovedThere, OrderProposal

DAY = click.DateTime(["%Y-%m-%d"])

REASONS = {
    "no_window": "without a free window (on the dispatcher's list)",
    "no_hours": "without room at these hours",
    "no_room": "without a vehicle that has time",
    "next_call": "whose community's next call comes first",
    "on_the_way": "whose crew is on its way",
    "changed": "changed meanwhile",
}


@click.command("clear")
@click.argument("day", type=DAY, required=False)
@click.option("--depot", help="Only of this depot.")
@click.option("--yes", is_flag=True, help="Move them without asking.")
@click.option("--dry-run", is_flag=True, help="Only show; nothing is moved.")
def clear_days(day: datetime | None, depot: str | None, yes: bool, dry_run: bool) -> None:
    """Move the bookings, shops' orders and truck calls of DAY, on which nobody drives; by default of each closed day.

    Close the day in config/holidays.toml first. Bookings go to the next window with room, orders to the next day with
    room at their hours, calls to the next day before the community's next call on which a vehicle has time; calls for
    which there is none are cancelled. Whom it concerns gets one message. Status 1 when bookings or orders are left.
    """
    from recycling import clock, network
    from recycling.accounts.actors import system
    from recycling.booking.closed_days import let_go, move_all, propose
    from recycling.cli_bookings import the_office
    from recycling.closed_days import move_calls, move_orders, standing_on_closed
    from recycling.progress import bar

    office, now, actor = the_office(), clock.utc_now(), system("bookings clear")
    with office.database.read() as session:
        known = [d.code for d in network.depots(session)]
        depots = [network.the_depot(session, depot).code] if depot else known
        closed = sorted({each for _, each in standing_on_closed(session, office, now)})
    places = [(code, each) for each in ([day.date()] if day else closed) for code in depots]
    found = [proposal for code, each in places for proposal in propose(office, code, each, now)]
    orders = {place: _orders(office, *place, now) for place in places}
    calls = {place: _calls(office, *place, now) for place in places}
    lines = [_line(proposal) for proposal in found]
    lines += [_order_line(one) for place in places for one in orders[place]]
    lines += [_call_line(office, one) for place in places for one in calls[place]]
    if not lines:
        click.echo("Nothing stands on a day that is closed.")
        return
    for line in lines:
        click.echo(line)
    able = sum(STAYS not in line for line in lines)
    if dry_run or not (yes or click.confirm(f"Move {able} of {len(lines)}?")):
        let_go(office, found)
        click.echo("Nothing was moved.")
        return
    with bar("moving") as update:
        moved = move_all(office, found, actor, clock.utc_now(), lambda n: update(n / len(found), ""))
    told, left = [_counts("", moved, {})], bool(moved.left)
    for code, each in places:
        done = move_orders(office, each, _orders(office, code, each, now), actor, clock.utc_now())
        called = move_calls(office, code, each, _calls(office, code, each, now), actor, clock.utc_now())
        told += [_counts(f"deliveries of {each}, {code}: ", done, {"no_window": "no_hours"})] if done.asked else []
        told += [_counts(f"truck calls of {each}, {code}: ", called, {})] if called.asked else []
        left = left or bool(done.left)
    for line in told:
        click.echo(line)
    if left:
        raise SystemExit(1)


STAYS = "-> stays: "


def _orders(office: Office, depot: str, day: date, now: datetime) -> list[OrderProposal]:
    from recycling.closed_days import order_proposals

    with office.database.read() as session:
        return order_proposals(session, office, depot, day, now)


def _calls(office: Office, depot: str, day: date, now: datetime) -> list[CallProposal]:
    from recycling.closed_days import call_proposals

    with office.database.read() as session:
        return call_proposals(session, office, depot, day, now)


def _line(proposal: Proposal) -> str:
    b, there = proposal.booking, proposal.there
    to = f"-> {there.day} {there.span}" if there else f"{STAYS}{REASONS[proposal.reason]}"
    return f"{b.reference}  {b.service_day} {b.window} {to}"


def _order_line(proposal: OrderProposal) -> str:
    order, reason = proposal.order, proposal.reason
    said = REASONS["no_hours" if reason == "no_window" else reason] if reason else ""
    to = f"-> {proposal.day}, the same hours" if proposal.day else f"{STAYS}{said}"
    return f"{order.external_id} ({order.retailer})  {order.service_day} {to}"


def _call_line(office: Office, proposal: CallProposal) -> str:
    call, local = proposal.call, office.clock.local
    vehicle = f" {proposal.plate}" if proposal.plate else ""
    to = f"-> {local(proposal.start):%Y-%m-%d %H:%M}{vehicle}" if proposal.start else STAYS + REASONS[proposal.reason]
    return f"{call.community.name}  {local(call.starts_at):%Y-%m-%d %H:%M} {to}"


def _counts(what: str, done: Moved | MovedThere, instead: Mapping[str, str]) -> str:
    left = ", ".join(f"{count} {REASONS[instead.get(reason, reason)]}" for reason, count in done.left.items())
    said = f"asked {done.asked}, moved {done.moved}, left {sum(done.left.values())}"
    return f"{what}{said}{f': {left}' if left else ''}"
