"""How the service fares: GET /health and GET /metrics."""

from __future__ import annotations

import json
import socket
import socketserver
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Optional

KINDS = ("pods", "nodes")
#: Seconds without a watch after which it is said: one that ends is begun again at once.
PATIENCE = 30.0


@dataclass
class Status:
    """Written by the followers and the writer, read by requests: each value is replaced as a whole."""

    pods: int = 0
    nodes: int = 0
    writes: int = 0
    left_out: tuple[str, ...] = ()
    #: Addresses of the CoreDNS that answer on this node.
    answering: list[str] = field(default_factory=list)
    write_problem: Optional[str] = None
    lists: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    #: Since when a kind is not followed, on the monotonic clock; None while it is.
    lost: dict[str, Optional[float]] = field(default_factory=lambda: dict.fromkeys(KINDS, time.monotonic()))
    problems: dict[str, str] = field(default_factory=lambda: dict.fromkeys(KINDS, "it was not asked yet"))

    def listed(self, kind: str) -> None:
        self.lists[kind] += 1

    def followed(self, kind: str) -> None:
        self.lost[kind] = None

    def unfollowed(self, kind: str, problem: str) -> None:
        self.problems[kind] = problem
        if self.lost[kind] is None:
            self.lost[kind] = time.monotonic()

    def silence(self, kind: str) -> float:
        """Seconds that it was not followed for."""
        lost = self.lost[kind]
        return 0.0 if lost is None else time.monotonic() - lost

    def reasons(self) -> list[str]:
        """Why it is not well."""
        found = []
        for kind in KINDS:
            if not self.lists[kind]:
                found.append(f"{kind} were never listed: {self.problems[kind]}")
            elif self.silence(kind) > PATIENCE:
                found.append(f"{kind} are not followed for {self.silence(kind):.0f} s: {self.problems[kind]}")
        return found + ([f"the files: {self.write_problem}"] if self.write_problem else [])

    def health(self) -> dict[str, Any]:
        """The body of /health."""
        reasons = self.reasons()
        return {
            "healthy": not reasons,
            "reasons": reasons,
            "pods": self.pods,
            "nodes": self.nodes,
            "leftOut": list(self.left_out),
            "answering": self.answering,
        }

    def metrics(self) -> str:
        """Source: Prometheus, "Exposition formats", text format 0.0.4."""
        samples = (
            ("up_to_date", "gauge", "Whether all is well.", int(not self.reasons())),
            ("pods", "gauge", "Pods with names.", self.pods),
            ("nodes", "gauge", "Nodes with names.", self.nodes),
            ("left_out", "gauge", "Pods and nodes whose names DNS cannot have.", len(self.left_out)),
            ("writes_total", "counter", "Files written.", self.writes),
            ("lists_total", "counter", "Whole lists asked for.", sum(self.lists.values())),
            ("silence_seconds", "gauge", "Seconds that something was not followed for.", f"{max(map(self.silence, KINDS)):.1f}"),
        )
        return "".join(f"# HELP kubernetes_names_{name} {text}\n# TYPE kubernetes_names_{name} {kind}\nkubernetes_names_{name} {value}\n" for name, kind, text, value in samples)


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
