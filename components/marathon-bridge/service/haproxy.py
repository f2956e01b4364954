"""HAProxy: checks a file, puts it in place, and has it loaded by way of the master's socket.

Source: HAProxy's doc/management.txt, section 9.4, "Master CLI". Up to 2.6 the answer to `reload` is empty, and the connection ends
when the master begins anew; from 2.7 on it comes after the reload, with `Success=` and what was logged.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from dataclasses import dataclass
from typing import Optional

from render import digest_of, port_of

#: Seconds for a check, and for a reload: both read the file, and resolve every name in it.
PATIENCE = 30.0


class HaproxyError(Exception):
    """HAProxy refused, or could not be asked. The text holds no secret."""


@dataclass(frozen=True)
class Running:
    """What the HAProxy that runs has loaded: the text's digest, empty when it is not ours, and its ports."""

    digest: str
    ports: frozenset[int]


@dataclass(frozen=True)
class _Processes:
    #: How often the master was reloaded.
    reloads: int
    #: The process id of the newest worker, and whether it came with the last reload.
    worker: int
    fresh: bool


def processes(text: str) -> Optional[_Processes]:
    """Reads the answer to `show proc`; None when no worker is in it. Up to 2.4 there is a column more, the relative PID."""
    rows = re.findall(r"^(\d+)\s+(master|worker)\s+(?:\d+\s+)?(\d+)(?:\s+\[failed: \d+\])?\s+\d+d", text, re.M)
    masters = [row for row in rows if row[1] == "master"]
    # The newest stands first; those that only end their connections follow.
    workers = [row for row in rows if row[1] == "worker"]
    if not masters or not workers:
        return None
    return _Processes(int(masters[0][2]), int(workers[0][0]), workers[0][2] == "0")


class Haproxy:
    """One HAProxy in master-worker mode. `secrets` are taken out of what it says."""

    def __init__(self, program: str, config: str, master_socket: str, secrets: tuple[str, ...]) -> None:
        self._program = program
        self._config = config
        self._socket = master_socket
        self._secrets = secrets
        self.patience = PATIENCE

    def current(self) -> Optional[str]:
        """The file that is in place; None when there is none."""
        try:
            with open(self._config, encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def replace(self, text: str) -> None:
        """Puts a text in place after HAProxy has found it good. Raises HaproxyError, and leaves a refused one beside the file as `.new`."""
        new = f"{self._config}.new"
        try:
            # The password of the statistics page is in it.
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o640), "w", encoding="utf-8") as file:
                os.fchmod(file.fileno(), 0o640)
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            self._check(new)
            os.replace(new, self._config)
        except OSError as error:
            raise HaproxyError(f"{new} cannot be written: {error.strerror}") from error

    def _check(self, path: str) -> None:
        try:
            done = subprocess.run([self._program, "-c", "-f", path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=self.patience, check=False)
        except OSError as error:
            raise HaproxyError(f"{self._program} cannot be run: {error.strerror}") from error
        except subprocess.TimeoutExpired as error:
            raise HaproxyError(f"{self._program} -c -f {path} takes longer than {self.patience:.0f} s") from error
        if done.returncode != 0:
            raise HaproxyError(f"{self._program} -c -f {path} ends with status {done.returncode}: {self._told(done.stdout)}")

    def running(self) -> Optional[Running]:
        """What runs; None when HAProxy does not. Raises HaproxyError when it cannot be asked."""
        try:
            worker = self._processes().worker
            info, listeners = self._tell(f"@!{worker} show info"), self._tell(f"@!{worker} show stat -1 1 -1")
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        except OSError as error:
            raise HaproxyError(f"{self._socket}: {error.strerror or 'no answer in time'}") from error
        rows = [line.split(",") for line in listeners.splitlines()]
        return Running(digest_of(info), frozenset(port_of(row[0]) for row in rows if row[1:2] == ["FRONTEND"]))

    def reload(self, digest: str) -> None:
        """Returns when a worker with the text of that digest serves. Raises HaproxyError when none comes; the old one goes on then."""
        try:
            before = self._processes()
            answer = self._tell("reload")
        except OSError as error:
            raise HaproxyError(f"{self._socket}: {error.strerror or 'no answer in time'}") from error
        if answer.startswith("Success=0"):
            raise HaproxyError(f"HAProxy did not load the new file: {self._told(answer.encode())}")
        until = time.monotonic() + self.patience
        while time.monotonic() < until:
            try:
                after = self._processes()
                # A master that could not load the file serves its socket again without a fresh worker.
                if after.reloads > before.reloads and not after.fresh:
                    raise HaproxyError("HAProxy did not load the new file and goes on with the old one; its own unit's journal says why")
                if digest_of(self._tell(f"@!{after.worker} show info")) == digest:
                    return
            except OSError:
                # The master begins anew.
                pass
            time.sleep(0.05)
        raise HaproxyError(f"no worker with the new file came within {self.patience:.0f} s; HAProxy's own unit's journal may say why")

    def _processes(self) -> _Processes:
        found = processes(self._tell("show proc"))
        if found is None:
            raise OSError(0, "it has no worker")
        return found

    def _tell(self, command: str) -> str:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as master:
            # From 2.7 on `reload` answers when all is done.
            master.settimeout(self.patience if command == "reload" else 5)
            master.connect(self._socket)
            master.sendall(command.encode() + b"\n")
            # It waits for more commands, and ends when there will be none.
            master.shutdown(socket.SHUT_WR)
            parts = []
            try:
                while part := master.recv(65536):
                    parts.append(part)
            except ConnectionResetError:
                # The master that begins anew closes what is open.
                if command != "reload":
                    raise
            return b"".join(parts).decode("utf-8", "replace")

    def _told(self, output: bytes) -> str:
        lines = output.decode("utf-8", "replace").splitlines()
        alerts = [line for line in lines if "[ALERT]" in line] or lines[-3:] or ["it says nothing"]
        text = " | ".join(" ".join(line.split()) for line in alerts[:3])
        for secret in filter(None, self._secrets):
            text = text.replace(secret, "***")
        return text[:600]
