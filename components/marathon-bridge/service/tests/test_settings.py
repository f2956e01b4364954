"""What is said of a configuration that is not right."""

import json
import os
import tempfile
import unittest

from settings import Faults, load

GOOD = {
    "marathons": ["http://10.0.0.1:8080", "http://10.0.0.2:8080/"],
    "loginFile": None,
    "haproxyConfig": "/var/lib/haproxy-marathon-bridge/haproxy.cfg",
    "masterSocket": "/run/haproxy-marathon-bridge/master.sock",
    "haproxy": "/usr/sbin/haproxy",
    "bind": "0.0.0.0",
    "maxConnections": 4096,
    "timeouts": {"connectMs": 5000, "clientMs": 50000, "serverMs": 50000},
    "stats": {"port": 9090, "user": "admin", "passwordFile": "stats-password"},
    "listen": {"address": "127.0.0.1", "port": 9092},
    "resyncSeconds": 30,
    "reserved": [{"port": 5050, "what": "the Mesos master"}],
}


class Loading(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.password = self.write("stats-password", "secret\n")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def load(self, **changes):
        given = {**GOOD, "stats": {**GOOD["stats"], "passwordFile": self.password}, **changes}
        return load(self.write("config.json", json.dumps({key: value for key, value in given.items() if value != "absent"})))

    def faults(self, **changes):
        with self.assertRaises(Faults) as caught:
            self.load(**changes)
        return caught.exception.args[0]

    def test_a_good_one(self):
        settings = self.load(loginFile=self.write("login", "marathon:a:b\n"))
        self.assertEqual(settings.marathons, ("http://10.0.0.1:8080", "http://10.0.0.2:8080"))
        self.assertEqual((settings.login, settings.stats_password), ("marathon:a:b", "secret"))
        self.assertEqual(settings.reserved, {5050: "the Mesos master", 9090: "HAProxy's statistics page", 9092: "the status page of haproxy-marathon-bridge"})
        self.assertIsNone(self.load().login)

    def test_each_key(self):
        bad = {
            "marathons": ["absent", [], "http://x", ["x:8080"], ["http://u:p@x"], ["http://x y"], ["http://x:99999"]],
            "loginFile": ["absent", 7, "relative"],
            "haproxyConfig": ["absent", "x", "/a\nb"],
            "masterSocket": ["absent", ""],
            "haproxy": ["absent", None],
            "bind": ["absent", "everywhere"],
            "maxConnections": ["absent", 0, "9", True],
            "resyncSeconds": ["absent", 0, None],
            "reserved": ["absent", {}, [5050], [{"port": 0, "what": "x"}], [{"port": 1}]],
        }
        for key, values in bad.items():
            for value in values:
                with self.subTest(key, value=value):
                    (fault,) = self.faults(**{key: value})
                    self.assertRegex(fault, f"^{key}: .*; (give|take) ")

    def test_every_fault_at_once(self):
        faults = self.faults(bind=1, timeouts={"connectMs": 5000, "clientMs": 0}, listen=7, bindd="x", stats={**GOOD["stats"], "passwordFile": self.password, "pass": 1})
        self.assertEqual(
            [fault.split(":")[0] for fault in faults],
            ["bind", "timeouts.clientMs", "timeouts.serverMs", "listen.address", "listen.port", "stats.pass", "bindd"],
        )

    def test_secrets(self):
        absent = os.path.join(self.folder, "none")
        self.assertRegex(self.faults(loginFile=absent)[0], "^loginFile: .*cannot be read .No such file.*user:password")
        for login in ("", "alone", ":", "planted:planted\nplanted", "planted"):
            (fault,) = self.faults(loginFile=self.write("login", login))
            self.assertNotIn("planted", fault)
        self.assertRegex(self.faults(stats={**GOOD["stats"], "passwordFile": self.write("empty", "\n")})[0], "^stats.passwordFile: ")

    def test_a_file_that_is_none(self):
        for text, words in (("{", "is not JSON"), ("[]", "not a JSON object")):
            with self.assertRaisesRegex(Faults, words):
                load(self.write("config.json", text))
        with self.assertRaisesRegex(Faults, "cannot be read"):
            load(os.path.join(self.folder, "none"))
