"""Keeps the files at what is known."""

from __future__ import annotations

import os
from typing import Optional

from book import Book
from journal import Once, say
from names import Files, files
from settings import Settings
from status import Status

#: Seconds between looks without any change: a file may have been taken away.
AGAIN = 30.0
#: Seconds after which what could not be written is tried again.
RETRY = 5.0


class Writer:
    """Swaps each file as a whole, and only when it has another content."""

    def __init__(self, settings: Settings, book: Book, status: Status) -> None:
        self._settings, self._book, self._status = settings, book, status
        self._once = Once()
        self._left_out: tuple[str, ...] = ()

    def run(self) -> None:
        """Never ends."""
        while True:
            self._book.wait(AGAIN if self.write() else RETRY)

    def write(self) -> bool:
        """One round: whether nothing was in the way. What was written before stays until all is known."""
        known = self._book.all()
        if known is None:
            return True
        pods, nodes = known
        wanted = files(self._settings.domain, pods, nodes)
        self._note(wanted)
        self._status.pods, self._status.nodes = len(pods), len(nodes)
        self._status.answering = sorted(address for pod in pods if pod.answers_on == self._settings.node for address in pod.addresses)
        try:
            for name, text in (("addresses", wanted.addresses), ("pods", wanted.pods)):
                self._put(os.path.join(self._settings.directory, name), text)
        except OSError as error:
            self._status.write_problem = f"{error.strerror}: {error.filename}"
            self._once.wrong("files", self._status.write_problem)
            return False
        self._status.write_problem = None
        self._once.right("files")
        return True

    def _put(self, path: str, text: str) -> None:
        if _read(path) == text:
            return
        new = f"{path}.new"
        with open(new, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(new, 0o644)
        os.replace(new, path)
        self._status.writes += 1

    def _note(self, wanted: Files) -> None:
        for key in sorted(set(wanted.left_out) - set(self._left_out)):
            say(f"left out: {key}, whose name DNS cannot have")
        self._left_out = self._status.left_out = wanted.left_out


def _read(path: str) -> Optional[str]:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (FileNotFoundError, UnicodeDecodeError):
        return None
