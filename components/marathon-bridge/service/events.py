"""Marathon's event stream: says that something changed, and never what; the list of apps is asked anew each time.

Source: Marathon 1.11, docs/docs/event-bus.md; the format is that of server-sent events (HTML standard, section 9.2).
"""

from __future__ import annotations

import http.client
import time
from typing import Callable, Iterable, Iterator

from journal import Once, say
from marathon import MarathonError, Marathons
from status import Status

#: The events after which other tasks may have to be served.
EVENTS = (
    "status_update_event",
    "instance_changed_event",
    "health_status_changed_event",
    "instance_health_changed_event",
    "unhealthy_instance_kill_event",
    "unhealthy_task_kill_event",
    "app_terminated_event",
    "add_health_check_event",
    "remove_health_check_event",
    "deployment_info",
    "deployment_step_success",
    "deployment_step_failure",
    "deployment_success",
    "deployment_failed",
)
_PATH = "/v2/events?plan-format=light" + "".join(f"&event_type={name}" for name in EVENTS)
#: Seconds of silence after which the stream counts as broken. Marathon sends an empty line every ten seconds.
QUIETEST = 60.0
#: Seconds between attempts when no Marathon has a stream: the first pause, and the longest.
PAUSES = (0.5, 5.0)
#: Bytes of a line that are read: only the ends of names matter, and an event's data may be large.
_LONGEST = 8192


def names(lines: Iterable[bytes]) -> Iterator[str]:
    """The name of each event, as soon as its empty line is there. An event without a name is a `message`."""
    name, data, whole = "", False, True
    for line in lines:
        begins, whole = whole, line.endswith(b"\n")
        if not begins:
            continue
        text = line.rstrip(b"\r\n").decode("utf-8", "replace")
        if text:
            field, _, value = text.partition(":")
            value = value[1:] if value.startswith(" ") else value
            name = value if field == "event" else name
            data = data or field == "data"
        else:
            if data:
                yield name or "message"
            name, data = "", False


class Follower:
    """Follows the stream of one Marathon after another, and calls `changed` for what matters."""

    def __init__(self, marathons: Marathons, changed: Callable[[], None], status: Status) -> None:
        self._marathons = marathons
        self._changed = changed
        self._status = status
        self._once = Once()

    def run(self) -> None:
        """Never ends."""
        pause, turn = PAUSES[0], 0
        while True:
            problems: list[str] = []
            urls = self._marathons.urls()
            for at in range(len(urls)):
                url = urls[(turn + at) % len(urls)]
                try:
                    self._follow(url)
                    problems.clear()
                    # The one that broke off is tried last.
                    turn, pause = turn + at + 1, PAUSES[0]
                    break
                except MarathonError as error:
                    problems.append(f"{url}: {error}")
            if problems:
                self._once.wrong("Marathon's events", "; ".join(problems))
                time.sleep(pause)
                pause = min(pause * 2, PAUSES[1])

    def _follow(self, url: str) -> None:
        """Returns when the stream broke off; raises MarathonError when there was none."""
        connection, response = self._marathons.open(url + _PATH, "text/event-stream", QUIETEST)
        try:
            if not (response.getheader("Content-Type") or "").startswith("text/event-stream"):
                raise MarathonError("its answer is not an event stream")
            self._once.right("Marathon's events")
            say(f"follows the events of {url}")
            self._status.events_from = url
            began = time.monotonic()
            # What happened before the stream was there is in no event.
            self._changed()
            for name in names(iter(lambda: response.readline(_LONGEST), b"")):
                if name in EVENTS:
                    self._changed()
        except (OSError, http.client.HTTPException, ValueError):
            pass
        finally:
            connection.close()
            if self._status.events_from is not None:
                self._status.events_from = None
                say(f"the events of {url} broke off")
        # The leader may be another now, or gone with what it knew.
        self._changed()
        # A Marathon that ends each stream at once is not to be asked without pause.
        time.sleep(0 if time.monotonic() - began > 5 else 1)
