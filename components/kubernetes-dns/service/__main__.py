"""Writes pods' and nodes' addresses for CoreDNS: `python3 DIRECTORY CONFIG.json`, run by systemd.

Ends with status 2 when the configuration is not right, 1 when its status page cannot listen, and at once on SIGTERM.
What it wrote stays: CoreDNS goes on with it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

from api import Api
from book import Book
from follow import Follower
from journal import say
from objects import read_node, read_pod
from pages import serve
from settings import Faults, load
from status import Status
from write import Writer

#: Those that ended have no address any more: the API leaves them out, and tells of one that ends as if it were deleted.
PODS = "/api/v1/pods?fieldSelector=status.phase%21%3DSucceeded%2Cstatus.phase%21%3DFailed"
NODES = "/api/v1/nodes"


def main(arguments: list[str]) -> int:
    """Runs until it is told to end."""
    if len(arguments) != 1:
        say("error: give one argument: the configuration file, /etc/datacentre-kubernetes-names/config.json")
        return 2
    try:
        settings = load(arguments[0])
    except Faults as faults:
        for fault in faults.args[0]:
            say(f"error: {arguments[0]}: {fault}")
        return 2
    # Nothing is lost by ending anywhere: files are swapped whole.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))

    status = Status()
    try:
        serve(status, settings.listen_address, settings.listen_port)
    except OSError as error:
        say(f"error: the status page cannot listen on {settings.listen_address}:{settings.listen_port}: {error.strerror}; free the port, or set listen in {arguments[0]}")
        return 1
    book = Book(settings.most)
    api = Api(settings.api, settings.tls)
    for name, path, read in (("pods", PODS, read_pod), ("nodes", NODES, read_node)):
        follower = Follower(name, path, read, api, book, status)
        threading.Thread(target=follower.run, name=name, daemon=True).start()
    Writer(settings, book, status).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
