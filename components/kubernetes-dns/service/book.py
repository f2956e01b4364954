"""What is known: the entries of pods and of nodes, each whole or not yet."""

from __future__ import annotations

import threading
import time
from typing import Iterable, Optional

from objects import Entry

#: Seconds: changes come in swarms. One that is followed by nothing for the first is acted upon; the second is the longest wait.
QUIET, LONGEST = 0.1, 1.0


class Full(Exception):
    """There are more than are kept."""


class Book:
    """Written by a thread for each kind, read by the writer."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kinds: dict[str, dict[str, Entry]] = {}
        self._changed = threading.Event()

    def replace(self, kind: str, entries: Iterable[tuple[str, Optional[Entry]]]) -> None:
        """All of a kind. Raises Full, and leaves what was known."""
        fresh: dict[str, Entry] = {}
        for key, entry in entries:
            if entry:
                fresh[key] = entry
            self._room(kind, len(fresh))
        with self._lock:
            self._kinds[kind] = fresh
        self._changed.set()

    def put(self, kind: str, key: str, entry: Optional[Entry]) -> None:
        """One of a kind; nothing takes it out. Raises Full."""
        with self._lock:
            known = self._kinds[kind]
            if known.get(key) == entry:
                return
            if entry is None:
                del known[key]
            else:
                if key not in known:
                    self._room(kind, len(known) + 1)
                known[key] = entry
        self._changed.set()

    def _room(self, kind: str, count: int) -> None:
        if count > self._most:
            raise Full(f"there are more than {self._most} {kind}")

    def count(self, kind: str) -> int:
        with self._lock:
            return len(self._kinds.get(kind, {}))

    def all(self) -> Optional[tuple[list[Entry], list[Entry]]]:
        """Pods and nodes; None until both are known, since half of them would take names away."""
        with self._lock:
            if "pods" not in self._kinds or "nodes" not in self._kinds:
                return None
            return list(self._kinds["pods"].values()), list(self._kinds["nodes"].values())

    def wait(self, seconds: float) -> None:
        """Returns after changes, as soon as they pause, or after so many seconds without any."""
        if not self._changed.wait(seconds):
            return
        until = time.monotonic() + LONGEST
        while time.monotonic() < until:
            self._changed.clear()
            if not self._changed.wait(min(QUIET, max(0.0, until - time.monotonic()))):
                return
        self._changed.clear()
