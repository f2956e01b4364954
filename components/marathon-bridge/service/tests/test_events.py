"""The event stream's format, and the debouncing of events."""

import os
import threading
import time
import unittest

from bridge import Trigger
from events import EVENTS, names
from tests.test_apps import RECORDINGS


class Names(unittest.TestCase):
    def test_events_of_either_line_end(self):
        lines = [b"event: a\r\n", b"data: {}\r\n", b"\r\n", b"event:b\n", b"data\n", b"\n", b"data: x\n", b"\n"]
        self.assertEqual(list(names(lines)), ["a", "b", "message"])

    def test_what_is_no_event(self):
        lines = [b"\r\n", b": a comment\n", b"\n", b"event: empty\n", b"\n", b"id: 7\n", b"retry: 9\n", b"\n", b"event: broken off\n", b"data: x"]
        self.assertEqual(list(names(lines)), [])

    def test_lines_that_came_in_parts(self):
        lines = [b"event: a\n", b"data: " + b"x" * 100, b"event: not this\n", b"\n"]
        self.assertEqual(list(names(lines)), ["a"])

    def test_an_event_is_told_before_the_next_comes(self):
        def stream():
            yield from [b"event: a\n", b"data: x\n", b"\n"]
            raise TimeoutError

        self.assertEqual(next(names(stream())), "a")

    @unittest.skipUnless(os.path.isdir(RECORDINGS), f"no recorded answers in {RECORDINGS}")
    def test_recorded(self):
        with open(f"{RECORDINGS}/marathon-events.txt", "rb") as file:
            found = list(names(file))
        self.assertGreater(len(found), 300)
        others = {"api_post_event", "event_stream_attached", "event_stream_detached", "failed_health_check_event", "group_change_success", "group_change_failed"}
        self.assertEqual(set(found) - set(EVENTS) - others, set())
        self.assertIn("status_update_event", found)


class Triggers(unittest.TestCase):
    def waited(self, trigger, seconds):
        began = time.monotonic()
        trigger.wait(seconds)
        return time.monotonic() - began

    def test_without_events_it_waits_its_time(self):
        self.assertAlmostEqual(self.waited(Trigger(), 0.1), 0.1, delta=0.09)

    def test_an_event_that_is_followed_by_none(self):
        trigger = Trigger()
        trigger.poke()
        self.assertAlmostEqual(self.waited(trigger, 30), 0.2, delta=0.15)
        self.assertAlmostEqual(self.waited(trigger, 0.05), 0.05, delta=0.04)

    def test_events_that_do_not_pause(self):
        trigger, done = Trigger(), threading.Event()

        def swarm():
            while not done.wait(0.02):
                trigger.poke()

        thread = threading.Thread(target=swarm)
        thread.start()
        waited = self.waited(trigger, 30)
        done.set()
        thread.join()
        self.assertAlmostEqual(waited, 1, delta=0.3)
