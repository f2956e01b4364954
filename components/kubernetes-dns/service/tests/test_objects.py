"""What is read of pods and nodes, whatever they are like."""

import unittest

from objects import Nonsense, read_node, read_pod, version_of
from tests.fakes import node, pod


class Pods(unittest.TestCase):
    def test_those_that_have_no_address(self):
        for given in (pod("a", None), pod("a", "10.0.1.1", phase="Succeeded"), pod("a", "10.0.1.1", phase="Failed"), pod("a", "nonsense"), pod("a", "127.0.0.1"), pod("a", "0.0.0.0")):
            self.assertEqual(read_pod(given), ("default/a", None))

    def test_one_that_is_about_to_run_has_one_already(self):
        self.assertEqual(read_pod(pod("a", "10.0.1.1", phase="Pending"))[1].addresses, ("10.0.1.1",))

    def test_the_older_form_of_the_address(self):
        given = pod("a", None)
        given["status"]["podIP"] = "10.0.1.1"
        self.assertEqual(read_pod(given)[1].addresses, ("10.0.1.1",))

    def test_coredns_that_answers(self):
        ready = {"conditions": [{"type": "Ready", "status": "True"}]}
        labels = {"k8s-app": "kube-dns"}
        self.assertEqual(read_pod(pod("c", "10.0.1.1", "kube-system", labels=labels, node="n7", **ready))[1].answers_on, "n7")
        self.assertEqual(read_pod(pod("c", "10.0.1.1", "kube-system", labels=labels, node="n7"))[1].answers_on, "")
        self.assertEqual(read_pod(pod("c", "10.0.1.1", "default", labels=labels, node="n7", **ready))[1].answers_on, "")

    def test_nonsense(self):
        for given in (None, [], {}, {"metadata": {}}, {"metadata": {"name": "a"}}, {"metadata": {"name": 7, "namespace": "b"}}):
            with self.assertRaises(Nonsense):
                read_pod(given)
        for more in ({"status": 7}, {"spec": [], "status": {"podIPs": [7, {"ip": 9}, {}]}}, {"status": {"podIPs": 3}}):
            self.assertEqual(read_pod({"metadata": {"name": "a", "namespace": "b", "labels": 3, "creationTimestamp": 4}, **more}), ("b/a", None))


class Nodes(unittest.TestCase):
    def test_addresses_within_the_cluster(self):
        given = node("n", "172.18.1.1", "fd00::1")
        given["status"]["addresses"].append({"type": "ExternalIP", "address": "203.0.113.1"})
        self.assertEqual(read_node(given)[1].addresses, ("172.18.1.1", "fd00::1"))

    def test_one_that_has_none(self):
        self.assertEqual(read_node(node("n")), ("n", None))
        self.assertEqual(read_node({"metadata": {"name": "n"}, "status": {"addresses": [3, {"type": "InternalIP"}]}}), ("n", None))

    def test_versions(self):
        self.assertEqual(version_of({"metadata": {"resourceVersion": "7"}}), "7")
        for given in ({}, {"metadata": {"resourceVersion": 7}}, {"metadata": {"resourceVersion": ""}}):
            with self.assertRaises(Nonsense):
                version_of(given)
