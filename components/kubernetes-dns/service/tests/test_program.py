"""The program as systemd starts it, against an API in small, by TLS."""

import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

from tests.fakes import NODES, PODS, ApiServer, eventually, free_port, node, pod
from tests.test_settings import GOOD

SERVICE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def certificates(folder):
    """An authority, a server's certificate and a client's, by openssl."""

    def run(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, stderr=subprocess.DEVNULL)

    def key(name):
        return "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key"

    run("req", "-x509", *key("authority"), "-subj", "/CN=authority", "-days", "2", "-out", "authority.crt")
    for name, extension in (("server", "subjectAltName=IP:127.0.0.1"), ("client", "extendedKeyUsage=clientAuth")):
        run("req", "-new", *key(name), "-subj", f"/CN=system:datacentre:{name}", "-out", f"{name}.csr")
        with open(os.path.join(folder, f"{name}.ext"), "w", encoding="utf-8") as file:
            file.write(f"{extension}\n")
        run("x509", "-req", "-in", f"{name}.csr", "-CA", "authority.crt", "-CAkey", "authority.key", "-set_serial", "7", "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.crt")


@unittest.skipUnless(shutil.which("openssl"), "openssl is not installed")
class Program(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.keys = tempfile.mkdtemp()
        certificates(cls.keys)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.keys)

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{self.keys}/server.crt", f"{self.keys}/server.key")
        context.load_verify_locations(f"{self.keys}/authority.crt")
        context.verify_mode = ssl.CERT_REQUIRED
        self.server = ApiServer(context)
        self.addCleanup(self.server.close)
        self.listen = free_port()

    def start(self, **more):
        given = {**GOOD, "api": self.server.url, "directory": self.folder, "listenPort": self.listen, **more}
        for key, name in (("authority", "authority.crt"), ("certificate", "client.crt"), ("key", "client.key")):
            given[key] = f"{self.keys}/{name}"
        path = os.path.join(self.folder, "config.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(given, file)
        process = subprocess.Popen([sys.executable, "-B", SERVICE, path], stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.listen}/{path}", timeout=2) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.read().decode()
        except OSError:
            return 0, ""

    def text(self, name):
        try:
            with open(os.path.join(self.folder, name), encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def test_from_the_start_to_the_end(self):
        self.server.put(NODES, node("node1", "172.18.1.1"))
        ready = {"conditions": [{"type": "Ready", "status": "True"}]}
        self.server.put(PODS, pod("web", "10.0.1.2"), pod("coredns-x", "10.0.1.3", "kube-system", labels={"k8s-app": "kube-dns"}, **ready))
        process = self.start()
        eventually(lambda: "10.0.1.2 web.default.pod.cluster.local\n" in self.text("addresses"), "a pod's name")
        self.assertIn("172.18.1.1 node1.cluster.local\n", self.text("addresses"))
        self.assertIn("10-0-1-2.default.pod.cluster.local\n", self.text("pods"))
        self.assertEqual(os.stat(os.path.join(self.folder, "pods")).st_mode & 0o777, 0o644)
        eventually(lambda: self.get("health")[0] == 200, "it is well")
        self.assertEqual(json.loads(self.get("health")[1])["answering"], ["10.0.1.3"])
        self.server.put(PODS, pod("late", "10.0.1.9"))
        eventually(lambda: "late" in self.text("pods"), "a pod that came", 2)
        self.assertIn("kubernetes_names_pods 3\n", self.get("metrics")[1])
        self.assertIn("kubernetes_names_up_to_date 1\n", self.get("metrics")[1])
        self.assertEqual(self.get("x")[0], 404)
        # Whoever asks for pods asks without those that ended.
        self.assertTrue(all("status.phase%21%3DFailed" in path for path in self.server.asked if path.startswith(PODS)))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(2), 0)
        self.assertIn("late", self.text("pods"))

    def test_files_of_before_stay_until_all_is_known(self):
        for name in ("addresses", "pods"):
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write("old\n")
        self.server.answer[NODES] = (500, b"")
        self.server.put(PODS, pod("web", "10.0.1.2"))
        self.start()
        eventually(lambda: "nodes were never listed: it answers 500" in self.get("health")[1], "it says what is wrong")
        self.assertEqual((self.get("health")[0], self.text("pods")), (503, "old\n"))
        del self.server.answer[NODES]
        eventually(lambda: "web" in self.text("pods"), "and goes on")

    def test_a_directory_that_cannot_be_written(self):
        process = self.start(directory=os.path.join(self.folder, "none"))
        eventually(lambda: "the files: No such file or directory" in self.get("health")[1], "it says so")
        os.mkdir(os.path.join(self.folder, "none"))
        eventually(lambda: self.get("health")[0] == 200, "and tries again", 8)
        process.kill()
        self.assertIn("files: well again", process.stdout.read())

    def test_an_api_of_another_authority(self):
        with tempfile.TemporaryDirectory() as other:
            certificates(other)
            mine, type(self).keys = self.keys, other
            try:
                self.start()
            finally:
                type(self).keys = mine
            eventually(lambda: "its certificate is not taken" in self.get("health")[1], "it says so")

    def test_a_configuration_that_is_not_right(self):
        done = subprocess.run([sys.executable, "-B", SERVICE, "/nowhere.json"], stdout=subprocess.PIPE, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (2, "error: /nowhere.json: cannot be read (No such file or directory); give a file that this user may read\n"))

    def test_a_port_that_is_taken(self):
        process = self.start(listenPort=int(self.server.url.rpartition(":")[2]))
        self.assertEqual(process.wait(5), 1)
        self.assertIn("the status page cannot listen on 127.0.0.1", process.stdout.read())
