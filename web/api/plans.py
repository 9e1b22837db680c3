"""Planning a day from a program: a run is asked for and watched, the plan in force is read."""

from __future__ import annotations

import uuid
from typing import Any

from recycling import clock, network, runs
from recycling.accounts.rights import Action, Subject, demand
from recycling.errors import N_
from recycling.figures import orders_waiting, plan_figures, the_plan
from recycling.models import PlanRun
from recycling.schedule import Order, RouteSheet, schedule_of
from web.api.blueprint import api
from web.api.plan_schemas import PlanAnswer, PlanQuery, RunAnswer, RunBody
from web.rights import actor
from web.services import services

PLANS = "plans"


@api.operation("POST", "/plan-runs", Action.DAY_PLAN, N_("Have a day planned"), PLANS)
@api.arguments(RunBody)
@api.response(202, RunAnswer)
def ask_for_plan(body: dict[str, Any]) -> dict[str, Any]:
    """Queue a run; one of this depot and day that waits or works already is returned instead of a second."""
    s = services()
    with s.database.write() as session:
        network.the_depot(session, body["depot"])
        demand(actor(), Action.DAY_PLAN, Subject(depot=body["depot"]))
        run = runs.ask(
            session,
            body["depot"],
            body["day"],
            "command",
            clock.utc_now(),
            s.settings,
            proposes=body["propose"],
            plain=body["how"] == "plain",
        )
    if s.worker is not None:
        s.worker.wake()
    return _run(run, None)


@api.operation("GET", "/plan-runs/<uuid:key>", Action.DAY_READ, N_("How far a run is"), PLANS)
@api.response(200, RunAnswer)
def show_run(key: uuid.UUID) -> dict[str, Any]:
    """Return a run; ask again after a second while it is queued or running."""
    with services().database.read() as session:
        run = runs.the_run(session, key)
        demand(actor(), Action.DAY_READ, Subject(depot=run.depot_code))
        return _run(run, runs.version_of(session, run))


@api.operation("GET", "/plans", Action.DAY_READ, N_("The plan of a day that is in force"), PLANS)
@api.arguments(PlanQuery, location="query")
@api.response(200, PlanAnswer)
def show_plan(query: dict[str, Any]) -> dict[str, Any]:
    """Return routes with their visits, without names, numbers or addresses of people."""
    demand(actor(), Action.DAY_READ, Subject(depot=query["depot"]))
    local = services().settings.clock.local
    with services().database.read() as session:
        network.the_depot(session, query["depot"])
        plan = the_plan(session, query["depot"], query["day"])
        schedule = schedule_of(session, plan, "zh_CN")
        waiting = orders_waiting(session, plan)
    return {
        "depot": plan.depot_code,
        "day": plan.service_day,
        "version": plan.version,
        "made_at": local(plan.made_at),
        "cost_yuan": plan_figures(plan).cost / 100,
        "routes": [_route(sheet) for sheet in schedule.routes],
        "left_out": [{"reference": line.order.reference, "reason": line.reason} for line in schedule.left_out],
        "waiting": waiting,
    }


def _run(run: PlanRun, version: int | None) -> dict[str, Any]:
    return {
        "run": run.id,
        "depot": run.depot_code,
        "day": run.service_day,
        "state": run.state,
        "progress": round(run.progress or 0.0, 3),
        "best_yuan": run.best_cost / 100 if run.best_cost is not None else None,
        "proposes": run.proposes,
        "version": version,
        "error_code": run.error_code or "",
        "error": run.error or "",
    }


def _route(sheet: RouteSheet) -> dict[str, Any]:
    local = services().settings.clock.local
    return {
        "plate": sheet.route.plate,
        "starts_at": local(sheet.route.starts_at),
        "ends_at": local(sheet.route.ends_at),
        "km": round(sheet.route.distance / 1000, 1),
        "visits": [
            {
                "kind": line.order.kind,
                "reference": line.order.reference,
                "place": line.order.place,
                "begins_at": local(line.visit.begins_at),
                "ends_at": local(line.visit.ends_at),
                "promise": _promise(line.order),
                "load_kg": line.visit.load_kg,
                "load_litres": line.visit.load_litres,
            }
            for line in sheet.lines
        ],
    }


def _promise(order: Order) -> dict[str, Any] | None:
    local = services().settings.clock.local
    return None if order.promise is None else {"start": local(order.promise[0]), "end": local(order.promise[1])}
