"""A routing server that is down, slow, broken or something else, over real sockets."""

import json
import pickle
import socket
import threading
import time
from contextlib import contextmanager, suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.errors import InputError
from routing.roads.osrm import OsrmEngine
from routing.roads.remote import Server, blocks, numbers
from routing.roads.valhalla import ValhallaEngine

from .recorded.server import answering

GOOD = b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"a": [1]}'


@contextmanager
def speaking(*conversations):
    """A raw server: each connection, in turn, is handed to one function and then closed; the last takes the rest."""
    listener = socket.create_server(("127.0.0.1", 0))
    count = []
    over = threading.Event()

    def serve():
        while True:
            try:
                wire, _ = listener.accept()
            except OSError:
                return
            count.append(1)
            if over.is_set():
                wire.close()
                return
            with wire, suppress(OSError):  # the client has hung up
                conversations[min(len(count), len(conversations)) - 1](wire)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", count
    finally:
        over.set()
        with socket.create_connection(listener.getsockname()):
            thread.join()
        listener.close()


def saying(answer):
    def speak(wire):
        wire.recv(65536)
        wire.sendall(answer)

    return speak


def hanging_up(wire):
    """Close at once with unread data, which the other side sees as a reset."""
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def server(url, **how):
    return Server("OSRM", url, **{"pause": 0.001, **how})


def refused(url, match, code, **how):
    with pytest.raises(InputError, match=match) as caught:
        server(url, **how).ask("/table")
    assert caught.value.code == code
    assert url in str(caught.value)


@pytest.fixture
def nobody():
    """An address where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return f"http://127.0.0.1:{port}"


def test_answer_and_question():
    seen = []

    def answer(*question):
        seen.append(question)
        return 200, "application/json", b'{"a": [1, null]}'

    with answering(answer) as url:
        assert server(url).ask("/x?y=1") == {"a": [1, None]}
        assert server(f"{url}/behind/").ask("/x", {"b": "里"}) == {"a": [1, None]}
    assert seen[0] == ("GET", "/x?y=1", "")
    assert seen[1][:2] == ("POST", "/behind/x")
    assert json.loads(seen[1][2]) == {"b": "里"}


def test_own_error_comes_back_as_document():
    with answering(lambda *_: (400, "application/json", b'{"code": "TooBig"}')) as url:
        assert server(url).ask("/") == {"code": "TooBig"}


def test_down(nobody):
    refused(nobody, r"cannot be reached \(Connection refused\)\. Start it", "no-server")
    for name, engine in (("OSRM", OsrmEngine(nobody, pause=0)), ("Valhalla", ValhallaEngine(nobody, pause=0))):
        with pytest.raises(InputError, match=f"{name} at {nobody} cannot be reached"):
            engine.table([[7.4, 43.7]])


def test_no_such_host():
    refused("http://routing.invalid", "cannot be reached", "no-server")


def test_lost_connection_is_tried_again():
    with speaking(hanging_up, hanging_up, saying(GOOD)) as (url, count):
        assert server(url).ask("/") == {"a": [1]}
        assert len(count) == 3


def test_lost_every_time():
    with speaking(hanging_up) as (url, count):
        refused(url, "cannot be reached", "no-server")
        assert len(count) == 3


def test_nothing_else_is_tried_again():
    asked = []

    def answer(*question):
        asked.append(question)
        return 500, "text/html", b"<html>Internal Server Error</html>"

    with answering(answer) as url:
        refused(url, r"no JSON \(HTTP status 500\)", "no-json")
    assert len(asked) == 1


@pytest.mark.parametrize(
    "body", [b"", b"<!DOCTYPE html><html></html>", b"{'a': 1}", b'{"a": [1, 2', b"\xff\xfe{", b"[" * 10**5]
)
def test_no_json(body):
    with answering(lambda *_: (200, "application/json", body)) as url:
        refused(url, r"no JSON \(HTTP status 200\)", "no-json")


def test_redirect_is_not_followed():
    with speaking(saying(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")) as (
        url,
        _,
    ):
        refused(url, "HTTP status 302", "no-json")


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + b'{"a": [1]}',
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" + b'{"a": [1]}',
        b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 200 + b"\r\n{}",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70000 + b"\r\n\r\n{}",
    ],
)
def test_broken_off_or_no_http(answer):
    with speaking(saying(answer)) as (url, count):
        refused(url, "breaks off, or is no HTTP", "broken-answer")
        assert len(count) == 1


def test_answer_without_a_length_ends_with_the_connection():
    with speaking(saying(b'HTTP/1.0 200 OK\r\n\r\n{"a": [1]}')) as (url, _):
        assert server(url).ask("/") == {"a": [1]}


def test_hanging_server():
    done = threading.Event()

    def hang(wire):
        wire.recv(65536)
        done.wait(30)

    with speaking(hang) as (url, count):
        refused(url, r"did not answer within 0\.2 seconds", "slow-server", timeout=0.2)
        assert len(count) == 1
        done.set()


def test_dripping_server():
    """One byte at a time, each well within the timeout: the whole answer counts."""
    done = threading.Event()

    def drip(wire):
        wire.recv(65536)
        wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
        while not done.wait(0.02):
            wire.sendall(b" ")

    with speaking(drip) as (url, _):
        refused(url, r"did not answer within 0\.3 seconds", "slow-server", timeout=0.3)
        done.set()


@pytest.mark.parametrize("head", [b"Content-Length: 99999999999\r\n", b""])
def test_oversize_answer_is_not_read(head):
    sent = []
    done = threading.Event()

    def flood(wire):
        wire.recv(65536)
        wire.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n[")
        while not done.is_set():
            sent.append(wire.send(b"1," * 32768))

    with speaking(flood) as (url, _):
        refused(url, r"more than 0\.5 MB\. Ask in smaller blocks", "big-answer", max_bytes=2**19)
        done.set()
    assert sum(sent) < 64 * 2**20  # the rest lies in the buffers of both sockets


@pytest.mark.parametrize(
    "url",
    ["", "localhost:5000", "ftp://localhost", "http://", "http://localhost:99999", "http://localhost:0",
     "http://me:secret@localhost", "http://localhost/?key=secret", "http://localhost/#secret", "http://local host",
     "http://localhost\r\nX: 1", "http://路由", "file:///etc/passwd", "http://[::1"],
)  # fmt: skip
def test_addresses_that_cannot_be_used(url):
    with pytest.raises(InputError) as caught:
        Server("OSRM", url)
    assert caught.value.code == "bad-server-url"
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://localhost", "https://h.example:8443/osrm/", "http://[::1]:5000", "HTTP://LOCALHOST"]
)
def test_addresses_that_can(url):
    assert Server("OSRM", url).url == url


def test_engines_cross_processes():
    for engine in (OsrmEngine({"": "http://localhost:5000"}, timeout=3), ValhallaEngine("http://localhost:8002")):
        assert pickle.loads(pickle.dumps(engine)).name == engine.name


def test_numbers():
    there = server("http://localhost")
    found = numbers(there, [[1, None], [2.5, 0]], (2, 2), nulls=True)
    assert np.array_equal(found, [[1, np.nan], [2.5, 0]], equal_nan=True)
    assert numbers(there, [], (0,)).shape == (0,)
    for bad in ([[1, None], [2.5, 0]], [[1], [2]], [1, 2], None, 7, "ab", [[1, 2], [3, [4]]], [[1, 2], [3, {}]]):
        with pytest.raises(InputError, match="does not hold"):
            numbers(there, bad, (2, 2))


@given(st.integers(0, 20), st.integers(0, 20), st.integers(1, 8))
def test_blocks_cover_each_cell_once(rows, columns, size):
    count = np.zeros((rows, columns), int)
    shares = []
    for down, across, share in blocks(rows, columns, size):
        assert count[down, across].size <= size * size
        count[down, across] += 1
        shares.append(share)
    assert (count == 1).all()
    assert shares == sorted(shares)
    assert not shares or shares[-1] == 1.0


def test_pauses_grow(monkeypatch, nobody):
    slept = []
    monkeypatch.setattr(time, "sleep", slept.append)
    refused(nobody, "cannot be reached", "no-server", attempts=4, pause=0.5)
    assert slept == [0.5, 1.0, 2.0]
