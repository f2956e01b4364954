"""The files that CoreDNS reads, made of pods and nodes. Pure.

Names of pods are `pod.namespace.pod.domain`, and `1-2-3-4.namespace.pod.domain` as Kubernetes' own DNS has them; nodes are
`node.domain`, so that a pod's search path finds them by their bare name. An address leads back to one name: a node's to the node,
also where pods have it too, and a pod's to the pod that was made last.
Source: Kubernetes, "DNS for Services and Pods"; CoreDNS 1.15, plugin/hosts.
"""

from __future__ import annotations

from dataclasses import dataclass

from objects import Entry, is_name

HEAD = "# Written by datacentre-kubernetes-names, of what the API says. CoreDNS reads it.\n"


@dataclass(frozen=True)
class Files:
    """Texts, in the form of /etc/hosts."""

    #: Names and addresses of nodes and pods, which lead back as well.
    addresses: str
    #: All names of pods, which do not.
    pods: str
    #: Pods and nodes whose names DNS cannot have.
    left_out: tuple[str, ...]


def files(domain: str, pods: list[Entry], nodes: list[Entry]) -> Files:
    """In one order, whatever was heard first."""
    # A dot in a node's name would put it among the names of services.
    hosts = [(node, f"{node.name}.{domain}") for node in sorted(nodes, key=_key) if "." not in node.name]
    named = [(pod, f"{pod.name}.{pod.namespace}.pod.{domain}") for pod in sorted(pods, key=_key)]
    good = [(entry, name) for entry, name in hosts + named if is_name(name)]
    kept = {entry.key for entry, _ in good}
    back = _back([one for one in good if not one[0].namespace], [one for one in good if one[0].namespace])
    return Files(
        HEAD + "".join(f"{address} {name}\n" for entry, name in good for address in entry.addresses if not entry.namespace or back[address] == name),
        HEAD + "".join(_forward(domain, [one for one in good if one[0].namespace], {name for _, name in good})),
        tuple(sorted(entry.key for entry in pods + nodes if entry.key not in kept)),
    )


def _key(entry: Entry) -> str:
    return entry.key


def _back(nodes: list[tuple[Entry, str]], pods: list[tuple[Entry, str]]) -> dict[str, str]:
    """The name that each address leads back to; none for that of a node which is not known, or not yet."""
    back = {}
    for pod, name in sorted(pods, key=lambda one: (one[0].since, one[0].key)):
        back.update({address: name if pod.own else "" for address in pod.addresses})
    for node, name in nodes:
        back.update({address: name for address in node.addresses})
    return back


def _forward(domain: str, pods: list[tuple[Entry, str]], taken: set[str]) -> list[str]:
    lines = []
    for pod, name in pods:
        for address in pod.addresses:
            dashed = f"{address.replace('.', '-').replace(':', '-')}.{pod.namespace}.pod.{domain}"
            # A pod may be called like another one's address.
            lines.append(f"{address} {name}{f' {dashed}' if is_name(dashed) and dashed not in taken else ''}\n")
    return lines
