"""Sends a file to a server part by part, several at once, over a line that may break at any time.

What the server holds is asked of the server, so nothing has to be remembered here: the same command, on this machine or
on another, goes on where the upload stands.
"""

import hashlib
import http.client
import json
import os
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from core.config import MIB
from core.errors import Conflict, Forbidden, Invalid, Missing, Refusal, Unavailable

_TIMEOUT: Final = 120.0
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 60.0
_PASSING: Final = {408, 425, 429, 500, 502, 503, 504}
# Bytes may be spoilt on the way; more often than this in a row, something else is wrong.
_RESENT: Final = 4
_KINDS: Final[dict[int, type[Refusal]]] = {401: Forbidden, 403: Forbidden, 404: Missing, 410: Missing, 409: Conflict}


class NoServer(Invalid):
    """The address given is none of a server."""


class LineDown(Unavailable):
    """The server was not reached for as long as one was ready to wait."""


class NotAsSent(Invalid):
    """The server did not take what was sent as it came."""


class SourceChanged(Invalid):
    """The file on this side gives other bytes than when its sheet was made."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server, who asks it, and for how long (seconds) to go on when it is not reached.

    `told` is called with the reason each time it has to be waited.
    """

    url: str
    token: str = field(repr=False)
    patience: float = 3600.0
    told: Callable[[str], None] = lambda _reason: None

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> dict[str, Any]:
        """Ask once and again until there is an answer; raises a refusal with the server's own words."""
        return self.until_answered(lambda: self.once(method, path, body, **headers))

    def until_answered(self, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Do something again, with growing pauses, as long as the server is not reached and patience lasts."""
        began, pause = time.monotonic(), _FIRST_PAUSE
        while True:
            try:
                return act()
            except LineDown as down:
                if time.monotonic() - began > self.patience:
                    raise LineDown(
                        f"{self.url} did not take this for {round(self.patience)} seconds ({down.message}); "
                        "what it holds is safe, run the same command again"
                    ) from down
                self.told(down.message)
            # With chance in it, so that many senders do not all come back at once.
            time.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(_LONGEST_PAUSE, pause * 2)

    def once(self, method: str, path: str, body: bytes | None = None, **headers: str) -> dict[str, Any]:
        """Ask once; raises LineDown when it is not known what became of it, else the server's own refusal."""
        try:
            status, told = self._speak(method, path, body, headers)
        except (OSError, http.client.HTTPException) as fault:
            raise LineDown(f"{type(fault).__name__}: {fault}".rstrip(": ")) from fault
        if status in _PASSING:
            raise LineDown(_words(status, told))
        if status >= HTTPStatus.BAD_REQUEST:
            raise _refusal(status, told)
        return told

    def post(self, path: str, told: dict[str, Any]) -> dict[str, Any]:
        """Send JSON."""
        return self.ask("POST", path, json.dumps(told).encode(), **{"Content-Type": "application/json"})

    def _speak(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        parts = urlsplit(self.url)
        kind = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}.get(parts.scheme)
        if kind is None or not parts.hostname:
            raise NoServer(f"«{self.url}» is no address of a server; write https://…")
        with closing(kind(parts.hostname, parts.port, timeout=_TIMEOUT)) as link:
            sent = {"Authorization": f"Bearer {self.token}", **headers}
            link.request(method, f"{parts.path.rstrip('/')}/api/v1{path}", body=body, headers=sent)
            answer = link.getresponse()
            return answer.status, _read(answer.read())


@dataclass(slots=True)
class Sending:
    """One file on its way: what was sent of it since when, so that what is left can be reckoned honestly."""

    server: Server
    path: Path
    upload: dict[str, Any]
    hashes: list[str] = field(default_factory=list)
    sent: int = 0
    resent: int = 0
    since: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def missing(self) -> list[int]:
        """The numbers of the parts that the server does not hold whole, in order."""
        upload, size = self.upload, int(self.upload["part_bytes"])
        told = self.server.ask("GET", f"/uploads/{upload['id']}/parts")["held"]
        held = {one["number"] for one in told if one["length"] == self._length(one["number"])
                and one["start"] == (one["number"] - 1) * size}  # fmt: skip
        return [number for number in range(1, int(upload["parts"]) + 1) if number not in held]

    def send(self, parallel: int, told: Callable[[int], None]) -> None:
        """Send what is missing, several parts at once; raises the first refusal that waiting does not cure."""
        with ThreadPoolExecutor(parallel, thread_name_prefix="part") as pool:
            running = [pool.submit(self._part, number) for number in self.missing()]
            try:
                for one in as_completed(running):
                    told(one.result())
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def rate(self) -> float:
        """Bytes in a second since the beginning of this run, pauses included."""
        return self.sent / max(0.001, time.monotonic() - self.since)

    def _length(self, number: int) -> int:
        size = int(self.upload["part_bytes"])
        return min(size, int(self.upload["size"]) - (number - 1) * size)

    def _part(self, number: int) -> int:
        """Send one part; bytes that were spoilt on the way are sent again, bytes that changed at home are not."""
        path = f"/uploads/{self.upload['id']}/parts/{number}"
        for _again in range(_RESENT):
            try:
                return self._once(path, number)
            except NotAsSent:
                with self.lock:
                    self.resent += 1
        return self._once(path, number)

    def _once(self, path: str, number: int) -> int:
        data = self._bytes(number)
        digest = hashlib.sha256(data).hexdigest()
        if self.hashes and digest != self.hashes[number - 1]:
            raise SourceChanged(
                f"part {number} of {self.path} has SHA-256 {digest} now, and its sheet says "
                f"{self.hashes[number - 1]}; nothing of it was sent: look at the source before you go on"
            )
        head = {"Content-Type": "application/octet-stream", "X-Content-SHA256": digest}
        self.server.ask("PUT", path, data, **head)
        with self.lock:
            self.sent += len(data)
        return len(data)

    def _bytes(self, number: int) -> bytes:
        start, length = (number - 1) * int(self.upload["part_bytes"]), self._length(number)
        with self.path.open("rb") as file:
            data = os.pread(file.fileno(), length, start)
            while len(data) < length and (more := os.pread(file.fileno(), length - len(data), start + len(data))):
                data += more
        if len(data) < length:
            raise SourceChanged(f"{self.path} ends within part {number}; it is shorter than it was")
        return data


def begun(server: Server, exhibit: str, told: dict[str, Any], name: str, size: int) -> dict[str, Any]:
    """The upload to go on with: one of this file that is open already, or a new one.

    When the answer to a beginning is lost, it is looked for before it is asked for again: it may have begun.
    """
    path, sent = f"/exhibits/{exhibit}/uploads", json.dumps(told).encode()

    def look() -> dict[str, Any]:
        for one in server.once("GET", path)["uploads"]:
            same = (one["name"], one["size"], one["state"]) == (name, size, "open")
            if same and (not told.get("sheet") or one["part_hashes"]):
                return dict(one)
        return server.once("POST", path, sent, **{"Content-Type": "application/json"})

    return server.until_answered(look)


def whole(path: Path) -> str:
    """The SHA-256 of a file, read once from end to end."""
    own = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(MIB):
            own.update(piece)
    return own.hexdigest()


def _read(data: bytes) -> dict[str, Any]:
    try:
        told = json.loads(data) if data else {}
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _words(status: int, told: dict[str, Any]) -> str:
    error = told.get("error")
    return str(error.get("message")) if isinstance(error, dict) else f"status {status}"


def _refusal(status: int, told: dict[str, Any]) -> Refusal:
    return _KINDS.get(status, NotAsSent)(f"the server says: {_words(status, told)}")
