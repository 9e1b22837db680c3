"""A provider of text messages on this machine: a real HTTP server that behaves as the test says."""

import json
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Gateway:
    """Keeps what it was sent; ``mode`` is ok, slow (no answer until it is released), a status, or redirect."""

    def __init__(self):
        self.mode, self.refuses = "ok", set()
        self.requests, self.accepted = [], {}
        self.released = threading.Event()
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                gateway.requests.append(body)
                status = gateway.answer_to(body)
                with suppress(OSError):  # who asked has gone
                    self.send_response(status)
                    if status == 302:
                        self.send_header("Location", "/elsewhere")
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            def do_GET(self):
                gateway.requests.append({"redirected": self.path})
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def answer_to(self, body):
        if self.mode == "slow":
            self.released.wait(30)
            return 200
        if self.mode != "ok":
            return 302 if self.mode == "redirect" else self.mode
        if body["to"] in self.refuses:
            return 400
        self.accepted.setdefault(body["id"], body)
        return 200

    @property
    def address(self):
        return f"json://127.0.0.1:{self.port}/send?:to={{phone}}&:id={{id}}"

    def stop(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
