"""A tiny real HTTP server on this machine, for as long as a `with` block lasts."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = tuple[int, str, bytes]
"""Status, content type, body."""


@contextmanager
def answering(answer: Callable[[str, str, str], Answer]) -> Iterator[str]:
    """Give the url of a server that calls `answer(method, path, body)` for each question."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self._say("GET", "")

        def do_POST(self):
            self._say("POST", self.rfile.read(int(self.headers["Content-Length"])).decode())

        def _say(self, method, question):
            status, kind, body = answer(method, self.path, question)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
