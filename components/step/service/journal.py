"""The journal: one line on stdout for each thing that changed."""

from __future__ import annotations


def say(line: str) -> None:
    """Flushed at once, since stdout is a pipe to the journal."""
    print(line, flush=True)


class Once:
    """Says what is wrong when it comes, changes and goes, and not each time that it is seen."""

    def __init__(self) -> None:
        self._said: dict[str, str] = {}

    def wrong(self, subject: str, problem: str) -> None:
        """`subject` is what the problem is of; a problem of the same words is said once."""
        if self._said.get(subject) != problem:
            self._said[subject] = problem
            say(f"{subject}: {problem}")

    def right(self, subject: str) -> None:
        if self._said.pop(subject, None) is not None:
            say(f"{subject}: well again")
