"""Whether a port can be bound on this host."""

from __future__ import annotations

import errno
import socket
from typing import Optional


def busy(address: str, port: int) -> Optional[str]:
    """None when it can be bound, and otherwise why not. Only for ports that our HAProxy does not have: it would seem busy.

    HAProxy that finds a port taken loads nothing of the new file, and pauses its other listeners while it tries. So the
    port is bound for a moment before it is asked for.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As HAProxy does: connections that have just ended are in nobody's way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
            # With SO_REUSEADDR on both sides it is listening that fails.
            probe.listen(1)
        except PermissionError:
            # A port under 1024 that we may not try, and HAProxy may have.
            return None
        except OSError as error:
            return "is in use by another program of this host" if error.errno == errno.EADDRINUSE else f"cannot be bound ({error.strerror})"
    return None
