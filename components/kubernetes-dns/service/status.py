"""How the service fares: what GET /health and GET /metrics say."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
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
