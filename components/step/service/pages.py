"""Answers GET /health and GET /metrics: what a service says of itself."""

from __future__ import annotations

import json
import socket
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol


class Status(Protocol):
    """What is asked for with each request."""

    def health(self) -> dict[str, Any]: ...

    def metrics(self) -> str: ...


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        # Not HTTPServer's, which asks DNS for a name that nobody needs.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])


class _Server6(_Server):
    address_family = socket.AF_INET6


def serve(status: Status, address: str, port: int) -> ThreadingHTTPServer:
    """Answers in threads of its own. Raises OSError when it cannot listen."""

    class Handler(BaseHTTPRequestHandler):
        #: Seconds for a request to come; one that is never finished holds no thread.
        timeout = 10

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/health":
                body = status.health()
                self._answer(200 if body["healthy"] else 503, "application/json", json.dumps(body, indent=1) + "\n")
            elif path == "/metrics":
                self._answer(200, "text/plain; version=0.0.4; charset=utf-8", status.metrics())
            else:
                self._answer(404, "text/plain; charset=utf-8", "there are /health and /metrics\n")

        do_HEAD = do_GET

        def _answer(self, code: int, kind: str, text: str) -> None:
            body = text.encode()
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Requests are no news."""

    server = _Server6((address, port), Handler) if ":" in address else _Server((address, port), Handler)
    threading.Thread(target=server.serve_forever, name="status", daemon=True).start()
    return server
