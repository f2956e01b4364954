"""The program as systemd starts it, against a Marathon and an HAProxy in small."""

import json
import os
import signal
import subprocess
import sys
import unittest
import urllib.error
import urllib.request

from pages import serve
from status import Status
from tests import fakes
from tests.fakes import app, eventually, free_port, task
from tests.test_settings import GOOD

SERVICE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Program(unittest.TestCase):
    def start(self, *urls):
        haproxy = fakes.Haproxy()
        self.addCleanup(haproxy.close)
        self.listen = free_port()
        password = os.path.join(haproxy.folder, "password")
        with open(password, "w", encoding="utf-8") as file:
            file.write("secret\n")
        given = {**GOOD, "marathons": urls, "haproxyConfig": haproxy.config, "masterSocket": haproxy.socket, "haproxy": haproxy.program, "bind": "127.0.0.1",
                 "stats": {**GOOD["stats"], "passwordFile": password}, "listen": {"address": "127.0.0.1", "port": self.listen}}
        path = os.path.join(haproxy.folder, "config.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(given, file)
        haproxy.start()
        self.process = subprocess.Popen([sys.executable, "-B", SERVICE, path], stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.process.stdout.close)
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.kill)
        return haproxy

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.listen}/{path}", timeout=2) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.read().decode()

    def test_events_another_leader_and_the_end(self):
        port = free_port()
        leader, standby = fakes.Marathon(app("/a", port, task("a.1"))), fakes.Marathon(app("/a", port, task("a.1")))
        self.addCleanup(leader.close)
        self.addCleanup(standby.close)
        standby.leader = leader.url
        haproxy = self.start(standby.url, leader.url)
        eventually(lambda: "a.1" in haproxy.loaded and leader.streams, "served, and events followed by way of the redirect")
        status, body = self.get("health")
        self.assertEqual((status, json.loads(body)["reasons"]), (200, []))
        leader.apps = standby.apps = [app("/a", port, task("a.2"))]
        leader.event("api_post_event")
        leader.event()
        eventually(lambda: "a.2" in haproxy.loaded and "a.1" not in haproxy.loaded, "an event is acted upon", 2)
        self.assertIn("marathon_bridge_event_stream_connected 1\n", self.get("metrics")[1])
        self.assertIn("marathon_bridge_up_to_date 1\n", self.get("metrics")[1])
        # The leader is gone; the other one leads, and has news.
        standby.apps, standby.leader = [app("/a", port, task("a.3"))], None
        leader.close()
        eventually(lambda: "a.3" in haproxy.loaded, "the stream that breaks off is a reason to ask", 3)
        eventually(lambda: standby.streams, "the other one's events are followed", 3)
        self.assertEqual(self.get("x")[0], 404)
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.wait(2), 0)
        self.assertNotIn("secret", self.process.stdout.read())

    def test_a_configuration_that_is_not_right(self):
        done = subprocess.run([sys.executable, "-B", SERVICE, "/nowhere.json"], stdout=subprocess.PIPE, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (2, "error: /nowhere.json: cannot be read (No such file or directory); give a file that this user may read\n"))


class Page(unittest.TestCase):
    def test_before_anything_is_known_it_is_not_well(self):
        server = serve(Status(resync_seconds=30), "127.0.0.1", 0)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/health")
        self.assertEqual(caught.exception.code, 503)
        with caught.exception as answer:
            self.assertRegex(json.load(answer)["reasons"][0], "^Marathon was never heard: it was not asked yet")
