"""Addresses of things online: looked at, written out as text, and never followed or fetched by this house."""

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from evidence.names import shown

LONGEST: Final = 4_000
_SCHEMES: Final = frozenset({"http", "https"})
_ONION: Final = re.compile(r"(?:[a-z2-7]{16}|[a-z2-7]{56})\Z", re.IGNORECASE)
_BLANK: Final = re.compile(r"[\s\\<>\"`]")
_LONGEST_HOST: Final = 253


def fault(text: str) -> str:
    """What is wrong with an address, or nothing; it is kept as it was typed, so that it is refused and never mended."""
    if len(text) > LONGEST:
        return f"use at most {LONGEST} characters; this has {len(text)}"
    if shown(text) != text:
        return "it holds a character that is not seen or that turns the text; copy it anew from the address line"
    if _BLANK.search(text):
        return "an address holds no blank, backslash, quote or pointed bracket"
    try:
        parts = urlsplit(text)
        return _of_parts(parts)
    except ValueError:
        return "this is no address: its host or port cannot be read"


def host_in_ascii(text: str) -> str:
    """The host in ASCII letters where it is written in others, which can look like another one; else nothing."""
    try:
        host = urlsplit(text).hostname or ""
        written = host if host.isascii() else host.encode("idna").decode()
    except (ValueError, UnicodeError):
        return ""
    return "" if written == host else written


def _of_parts(parts: SplitResult) -> str:
    if parts.scheme.lower() not in _SCHEMES:
        return "write it with http:// or https://, as the address line had it; an onion service too"
    if parts.username is not None or parts.password is not None:
        return "leave out the name and password before the host; they would stand here for everybody"
    if parts.port == 0:
        return "its port cannot be 0"
    return _of_host(parts.hostname or "")


def _of_host(host: str) -> str:
    if not host or len(host) > _LONGEST_HOST:
        return "it names no host"
    if host.endswith(".onion") and not _ONION.match(host.removesuffix(".onion").rpartition(".")[2]):
        return "an onion address has 56 letters and digits (older ones 16) before .onion"
    if not host.isascii():
        try:
            host.encode("idna")
        except UnicodeError:
            return "its host cannot be written in ASCII letters, so that no browser has opened it"
    return ""
