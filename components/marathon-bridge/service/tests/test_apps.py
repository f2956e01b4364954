"""Which tasks are served, at which ports, and what is left out and why."""

import glob
import json
import os
import pathlib
import unittest
from unittest import skipUnless

from apps import Nonsense, Server, Unserved, choose, read
from tests.fakes import app, bridged, task

# Beside the checkout, where they are.
BESIDE = pathlib.Path(__file__).resolve().parents[5] / "shared" / "recordings"
RECORDINGS = os.environ.get("MARATHON_RECORDINGS", str(BESIDE))
ALIVE = {"alive": True, "consecutiveFailures": 0, "firstSuccess": "2026-01-01T00:00:00Z"}
UNKNOWN = {"alive": False, "consecutiveFailures": 0}
FAILED = {"alive": False, "consecutiveFailures": 2, "lastFailure": "2026-01-01T00:00:00Z"}


def services(*apps, served=()):
    return read({"apps": list(apps)}, frozenset(served))


def free(_):
    return None


class Ports(unittest.TestCase):
    def test_host_networking(self):
        (one,) = services(app("/a/b", 10000, task("a_b.1", "10.0.0.1", (31001,))))
        self.assertEqual((one.name, one.port, one.servers), ("a_b-10000", 10000, (Server("a_b.1", "10.0.0.1", 31001),)))

    def test_ports_of_a_bridge_are_the_hosts(self):
        (one,) = services(bridged("/web", 80, task("web.1", "10.0.0.1", (31001,), ipAddresses=[{"ipAddress": "172.17.0.2"}])))
        self.assertEqual(one.servers, (Server("web.1", "10.0.0.1", 31001),))

    def test_a_task_with_an_address_of_its_own(self):
        (one,) = services(bridged("/web", 80, task("web.1", ports=(), ipAddresses=[{"ipAddress": "10.240.0.7"}]), mode="container"))
        self.assertEqual(one.servers, (Server("web.1", "10.240.0.7", 80),))

    def test_an_address_of_its_own_that_is_not_there_yet(self):
        self.assertEqual(services(bridged("/web", 80, task("web.1", ipAddresses=[]), mode="container"))[0].servers, ())

    def test_several_ports_by_index(self):
        many = app("/a", 1, task("a.1", ports=(31001, 31002)), portDefinitions=[{"port": 7001}, {"port": 7002, "protocol": "udp,tcp"}])
        self.assertEqual([(one.port, one.servers[0].port, one.problem) for one in services(many)], [(7001, 31001, None), (7002, 31002, None)])

    def test_servers_keep_their_order(self):
        tasks = [task("a.2"), task("a.10"), task("a.1")]
        self.assertEqual(services(app("/a", 80, *tasks)), services(app("/a", 80, *reversed(tasks))))

    def test_an_app_without_instances_keeps_its_port(self):
        self.assertEqual([(one.port, one.servers) for one in services(app("/a", 80))], [(80, ())])

    def test_apps_without_ports(self):
        self.assertEqual(services({"id": "/a", "tasks": [task("a.1")]}, app("/b", 0), bridged("/c", None)), [])

    def test_what_is_no_address_is_no_configuration(self):
        tasks = [task("a.1", "x\n    bogus"), task("a.2", ports=(310014,)), task("a.3", ports=()), task("a.4", ""), task("a.5\nx", "agent-1.example")]
        self.assertEqual(services(app("/a b", 80, *tasks))[0].servers, (Server("a.5_x", "agent-1.example", 31000),))
        self.assertEqual(services(app("/a b\n", 80))[0].name, "a_b_-80")


class Tasks(unittest.TestCase):
    def served(self, *tasks, checks=(), served=()):
        return [one.name for one in services(app("/a", 80, *tasks, healthChecks=list(checks)), served=served)[0].servers]

    def test_only_those_that_run(self):
        states = ("TASK_STAGING", "TASK_STARTING", "TASK_KILLING", "TASK_UNREACHABLE", "TASK_FAILED", "TASK_RUNNING")
        self.assertEqual(self.served(*(task(state, state=state) for state in states), served=states), ["TASK_RUNNING"])

    def test_every_check_has_to_say_that_it_is_alive(self):
        results = {"both": [ALIVE, ALIVE], "one": [ALIVE], "none": [], "failed": [ALIVE, FAILED], "unknown": [ALIVE, UNKNOWN]}
        self.assertEqual(self.served(*(task(name, healthCheckResults=of) for name, of in results.items()), checks=[{}, {}]), ["both"])

    def test_a_new_leader_that_knows_no_results_takes_nothing_away(self):
        tasks = [task("old", healthCheckResults=[UNKNOWN]), task("older", healthCheckResults=[]), task("new", healthCheckResults=[UNKNOWN]), task("bad", healthCheckResults=[FAILED])]
        self.assertEqual(self.served(*tasks, checks=[{}], served=["old", "older", "bad"]), ["old", "older"])

    def test_an_update_that_adds_a_check_keeps_old_tasks(self):
        self.assertEqual(self.served(task("old"), task("new"), checks=[{}], served=["old"]), ["old"])


class Choice(unittest.TestCase):
    def test_why_ports_are_left_out(self):
        udp = app("/udp", 6, portDefinitions=[{"port": 53, "protocol": "udp"}])
        unfixed = bridged("/unfixed", 81, mode="container")
        unfixed["container"]["portMappings"][0]["containerPort"] = 0
        wanted = services(app("/b", 80), app("/a", 80), app("/c", 5050), app("/d", 8000), app("/e", 70000), udp, unfixed)
        good, bad = choose(wanted, {5050: "the Mesos master"}, lambda port: "is in use" if port == 8000 else None)
        self.assertEqual([one.app for one in good], ["/a"])
        self.assertEqual(
            [(one.app, one.reason) for one in bad],
            [
                ("/b", "is taken by /a"),
                ("/c", "is reserved on this host for the Mesos master"),
                ("/d", "is in use"),
                ("/e", "is not from 1 to 65535"),
                ("/udp", "is of UDP, and HAProxy passes TCP on"),
                ("/unfixed", "leads to containerPort 0, so it is not known where tasks listen"),
            ],
        )

    def test_a_port_that_an_app_has_twice(self):
        twice = app("/a", 1, portDefinitions=[{"port": 80}, {"port": 80}])
        self.assertEqual(choose(services(twice), {}, free)[1], [Unserved("/a", 80, "is taken by /a")])

    def test_who_cannot_have_a_port_takes_it_from_nobody(self):
        good, _ = choose(services(app("/a", 53, portDefinitions=[{"port": 53, "protocol": "udp"}]), app("/b", 53)), {}, free)
        self.assertEqual([one.app for one in good], ["/b"])


class Answers(unittest.TestCase):
    def test_an_empty_list_is_one(self):
        self.assertEqual(read({"apps": []}, frozenset()), [])

    def test_what_cannot_be_a_list_of_apps(self):
        bad = [None, [], {}, {"apps": None}, {"apps": {}}, {"apps": [1]}, {"apps": [{"tasks": []}]}, {"apps": [{"id": "/a"}]}, {"message": "x"}]
        bad += [{"apps": [app("/a", 80, 7)]}, {"apps": [app("/a", 80, networks=7)]}, {"apps": [app("/a", 80, {"state": "TASK_RUNNING", "host": "h", "ports": [9]})]}]
        for body in bad:
            with self.subTest(body), self.assertRaises(Nonsense):
                read(body, frozenset())


@skipUnless(os.path.isdir(RECORDINGS), f"no recorded answers in {RECORDINGS}")
class Recorded(unittest.TestCase):
    def body(self, name):
        with open(glob.glob(f"{RECORDINGS}/*-{name}.json")[0], encoding="utf-8") as file:
            body = json.load(file)["response"]["body"]
        return {"apps": [body["app"]]} if "app" in body else body

    def servers(self, name):
        return [(one.name, [f"{server.address}:{server.port}" for server in one.servers]) for one in read(self.body(name), frozenset())]

    def test_apps(self):
        self.assertEqual(self.servers("apps-empty"), [])
        # Its host ports lie above 65535.
        self.assertEqual(self.servers("apps-tasks-embed"), [("hello-10000", [])])
        self.assertEqual(self.servers("app-docker-healthy"), [("dock_web-10080", ["127.0.0.1:31101"])])
        self.assertEqual(self.servers("app-docker-3"), [("dock_web-10080", ["127.0.0.1:31109", "127.0.0.2:31201", "127.0.0.1:31102"])])
        # Of six that run, three were never healthy.
        self.assertEqual([len(servers) for _, servers in self.servers("never-healthy-app")], [3])
        self.assertEqual(self.servers("waiting-app-unhealthy"), [("w_unhealthy-10009", [])])

    def test_what_was_not_asked_for_tasks(self):
        for name in ("apps-new-leader", "app-missing", "leader-standby"):
            with self.subTest(name), self.assertRaises(Nonsense):
                read(self.body(name), frozenset())
