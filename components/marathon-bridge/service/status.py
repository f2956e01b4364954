"""How the service fares: what GET /health and GET /metrics say."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Optional

from apps import Unserved


@dataclass
class Status:
    """Written by the loop and the thread of events, read by requests: each value is replaced as a whole."""

    resync_seconds: float
    unserved: list[Unserved] = field(default_factory=list)
    service_ports: int = 0
    servers: int = 0
    reloads: int = 0
    reload_failures: int = 0
    check_failures: int = 0
    #: Whose events are followed; None when none are, which costs up to `resync_seconds` until a change is seen.
    events_from: Optional[str] = None
    marathon_problem: Optional[str] = "it was not asked yet"
    check_problem: Optional[str] = None
    reload_problem: Optional[str] = None
    haproxy_problem: Optional[str] = "it was not asked yet"
    haproxy_down: bool = False
    #: On the monotonic clock, in seconds; None before the first good answer.
    last_heard: Optional[float] = None

    def heard(self) -> None:
        self.last_heard, self.marathon_problem = time.monotonic(), None

    def check_failed(self, problem: str) -> None:
        self.check_failures, self.check_problem = self.check_failures + 1, problem

    def reload_failed(self, problem: str) -> None:
        self.reload_failures, self.reload_problem = self.reload_failures + 1, problem

    def silence(self) -> float:
        """Seconds since Marathon was heard; infinite before that."""
        return float("inf") if self.last_heard is None else time.monotonic() - self.last_heard

    def reasons(self) -> list[str]:
        """Why it is not well. A service port that cannot be served is not among them: all else is served."""
        found = []
        if self.silence() > 3 * self.resync_seconds:
            ago = "was never heard" if self.last_heard is None else f"was heard {self.silence():.0f} s ago"
            found.append(f"Marathon {ago}: {self.marathon_problem or 'the service hangs'}")
        parts = (("the new configuration", self.check_problem), ("reload", self.reload_problem), ("HAProxy", self.haproxy_problem))
        return found + [f"{what}: {problem}" for what, problem in parts if problem]

    def health(self) -> dict[str, Any]:
        """The body of /health."""
        reasons = self.reasons()
        return {
            "healthy": not reasons,
            "reasons": reasons,
            "servicePorts": self.service_ports,
            "servers": self.servers,
            "unserved": [{"app": one.app, "port": one.port, "reason": one.reason} for one in self.unserved],
            "marathon": {"heardSecondsAgo": None if self.last_heard is None else round(self.silence(), 1), "problem": self.marathon_problem},
            "eventsFrom": self.events_from,
        }

    def metrics(self) -> str:
        """Source: Prometheus, "Exposition formats", text format 0.0.4."""
        samples = (
            ("up_to_date", "gauge", "Whether all is well and HAProxy has loaded what Marathon says.", int(not self.reasons())),
            ("service_ports", "gauge", "Service ports that are served.", self.service_ports),
            ("servers", "gauge", "Servers behind service ports.", self.servers),
            ("unserved_ports", "gauge", "Service ports that are left out.", len(self.unserved)),
            ("reloads_total", "counter", "Reloads of HAProxy.", self.reloads),
            ("reload_failures_total", "counter", "Reloads that HAProxy refused.", self.reload_failures),
            ("check_failures_total", "counter", "Configurations that were refused or not written.", self.check_failures),
            ("marathon_silence_seconds", "gauge", "Seconds since Marathon was heard.", f"{self.silence():.1f}".replace("inf", "+Inf")),
            ("event_stream_connected", "gauge", "Whether Marathon's events are followed.", int(self.events_from is not None)),
            ("haproxy_running", "gauge", "Whether HAProxy answers.", int(self.haproxy_problem is None)),
        )
        lines = [f"# HELP marathon_bridge_{name} {text}\n# TYPE marathon_bridge_{name} {kind}\nmarathon_bridge_{name} {value}\n" for name, kind, text, value in samples]
        name = "marathon_bridge_unserved_port"
        lines.append(f"# HELP {name} 1 for each service port that is left out.\n# TYPE {name} gauge\n")
        lines += [f'{name}{{app="{_label(one.app)}",port="{one.port}",reason="{_label(one.reason)}"}} 1\n' for one in self.unserved]
        return "".join(lines)


def _label(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
