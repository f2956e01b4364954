"""Kubernetes' API: lists in pages, and watches.

Source: Kubernetes, "API Concepts": efficient detection of changes, watch bookmarks, retrieving large results sets in chunks.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from typing import Any, Iterator, Optional
from urllib.parse import urlencode, urlsplit

#: Seconds within which a list's page comes.
PATIENCE = 30.0
#: Objects that a page has.
PAGE = 500
#: Bytes that a page may have, and one event: etcd takes no object of more than 1.5 MiB by default.
LARGEST, LONGEST = 256 << 20, 16 << 20
#: Seconds that a watch is asked to last, and those of silence after which it counts as broken: the API sends a bookmark a minute.
LASTS, QUIETEST = 290, 150.0


class ApiError(Exception):
    """No usable answer."""


class Expired(ApiError):
    """What the API remembers begins after what was asked for: all has to be listed anew."""


class Broken(ApiError):
    """A watch that said something that is not understood, and would say it again."""


class Api:
    """One API, which may be a proxy before several."""

    def __init__(self, url: str, tls: Optional[ssl.SSLContext]) -> None:
        self._url = urlsplit(url)
        self._tls = tls

    def pages(self, path: str) -> Iterator[tuple[list[Any], str]]:
        """The items of each page, and the version that the list is of. Raises ApiError."""
        more = ""
        while True:
            body = self._json(_asked(path, limit=PAGE, **({"continue": more} if more else {})))
            meta = body.get("metadata") if isinstance(body, dict) else None
            items = body.get("items") if isinstance(body, dict) else None
            if not isinstance(meta, dict) or not isinstance(meta.get("resourceVersion"), str) or not isinstance(items, list):
                raise ApiError("its answer is no list")
            yield items, meta["resourceVersion"]
            more = meta.get("continue") or ""
            if not isinstance(more, str) or not more:
                return

    def events(self, path: str, version: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """What happens from that version on, as soon as the watch is there: the kind of each event, and its object. Raises ApiError."""
        target = _asked(path, watch=1, allowWatchBookmarks="true", timeoutSeconds=LASTS, resourceVersion=version)
        return self._events(*self._open(target, QUIETEST))

    def _events(self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse) -> Iterator[tuple[str, dict[str, Any]]]:
        try:
            while line := response.readline(LONGEST + 1):
                if len(line) > LONGEST:
                    raise Broken(f"an event has more than {LONGEST >> 20} MiB")
                if not line.endswith(b"\n"):
                    return
                yield _event(line)
        except (OSError, http.client.HTTPException) as error:
            raise ApiError(_words(error)) from error
        except ValueError as error:
            raise Broken("an event is not JSON") from error
        finally:
            connection.close()

    def _json(self, target: str) -> Any:
        connection, response = self._open(target, PATIENCE)
        try:
            text = bytearray()
            while part := response.read(1 << 16):
                text += part
                if len(text) > LARGEST:
                    raise ApiError(f"its answer has more than {LARGEST >> 20} MiB")
            # A length that is announced and not kept to reads as a short body.
            if response.length:
                raise ApiError("its answer breaks off")
            return json.loads(text)
        except (OSError, http.client.HTTPException) as error:
            raise ApiError(_words(error)) from error
        except ValueError as error:
            raise ApiError("its answer is not JSON") from error
        finally:
            connection.close()

    def _open(self, target: str, timeout: float) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        host, port = self._url.hostname or "", self._url.port
        connection = http.client.HTTPSConnection(host, port, timeout=timeout, context=self._tls) if self._tls else http.client.HTTPConnection(host, port, timeout=timeout)
        try:
            connection.request("GET", target, headers={"Accept": "application/json", "User-Agent": "datacentre-kubernetes-names"})
            response = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise ApiError(_words(error)) from error
        if response.status == 200:
            return connection, response
        connection.close()
        if response.status == 410:
            raise Expired("it answers 410")
        hints = {401: "; it does not know the service's certificate", 403: "; its ClusterRole datacentre:names is not there, or not bound, or it has only begun"}
        raise ApiError(f"it answers {response.status}{hints.get(response.status, '')}")


def _asked(path: str, **query: Any) -> str:
    return f"{path}{'&' if '?' in path else '?'}{urlencode(query)}"


def _event(line: bytes) -> tuple[str, dict[str, Any]]:
    event = json.loads(line)
    kind, what = (event.get("type"), event.get("object")) if isinstance(event, dict) else (None, None)
    if not isinstance(kind, str) or not isinstance(what, dict):
        raise Broken("an event is none")
    if kind == "ERROR":
        raise (Expired if what.get("code") == 410 else Broken)(f"its watch ends with {what.get('code')} {what.get('reason', '')}".rstrip())
    return kind, what


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not taken: {error.verify_message}"
    if isinstance(error, socket.timeout):
        return "it does not answer in time"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
