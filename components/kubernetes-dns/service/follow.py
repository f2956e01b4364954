"""Follows one kind of objects: lists all, then watches from there, again and again."""

from __future__ import annotations

import random
import time
from typing import Any, Callable, Optional

from api import Api, ApiError, Broken, Expired
from book import Book, Full
from journal import Once, say
from objects import Entry, Nonsense, version_of
from status import Status

#: Seconds between attempts: the first pause, and the longest.
PAUSES = (0.5, 15.0)
#: A watch that lasted so many seconds was a good one, after which nothing is waited for.
GOOD = 5.0

Read = Callable[[Any], tuple[str, Optional[Entry]]]


class Follower:
    """Nothing that fails takes away what is known."""

    def __init__(self, kind: str, path: str, read: Read, api: Api, book: Book, status: Status) -> None:
        self._kind, self._path, self._read = kind, path, read
        self._api, self._book, self._status = api, book, status
        self._once = Once()
        #: Whether the last turn ended with a version that expired: once that is nothing to wait for.
        self._expired = False
        #: The version that is known; empty when all has to be listed.
        self._version = ""
        self._pause = PAUSES[0]

    def run(self) -> None:
        """Never ends."""
        while True:
            pause = self.turn()
            if pause:
                # Not all nodes at once, when the API comes back.
                time.sleep(pause * random.uniform(0.7, 1.3))

    def turn(self) -> float:
        """One list, if that is due, and one watch. The seconds to wait before the next."""
        began, before, self._expired = time.monotonic(), self._expired, False
        try:
            if not self._version:
                self._list()
            self._watch()
            problem = ""
        except Expired as error:
            self._version, problem, self._expired = "", "", True
            say(f"{self._kind}: listed anew, since the watch can go on no more: {error}")
        except (ApiError, Full, Nonsense) as error:
            problem = str(error)
            if isinstance(error, (Broken, Full, Nonsense)):
                # What an event said is not known now.
                self._version = ""
        self._status.unfollowed(self._kind, problem or "its watch has ended")
        if problem:
            self._once.wrong(self._kind, f"{problem}; what is known stays")
        if self._expired and not before:
            return 0.0
        if time.monotonic() - began > GOOD:
            self._pause = PAUSES[0]
            return 0.0 if not problem else self._pause
        pause, self._pause = self._pause, min(self._pause * 2, PAUSES[1])
        return pause

    def _list(self) -> None:
        version = ""

        def entries() -> Any:
            nonlocal version
            for items, version in self._api.pages(self._path):
                for item in items:
                    yield self._read(item)

        self._book.replace(self._kind, entries())
        self._version = version
        self._status.listed(self._kind)

    def _watch(self) -> None:
        events = self._api.events(self._path, self._version)
        self._status.followed(self._kind)
        self._once.right(self._kind)
        for kind, what in events:
            if kind in ("ADDED", "MODIFIED"):
                self._book.put(self._kind, *self._read(what))
            elif kind == "DELETED":
                self._book.put(self._kind, self._read(what)[0], None)
            self._version = version_of(what)
