"""What is known, and when it is told."""

import threading
import time
import unittest

from book import Book, Full
from objects import read_pod
from tests.fakes import pod


def entry(name, address="10.0.1.1"):
    return read_pod(pod(name, address))


class Books(unittest.TestCase):
    def waited(self, book, seconds):
        began = time.monotonic()
        book.wait(seconds)
        return time.monotonic() - began

    def test_half_of_it_is_nothing(self):
        book = Book(9)
        self.assertIsNone(book.all())
        book.replace("pods", [entry("a")])
        self.assertIsNone(book.all())
        book.replace("nodes", [])
        self.assertEqual(len(book.all()[0]), 1)

    def test_what_does_not_change_is_not_told(self):
        book = Book(9)
        book.replace("pods", [entry("a")])
        book.wait(0)
        book.put("pods", *entry("a"))
        book.put("pods", "default/none", None)
        self.assertGreater(self.waited(book, 0.2), 0.15)
        book.put("pods", *entry("a", "10.0.1.2"))
        self.assertLess(self.waited(book, 5), 0.5)

    def test_changes_that_do_not_pause(self):
        book, done = Book(9), threading.Event()
        book.replace("pods", [])

        def swarm():
            number = 0
            while not done.wait(0.02):
                number += 1
                book.put("pods", *entry("a", f"10.0.1.{number % 250 + 1}"))

        thread = threading.Thread(target=swarm)
        thread.start()
        waited = self.waited(book, 30)
        done.set()
        thread.join()
        self.assertAlmostEqual(waited, 1, delta=0.3)

    def test_too_many(self):
        book = Book(1)
        book.replace("pods", [entry("a")])
        with self.assertRaises(Full):
            book.replace("pods", [entry("a"), entry("b")])
        with self.assertRaises(Full):
            book.put("pods", *entry("b"))
        book.put("pods", *entry("a", "10.0.1.7"))
        book.put("pods", "default/a", None)
        book.put("pods", *entry("b"))
        self.assertEqual(book.count("pods"), 1)
