"""Asking one Marathon after another, and who gets the login."""

import base64
import unittest
from unittest import mock

from marathon import MarathonError, Marathons
from tests import fakes


class Asking(unittest.TestCase):
    def test_an_answer_that_breaks_off_and_one_that_does_not_end(self):
        one = fakes.Marathon()
        self.addCleanup(one.close)
        one.answer = (200, b" " * 100_000 + b'{"apps": []}')
        self.assertEqual(Marathons((one.url,), None).apps(), {"apps": []})
        with mock.patch("marathon.LARGEST", 100_000), self.assertRaisesRegex(MarathonError, "has more than"):
            Marathons((one.url,), None).apps()
        # A whole list of apps in itself, and still not all that was announced.
        one.announced = 500
        one.answer = (200, b'{"apps": []}')
        with self.assertRaisesRegex(MarathonError, "breaks off"):
            Marathons((one.url,), None).apps()

    def test_the_next_one_answers_and_is_asked_first_then(self):
        one, two = fakes.Marathon(), fakes.Marathon()
        self.addCleanup(one.close)
        self.addCleanup(two.close)
        one.answer = (502, b"")
        marathons = Marathons(("http://127.0.0.1:1", one.url, two.url), None)
        self.assertEqual(marathons.apps(), {"apps": []})
        self.assertEqual(marathons.urls()[0], two.url)
        two.answer = (200, b"{")
        with self.assertRaisesRegex(MarathonError, "is not JSON; .*Connection refused; .*answers 502"):
            marathons.apps()

    def test_the_login_goes_to_marathons_alone(self):
        one, other = fakes.Marathon(), fakes.Marathon()
        self.addCleanup(one.close)
        self.addCleanup(other.close)
        one.login = "Basic " + base64.b64encode(b"u:p").decode()
        marathons = Marathons((one.url,), "u:p")
        self.assertEqual(marathons.apps(), {"apps": []})
        # A leader that calls itself by another name than the configuration does.
        marathons.open(one.url.replace("127.0.0.1", "localhost") + "/v2/apps", "*/*", 1)[0].close()
        one.leader = other.url
        marathons.open(f"{one.url}/v2/events", "text/event-stream", 1)[0].close()
        self.assertEqual(other.asked, [("/v2/events", None)])
        with self.assertRaisesRegex(MarathonError, "answers 401; loginFile"):
            Marathons((one.url,), None).apps()
