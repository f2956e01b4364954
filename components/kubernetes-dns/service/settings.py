"""The configuration file: read and held against what must be, every fault at once."""

from __future__ import annotations

import ipaddress
import json
import re
import ssl
from dataclasses import dataclass
from typing import Any, Callable, Optional
from urllib.parse import urlsplit

#: A name of DNS in small letters, as Kubernetes has them (RFC 1123).
NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\Z")


class Faults(Exception):
    """Its argument is the list of faults, each with the key, what is wrong, and what to do."""


@dataclass(frozen=True)
class Settings:
    """What the service works by."""

    #: Where the API is asked: scheme, host and port.
    api: str
    #: Whom it trusts and by what it is known there; None for plain HTTP, which tests speak.
    tls: Optional[ssl.SSLContext]
    domain: str
    #: The name of the own node.
    node: str
    #: Where the files are written.
    directory: str
    listen_address: str
    listen_port: int
    #: So many pods and nodes are kept in memory.
    most: int


def _path(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("/") and value.isprintable()


def _address(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(ipaddress.ip_address(value))
    except ValueError:
        return False


def _url(value: Any) -> bool:
    try:
        parts = urlsplit(value) if isinstance(value, str) else None
        return bool(parts and parts.scheme in ("http", "https") and parts.hostname and parts.port and parts.path in ("", "/") and not (parts.username or parts.query or parts.fragment))
    except ValueError:
        return False


def _name(value: Any) -> bool:
    return isinstance(value, str) and bool(NAME.match(value))


def _whole(least: int, most: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and least <= value <= most


_KEYS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "api": (_url, "the URL of the API, https://127.0.0.1:6444"),
    "authority": (_path, "the path of the certificate of the API's authority"),
    "certificate": (_path, "the path of the service's own certificate"),
    "key": (_path, "the path of its key"),
    "domain": (_name, "the cluster's domain in small letters, cluster.local"),
    "node": (_name, "the name of this node"),
    "directory": (_path, "the path of the directory that CoreDNS reads, /run/datacentre-names"),
    "listenAddress": (_address, "an address of this host, 127.0.0.1"),
    "listenPort": (_whole(1, 65535), "a port"),
    "most": (_whole(1, 10_000_000), "a number of pods and nodes, 100000"),
}


def load(path: str) -> Settings:
    """Reads the file, and the certificates that it names. Raises Faults."""
    try:
        with open(path, encoding="utf-8") as file:
            given = json.load(file)
    except OSError as error:
        raise Faults([f"cannot be read ({error.strerror}); give a file that this user may read"]) from error
    except ValueError as error:
        raise Faults([f"is not JSON ({error}); write it anew"]) from error
    if not isinstance(given, dict):
        raise Faults(["is not a JSON object; write it anew"])
    faults = [f"{key}: is not known; take it out" for key in given if key not in _KEYS]
    for key, (right, remedy) in _KEYS.items():
        if key not in given:
            faults.append(f"{key}: is not there; give {remedy}")
        elif not right(given[key]):
            faults.append(f"{key}: is {json.dumps(given[key])}; give {remedy}")
    if faults:
        raise Faults(faults)
    tls = _tls(given) if given["api"].startswith("https:") else None
    return Settings(
        given["api"].rstrip("/"), tls, given["domain"], given["node"], given["directory"], given["listenAddress"], given["listenPort"], given["most"],
    )


def _tls(given: dict[str, Any]) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=given["authority"])
    except (OSError, ssl.SSLError) as error:
        raise Faults([f"authority: {given['authority']} cannot be used ({error.strerror or 'no certificate'}); write it anew"]) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(given["certificate"], given["key"])
    except (OSError, ssl.SSLError) as error:
        raise Faults([f"certificate: {given['certificate']} and {given['key']} cannot be used ({error.strerror or 'they do not belong together'}); make them anew"]) from error
    return context
