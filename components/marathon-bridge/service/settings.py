"""The configuration file: read and held against what must be, every fault at once."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass
from typing import Any, Callable, Optional
from urllib.parse import urlsplit


class Faults(Exception):
    """Its argument is the list of faults, each with the key, what is wrong, and what to do."""


@dataclass(frozen=True)
class Settings:
    """What the service works by. Times in the unit that the name says."""

    marathons: tuple[str, ...]
    #: `user:password`, or None where Marathon asks for no login.
    login: Optional[str]
    haproxy_config: str
    master_socket: str
    haproxy: str
    bind: str
    max_connections: int
    connect_ms: int
    client_ms: int
    server_ms: int
    stats_port: int
    stats_user: str
    stats_password: str
    listen_address: str
    listen_port: int
    resync_seconds: float
    #: Ports of this host that apps may not have, and whose they are.
    reserved: dict[int, str]


class _Reader:
    """Takes values by their key, notes what is wrong with them, and what nobody asked for."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.faults: list[str] = []
        self._given = given
        self._taken: list[str] = []

    def take(self, key: str, right: Callable[[Any], bool], remedy: str) -> Any:
        self._taken.append(key)
        value: Any = self._given
        for part in key.split("."):
            if not isinstance(value, dict) or part not in value:
                self.faults.append(f"{key}: is not there; give {remedy}")
                return None
            value = value[part]
        if not right(value):
            self.faults.append(f"{key}: is {json.dumps(value)}; give {remedy}")
            return None
        return value

    def secret(self, key: str, path: Optional[str], right: Callable[[str], bool], remedy: str) -> str:
        """The one line of a file that a key names. No fault quotes it."""
        if path is None:
            return ""
        try:
            with open(path, encoding="utf-8") as file:
                line = file.read().rstrip("\n")
        except (OSError, UnicodeDecodeError) as error:
            self.faults.append(f"{key}: {path} cannot be read ({getattr(error, 'strerror', None) or 'not UTF-8'}); let it hold {remedy}")
            return ""
        if not line.isprintable() or not right(line):
            self.faults.append(f"{key}: what {path} holds is not right; let it hold {remedy}")
        return line

    def unknown(self) -> None:
        parents: dict[str, set[str]] = {key.split(".")[0]: set() for key in self._taken}
        for key in self._taken:
            parents[key.split(".")[0]].update(key.split(".")[1:])
        for key, value in self._given.items():
            if key not in parents:
                self.faults.append(f"{key}: is not known; take it out")
            elif parents[key] and isinstance(value, dict):
                self.faults.extend(f"{key}.{part}: is not known; take it out" for part in value if part not in parents[key])


def _whole(least: int, most: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and least <= value <= most


def _path(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("/") and value.isprintable()


def _address(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(ipaddress.ip_address(value))
    except ValueError:
        return False


def _url(value: Any) -> bool:
    try:
        parts = urlsplit(value) if isinstance(value, str) and value.isprintable() and " " not in value else None
        return bool(parts and parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and not (parts.username or parts.query or parts.fragment))
    except ValueError:
        return False


def _reserved(value: Any) -> bool:
    good = _whole(1, 65535)
    return isinstance(value, list) and all(isinstance(one, dict) and set(one) == {"port", "what"} and good(one["port"]) and isinstance(one["what"], str) for one in value)


def load(path: str) -> Settings:
    """Reads the file and the secrets that it names. Raises Faults."""
    try:
        with open(path, encoding="utf-8") as file:
            given = json.load(file)
    except OSError as error:
        raise Faults([f"cannot be read ({error.strerror}); give a file that this user may read"]) from error
    except ValueError as error:
        raise Faults([f"is not JSON ({error}); write it anew"]) from error
    if not isinstance(given, dict):
        raise Faults(["is not a JSON object; write it anew"])
    read = _Reader(given)
    port, milliseconds = _whole(1, 65535), _whole(1, 86_400_000)
    marathons = read.take("marathons", lambda v: isinstance(v, list) and bool(v) and all(map(_url, v)), 'a list of URLs, ["http://10.0.0.1:8080"]; a login goes to loginFile')
    login_file = read.take("loginFile", lambda v: v is None or _path(v), "a file's path, or null where Marathon asks for no login")
    config = read.take("haproxyConfig", _path, "the path of HAProxy's configuration")
    master = read.take("masterSocket", _path, "the path of the socket that HAProxy's option -S names")
    haproxy = read.take("haproxy", _path, "the path of the program, /usr/sbin/haproxy")
    bind = read.take("bind", _address, "the address that apps' ports are bound to, 0.0.0.0")
    connections = read.take("maxConnections", _whole(1, 10_000_000), "a number of connections, 4096")
    connect, client, server = (read.take(f"timeouts.{key}", milliseconds, "a number of milliseconds") for key in ("connectMs", "clientMs", "serverMs"))
    stats_port = read.take("stats.port", port, "a port")
    user = read.take("stats.user", lambda v: isinstance(v, str) and v.isprintable() and v != "" and ":" not in v, "a name without a colon")
    password_file = read.take("stats.passwordFile", _path, "the path of the file with the password")
    listen_address = read.take("listen.address", _address, "an address of this host, 127.0.0.1")
    listen_port = read.take("listen.port", port, "a port")
    resync = read.take("resyncSeconds", lambda v: type(v) in (int, float) and 1 <= v <= 3600, "a number of seconds from 1 to 3600")
    reserved = read.take("reserved", _reserved, 'a list of {"port": 5050, "what": "the Mesos master"}')
    read.unknown()
    login = read.secret("loginFile", login_file, lambda line: ":" in line.strip(":"), "one line, user:password")
    password = read.secret("stats.passwordFile", password_file, bool, "one line, the password")
    if read.faults:
        raise Faults(read.faults)
    own = {stats_port: "HAProxy's statistics page", listen_port: "the status page of haproxy-marathon-bridge"}
    return Settings(
        tuple(url.rstrip("/") for url in marathons), login or None, config, master, haproxy, bind, connections, connect, client, server,
        stats_port, user, password, listen_address, listen_port, resync, {**{one["port"]: one["what"] for one in reserved}, **own},
    )
