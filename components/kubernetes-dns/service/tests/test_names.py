"""Names of pods and nodes."""

import unittest

from names import HEAD, files
from objects import read_node, read_pod
from tests.fakes import node, pod


def made(pods, nodes, domain="dc.example"):
    def entries(read, objects):
        return [entry for _, entry in map(read, objects) if entry]

    return files(domain, entries(read_pod, pods), entries(read_node, nodes))


def lines(text):
    assert text.startswith(HEAD)
    return text[len(HEAD) :].splitlines()


class Names(unittest.TestCase):
    def test_a_pod_and_a_node(self):
        found = made([pod("web-0", "10.0.1.2")], [node("node1", "172.18.1.1")])
        self.assertEqual(lines(found.addresses), ["172.18.1.1 node1.dc.example", "10.0.1.2 web-0.default.pod.dc.example"])
        self.assertEqual(lines(found.pods), ["10.0.1.2 web-0.default.pod.dc.example 10-0-1-2.default.pod.dc.example"])

    def test_a_pod_of_its_nodes_network_leads_back_to_the_node(self):
        api = pod("kube-apiserver-node1", "172.18.1.1", "kube-system", host=True)
        found = made([api], [node("node1", "172.18.1.1")])
        self.assertEqual(lines(found.addresses), ["172.18.1.1 node1.dc.example"])
        self.assertEqual(lines(found.pods), ["172.18.1.1 kube-apiserver-node1.kube-system.pod.dc.example 172-18-1-1.kube-system.pod.dc.example"])
        self.assertEqual(lines(made([api], []).addresses), [], "and to nobody where that is not known")

    def test_no_pod_takes_a_nodes_address(self):
        found = made([pod("thief", "172.18.1.1")], [node("node1", "172.18.1.1")])
        self.assertEqual(lines(found.addresses), ["172.18.1.1 node1.dc.example"])

    def test_an_address_that_was_given_again_is_the_newer_ones(self):
        old, new = pod("b-old", "10.0.1.2", since="2026-01-01T00:00:00Z"), pod("a-new", "10.0.1.2", since="2026-01-02T00:00:00Z")
        for order in ([old, new], [new, old]):
            found = made(order, [])
            self.assertEqual(lines(found.addresses), ["10.0.1.2 a-new.default.pod.dc.example"])
            self.assertEqual(len(lines(found.pods)), 2)

    def test_one_order(self):
        pods = [pod(f"p{number}", f"10.0.1.{number}") for number in (3, 1, 2)]
        self.assertEqual(made(pods, []), made(pods[::-1], []))

    def test_the_same_name_in_two_namespaces(self):
        found = made([pod("db", "10.0.1.1", "a"), pod("db", "10.0.1.2", "b")], [])
        self.assertEqual(lines(found.addresses), ["10.0.1.1 db.a.pod.dc.example", "10.0.1.2 db.b.pod.dc.example"])

    def test_names_that_dns_cannot_have(self):
        pods = [pod("x" * 64, "10.0.1.1"), pod(".".join(["y" * 60] * 4), "10.0.1.2"), pod("with.dot", "10.0.1.3"), pod("evil\n1.1.1.1 host", "10.0.1.4")]
        found = made(pods, [node("kubernetes.default.svc", "172.18.1.9"), node("-", "172.18.1.8"), node("good", "172.18.1.7")])
        self.assertEqual(lines(found.addresses), ["172.18.1.7 good.dc.example", "10.0.1.3 with.dot.default.pod.dc.example"])
        self.assertEqual(len(found.left_out), 5)
        self.assertIn("kubernetes.default.svc", found.left_out, "a node's name must not be among those of services")

    def test_a_pod_that_is_called_like_anothers_address(self):
        found = made([pod("10-0-1-2", "10.0.1.9"), pod("web", "10.0.1.2")], [])
        self.assertEqual(lines(found.pods)[1], "10.0.1.2 web.default.pod.dc.example")

    def test_two_families(self):
        both = pod("web", None, podIP="10.0.1.2", podIPs=[{"ip": "10.0.1.2"}, {"ip": "fd00::0002"}])
        self.assertEqual(lines(made([both], []).addresses), ["10.0.1.2 web.default.pod.dc.example", "fd00::2 web.default.pod.dc.example"])
        self.assertIn("fd00::2 web.default.pod.dc.example fd00--2.default.pod.dc.example", lines(made([both], []).pods))
