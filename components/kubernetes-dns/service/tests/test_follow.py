"""Lists, watches and what breaks them, against an API in small."""

import json
import threading
import unittest

from api import Api, ApiError
from book import Book
from follow import Follower
from objects import read_pod
from status import Status
from tests.fakes import PODS, ApiServer, eventually, pod


class Following(unittest.TestCase):
    def setUp(self):
        self.server = ApiServer()
        self.addCleanup(self.server.close)
        self.book, self.status = Book(100), Status()
        self.book.replace("nodes", [])
        self.follower = Follower("pods", PODS, read_pod, Api(self.server.url, None), self.book, self.status)

    def start(self):
        """Without pauses that a test would wait for."""

        def run():
            while not done.is_set():
                done.wait(min(self.follower.turn(), 0.02))

        done = threading.Event()
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self.addCleanup(thread.join, 5)
        self.addCleanup(self.server.break_off)
        self.addCleanup(done.set)

    def names(self):
        known = self.book.all()
        return known and sorted(entry.name for entry in known[0])

    def knows(self, *names):
        eventually(lambda: self.names() == sorted(names), f"{names}")

    def lists(self):
        return sum("watch=1" not in path for path in self.server.asked)

    def test_a_list_in_pages_and_what_happens_after(self):
        self.server.page = 2
        self.server.put(PODS, *(pod(f"p{number}", f"10.0.1.{number}") for number in range(1, 6)))
        self.start()
        self.knows("p1", "p2", "p3", "p4", "p5")
        self.assertEqual(self.lists(), 3)
        self.server.put(PODS, pod("new", None))
        self.server.put(PODS, pod("new", "10.0.1.9"), kind="MODIFIED")
        self.server.remove(PODS, pod("p1", "10.0.1.1"))
        self.server.put(PODS, pod("p2", "10.0.1.2", phase="Succeeded"), kind="MODIFIED")
        self.knows("p3", "p4", "p5", "new")
        self.assertEqual(self.lists(), 3)

    def test_a_watch_that_breaks_off_goes_on_where_it_was(self):
        self.server.put(PODS, pod("a", "10.0.1.1"))
        self.start()
        self.knows("a")
        self.server.break_off()
        self.server.put(PODS, pod("b", "10.0.1.2"))
        self.knows("a", "b")
        self.assertEqual(self.lists(), 1)

    def test_a_bookmark_is_where_it_goes_on(self):
        self.start()
        self.knows()
        self.server.bookmark(PODS, 77)
        eventually(lambda: self.follower._version == "77", "the bookmark is noted")
        self.server.break_off()
        eventually(lambda: self.server.asked[-1].endswith("resourceVersion=77"), "and gone on from")

    def test_a_version_that_expired(self):
        gone = pod("gone", "10.0.1.1")
        self.server.put(PODS, gone, pod("stays", "10.0.1.2"))
        self.start()
        self.knows("gone", "stays")
        # Its end is in no watch.
        self.server.items[PODS].pop("default/gone")
        self.server.forget()
        self.server.break_off()
        self.knows("stays")
        self.assertEqual(self.lists(), 2)

    def test_a_watch_that_says_that_its_version_expired(self):
        self.start()
        self.knows()
        self.server.say(PODS, {"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired"}})
        eventually(lambda: self.lists() == 2, "listed anew")
        self.server.put(PODS, pod("a", "10.0.1.1"))
        self.knows("a")

    def test_an_api_that_is_away_leaves_what_is_known(self):
        self.server.put(PODS, pod("a", "10.0.1.1"))
        self.start()
        self.knows("a")
        self.server.answer[PODS] = (503, b"")
        self.server.break_off()
        eventually(lambda: self.status.problems["pods"] == "it answers 503", "it is said")
        self.knows("a")
        self.assertGreaterEqual(self.status.silence("pods"), 0)
        self.assertEqual(self.status.reasons(), ["nodes were never listed: it was not asked yet"], "not at once")
        del self.server.answer[PODS]
        self.server.put(PODS, pod("b", "10.0.1.2"))
        self.knows("a", "b")

    def test_answers_that_are_none(self):
        self.server.put(PODS, pod("a", "10.0.1.1"))
        self.start()
        self.knows("a")
        for body in (b"no JSON", b"[]", b'{"metadata":{},"items":[]}', b'{"metadata":{"resourceVersion":"3"},"items":7}', b'{"metadata":{"resourceVersion":"3"},"items":[{}]}'):
            self.server.answer[PODS] = (200, body)
            before = len(self.server.asked)
            self.server.break_off()
            eventually(lambda: len(self.server.asked) > before + 3, "asked again and again")
            self.knows("a")
        del self.server.answer[PODS]
        self.server.put(PODS, pod("b", "10.0.1.2"))
        self.knows("a", "b")

    def test_events_that_are_none(self):
        self.start()
        self.knows()
        for event in (7, {"type": "ADDED"}, {"type": "ADDED", "object": {"metadata": {}}}, {"type": "ERROR", "object": {"code": 500}}):
            self.server.say(PODS, event)
            self.server.put(PODS, pod("a", "10.0.1.1"))
            self.knows("a")
            self.server.remove(PODS, pod("a", "10.0.1.1"))
            self.knows()

    def test_more_than_are_kept(self):
        self.server.put(PODS, *(pod(f"p{number}", f"10.0.{number}.1") for number in range(100)))
        self.start()
        eventually(lambda: self.book.count("pods") == 100, "as many as are kept")
        self.server.put(PODS, pod("more", "10.1.1.1"))
        eventually(lambda: self.status.problems["pods"] == "there are more than 100 pods", "it is said")
        self.assertEqual(self.book.count("pods"), 100)
        self.server.remove(PODS, pod("p7", "10.0.7.1"))
        eventually(lambda: "more" in self.names(), "as soon as there is room")

    def test_an_expired_version_is_nothing_to_wait_for_once(self):
        self.server.answer[PODS] = (410, b"")
        self.assertEqual([self.follower.turn() for _ in range(4)], [0, 0.5, 1, 2])
        del self.server.answer[PODS]
        self.server.put(PODS, pod("a", "10.0.1.1"))
        self.start()
        self.knows("a")

    def test_pauses_grow(self):
        self.server.answer[PODS] = (403, b"")
        pauses = [self.follower.turn() for _ in range(8)]
        self.assertEqual(pauses, [0.5, 1, 2, 4, 8, 15, 15, 15])
        self.assertIn("ClusterRole", self.status.problems["pods"])

    def test_nobody_is_there(self):
        self.server.close()
        with self.assertRaisesRegex(ApiError, "Connection refused"):
            list(Api(self.server.url, None).pages(PODS))
        self.server = ApiServer()


class Answers(unittest.TestCase):
    def test_a_page_that_breaks_off(self):
        server = ApiServer()
        self.addCleanup(server.close)
        server.answer[PODS] = (200, json.dumps({"items": []}).encode()[:-2])
        with self.assertRaisesRegex(ApiError, "not JSON"):
            list(Api(server.url, None).pages(PODS))
