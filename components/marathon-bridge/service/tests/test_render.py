"""The configuration's text, and that the real HAProxy takes it."""

import dataclasses
import os
import subprocess
import tempfile
import unittest

from apps import read
from render import digest_of, port_of, quoted, render, servers_of
from settings import Settings
from tests.fakes import app, bridged, task

SETTINGS = Settings(("http://10.0.0.1:8080",), None, "/x", "/y", "/usr/sbin/haproxy", "0.0.0.0", 4096, 5000, 50000, 50000, 9090, "admin", "p w'$\"\\#", "127.0.0.1", 9092, 30, {})
APPS = {"apps": [app("/a/b", 10001, task("a_b.1", "10.0.0.1"), task("a_b.2", "fd00::1")), bridged("/web", 10080), app("/named", 10002, task("named.1", "nowhere.invalid"))]}


def text(settings=SETTINGS, body=APPS):
    return render(settings, read(body, frozenset()))


class Text(unittest.TestCase):
    def test_a_listener(self):
        self.assertIn(
            "\nlisten a_b-10001\n    bind 0.0.0.0:10001\n    balance leastconn\n"
            "    server a_b.1 10.0.0.1:31000 check\n    server a_b.2 [fd00::1]:31000 check\n",
            text(),
        )
        self.assertIn("bind [::]:10001\n", text(dataclasses.replace(SETTINGS, bind="::")))

    def test_it_is_the_same_for_the_same(self):
        self.assertEqual(text(), text(body={"apps": APPS["apps"][::-1]}))
        self.assertNotEqual(digest_of(text()), digest_of(text(body={"apps": []})))
        self.assertNotEqual(digest_of(text()), digest_of(text(dataclasses.replace(SETTINGS, stats_password="x"))))

    def test_it_is_read_back(self):
        self.assertEqual(servers_of(text()), {"a_b-10001": {"a_b.1": "10.0.0.1:31000", "a_b.2": "[fd00::1]:31000"}, "named-10002": {"named.1": "nowhere.invalid:31000"}, "web-10080": {}})
        self.assertEqual([port_of(name) for name in ("a-b-10001", "stats", "MASTER", "")], [10001, 0, 0, 0])
        self.assertRegex(digest_of(text()), "^[0-9a-f]{16}$")
        self.assertEqual(digest_of("Name: HAProxy\ndescription: haproxy-marathon-bridge/00ff\nTasks: 1\n"), "00ff")
        self.assertEqual(digest_of("description: another\n"), "")

    def test_a_password_is_one_word(self):
        self.assertEqual(quoted("a'b $c"), "'a'\\''b $c'")


@unittest.skipUnless(os.access(SETTINGS.haproxy, os.X_OK), "HAProxy is not installed")
class RealHaproxy(unittest.TestCase):
    def check(self, settings, body):
        with tempfile.NamedTemporaryFile("w", suffix=".cfg") as file:
            file.write(text(settings, body))
            file.flush()
            done = subprocess.run([SETTINGS.haproxy, "-c", "-f", file.name], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stderr.count("WARNING")

    def test_it_takes_the_file_without_a_word(self):
        self.assertEqual(self.check(SETTINGS, {"apps": APPS["apps"][:2]}), 0)
        self.assertEqual(self.check(dataclasses.replace(SETTINGS, bind="::"), {"apps": []}), 0)

    def test_a_name_that_does_not_resolve_leaves_out_one_server(self):
        self.assertEqual(self.check(SETTINGS, APPS), 1)
