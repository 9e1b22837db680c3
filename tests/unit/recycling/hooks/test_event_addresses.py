"""Addresses of shops: none of our own network however it is written, none that leads elsewhere, and their secrets."""

import socket
import ssl
import subprocess
import time

import pytest
from sqlalchemy import select

from recycling import hooks
from recycling.accounts.actors import Actor, Role, system
from recycling.errors import BadRequestError, ForbiddenError, NotFoundError
from recycling.hooks import posting
from recycling.hooks.address import UnfitAddressError, checked, places_of
from recycling.models import AuditEvent, ShopHook
from recycling.outside import is_public
from recycling.settings import load_settings

KEY = "the site's key in tests"


@pytest.fixture
def names(monkeypatch):
    """Return a function that says where names lead, and a list of what was looked up."""
    known, asked = {}, []

    def lookup(host, port, *_, **__):
        asked.append(host)
        if host not in known:
            raise socket.gaierror(-2, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, port)) for place in known[host]]

    def lead(host, *places):
        known[host] = places

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    lead.asked = asked
    return lead


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.example/events",
        "http://shop.example/events",
        "ftp://shop.example/",
        "file:///etc/passwd",
        "https://",
        "https://user:secret@shop.example/",
        "https://shop.example@10.0.0.1/",
        "https://shop.example/#part",
        "https://shop.example:0/",
        "https://shop.example:99999/",
        "https://shop.example/a b",
        "https://shop.example/\r\nX-Other: 1",
        "https://shop.example\\@10.0.0.1/",
        "https://商店.example/",
        "https://shop.example/" + "x" * 300,
        "https://[::1/",
    ],
)
def test_what_is_no_address(url):
    with pytest.raises(UnfitAddressError, match="not-https"):
        checked(url, local=False)


@pytest.mark.parametrize(
    "place",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::1",
        "not an address",
    ],
)
def test_places_of_our_own_network_are_refused_however_they_are_written(names, place):
    assert not is_public(place)
    names("shop.example", "93.184.215.14", place)
    with pytest.raises(UnfitAddressError, match="not-public"):
        places_of(checked("https://shop.example/", local=False), local=False)


def test_public_places_pass(names):
    names("shop.example", "93.184.215.14", "2606:4700::1111")
    assert places_of(checked("https://shop.example/", local=False), local=False) == ["93.184.215.14", "2606:4700::1111"]


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "2130706433", "0x7f.1", "localhost"])
def test_this_machine_is_refused_by_default_and_nothing_reaches_it(receiver, host):
    url = f"https://{host}:{receiver.port}/"
    assert posting.post(url, b"{}", {}, 2, local=False).error in ("not-public", "unknown-host")
    assert posting.post(receiver.url, b"{}", {}, 2, local=False).error == "not-https"
    assert receiver.seen == []
    assert not load_settings().hooks.local_addresses


def test_a_name_is_looked_up_once_and_that_place_is_spoken_to(names, receiver, monkeypatch):
    """Otherwise a name could lead to a public place when it is looked at, and to ours when it is spoken to."""
    names("shop.example", "93.184.215.14")
    reached = []

    def connect(place, seconds):
        names("shop.example", "127.0.0.1")
        reached.append(place)
        raise OSError("as the test says")

    monkeypatch.setattr(socket, "create_connection", connect)
    assert posting.post("https://shop.example/", b"{}", {}, 2, local=False).error == "no-connection"
    assert names.asked == ["shop.example"]
    assert reached == [("93.184.215.14", 443)]


def test_no_redirect_is_followed(receiver):
    receiver.mode = "redirect"
    answer = posting.post(receiver.url, b"{}", {"X-Timestamp": "1", "X-Signature": ""}, 5, local=True)
    assert answer == posting.Answer(302, "refused")
    assert receiver.elsewhere == []


@pytest.mark.parametrize("mode", ["slow", "drip"])
def test_a_program_that_does_not_come_to_an_end_is_cut_off(receiver, mode):
    receiver.mode = mode
    begun = time.monotonic()
    answer = posting.post(receiver.url, b"{}", {"X-Timestamp": "1", "X-Signature": ""}, 0.5, local=True)
    assert answer.error == "no-answer"
    assert time.monotonic() - begun < 20, "it would go on until it is released"


def test_nobody_there(receiver):
    receiver.stop()
    assert posting.post(receiver.url, b"{}", {}, 2, local=True).error == "no-connection"


@pytest.fixture
def certified(receiver, tmp_path):
    """The receiver with a certificate for the name localhost that it signed itself; the file of the certificate."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    making = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key]
    subprocess.run([*making, "-out", certificate, *subject], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
    receiver.url = f"https://localhost:{receiver.port}/events"
    return certificate


def test_a_certificate_must_be_one_that_is_trusted_and_of_the_name(receiver, certified, monkeypatch):
    headers = {"X-Timestamp": "1", "X-Signature": ""}
    assert posting.post(receiver.url, b"{}", headers, 5, local=True).error == "certificate"
    monkeypatch.setenv("SSL_CERT_FILE", str(certified))
    assert posting.post(receiver.url, b"{}", headers, 5, local=True) == posting.Answer(204)
    by_number = receiver.url.replace("localhost", "127.0.0.1")
    assert posting.post(by_number, b"{}", headers, 5, local=True).error == "certificate"


# -- keeping an address --------------------------------------------------------------------------------------------


def register(record, settings, url, actor=None, shop="Shop", at=None):
    with record.write() as session:
        return hooks.register(session, settings, KEY, shop, url, actor or system("test"), at)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://shop.example/", "https://"),
        ("https://nowhere.example/", "is not known"),
        ("https://inside.example/", "private network"),
    ],
)
def test_an_address_that_cannot_be_is_told_at_once(sqlite_record, settings, names, now, url, said):
    names("inside.example", "10.0.0.1")
    with pytest.raises(BadRequestError, match=said) as caught:
        register(sqlite_record, settings, url, at=now)
    assert caught.value.faults[0].where == "url"


def test_the_secret_is_given_once_and_lies_nowhere_in_the_record(record, settings, names, now):
    names("shop.example", "93.184.215.14")
    hook, secret = register(record, settings, "https://shop.example/events", at=now)
    assert secret.startswith("rs_")
    assert len(secret) > 60
    again, nothing = register(record, settings, "https://shop.example/other", at=now)
    assert (again.id, nothing) == (hook.id, ""), "a new address keeps its secret"
    with record.read() as session:
        kept = hooks.shop_hook(session, "Shop")
        everything = " ".join(str(getattr(kept, column.key)) for column in ShopHook.__table__.columns)
        everything += str([(e.before, e.after) for e in session.scalars(select(AuditEvent))])
        assert secret not in everything
        assert secret.removeprefix("rs_") not in everything
        assert hooks.signing_secret(KEY, kept) == secret
        assert hooks.signing_secret("another key", kept) == ""
        assert kept.url == "https://shop.example/other"


def test_each_shop_and_each_renewal_has_a_secret_of_its_own(sqlite_record, settings, names, now):
    names("shop.example", "93.184.215.14")
    _, one = register(sqlite_record, settings, "https://shop.example/", at=now)
    _, two = register(sqlite_record, settings, "https://shop.example/", shop="Other", at=now)
    with sqlite_record.write() as session:
        three = hooks.renew(session, KEY, "Shop", system("test"), now)
        assert hooks.signing_secret(KEY, hooks.shop_hook(session, "Shop")) == three
        with pytest.raises(NotFoundError):
            hooks.renew(session, KEY, "Nobody", system("test"), now)
    assert len({one, two, three}) == 3


def test_who_may_keep_an_address(sqlite_record, settings, names, now):
    names("shop.example", "93.184.215.14")
    dispatcher = Actor("person", "d", Role.DISPATCHER, frozenset({"DEP-01"}))
    with pytest.raises(ForbiddenError):
        register(sqlite_record, settings, "https://shop.example/", dispatcher, at=now)
    for forbidden in (hooks.remove, hooks.try_out):
        with sqlite_record.write() as session, pytest.raises(ForbiddenError):
            forbidden(session, "Shop", dispatcher, now)
    with sqlite_record.write() as session, pytest.raises(ForbiddenError):
        hooks.renew(session, KEY, "Shop", dispatcher, now)


def test_a_key_that_is_another_one_signs_nothing(sqlite_record, hooked, bring, go, receiver, events):
    hooked(sqlite_record)
    bring(sqlite_record, 1)
    assert go(sqlite_record, key="another key") == {"waiting": 1}
    assert receiver.seen == []
    assert events(sqlite_record)[0].error == "key-changed"


def test_the_sender_refuses_what_has_become_private(sqlite_record, hooked, bring, go, receiver, events, settings):
    """The address was good when it was named; where it leads is looked at each time."""
    hooked(sqlite_record)
    bring(sqlite_record, 1)
    assert go(sqlite_record, settings=settings) == {"waiting": 1}
    assert receiver.seen == []
    assert events(sqlite_record)[0].error == "not-https"
