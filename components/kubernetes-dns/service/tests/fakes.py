"""Kubernetes' API in small: lists in pages, watches with bookmarks, versions that expire. Also run by itself, for CoreDNS."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Optional
from urllib.parse import parse_qs, urlsplit

PODS, NODES = "/api/v1/pods", "/api/v1/nodes"
#: What a list of CoreDNS' is called.
KINDS = {"namespaces": "NamespaceList", "services": "ServiceList", "endpointslices": "EndpointSliceList", "pods": "PodList", "nodes": "NodeList"}


def pod(name: str, address: Optional[str], namespace: str = "default", **more: Any) -> dict[str, Any]:
    spec = {"nodeName": more.pop("node", "node1"), "hostNetwork": more.pop("host", False)}
    meta = {"name": name, "namespace": namespace, "creationTimestamp": more.pop("since", "2026-01-01T00:00:00Z"), "labels": more.pop("labels", {})}
    status = {"phase": more.pop("phase", "Running"), **({"podIP": address, "podIPs": [{"ip": address}]} if address else {}), **more}
    return {"metadata": meta, "spec": spec, "status": status}


def node(name: str, *addresses: str) -> dict[str, Any]:
    listed = [{"type": "InternalIP", "address": one} for one in addresses]
    return {"metadata": {"name": name}, "status": {"addresses": [*listed, {"type": "Hostname", "address": name}]}}


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


class ApiServer:
    """`answer` is what is given instead, by path: a status and a body."""

    def __init__(self, context: Any = None) -> None:
        self.items: dict[str, dict[str, dict[str, Any]]] = {PODS: {}, NODES: {}}
        self.version, self.page, self.oldest = 1, 500, 0
        self.answer: dict[str, tuple[int, bytes]] = {}
        self.asked: list[str] = []
        self._log: list[tuple[int, str, str, dict[str, Any]]] = []
        self._wake = threading.Condition()
        self._broken = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.asked.append(self.path)
                url = urlsplit(self.path)
                query = {key: values[0] for key, values in parse_qs(url.query).items()}
                if url.path in outer.answer:
                    self.reply(*outer.answer[url.path])
                elif url.path not in outer.items:
                    self.reply(404, b'{"kind":"Status","code":404}')
                elif query.get("sendInitialEvents"):
                    # As an API that knows no lists by watches.
                    self.reply(422, b'{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Invalid","code":422}')
                elif query.get("watch") in ("1", "true"):
                    self.watch(url.path, int(query["resourceVersion"]))
                else:
                    self.reply(*outer.list(url.path, int(query.get("limit", 0)), query.get("continue", "")))

            def reply(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def watch(self, path: str, since: int) -> None:
                if since < outer.oldest:
                    self.reply(410, b'{"kind":"Status","code":410}')
                    return
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                self.close_connection = True
                generation = outer._broken
                for line in outer.events(path, since, generation):
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 50

            def handle_error(self, *_: Any) -> None:
                """Who asked is gone, and a test says so if that matters."""

        self._server = Server(("127.0.0.1", 0), Handler)
        if context:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"http{'s' if context else ''}://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def list(self, path: str, limit: int, after: str) -> tuple[int, bytes]:
        items = list(self.items[path].values())
        begin, size = int(after or 0), min(limit, self.page) or len(items) or 1
        more = {"continue": str(begin + size)} if begin + size < len(items) else {}
        group, _, plural = path.rpartition("/")
        kind = {"kind": KINDS[plural], "apiVersion": group.replace("/apis/", "").replace("/api/", "")}
        return 200, json.dumps({**kind, "metadata": {"resourceVersion": str(self.version), **more}, "items": items[begin : begin + size]}).encode()

    def put(self, path: str, *objects: dict[str, Any], kind: str = "ADDED") -> None:
        with self._wake:
            for one in objects:
                self.version += 1
                meta = one["metadata"]
                meta["resourceVersion"] = str(self.version)
                key = f"{meta.get('namespace', '')}/{meta['name']}"
                if kind == "DELETED":
                    self.items[path].pop(key, None)
                else:
                    self.items[path][key] = one
                self._log.append((self.version, path, kind, one))
            self._wake.notify_all()

    def remove(self, path: str, one: dict[str, Any]) -> None:
        self.put(path, one, kind="DELETED")

    def bookmark(self, path: str, version: int) -> None:
        with self._wake:
            self.version = version
            self._log.append((version, path, "BOOKMARK", {"metadata": {"resourceVersion": str(version)}}))
            self._wake.notify_all()

    def say(self, path: str, event: dict[str, Any]) -> None:
        """An event as it is, to who watches now."""
        with self._wake:
            self.version += 1
            self._log.append((self.version, path, "", event))
            self._wake.notify_all()

    def events(self, path: str, since: int, generation: int) -> Any:
        while True:
            with self._wake:
                while self._broken == generation and not any(version > since and where == path for version, where, *_ in self._log):
                    self._wake.wait(0.5)
                if self._broken != generation:
                    return
                fresh = [one for one in self._log if one[0] > since and one[1] == path]
            for since, _, kind, what in fresh:
                yield json.dumps({"type": kind, "object": what} if kind else what).encode() + b"\n"

    def break_off(self) -> None:
        """Ends all watches in the middle."""
        with self._wake:
            self._broken += 1
            self._wake.notify_all()

    def forget(self) -> None:
        """What happened until now is in no watch any more."""
        with self._wake:
            self._log.clear()
            self.version += 10
            self.oldest = self.version

    def close(self) -> None:
        self.break_off()
        self._server.shutdown()
        self._server.server_close()


def run(path: str) -> None:
    """Serves what a file of JSON has: objects by the path of their list. Prints its URL."""
    server = ApiServer()
    with open(path, encoding="utf-8") as file:
        for where, objects in json.load(file).items():
            server.items.setdefault(where, {})
            server.put(where, *objects)
    print(server.url, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    run(sys.argv[1])
