"""Checking, swapping and reloading, with a stub in HAProxy's place."""

import os
import socket
import stat
import unittest

import ports
from haproxy import Haproxy, HaproxyError, processes
from render import digest_of
from tests import fakes
from tests.test_render import text

PROC_26 = """#<PID>          <type>          <reloads>       <uptime>        <version>
11196           master          2 [failed: 1]   0d00h00m06s     2.6.12-1+deb12u4
# workers
11679           worker          1               0d00h00m01s     2.6.12-1+deb12u4
# old workers
11202           worker          2               0d00h00m31s     2.6.12-1+deb12u4
# programs
"""
PROC_24 = """#<PID>          <type>          <relative PID>  <reloads>       <uptime>        <version>
1162            master          0               5               0d00h02m07s     2.4.0
# workers
1271            worker          1               0               0d00h00m00s     2.4.0
# old workers
1233            worker          [was: 1]        3               0d00h00m43s     2.4.0
"""


class Answers(unittest.TestCase):
    def test_processes(self):
        found = processes(PROC_26)
        self.assertEqual((found.reloads, found.worker, found.fresh), (2, 11679, False))
        found = processes(PROC_24)
        self.assertEqual((found.reloads, found.worker, found.fresh), (5, 1271, True))
        self.assertIsNone(processes(PROC_26.split("# workers")[0]))
        self.assertIsNone(processes("Unknown command"))


class Stubbed(unittest.TestCase):
    def setUp(self):
        self.fake = fakes.Haproxy()
        self.addCleanup(self.fake.close)
        self.haproxy = Haproxy(self.fake.program, self.fake.config, self.fake.socket, ("secret",))
        self.haproxy.patience = 1

    def test_a_good_file_takes_the_place(self):
        self.assertIsNone(self.haproxy.current())
        self.haproxy.replace("a\n")
        self.assertEqual(self.haproxy.current(), "a\n")
        self.assertEqual(stat.S_IMODE(os.stat(self.fake.config).st_mode), 0o640)
        self.assertFalse(os.path.exists(self.fake.config + ".new"))

    def test_a_refused_one_does_not_and_tells_no_secret(self):
        self.haproxy.replace("a\n")
        self.fake.refuse(True)
        with self.assertRaisesRegex(HaproxyError, r"status 1: \[ALERT\].*refused, near stats auth admin:\*\*\*"):
            self.haproxy.replace("stats auth admin:secret\n")
        self.assertEqual(self.haproxy.current(), "a\n")

    def test_no_program_and_no_folder(self):
        with self.assertRaisesRegex(HaproxyError, "cannot be run: No such file"):
            Haproxy("/nowhere/haproxy", self.fake.config, self.fake.socket, ()).replace("a\n")
        with self.assertRaisesRegex(HaproxyError, "cannot be written: No such file"):
            Haproxy(self.fake.program, "/nowhere/haproxy.cfg", self.fake.socket, ()).replace("a\n")

    def test_what_runs(self):
        self.assertIsNone(self.haproxy.running())
        self.haproxy.replace(text())
        self.fake.start()
        running = self.haproxy.running()
        self.assertEqual((running.digest, running.ports), (digest_of(text()), {0, 10001, 10002, 10080}))

    def test_a_socket_that_nobody_listens_at_is_no_haproxy(self):
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(self.fake.socket)
        self.assertIsNone(self.haproxy.running())

    def test_a_reload(self):
        self.fake.start()
        self.haproxy.replace(text())
        self.haproxy.reload(digest_of(text()))
        self.assertEqual(self.haproxy.running().digest, digest_of(text()))

    def test_a_reload_that_fails(self):
        self.fake.start()
        self.fake.fail = True
        with self.assertRaisesRegex(HaproxyError, "did not load the new file"):
            self.haproxy.reload("00")
        self.fake.tell = lambda command: "Success=0\n--\n[ALERT] (1) : x secret\n" if command == "reload" else PROC_26
        with self.assertRaisesRegex(HaproxyError, r"did not load the new file: \[ALERT\] \(1\) : x \*\*\*"):
            self.haproxy.reload("00")

    def test_a_reload_after_which_nobody_comes(self):
        self.haproxy.patience = 0.1
        self.fake.start()
        with self.assertRaisesRegex(HaproxyError, "no worker with the new file came"):
            self.haproxy.reload("00")


class Ports(unittest.TestCase):
    def test_busy(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            self.assertEqual(ports.busy("0.0.0.0", other.getsockname()[1]), "is in use by another program of this host")
            port = other.getsockname()[1]
        self.assertIsNone(ports.busy("0.0.0.0", port))
        self.assertIn("cannot be bound", ports.busy("192.0.2.1", port))
