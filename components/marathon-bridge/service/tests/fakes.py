"""What the service talks to, in small: Marathon over HTTP, the program `haproxy`, and the socket of its master."""

from __future__ import annotations

import json
import os
import queue
import socket
import socketserver
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Optional

from render import digest_of, servers_of


def task(name: str, host: str = "10.0.0.9", ports: tuple[int, ...] = (31000,), **more: Any) -> dict[str, Any]:
    return {"id": name, "host": host, "ports": list(ports), "state": "TASK_RUNNING", "ipAddresses": [{"ipAddress": host}], "healthCheckResults": [], **more}


def app(name: str, port: int, *tasks: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An app of host networking with one port."""
    return {"id": name, "networks": [{"mode": "host"}], "portDefinitions": [{"port": port, "protocol": "tcp"}], "tasks": list(tasks), **more}


def bridged(name: str, port: int, *tasks: dict[str, Any], mode: str = "container/bridge", **more: Any) -> dict[str, Any]:
    mapping = {"containerPort": 80, "hostPort": 0, "protocol": "tcp", "servicePort": port}
    return {"id": name, "networks": [{"mode": mode}], "container": {"portMappings": [mapping]}, "tasks": list(tasks), **more}


def eventually(holds: Callable[[], Any], what: str, seconds: float = 5) -> None:
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.01)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Marathon:
    """`answer` is what /v2/apps gives instead of the apps: a status and a body."""

    def __init__(self, *apps: dict[str, Any]) -> None:
        self.apps: list[dict[str, Any]] = list(apps)
        self.answer: Optional[tuple[int, bytes]] = None
        self.login: Optional[str] = None
        #: The length that an answer is said to have, when that is not true.
        self.announced = 0
        #: Where requests for events are redirected to, as by one that stands by.
        self.leader: Optional[str] = None
        self.asked: list[tuple[str, Optional[str]]] = []
        self.streams: list[queue.Queue[Optional[str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.asked.append((self.path, self.headers.get("Authorization")))
                if outer.login and self.headers.get("Authorization") != outer.login:
                    self.reply(401, b"")
                elif not self.path.startswith("/v2/events"):
                    self.reply(*(outer.answer or (200, json.dumps({"apps": outer.apps}).encode())))
                elif outer.leader:
                    self.reply(302, b"", Location=outer.leader + self.path)
                else:
                    self.stream()

            def reply(self, status: int, body: bytes, **headers: str) -> None:
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", "Content-Length": str(outer.announced or len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
                self.close_connection = outer.announced > 0

            def stream(self) -> None:
                events: queue.Queue[Optional[str]] = queue.Queue()
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream;charset=utf-8")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                outer.streams.append(events)
                while (event := events.get()) is not None:
                    chunk = f'event: {event}\r\ndata: {{"eventType":"{event}"}}\r\n\r\n'.encode()
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                self.close_connection = True

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                """Who asked is gone, and a test says so if that matters."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def event(self, name: str = "status_update_event") -> None:
        for stream in self.streams:
            stream.put(name)

    def break_off(self) -> None:
        streams, self.streams = self.streams, []
        for stream in streams:
            stream.put(None)

    def close(self) -> None:
        self.break_off()
        self._server.shutdown()
        self._server.server_close()


class Haproxy:
    """A program that checks files, and a master that loads them. `refuse` makes the program refuse, `fail` the reload."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.folder = self._folder.name
        self.program, self.config, self.socket = (os.path.join(self.folder, name) for name in ("haproxy", "haproxy.cfg", "master.sock"))
        self._refusal = os.path.join(self.folder, "refuse")
        self.loaded, self.reloads, self.fail, self.worker, self.old = "", 0, False, 100, False
        with open(self.program, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\n[ "$1 $2" = "-c -f" ] || exit 9\n[ ! -e {self._refusal} ] || {{ echo "[ALERT] (1) : refused, near $(grep auth "$3")"; exit 1; }}\n')
        os.chmod(self.program, 0o755)
        self._server: Optional[socketserver.ThreadingUnixStreamServer] = None

    def refuse(self, yes: bool) -> None:
        if yes:
            with open(self._refusal, "w", encoding="utf-8"):
                pass
        else:
            os.unlink(self._refusal)

    def text(self) -> str:
        try:
            with open(self.config, encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def start(self) -> None:
        outer = self
        self.loaded = self.text()

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(outer.tell(self.rfile.read().decode().strip()).encode())

        self._server = socketserver.ThreadingUnixStreamServer(self.socket, Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def tell(self, command: str) -> str:
        if command == "reload":
            self.reloads += 1
            if not self.fail:
                self.loaded, self.worker = self.text(), self.worker + 1
            return ""
        if command == "show proc":
            age = 1 if self.fail and self.reloads else 0
            return f"#<PID> <type>\n1  master  {self.reloads} [failed: {age}]  0d00h00m02s  2.6.12\n# workers\n{self.worker}  worker  {age}  0d00h00m02s  2.6.12\n"
        if command == f"@!{self.worker} show info":
            return f"Name: HAProxy\ndescription: haproxy-marathon-bridge/{digest_of(self.loaded)}\n"
        if command == f"@!{self.worker} show stat -1 1 -1":
            return "# pxname,svname,\n" + "".join(f"{name},FRONTEND,\n" for name in ["stats", *servers_of(self.loaded)])
        return "Unknown command\n"

    def close(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
        self._folder.cleanup()
