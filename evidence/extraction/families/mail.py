"""Reads e-mail: single messages, Apple Mail's files, saved web pages (MHTML) and mailboxes."""

import email
import email.errors
import email.header
import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage, Message
from email.utils import parsedate_to_datetime
from typing import BinaryIO

from evidence.extraction.families.encodings import decode
from evidence.extraction.families.plain import html_text
from evidence.extraction.findings import CannotRead, Findings, Source, plain
from evidence.pinpoints import Pinpoint

_SHOWN = ("From", "To", "Cc", "Bcc", "Reply-To", "Sender", "Date", "Subject")
_PARTS = 2_000
_POLICY = email.policy.default.clone(raise_on_defect=False)


def read(source: Source, found: Findings) -> None:
    """Read one message or a mailbox; each attachment becomes a member."""
    found.kind(source.kind.media_type, "email", "")
    if source.kind.media_type == "application/mbox":
        _mailbox(source, found)
        return
    content = source.bytes()
    if source.kind.media_type == "message/x-emlx":
        content = _unwrapped(content)
    message = parse(content)
    for name, value in headers(message):
        found.fact(name, value)
    _message(message, "1", None, found)


def _unwrapped(content: bytes) -> bytes:
    """Apple Mail puts the message's length on a line before it, and a property list after it."""
    first, _, rest = content.partition(b"\n")
    length = int(first) if re.fullmatch(rb"\s*\d{1,9}\s*", first) else len(rest)
    return rest[:length]


def parse(content: bytes) -> Message:
    """Parse a message, with the old rules where the new ones choke on what was sent."""
    try:
        message: Message = email.message_from_bytes(content, policy=_POLICY)
        _ = [str(value) for _, value in message.items()]
    except Exception:  # noqa: BLE001  # the parser of headers raises of many kinds on what spammers write
        message = email.message_from_bytes(content, policy=email.policy.compat32)
    return message


def headers(message: Message) -> Iterator[tuple[str, str]]:
    """Every header with its value as readable text."""
    for name, value in message.items()[:150]:
        yield str(name), str(value)


def readable(value: str) -> str:
    """A header's value with its encoded words (=?utf-8?q?…?=) written out."""
    try:
        return str(email.header.make_header(email.header.decode_header(value)))
    except (LookupError, UnicodeError, ValueError, email.errors.HeaderParseError):
        return value


def when(message: Message) -> str | None:
    """The date that a message states, with its zone, or as written where it cannot be read."""
    stated = str(message.get("Date") or "").strip()
    try:
        return parsedate_to_datetime(stated).isoformat(sep=" ") if stated else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return stated[:100]


def _mailbox(source: Source, found: Findings) -> None:
    count = 0
    with source.open() as handle:
        for content in _split(handle):
            count += 1
            message = parse(content)
            _message(message, str(count), when(message), found)
    found.fact("messages", count)


def _split(handle: BinaryIO) -> Iterator[bytes]:
    """The messages of a mailbox: each begins with a line "From …" after an empty line or at the start."""
    kept: list[bytes] = []
    blank = True
    for line in handle:
        if blank and line.startswith(b"From "):
            if kept:
                yield b"".join(kept)
            kept = []
        else:
            kept.append(line[1:] if line.startswith(b">From ") else line)
        blank = not line.strip()
    if kept:
        yield b"".join(kept)


def _message(message: Message, number: str, at: str | None, found: Findings) -> None:
    """Send the head and body of one message as passages and its attachments as members."""
    place = Pinpoint(message=number, at=at or when(message))
    head = "\n".join(f"{name}: {message[name]}" for name in _SHOWN if message.get(name))
    bodies: list[str] = []
    for count, part in enumerate(_leaves(message)):
        if count >= _PARTS:
            found.weak(f"message {number} has more than {_PARTS:,} parts; the rest is not read")
            break
        try:
            text = _part(part, number, found)
        except (LookupError, ValueError, AttributeError, TypeError, KeyError) as fault:
            found.weak(f"a part of message {number} cannot be read ({plain(fault)})")
            continue
        if text:
            bodies.append(text)
    said = "\n\n".join([*([head] if head else []), *bodies])
    if said.strip():
        found.text(said, place)
    if message.get_content_maintype() == "multipart" and not bodies and not message.is_multipart():
        found.weak(f"message {number} says that it has parts and holds none")


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that hold something; of alternatives that say the same, the plain one, but never drop attachments."""
    if message.get_content_type() == "message/rfc822" or not message.is_multipart():
        yield message
        return
    parts = [part for part in message.get_payload() if isinstance(part, Message)]
    if message.get_content_type() == "multipart/alternative":
        plains = [one for one in parts if one.get_content_type() == "text/plain" and _decoded(one).strip()]
        parts = [one for one in parts if not plains or one in plains or one.get_content_type() != "text/html"]
    for part in parts:
        yield from _leaves(part)


def _decoded(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _part(part: Message, number: str, found: Findings) -> str:
    """The text of a body part; any other part is handed over as a member and gives no text."""
    kind = part.get_content_type()
    name = part.get_filename()
    attached = part.get_content_disposition() == "attachment" or bool(name)
    if kind.startswith("text/") and not attached:
        text = decode(_decoded(part), str(part.get_content_charset() or ""))[0]
        return html_text(text) if kind == "text/html" else text
    about = {"message": number, "content type": kind, "content id": str(part.get("Content-ID") or "")}
    about = {key: value for key, value in about.items() if value}
    if kind == "message/rfc822" and part.is_multipart():
        inner = part.get_payload(0)
        if isinstance(inner, Message):
            about["written"] = "put together again from its parsed parts"
            found.member(name or _subject(inner), "attached message", [inner.as_bytes()], parameters=about)
        return ""
    found.member(name or f"part of message {number} ({kind})", "attachment", [_whole(part)], parameters=about)
    return ""


def _whole(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        raise CannotRead("the part holds no bytes")
    return payload


def _subject(message: Message | EmailMessage) -> str:
    return f"{str(message.get('Subject') or 'message')[:150]}.eml"
