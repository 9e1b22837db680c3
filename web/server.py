"""The server of the embedded default: pages, planning worker and evening schedule in one process."""

from __future__ import annotations

import signal
import socket
from datetime import date
from types import FrameType
from typing import Any

import click

from recycling import jobs
from recycling.accounts.sending import sender_of, to_console
from recycling.board.desk import BoardDesk
from recycling.booking import Office
from recycling.catalogue import load_catalogue
from recycling.day_files import planned_day
from recycling.db import Database
from recycling.errors import N_, DomainError
from recycling.fleet import load_fleet
from recycling.logs import configure
from recycling.planned_days import DeskOfPlannedDays
from recycling.runs import Worker
from recycling.settings import load_settings
from recycling.site_key import site_key
from recycling.timetable.runs import TimetableWorker
from web.app import create_app
from web.services import Services
from web.sheets import sheets_as_pdf

HOST = "127.0.0.1"
PORTS_TO_TRY = 20
THREADS = 8
CONNECTIONS: dict[str, Any] = {"connection_limit": 2000, "asyncore_use_poll": True}
"""Browsers keep theirs open while people think; beyond the limit nobody new is answered."""

ENDING = (signal.SIGTERM, signal.SIGINT)


def serve(database_url: str, port: int, start: str, demonstration: bool = False) -> None:
    """Serve until the process is asked to end; prints the address of the page `start` when it can be opened.

    With `demonstration` anyone on this machine can try the roles without a password; that is for made-up records.

    Being asked again while it ends changes nothing: every step of the end is short.

    Raises
    ------
    DomainError
        When the database does not fit this version, or no port is free.
    """
    from waitress.server import create_server

    configure()
    settings = load_settings()
    if demonstration:
        from recycling.demo.day import demo_photos

        own = settings.photos.model_copy(update={"folder": str(demo_photos(database_url))})
        settings = settings.model_copy(update={"photos": own})
    database = Database(database_url)
    database.check()
    fleet = load_fleet()
    worker, timetables = Worker(database, settings, fleet), TimetableWorker(database, settings, fleet)
    send = to_console if demonstration else sender_of(settings)
    desk = DeskOfPlannedDays(database, settings, fleet) if settings.booking.planned_days else None
    board = BoardDesk(settings, fleet)
    services = Services(
        database, settings, load_catalogue(), fleet, worker, send, demonstration, desk, timetables, board
    )
    app = create_app(services, site_key(settings.home / "var"))
    listener = _listen(port)
    server = create_server(
        app, sockets=[listener], threads=THREADS, **CONNECTIONS, **_believed(settings.access.trusted_proxy)
    )
    worker.start()
    timetables.start()
    scheduler = jobs.start_scheduler(database, settings, worker, services.office)
    try:
        for number in ENDING:
            signal.signal(number, _end)
        click.echo(f"Open http://{HOST}:{listener.getsockname()[1]}{start}  (end with Ctrl+C)")
        server.run()
    except SystemExit:
        pass
    finally:
        scheduler.shutdown(wait=False)
        worker.stop()
        timetables.stop()
        server.close()
        board.close()
        if desk is not None:
            desk.close()
        services.ways.close()
        services.replays.close()
        database.close()
        for number in ENDING:  # the interpreter takes back a function of ours before it is gone, but not this
            signal.signal(number, signal.SIG_IGN)


def route_sheets(office: Office, depot: str, day: date, number: int | None, language: str) -> tuple[str, bytes]:
    """Return the name and the bytes of a PDF of a planned day's route sheets, for the command.

    Numbers to call stay masked; the code on a sheet leads to the crew's page below ``messages.site``.

    Raises
    ------
    NotFoundError, DomainError
        As `planned_day`; when there is no font with Chinese characters.
    """
    services = Services(office.database, office.settings, office.catalogue, office.fleet)
    app = create_app(services)
    asked = {"Accept-Language": "en" if language == "en" else "zh"}
    try:
        with app.test_request_context("/", headers=asked):
            found = planned_day(office, depot, day, number, language)
            return found.name("pdf"), sheets_as_pdf(found)
    finally:
        services.ways.close()
        services.replays.close()


def _believed(proxy: str) -> dict[str, Any]:
    """Return whose word is taken for where a request came from: a proxy's on this machine, or nobody's."""
    if not proxy:
        return {"clear_untrusted_proxy_headers": False}  # what a proxy wrote is seen, and believed by nobody
    return {
        "trusted_proxy": proxy,
        "trusted_proxy_count": 1,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"},
        "clear_untrusted_proxy_headers": True,
    }


def _end(_: int, __: FrameType | None) -> None:
    """End; a program started meanwhile would inherit that a signal is ignored, but not a function that does nothing."""
    for number in ENDING:
        signal.signal(number, _do_nothing)
    raise SystemExit(0)


def _do_nothing(_: int, __: FrameType | None) -> None:
    pass


def _listen(port: int) -> socket.socket:
    for candidate in range(port, port + PORTS_TO_TRY):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, candidate))
        except OSError:
            listener.close()
            continue
        return listener
    raise DomainError.one(
        "no-port",
        N_("None of the ports %(first)s to %(last)s is free. Choose another: --port NUMBER"),
        first=port,
        last=port + PORTS_TO_TRY - 1,
    )
