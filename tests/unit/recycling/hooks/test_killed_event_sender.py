"""A sender of events that is killed: what it had is sent by the next one, with the same id, and nothing is lost."""

import signal
import subprocess
import sys

from recycling.models import ShopEvent

SENDER = """
import sys
from datetime import datetime
from recycling import hooks
from recycling.db import Database
from recycling.settings import load_settings

settings = load_settings(hooks={"local_addresses": True, "timeout_seconds": 30})
moment = datetime.fromisoformat(sys.argv[2])
hooks.send_due(Database(sys.argv[1]), settings, "the site's key in tests", lambda: moment)
"""


def begin(record, moment):
    url = record.engine.url.render_as_string(hide_password=False)
    return subprocess.Popen([sys.executable, "-c", SENDER, url, moment.isoformat()])


def test_what_a_killed_sender_had_is_sent_again_with_its_id(record, hooked, bring, go, receiver, watch, events):
    hooked(record)
    bring(record, 1)
    bring(record, 1, 旧物="fridge*2")
    receiver.mode = "slow"
    sender = begin(record, watch())
    try:
        assert receiver.asked.wait(60), "the shop has the event, and the sender no answer yet"
        sender.send_signal(signal.SIGKILL)
    finally:
        sender.kill()
        sender.wait()
    (first, second) = events(record)
    assert (first.state, second.state) == ("sending", "waiting")
    receiver.released.set()
    receiver.mode = "ok"
    assert go(record) == {}, "it is still the other's, and what comes after waits for it"
    watch.on(minutes=10)
    assert go(record) == {"sent": 2}
    assert [(b["id"], b["sequence"], signed) for b, signed, _ in receiver.seen] == [
        (str(first.id), 1, True),
        (str(first.id), 1, True),
        (str(second.id), 2, True),
    ]
    with record.read() as session:
        assert session.get(ShopEvent, first.id).attempts == 2
