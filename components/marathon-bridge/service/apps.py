"""What Marathon's apps ask for: which service ports, and which tasks stand behind each. Pure.

Source: Marathon 1.11, docs/docs/ports.md and networking.md, and what it answers to GET /v2/apps?embed=apps.tasks.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import AbstractSet, Any, Callable, Iterable, Optional

_HOSTNAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


@dataclass(frozen=True)
class Server:
    """A task, as HAProxy reaches it. A task's id is never used twice, so the name stays as long as the task."""

    name: str
    address: str
    port: int


@dataclass(frozen=True)
class Service:
    """A service port of an app. `problem` says why it cannot be served, whatever this host is like."""

    app: str
    port: int
    servers: tuple[Server, ...] = ()
    problem: Optional[str] = None

    @property
    def name(self) -> str:
        return f"{_word(self.app.strip('/').replace('/', '_'))}-{self.port}"


@dataclass(frozen=True)
class Unserved:
    """A service port that is left out, and why."""

    app: str
    port: int
    reason: str


class Nonsense(Exception):
    """An answer that cannot be a list of apps with their tasks: nothing may follow from it."""


def _word(text: str) -> str:
    """Only what HAProxy takes in names, so that nothing in an id ever becomes configuration."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", text)


def read(body: Any, served: AbstractSet[str]) -> list[Service]:
    """The service ports of all apps, by id and index. `served` are names of servers that are served now: see `_counts`.

    Raises Nonsense.
    """
    apps = body.get("apps") if isinstance(body, dict) else None
    if not isinstance(apps, list):
        raise Nonsense("it has no list of apps")
    for app in apps:
        if not isinstance(app, dict) or not isinstance(app.get("id"), str):
            raise Nonsense("an app in it has no id")
        if not isinstance(app.get("tasks"), list):
            raise Nonsense(f"{app['id']} has no list of tasks")
    try:
        return [service for app in sorted(apps, key=lambda one: one["id"]) for service in _services(app, served)]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Nonsense(f"an app in it is not as Marathon describes apps ({type(error).__name__})") from error


def _services(app: dict[str, Any], served: AbstractSet[str]) -> Iterable[Service]:
    networks = app.get("networks") or [{"mode": "host"}]
    mode = networks[0].get("mode", "container")
    if mode == "host":
        ports = [(one.get("port"), one, None) for one in app.get("portDefinitions") or []]
    else:
        mappings = (app.get("container") or {}).get("portMappings") or []
        ports = [(one.get("servicePort"), one, one.get("containerPort", 0) if mode == "container" else None) for one in mappings]
    tasks = [task for task in app["tasks"] if task.get("state") == "TASK_RUNNING" and _counts(app, task, served)]
    for index, (port, described, container_port) in enumerate(ports):
        if not port:
            continue
        problem = None
        if not isinstance(port, int) or not 0 < port < 65536:
            problem = "is not from 1 to 65535"
        elif "tcp" not in (described.get("protocol") or "tcp").split(","):
            problem = "is of UDP, and HAProxy passes TCP on"
        elif container_port == 0:
            problem = "leads to containerPort 0, so it is not known where tasks listen"
        servers = (_server(task, index, container_port) for task in tasks)
        yield Service(app["id"], port, tuple(sorted((one for one in servers if one), key=lambda one: one.name)), problem)


def _counts(app: dict[str, Any], task: dict[str, Any], served: AbstractSet[str]) -> bool:
    """Whether the app's health checks let a task be served.

    A leader that is new knows no results: to it every task is one that was never checked. So a task that is served now
    stays until a check says that it failed; a new one waits until each check says that it is alive.
    """
    results = task.get("healthCheckResults") or []
    dead = [one for one in results if not one.get("alive")]
    if any(one.get("lastFailure") or one.get("consecutiveFailures") for one in dead):
        return False
    judged = not dead and len(results) >= len(app.get("healthChecks") or [])
    return judged or _word(task["id"]) in served


def _server(task: dict[str, Any], index: int, container_port: Optional[int]) -> Optional[Server]:
    """None when a task has no address (yet)."""
    if container_port is None:
        address, ports = task.get("host"), task.get("ports") or []
        port = ports[index] if index < len(ports) else 0
    else:
        own = task.get("ipAddresses") or [{}]
        address, port = own[0].get("ipAddress"), container_port
    if not isinstance(port, int) or not 0 < port < 65536 or not isinstance(address, str) or not _is_address(address):
        return None
    return Server(_word(task["id"]), address, port)


def _is_address(text: str) -> bool:
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return bool(_HOSTNAME.fullmatch(text))


def choose(services: Iterable[Service], reserved: dict[int, str], busy: Callable[[int], Optional[str]]) -> tuple[list[Service], list[Unserved]]:
    """Parts what this host can serve from what it cannot.

    `busy` says why a port cannot be bound, and is asked only of ports that nothing else speaks against. Of two that want
    the same port the first has it, so that all hosts with a bridge choose alike.
    """
    taken: dict[int, str] = {}
    good: list[Service] = []
    bad: list[Unserved] = []
    for service in services:
        reason = service.problem
        if reason is None and service.port in reserved:
            reason = f"is reserved on this host for {reserved[service.port]}"
        if reason is None and service.port in taken:
            reason = f"is taken by {taken[service.port]}"
        if reason is None:
            reason = busy(service.port)
        if reason is None:
            taken[service.port] = service.app
            good.append(service)
        else:
            bad.append(Unserved(service.app, service.port, reason))
    return good, bad
