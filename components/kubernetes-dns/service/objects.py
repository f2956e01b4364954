"""Pods and nodes, as far as they have names and addresses. Anything else of an object is forgotten at once.

Source: Kubernetes' API reference, PodStatus (podIPs), PodSpec (hostNetwork), NodeStatus (addresses).
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any, Optional

from settings import NAME


class Nonsense(Exception):
    """An object that has no name or version."""


@dataclass(frozen=True)
class Entry:
    """One pod or node."""

    #: What it is called: `namespace/name` for a pod.
    key: str
    name: str
    #: Empty for a node.
    namespace: str
    addresses: tuple[str, ...]
    #: Whether its addresses are its own, and not its node's.
    own: bool
    #: When it was made, as the API writes it: of two that have one address the newer one has it.
    since: str
    #: The node that it runs on where it is a CoreDNS that answers; empty for all else.
    answers_on: str = ""


def read_pod(given: Any) -> tuple[str, Optional[Entry]]:
    """Its key, and the entry that it has; none for a pod without an address, or one that ended. Raises Nonsense."""
    name, namespace, meta = _meta(given, True)
    spec, status = _part(given, "spec"), _part(given, "status")
    key = f"{namespace}/{name}"
    listed = status.get("podIPs")
    found = [one.get("ip") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else [status.get("podIP")]
    addresses = _addresses(found)
    if not addresses or status.get("phase") in ("Succeeded", "Failed"):
        return key, None
    labels = meta.get("labels")
    dns = namespace == "kube-system" and isinstance(labels, dict) and labels.get("k8s-app") == "kube-dns" and _ready(status)
    return key, Entry(key, name, namespace, addresses, spec.get("hostNetwork") is not True, _since(meta), str(spec.get("nodeName", "")) if dns else "")


def read_node(given: Any) -> tuple[str, Optional[Entry]]:
    """The same of a node, by its addresses within the cluster. Raises Nonsense."""
    name, _, meta = _meta(given, False)
    listed = _part(given, "status").get("addresses")
    found = [one.get("address") for one in listed if isinstance(one, dict) and one.get("type") == "InternalIP"] if isinstance(listed, list) else []
    addresses = _addresses(found)
    return name, Entry(name, name, "", addresses, True, _since(meta)) if addresses else None


def version_of(given: Any) -> str:
    """The version of an object, which a watch can go on from. Raises Nonsense."""
    version = _part(given, "metadata").get("resourceVersion")
    if not isinstance(version, str) or not version:
        raise Nonsense("an object has no version")
    return version


def _part(given: Any, key: str) -> dict[str, Any]:
    value = given.get(key) if isinstance(given, dict) else None
    return value if isinstance(value, dict) else {}


def _meta(given: Any, spaced: bool) -> tuple[str, str, dict[str, Any]]:
    meta = _part(given, "metadata")
    name, namespace = meta.get("name"), meta.get("namespace")
    if not isinstance(name, str) or not name or (spaced and (not isinstance(namespace, str) or not namespace)):
        raise Nonsense("an object has no name")
    return name, namespace if spaced and isinstance(namespace, str) else "", meta


def _since(meta: dict[str, Any]) -> str:
    since = meta.get("creationTimestamp")
    return since if isinstance(since, str) else ""


def _ready(status: dict[str, Any]) -> bool:
    conditions = status.get("conditions")
    return isinstance(conditions, list) and any(isinstance(one, dict) and one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)


def _addresses(found: list[Any]) -> tuple[str, ...]:
    """In the form that names of reverse look-ups are made of, each once."""
    good: dict[str, None] = {}
    for one in found:
        try:
            address = ipaddress.ip_address(one) if isinstance(one, str) else None
        except ValueError:
            continue
        if address and not (address.is_unspecified or address.is_loopback or address.is_multicast or address.is_link_local):
            good[str(address)] = None
    return tuple(good)


def is_name(text: str) -> bool:
    """Whether DNS can have it."""
    return bool(NAME.match(text))
