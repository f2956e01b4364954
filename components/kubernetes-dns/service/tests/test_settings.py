"""The configuration, and its faults."""

import json
import os
import tempfile
import unittest

from settings import Faults, load

GOOD = {
    "api": "http://127.0.0.1:6444", "authority": "/x/authority.crt", "certificate": "/x/client.crt", "key": "/x/client.key",
    "domain": "cluster.local", "node": "node1", "directory": "/run/datacentre-names", "listenAddress": "127.0.0.1", "listenPort": 9093, "most": 100000,
}


class Settings(unittest.TestCase):
    def load(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "config.json")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text if isinstance(text, str) else json.dumps(text))
            return load(path)

    def faults(self, given):
        with self.assertRaises(Faults) as caught:
            self.load(given)
        return caught.exception.args[0]

    def test_good(self):
        found = self.load(GOOD)
        self.assertEqual((found.api, found.domain, found.listen_port, found.tls), ("http://127.0.0.1:6444", "cluster.local", 9093, None))

    def test_all_faults_at_once(self):
        bad = {"api": "ftp://x:1", "authority": "rel", "certificate": 7, "key": "/a\n", "domain": "Big.local", "node": "", "directory": "x", "listenAddress": "here", "listenPort": 0, "most": True, "more": 1}
        found = self.faults(bad)
        self.assertEqual(sorted(one.split(":")[0] for one in found), sorted(bad))
        self.assertEqual(len(self.faults({})), len(GOOD))
        for api in ("http://u:p@h:1", "https://h", "https://h:1/path", "https://h:1?x", 7, "https://h:99999"):
            self.assertEqual(len(self.faults({**GOOD, "api": api})), 1, api)

    def test_what_is_no_configuration(self):
        self.assertIn("is not JSON", self.faults("{")[0])
        self.assertIn("is not a JSON object", self.faults("[]")[0])

    def test_certificates_that_are_not_there(self):
        self.assertIn("authority: /x/authority.crt cannot be used (No such file", self.faults({**GOOD, "api": "https://127.0.0.1:6444"})[0])
