"""One call over HTTP to somebody outside: short, bounded, without detours."""

import http.client
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from typing import IO, Any, Final

from core.errors import Unavailable

TIMEOUT: Final = 10.0
LONGEST: Final = 20.0
MOST_BYTES: Final = 1 << 20
_FRAME: Final = 1 << 14


class Unreachable(Unavailable):
    """Somebody outside does not answer now; nothing waits for it, and it is asked again."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back: status, type and bytes."""

    status: int
    kind: str
    body: bytes

    @property
    def text(self) -> str:
        """The bytes as a short text for people, whatever they are."""
        shown = self.body[:200].decode("utf-8", "replace")
        return "".join(one if one.isprintable() else " " for one in shown).strip()


class _NoDetour(urllib.request.HTTPRedirectHandler):
    # What is asked is asked of the address that the settings name, and of nobody whom that one names.
    def redirect_request(self, req: Any, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str) -> None:
        """Follow nothing."""


_OPENER: Final = urllib.request.build_opener(_NoDetour)


def call(url: str, data: bytes | None = None, kind: str = "", *, most: int = MOST_BYTES) -> Answered:
    """Send bytes (or ask, without any) and give the answer, whatever its status; raises `Unreachable` if none comes."""
    heads = {"Content-Type": kind, "User-Agent": "probanda"} if data is not None else {"User-Agent": "probanda"}
    asked = urllib.request.Request(url, data=data, headers=heads)  # noqa: S310 # settings take http and https only
    try:
        try:
            answer = _OPENER.open(asked, timeout=TIMEOUT)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            body = _read(answer, most)
            return Answered(int(answer.status or 0), answer.headers.get("Content-Type", ""), body)
    except (OSError, http.client.HTTPException, ValueError) as fault:
        why = getattr(fault, "reason", None) or fault
        raise Unreachable(f"{url} does not answer: {why}") from fault


def _read(answer: Any, most: int) -> bytes:
    """Read a body of at most *most* bytes, for a limited time however slowly it comes."""
    end = threading.Timer(LONGEST, _cut, (answer,))
    end.daemon = True
    end.start()
    began, body = time.monotonic(), b""
    try:
        while piece := answer.read1(_FRAME):
            body += piece
            if len(body) > most:
                raise OSError(f"the answer is longer than {most} bytes")
            if time.monotonic() - began > LONGEST:
                raise OSError("the answer comes too slowly")
    finally:
        end.cancel()
    return body


def _cut(answer: Any) -> None:
    with suppress(OSError, ValueError):
        answer.close()
