"""Questions to a DNS server in small."""

import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

from ask import agree, ask, back_of, main, query, records

SERVICE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def packed(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.rstrip(".").split(".")) + b"\0"


class Server:
    """`answers` by name and type: lists of texts, or a code. What is not there it has no words for."""

    def __init__(self, answers):
        self.wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.wire.bind(("127.0.0.1", 0))
        self.port, self.answers, self.lost = self.wire.getsockname()[1], answers, 0
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                message, client = self.wire.recvfrom(512)
            except OSError:
                return
            if self.lost:
                self.lost -= 1
                continue
            end = message.index(b"\0", 12) + 1
            parts, at = [], 12
            while message[at]:
                parts.append(message[at + 1 : at + 1 + message[at]].decode())
                at += 1 + message[at]
            kind = struct.unpack_from(">H", message, end)[0]
            found = self.answers.get((".".join(parts), kind))
            if found is None:
                continue
            code, listed = (found, []) if isinstance(found, int) else (0, found)
            data = [socket.inet_aton(one) if kind == 1 else packed(one) for one in listed]
            body = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 5, len(one)) + one for one in data)
            self.wire.sendto(b"\0\0nonsense", client)
            self.wire.sendto(message[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(data), 0, 0) + message[12 : end + 4] + body, client)

    def close(self):
        self.wire.close()


class Asking(unittest.TestCase):
    def server(self, answers):
        server = Server(answers)
        self.addCleanup(server.close)
        return server

    def test_answers(self):
        server = self.server({("a.b", 1): ["10.0.0.1", "10.0.0.2"], ("1.0.0.10.in-addr.arpa", 12): ["a.b"], ("no.b", 1): 3, ("bad.b", 1): 2, ("empty.b", 1): []})
        self.assertEqual(ask("127.0.0.1", "a.b.", "A", server.port), ["10.0.0.1", "10.0.0.2"])
        self.assertEqual(ask("127.0.0.1", back_of("10.0.0.1"), "PTR", server.port), ["a.b."])
        self.assertEqual([ask("127.0.0.1", name, "A", server.port) for name in ("no.b", "bad.b", "empty.b")], [["NXDOMAIN"], ["SERVFAIL"], ["NODATA"]])
        server.lost = 1
        self.assertEqual(ask("127.0.0.1", "no.b", "A", server.port), ["NXDOMAIN"], "asked again")
        self.assertEqual(ask("127.0.0.1", "silent.b", "A", server.port, 0.1), ["no answer"])

    def test_nobody_is_there(self):
        server = self.server({})
        server.close()
        self.assertEqual(ask("127.0.0.1", "a.b", "A", server.port, 0.2), ["no answer"])

    def test_what_is_no_answer(self):
        question = query(7, "a.b", 1)
        for message in (b"", question[:5], question[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + question[12:] + b"\xc0", question[:2] + b"\x81\x80\0\0\0\1\0\0\0\0\xc0\x0c"):
            with self.assertRaises((ValueError, IndexError, struct.error)):
                records(message, 1)

    def test_names_and_back(self):
        answers = {("a.b", 1): ["10.0.0.1"], ("1.0.0.10.in-addr.arpa", 12): ["a.b"], ("c.b", 1): 3, ("d.b", 1): ["10.0.0.1"]}
        port = self.server(answers).port
        for text, found in (
            ("# head\n10.0.0.1 a.b other\n", "1 agree"), ("", "0 agree"), ("10.0.0.3 c.b\n", "c.b is NXDOMAIN and not 10.0.0.3"),
            ("10.0.0.1 d.b\n", "10.0.0.1 leads back to a.b. and not to d.b"), ("10.0.0.1 a.b\n" * 50, "20 agree"),
        ):
            with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                self.assertEqual(agree("127.0.0.1", file.name, port), found)
        self.assertIn("No such file", agree("127.0.0.1", "/nowhere", port))

    def test_the_program(self):
        port = self.server({("a.b", 1): ["10.0.0.2", "10.0.0.1"]}).port
        done = subprocess.run([sys.executable, "-B", f"{SERVICE}/ask.py", "127.0.0.1", "a.b", "A", str(port)], stdout=subprocess.PIPE, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, "10.0.0.1\n10.0.0.2\n"))
        self.assertEqual(main(["x"]), 2)
