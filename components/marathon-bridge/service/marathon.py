"""Marathon's API, over whichever Marathon answers."""

from __future__ import annotations

import base64
import http.client
import json
import socket
from typing import Any, Optional
from urllib.parse import urljoin, urlsplit

APPS = "/v2/apps?embed=apps.tasks&embed=apps.deployments"
#: Seconds within which Marathon answers; it makes the list of apps in a moment, unless it is still reading its own store.
PATIENCE = 10.0
#: Bytes that an answer may have: a list of ten thousand tasks has about ten million.
LARGEST = 256 << 20


class MarathonError(Exception):
    """No usable answer. The text holds addresses and statuses, and never a login."""


class Marathons:
    """All Marathons of the data centre. The one that answered last is asked first."""

    def __init__(self, urls: tuple[str, ...], login: Optional[str]) -> None:
        self._urls = list(urls)
        self._headers = {"Authorization": "Basic " + base64.b64encode(login.encode()).decode()} if login else {}

    def urls(self) -> list[str]:
        return list(self._urls)

    def apps(self) -> Any:
        """The body of the first good answer to GET /v2/apps, unjudged. Raises MarathonError, naming what each said."""
        problems = []
        for url in self.urls():
            try:
                body = self._json(url + APPS)
            except MarathonError as error:
                problems.append(f"{url}: {error}")
                continue
            if url != self._urls[0]:
                # A new list in one go, since the thread of events reads it.
                self._urls = [url, *(other for other in self._urls if other != url)]
            return body
        raise MarathonError("; ".join(problems))

    def _json(self, url: str) -> Any:
        connection, response = self.open(url, "application/json", PATIENCE)
        try:
            text = bytearray()
            # In parts: Python sets aside at once as many bytes as it is asked to read.
            while part := response.read(1 << 16):
                text += part
                if len(text) > LARGEST:
                    raise MarathonError(f"its answer has more than {LARGEST >> 20} MiB")
            # A length that is announced and not kept to reads as a short body.
            if response.length:
                raise MarathonError("its answer breaks off")
            return json.loads(text)
        except (OSError, http.client.HTTPException) as error:
            raise MarathonError(f"its answer breaks off ({_words(error)})") from error
        except ValueError as error:
            raise MarathonError("its answer is not JSON") from error
        finally:
            connection.close()

    def open(self, url: str, accept: str, timeout: float) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        """An answer of status 200, not yet read. The caller closes the connection. `timeout` is in seconds, for each wait.

        A Marathon that stands by passes requests on to the leader, but for those of events, which it redirects.
        Source: Marathon 1.11, LeaderProxyFilter.
        """
        for _ in range(4):
            connection, response = self._ask(url, accept, timeout)
            if response.status == 200:
                return connection, response
            connection.close()
            where = response.getheader("Location")
            if response.status not in (301, 302, 303, 307, 308) or not where:
                hint = "; loginFile has to hold its login" if response.status in (401, 403) else ""
                raise MarathonError(f"it answers {response.status}{hint}")
            url = urljoin(url, where)
        raise MarathonError("it redirects in a circle")

    def _ask(self, url: str, accept: str, timeout: float) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        try:
            parts = urlsplit(url)
            kind = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}[parts.scheme]
            connection = kind(parts.hostname or "", parts.port, timeout=timeout)
        except (KeyError, ValueError) as error:
            raise MarathonError(f"it redirects to {url!r}, which is no address") from error
        headers: dict[str, str] = {"Accept": accept, "User-Agent": "haproxy-marathon-bridge"}
        try:
            if self._headers and self._ours(url):
                headers.update(self._headers)
            connection.request("GET", parts.path + (f"?{parts.query}" if parts.query else ""), headers=headers)
            return connection, connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise MarathonError(_words(error)) from error

    def _ours(self, url: str) -> bool:
        """Whether the login may go there: to a described Marathon, by whatever name, and to nobody else who is redirected to."""
        if any(url.startswith(f"{own}/") for own in self._urls):
            return True
        place = _addresses(url)
        return any(place & _addresses(own) for own in self._urls)


def _addresses(url: str) -> set[tuple[str, str, int]]:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except OSError:
        return set()
    return {(parts.scheme, str(address[0]), port) for *_, address in found}


def _words(error: Exception) -> str:
    if isinstance(error, socket.timeout):
        return "it does not answer in time"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
