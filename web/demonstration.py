"""Try the pages as somebody, without a password: in the demonstration, on this machine, and nowhere else.

The application of `recycling serve` does not hold these pages at all.
"""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import clock
from recycling.accounts import sessions
from recycling.accounts.actors import Role
from recycling.accounts.rights import Action
from recycling.demo.people import demo_person
from web.login import HOMES, enter, role_name
from web.preferences import local_path
from web.rights import needs, origin
from web.services import services

pages = Blueprint("demonstration", __name__, url_prefix="/try")
ROLES = (
    Role.DISPATCHER,
    Role.RESIDENT,
    Role.CLERK,
    Role.RETAILER,
    Role.PARTNER,
    Role.DRIVER,
    Role.CENTRE,
    Role.PLANNER,
    Role.MANAGER,
    Role.ADMIN,
)
HERE = {"127.0.0.1", "localhost", "[::1]"}


@pages.before_request
def only_here() -> None:
    """Answer only a browser on this machine that asks for this machine: not through a proxy, not by another name."""
    host = request.host.rpartition(":")[0] if request.host.rpartition(":")[2].isdigit() else request.host
    if origin() not in {"127.0.0.1", "::1"} or host not in HERE or "X-Forwarded-For" in request.headers:
        abort(404)


@pages.get("/")
@needs(Action.LOOK)
def choose() -> str:
    """Show as whom the demonstration can be tried."""
    return render_template(
        "try.html", roles=[(r, role_name(r)) for r in ROLES], next=local_path(request.args.get("next", ""))
    )


@pages.post("/<role>")
@needs(Action.LOOK)
def sign_in(role: str) -> ResponseReturnValue:
    """Sign in as the demonstration's person of this role."""
    if role not in ROLES:
        abort(404)
    s, now = services(), clock.utc_now()
    with s.database.write() as session:
        account = demo_person(session, role)
        if account is None:
            abort(404)
        token = sessions.start(session, s.settings.access, account, origin(), now)
    target, home = local_path(request.form.get("next", "")), url_for(HOMES.get(Role(role), "resident.start"))
    return enter(token, Role(role), target if home != "/" and target.startswith(home) else home)
