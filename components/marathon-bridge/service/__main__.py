"""Keeps an HAProxy of this host at what Marathon's apps are: `python3 DIRECTORY CONFIG.json`, run by systemd.

Ends with status 2 when the configuration is not right, 1 when its status page cannot listen, and at once on SIGTERM.
HAProxy is a unit of its own, and goes on with the file that is there.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

from bridge import Bridge, Trigger
from events import Follower
from journal import say
from marathon import Marathons
from pages import serve
from settings import Faults, load
from status import Status


def main(arguments: list[str]) -> int:
    """Runs until it is told to end."""
    if len(arguments) != 1:
        say("error: give one argument: the configuration file, /etc/haproxy-marathon-bridge/config.json")
        return 2
    try:
        settings = load(arguments[0])
    except Faults as faults:
        for fault in faults.args[0]:
            say(f"error: {arguments[0]}: {fault}")
        return 2
    # Nothing is lost by ending anywhere: files are swapped whole, and HAProxy is not ours to stop.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))

    status = Status(resync_seconds=settings.resync_seconds)
    try:
        serve(status, settings.listen_address, settings.listen_port)
    except OSError as error:
        say(f"error: the status page cannot listen on {settings.listen_address}:{settings.listen_port}: {error.strerror}; free the port, or set listen in {arguments[0]}")
        return 1
    trigger = Trigger()
    marathons = Marathons(settings.marathons, settings.login)
    threading.Thread(target=Follower(marathons, trigger.poke, status).run, name="events", daemon=True).start()
    Bridge(settings, marathons, status).run(trigger)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
