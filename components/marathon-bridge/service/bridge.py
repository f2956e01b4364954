"""The loop: asks Marathon, and brings HAProxy to what it said."""

from __future__ import annotations

import threading
import time
from typing import Optional

from apps import Nonsense, Service, Unserved, choose, read
from haproxy import Haproxy, HaproxyError, Running
from journal import Once, say
from marathon import MarathonError, Marathons
from ports import busy
from render import digest_of, port_of, quoted, render, servers_of
from settings import Settings
from status import Status

#: Seconds: events come in swarms. One that is followed by nothing for the first is acted upon; the second is the longest wait.
QUIET, LONGEST = 0.2, 1.0
#: Seconds between looks for a HAProxy that does not run or answer: it may have started with a file that is no longer the last one.
AGAIN = 1.0
#: Seconds before a text that HAProxy would not load is tried again. While it tries in vain to bind a port, for about two
#: seconds, it pauses the listeners that it has.
RETRY = 60.0


class Trigger:
    """What events pull, and the loop waits for."""

    def __init__(self) -> None:
        self._pulled = threading.Event()

    def poke(self) -> None:
        self._pulled.set()

    def wait(self, seconds: float) -> bool:
        """Returns when it is time: after events, as soon as they pause (true), or after so many seconds without any (false)."""
        if not self._pulled.wait(seconds):
            return False
        until = time.monotonic() + LONGEST
        while time.monotonic() < until:
            self._pulled.clear()
            if not self._pulled.wait(min(QUIET, max(0.0, until - time.monotonic()))):
                return True
        self._pulled.clear()
        return True


class Bridge:
    """Keeps one HAProxy at what Marathon says. Nothing that fails takes away what is served."""

    def __init__(self, settings: Settings, marathons: Marathons, status: Status) -> None:
        self._settings = settings
        self._marathons = marathons
        self._status = status
        secrets = (settings.stats_password, quoted(settings.stats_password)[1:-1])
        self._haproxy = Haproxy(settings.haproxy, settings.haproxy_config, settings.master_socket, secrets)
        self._once = Once()
        self._unserved: dict[tuple[str, int], str] = {}
        #: The digest of the text that was not loaded, and when that was, on the monotonic clock.
        self._failed = ("", 0.0)
        self.retry = RETRY

    def run(self, trigger: Trigger) -> None:
        """Never ends."""
        while True:
            self.synchronise()
            until = time.monotonic() + self._settings.resync_seconds
            while (left := until - time.monotonic()) > 0:
                if trigger.wait(min(left, AGAIN) if self._status.haproxy_problem else left):
                    break
                if self._status.haproxy_problem and self._ask_haproxy():
                    break

    def synchronise(self) -> None:
        """One round. Whatever was wrong before is tried again."""
        before = self._haproxy.current()
        running = self._ask_haproxy()
        try:
            served = {name for servers in servers_of(before or "").values() for name in servers}
            wanted = read(self._marathons.apps(), served)
        except (MarathonError, Nonsense) as error:
            problem = str(error) if isinstance(error, MarathonError) else f"its answer is not used: {error}"
            self._status.marathon_problem = problem
            self._once.wrong("Marathon", f"{problem}; what is served stays")
            if before is None:
                # So that HAProxy can start before any Marathon answers.
                before = self._replace(render(self._settings, []), None)
        else:
            self._status.heard()
            self._once.right("Marathon")
            services, running = self._choose(wanted, before or "", running)
            before = self._replace(render(self._settings, services), before)
        self._load(before, running)
        self._count(before)

    def _choose(self, wanted: list[Service], before: str, running: Optional[Running]) -> tuple[list[Service], Optional[Running]]:
        """What this host can serve; ports that HAProxy has are not asked for."""
        own = running.ports if running else frozenset()
        if self._status.haproxy_problem and not running and not self._status.haproxy_down:
            # It cannot be asked: then it has what is in the file.
            own = frozenset(map(port_of, servers_of(before)))
        services, unserved = choose(wanted, self._settings.reserved, lambda port: None if port in own else busy(self._settings.bind, port))
        if unserved and not running:
            # HAProxy may have come meanwhile: then it was HAProxy that had them.
            running = self._ask_haproxy()
            if running:
                return self._choose(wanted, before, running)
        self._note(unserved)
        return services, running

    def _note(self, unserved: list[Unserved]) -> None:
        now = {(one.app, one.port): one.reason for one in unserved}
        for (app, port), reason in now.items():
            if self._unserved.get((app, port)) != reason:
                say(f"not served: {app}, port {port}: it {reason}")
        for app, port in self._unserved.keys() - now.keys():
            say(f"no longer in the way: {app}, port {port}")
        self._unserved = now
        self._status.unserved = unserved

    def _replace(self, text: str, before: Optional[str]) -> Optional[str]:
        """The text that is in place afterwards."""
        if text != before:
            try:
                self._haproxy.replace(text)
            except HaproxyError as error:
                self._status.check_failed(str(error))
                self._once.wrong("the new configuration", f"{error}; the last good one stays")
                return before
            _tell_changes(servers_of(before or ""), servers_of(text))
        self._status.check_problem = None
        self._once.right("the new configuration")
        return text

    def _ask_haproxy(self) -> Optional[Running]:
        try:
            running = self._haproxy.running()
        except HaproxyError as error:
            self._status.haproxy_down, self._status.haproxy_problem = False, str(error)
            self._once.wrong("HAProxy", str(error))
            return None
        self._status.haproxy_down = running is None
        self._status.haproxy_problem = None if running else f"it does not run: nobody answers at {self._settings.master_socket}"
        if running:
            self._once.right("HAProxy")
        else:
            self._once.wrong("HAProxy", f"{self._status.haproxy_problem}; when its unit starts it takes the file that is there")
        return running

    def _load(self, text: Optional[str], running: Optional[Running]) -> None:
        if text is None or running is None:
            return
        digest = digest_of(text)
        if running.digest != digest:
            if self._failed[0] == digest and time.monotonic() - self._failed[1] < self.retry:
                return
            try:
                self._haproxy.reload(digest)
                self._status.reloads += 1
            except HaproxyError as error:
                self._failed = (digest, time.monotonic())
                self._status.reload_failed(str(error))
                self._once.wrong("reload", str(error))
                return
        self._status.reload_problem = None
        self._once.right("reload")

    def _count(self, text: Optional[str]) -> None:
        served = servers_of(text or "")
        self._status.service_ports = len(served)
        self._status.servers = sum(map(len, served.values()))


def _tell_changes(old: dict[str, dict[str, str]], new: dict[str, dict[str, str]]) -> None:
    for listener in sorted(old.keys() - new.keys()):
        say(f"{listener}: no longer served")
    for listener, servers in new.items():
        added = [address for name, address in servers.items() if old.get(listener, {}).get(name) != address]
        removed = [address for name, address in old.get(listener, {}).items() if servers.get(name) != address]
        told = [f"{word} {', '.join(some)}" for word, some in (("added", added), ("removed", removed)) if some]
        if listener not in old:
            say(f"{listener}: served now, by {', '.join(added) or 'no server yet'}")
        elif told:
            say(f"{listener}: {'; '.join(told)}; {len(servers)} in all")
