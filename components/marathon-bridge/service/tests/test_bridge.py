"""Round by round: what Marathon says, and what becomes of it."""

import contextlib
import io
import os
import socket
import unittest

from bridge import Bridge
from marathon import Marathons
from render import servers_of
from settings import Settings
from status import Status
from tests import fakes
from tests.fakes import app, free_port, task


class Bed(unittest.TestCase):
    """One round at a time, without events."""

    def setUp(self):
        self.port, self.other = free_port(), free_port()
        self.marathon = fakes.Marathon(app("/a", self.port, task("a.1")))
        self.addCleanup(self.marathon.close)
        self.haproxy = fakes.Haproxy()
        self.addCleanup(self.haproxy.close)
        settings = Settings((self.marathon.url,), None, self.haproxy.config, self.haproxy.socket, self.haproxy.program, "127.0.0.1", 99, 1, 1, 1, 9090, "admin", "secret", "127.0.0.1", 0, 30, {9090: "x"})
        self.status = Status(resync_seconds=30)
        self.bridge = Bridge(settings, Marathons(settings.marathons, None), self.status)
        self.journal = ""

    def round(self):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            self.bridge.synchronise()
        self.journal = out.getvalue()

    def served(self):
        return servers_of(self.haproxy.text())

    def started(self):
        self.round()
        self.haproxy.start()
        self.round()
        self.assertEqual(self.status.reasons(), [])

    def test_without_haproxy_the_file_is_written_and_it_is_said(self):
        self.round()
        self.assertEqual(self.served(), {f"a-{self.port}": {"a.1": "10.0.0.9:31000"}})
        self.assertRegex(self.status.reasons()[0], "^HAProxy: it does not run")
        self.assertIn(f"a-{self.port}: served now, by 10.0.0.9:31000\n", self.journal)
        self.haproxy.start()
        self.round()
        self.assertEqual((self.status.reasons(), self.haproxy.reloads), ([], 0))

    def test_a_change_is_written_loaded_and_told(self):
        self.started()
        self.marathon.apps = [app("/a", self.port, task("a.2")), app("/b", self.other)]
        self.round()
        self.assertEqual(self.haproxy.loaded, self.haproxy.text())
        self.assertEqual(self.journal, f"a-{self.port}: added 10.0.0.9:31000; removed 10.0.0.9:31000; 1 in all\nb-{self.other}: served now, by no server yet\n")
        self.round()
        self.assertEqual((self.journal, self.haproxy.reloads, self.status.reloads), ("", 1, 1))

    def test_no_apps_at_all_is_an_answer(self):
        self.started()
        self.marathon.apps = []
        self.round()
        self.assertEqual((self.served(), self.haproxy.loaded, self.status.reasons()), ({}, self.haproxy.text(), []))

    def test_an_answer_without_sense_changes_nothing(self):
        self.started()
        good = self.haproxy.text()
        for answer in ((500, b"{}"), (200, b""), (200, b"{}"), (200, b"null"), (200, b'{"apps": [{"id": "/a"}]}'), (502, b"x"), (404, b'{"apps": []}')):
            self.marathon.answer = answer
            self.round()
            self.assertEqual((self.haproxy.text(), self.haproxy.reloads), (good, 0))
            self.assertIsNotNone(self.status.marathon_problem)
        self.assertRegex(self.journal, "^Marathon: .*answers 404; what is served stays\n$")
        self.round()
        self.assertEqual(self.journal, "")
        self.status.last_heard -= 91
        self.assertRegex(self.status.reasons()[0], "Marathon was heard 9[0-9] s ago: .*it answers 404")
        self.marathon.answer = None
        self.round()
        self.assertEqual((self.journal, self.status.reasons()), ("Marathon: well again\n", []))

    def test_before_any_marathon_answers_haproxy_gets_a_file_to_start_with(self):
        self.marathon.answer = (503, b"")
        self.round()
        self.assertIn("listen stats", self.haproxy.text())
        self.assertEqual(self.served(), {})

    def test_a_refused_file_leaves_the_last(self):
        self.started()
        good = self.haproxy.text()
        self.haproxy.refuse(True)
        self.marathon.apps = []
        self.round()
        self.assertEqual((self.haproxy.text(), self.status.check_failures), (good, 1))
        self.assertRegex(self.status.reasons()[0], "^the new configuration: .*refused")
        self.assertNotIn("secret", self.journal + self.status.reasons()[0])
        self.haproxy.refuse(False)
        self.round()
        self.assertEqual((self.served(), self.status.reasons()), ({}, []))

    def test_a_failed_reload_is_tried_again(self):
        self.started()
        self.haproxy.fail = True
        self.marathon.apps = []
        self.round()
        self.assertRegex(self.status.reasons()[0], "^reload: HAProxy did not load")
        self.round()
        self.assertEqual(self.status.reload_failures, 1)
        self.haproxy.fail = False
        self.bridge.retry = 0
        self.round()
        self.assertEqual((self.status.reasons(), self.haproxy.loaded), ([], self.haproxy.text()))

    def test_a_port_that_another_program_has(self):
        self.started()
        with socket.socket() as other:
            other.bind(("127.0.0.1", self.other))
            other.listen()
            self.marathon.apps.append(app("/b", self.other, task("b.1")))
            self.marathon.apps.append(app("/s", 9090))
            self.round()
            self.assertEqual(list(self.served()), [f"a-{self.port}"])
            self.assertIn(f"not served: /b, port {self.other}: it is in use by another program of this host\n", self.journal)
            self.round()
            self.assertEqual(self.journal, "")
            self.assertEqual(self.status.reasons(), [])
            self.assertEqual([one["app"] for one in self.status.health()["unserved"]], ["/b", "/s"])
            self.assertIn(f'unserved_port{{app="/b",port="{self.other}",reason="is in use by another program of this host"}} 1\n', self.status.metrics())
        self.round()
        self.assertIn(f"b-{self.other}: served now, by 10.0.0.9:31000\n", self.journal)

    def test_ports_that_haproxy_has_are_its_own(self):
        self.started()
        with socket.socket() as own:
            own.bind(("127.0.0.1", self.port))
            own.listen()
            self.round()
            self.assertEqual(list(self.served()), [f"a-{self.port}"])
            # Without HAProxy it is somebody else's, and HAProxy could not start with it.
            os.unlink(self.haproxy.socket)
            self.round()
            self.assertEqual(list(self.served()), [])

    def test_a_leader_without_results_takes_nothing_away(self):
        self.marathon.apps = [app("/a", self.port, task("a.1", healthCheckResults=[{"alive": True}]), healthChecks=[{}])]
        self.started()
        self.marathon.apps[0]["tasks"] = [task("a.1", healthCheckResults=[{"alive": False}]), task("a.2", healthCheckResults=[{"alive": False}])]
        self.round()
        self.assertEqual(list(self.served()[f"a-{self.port}"]), ["a.1"])
