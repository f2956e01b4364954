"""HAProxy's configuration: written from services, and read back for what it serves. Pure.

Holds for HAProxy 2.4 to 3.0. Sources: its doc/configuration.txt of 2.6, at the keywords that comments name.
"""

from __future__ import annotations

import hashlib
import re
from typing import Iterable

from apps import Service
from settings import Settings

_DIGEST = "description haproxy-marathon-bridge/"


def render(settings: Settings, services: Iterable[Service]) -> str:
    """The whole file. The running HAProxy tells its `description`, so it can be asked whether it has loaded this text."""
    body = "".join([_defaults(settings), _stats(settings), *(_listen(settings, service) for service in services)])
    head = _head(settings)
    digest = hashlib.sha256((head + body).encode()).hexdigest()[:16]
    return f"{head}    {_DIGEST}{digest}\n{body}"


def digest_of(text: str) -> str:
    """What tells this text from others: from the file, or from HAProxy's answer to `show info`. Empty when there is none."""
    found = re.search(r"^\s*description:? haproxy-marathon-bridge/([0-9a-f]+)\s*$", text, re.M)
    return found.group(1) if found else ""


def servers_of(text: str) -> dict[str, dict[str, str]]:
    """What a file that we wrote serves: the address of each server by its name, by the name of the listener."""
    found: dict[str, dict[str, str]] = {}
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["listen"] and words[1:] != ["stats"]:
            found[words[1]] = {}
        elif words[:1] == ["server"] and found:
            found[list(found)[-1]][words[1]] = words[2]
    return found


def port_of(listener: str) -> int:
    """The service port that is the end of a listener's name; 0 when it is not one of ours."""
    end = listener.rpartition("-")[2]
    return int(end) if end.isdigit() else 0


def quoted(word: str) -> str:
    """A word in which nothing has a meaning. Source: section 2.2, "Quoting and escaping"."""
    return "'" + word.replace("'", "'\\''") + "'"


def endpoint(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _head(settings: Settings) -> str:
    # `short` puts the level first, as the journal reads it ("log"). Old workers live as long as their connections, and a
    # client that never leaves would keep them for ever ("hard-stop-after").
    return f"""# Written by haproxy-marathon-bridge from Marathon's apps. What is changed here by hand is lost.
global
    log stdout format short local0
    maxconn {settings.max_connections}
    user haproxy
    group haproxy
    hard-stop-after 30m
"""


def _defaults(settings: Settings) -> str:
    # A task can be gone before Marathon says so. A connection that is refused is tried at once on another server
    # ("option redispatch 1"), and on the same one again after a second ("retries"). After three refusals in a row a server
    # is left alone until a check succeeds ("observe layer4", "on-error"), not after one: the only server of an app that
    # refuses one connection would be gone for all. A host that is silent is found by checks in about four seconds.
    # A name that does not resolve leaves out one server, and does not stop everything ("init-addr").
    # Of connections only those that failed are logged ("option dontlog-normal").
    return f"""
defaults
    log global
    mode tcp
    option tcplog
    option dontlog-normal
    option redispatch 1
    retries 3
    maxconn {settings.max_connections}
    timeout connect {settings.connect_ms}ms
    timeout client {settings.client_ms}ms
    timeout server {settings.server_ms}ms
    default-server inter 2s fastinter 500ms downinter 500ms fall 2 rise 1 observe layer4 error-limit 3 on-error mark-down init-addr last,libc,none
"""


def _stats(settings: Settings) -> str:
    return f"""
listen stats
    bind 127.0.0.1:{settings.stats_port}
    mode http
    option httplog
    stats enable
    stats uri /haproxy?stats
    stats auth {quoted(f"{settings.stats_user}:{settings.stats_password}")}
"""


def _listen(settings: Settings, service: Service) -> str:
    lines: list[str] = [f"listen {service.name}", f"bind {endpoint(settings.bind, service.port)}", "balance leastconn"]
    lines += [f"server {one.name} {endpoint(one.address, one.port)} check" for one in service.servers]
    return "\n" + "\n    ".join(lines) + "\n"
