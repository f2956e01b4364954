"""Asks a DNS server, for rows of `make verify`: hosts need not have a resolver's tools.

`python3 ask.py SERVER NAME TYPE [PORT]` prints the answer's records, a line each, or `NXDOMAIN`, `NODATA`, `SERVFAIL`, `no answer`.
`python3 ask.py SERVER agree FILE [PORT]` asks for names of a hosts file and back, and prints what does not agree, or how many do.
Source: RFC 1035.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import struct
import sys
import time

TYPES = {"A": 1, "NS": 2, "PTR": 12, "AAAA": 28}
CODES = {1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}
#: Lines of a file that are looked at: the first and the last ones.
MOST = 20


def query(number: int, name: str, kind: int) -> bytes:
    """One question, with recursion wished for."""
    labels = [part.encode("ascii") for part in name.rstrip(".").split(".") if part]
    return struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + b"".join(bytes([len(part)]) + part for part in labels) + b"\0" + struct.pack(">HH", kind, 1)


def _name(message: bytes, at: int) -> tuple[str, int]:
    """A name, which may point elsewhere, and where it ends."""
    parts, end, jumps = [], 0, 0
    while length := message[at]:
        if length >= 0xC0:
            end = end or at + 2
            at, jumps = struct.unpack_from(">H", message, at)[0] & 0x3FFF, jumps + 1
            if jumps > 20:
                raise ValueError("a name that leads in a circle")
            continue
        parts.append(message[at + 1 : at + 1 + length].decode("ascii", "replace"))
        at += 1 + length
    return ".".join(parts) + ".", end or at + 1


def records(message: bytes, kind: int) -> list[str]:
    """What an answer says. Raises ValueError, IndexError or struct.error for what is none."""
    _, flags, questions, answers, _, _ = struct.unpack_from(">HHHHHH", message)
    if code := flags & 15:
        return [CODES.get(code, f"code {code}")]
    at, found = 12, []
    for _ in range(questions):
        at = _name(message, at)[1] + 4
    for _ in range(answers):
        at = _name(message, at)[1]
        this, _, _, length = struct.unpack_from(">HHIH", message, at)
        at += 10
        if this == kind:
            found.append(str(ipaddress.ip_address(message[at : at + length])) if kind in (1, 28) else _name(message, at)[0])
        at += length
    return found or ["NODATA"]


def ask(server: str, name: str, kind: str, port: int = 53, patience: float = 3.0) -> list[str]:
    """Three times at most, since what goes by UDP may be lost."""
    number = int.from_bytes(os.urandom(2), "big")
    with socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_DGRAM) as wire:
        try:
            wire.connect((server, port))
            for _ in range(3):
                wire.send(query(number, name, TYPES[kind]))
                until = time.monotonic() + patience / 3
                while (left := until - time.monotonic()) > 0:
                    wire.settimeout(left)
                    try:
                        message = wire.recv(4096)
                    except socket.timeout:
                        break
                    if message[:2] == struct.pack(">H", number):
                        return records(message, TYPES[kind])
        except (OSError, ValueError, IndexError, struct.error):
            pass
    return ["no answer"]


def back_of(address: str) -> str:
    return ipaddress.ip_address(address).reverse_pointer


def agree(server: str, path: str, port: int = 53) -> str:
    """Whether names lead to addresses and these back."""
    try:
        with open(path, encoding="utf-8") as file:
            pairs = [line.split() for line in file if line.strip() and not line.startswith("#")]
    except OSError as error:
        return f"{path}: {error.strerror}"
    if len(pairs) > MOST:
        pairs = pairs[: MOST // 2] + pairs[-(MOST // 2) :]
    for address, name, *_ in pairs:
        found = ask(server, name, "AAAA" if ":" in address else "A", port)
        if address not in found:
            return f"{name} is {', '.join(found)} and not {address}"
        found = ask(server, back_of(address), "PTR", port)
        if found != [f"{name}."]:
            return f"{address} leads back to {', '.join(found)} and not to {name}"
    return f"{len(pairs)} agree"


def main(arguments: list[str]) -> int:
    """Ends with status 2 for a question that is none."""
    if len(arguments) not in (3, 4) or (arguments[1] != "agree" and arguments[2] not in TYPES):
        print(f"ask.py SERVER NAME {'|'.join(TYPES)} [PORT], or ask.py SERVER agree FILE [PORT]", file=sys.stderr)
        return 2
    server, what, kind = arguments[:3]
    port = int(arguments[3]) if len(arguments) == 4 else 53
    print(agree(server, kind, port) if what == "agree" else "\n".join(sorted(ask(server, what, kind, port))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
