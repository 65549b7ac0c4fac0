"""Reads Outlook's own files: single messages (MSG) and whole stores (PST and OST)."""

import codecs
import datetime as dt
import importlib.metadata
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

import oxmsg
import pypff
from oxmsg.attachment import Attachment

from evidence.extraction.families import rtf
from evidence.extraction.families.encodings import decode
from evidence.extraction.families.mail import readable
from evidence.extraction.families.plain import html_text
from evidence.extraction.findings import CannotRead, Enough, Findings, Source, plain
from evidence.pinpoints import Pinpoint

_Value = TypeVar("_Value")
_CHUNK = 1 << 18
_WINDOWS = re.compile(r"windows[-_](9\d\d|1361)")
_FOLDERS = 20_000


def _east_asian(name: str) -> codecs.CodecInfo | None:
    """Python knows code pages 932 to 950 as cp932 and so on; Outlook writes windows-932."""
    found = _WINDOWS.fullmatch(name)
    return codecs.lookup(f"cp{found.group(1)}".replace("cp1361", "johab")) if found else None


codecs.register(_east_asian)


def read(source: Source, found: Findings) -> None:
    """Read a message or a store; each attachment becomes a member."""
    if source.kind.media_type == "application/vnd.ms-outlook":
        _single(source, found)
    else:
        _store(source, found)


def _or_nothing(ask: Callable[[], _Value], what: str, found: Findings) -> _Value | None:
    """One property of a message; a damaged one costs itself alone and is named."""
    try:
        return ask()
    except Exception as fault:  # noqa: BLE001  # both libraries raise of many kinds, down to plain assertions
        found.weak(f"{what} cannot be read ({plain(fault)})")
        return None


def _single(source: Source, found: Findings) -> None:
    found.kind(source.kind.media_type, "python-oxmsg", importlib.metadata.version("python-oxmsg"))
    try:
        message = oxmsg.Message.load(source.bytes())
    except Exception as fault:  # as above: on damaged files it raises of many kinds
        raise CannotRead(f"the message is damaged ({plain(fault)})") from fault
    sent = _or_nothing(lambda: message.sent_date, "its date", found)
    sender = _or_nothing(lambda: message.sender, "its sender", found)
    page = _or_nothing(lambda: message.properties.body_encoding, "its code page", found) or ""
    head = {
        "From": _in_page(readable(sender or ""), page),
        "To": _in_page("; ".join(_recipients(message, found)), page),
        "Date": sent.isoformat(sep=" ") if sent else None,
        "Subject": _or_nothing(lambda: message.subject, "its subject", found),
    }
    for name, value in {**(_or_nothing(lambda: message.message_headers, "its headers", found) or {}), **head}.items():
        found.fact(name, readable(str(value or "")))
    body = _or_nothing(lambda: message.body, "its plain text", found)
    if not body:
        written = _or_nothing(lambda: message.html_body, "its HTML", found)
        body = html_text(written) if written else ""
    lines = [f"{name}: {value}" for name, value in head.items() if value]
    found.text("\n".join(lines) + f"\n\n{body or ''}", Pinpoint(message="1", at=head["Date"]))
    for number, one in enumerate(_or_nothing(lambda: message.attachments, "its attachments", found) or (), 1):
        _attached(one, number, found)


def _in_page(text: str, page: str) -> str:
    """Names that were read as Western but stand in the code page of the message's body, read again in that."""
    try:
        return text.encode("latin-1").decode(page) if page.startswith("windows") else text
    except (UnicodeError, LookupError):
        return text


def _recipients(message: oxmsg.Message, found: Findings) -> Iterator[str]:
    for one in _or_nothing(lambda: message.recipients, "its recipients", found) or ():
        name = _or_nothing(partial(getattr, one, "name"), "a recipient's name", found)
        address = _or_nothing(partial(getattr, one, "email_address"), "a recipient's address", found)
        yield f"{name} <{address}>" if address and address != name else str(name)


def _attached(one: Attachment, number: int, found: Findings) -> None:
    name = _or_nothing(lambda: one.file_name, f"the name of attachment {number}", found) or f"attachment {number}"
    content = _or_nothing(lambda: one.file_bytes, f"attachment {number}", found)
    if content is None:
        because = "it is a link, or a message of Outlook's own kind, whose bytes cannot be taken out"
        found.left(name, "attachment", because, parameters={"message": "1"})
        return
    found.member(name, "attachment", [content], size=len(content), parameters={"message": "1"})


def _store(source: Source, found: Findings) -> None:
    found.kind(source.kind.media_type, "libpff", pypff.get_version())
    store = pypff.file()
    with source.open() as handle:
        try:
            store.open_file_object(handle)
        except OSError as fault:
            raise CannotRead(f"the store is damaged or encrypted ({plain(fault)})") from fault
        count = 0
        for path, folder in _folders(store.get_root_folder(), "", [_FOLDERS]):
            for place in range(folder.number_of_sub_messages):
                count += 1
                try:
                    _stored(folder.get_sub_message(place), str(count), path, found)
                except Enough:
                    raise
                except (OSError, ValueError, UnicodeError) as fault:
                    found.weak(f"message {count} in {path} cannot be read ({plain(fault)})")
        found.fact("messages", count)
        lost = store.number_of_orphan_items
        if lost:
            found.weak(f"{lost} items that belong to no folder any more are not read")
        store.close()


def _folders(folder: Any, path: str, left: list[int]) -> Iterator[tuple[str, Any]]:
    left[0] -= 1
    if left[0] < 0:
        raise Enough(f"only the first {_FOLDERS:,} folders are read")
    here = f"{path}/{folder.name or ''}".strip("/")
    yield here, folder
    for place in range(folder.number_of_sub_folders):
        yield from _folders(folder.get_sub_folder(place), here, left)


def _stored(message: Any, number: str, path: str, found: Findings) -> None:
    headers = _or_nothing(lambda: message.transport_headers, f"the headers of message {number}", found) or ""
    sent: dt.datetime | None = message.client_submit_time or message.delivery_time
    at = f"{sent:%Y-%m-%d %H:%M:%S} UTC" if sent else None
    kept = [line for line in headers.splitlines() if line.lower().startswith(("to:", "cc:", "from:", "reply-to:"))]
    lines = [f"From: {message.sender_name or ''}", *kept, f"Date: {at or ''}", f"Subject: {message.subject or ''}"]
    place = Pinpoint(message=number, at=at, path=path or None)
    found.text("\n".join(lines) + "\n\n" + _body(message, number, found), place)
    for count in range(message.number_of_attachments):
        about = {"message": number, "folder": path}
        attachment = message.get_attachment(count)
        name = _or_nothing(partial(getattr, attachment, "long_filename"), "a name", found)
        name = name or f"attachment {count + 1} of message {number}"
        found.member(name, "attachment", _blocks(attachment), size=attachment.size, parameters=about)


def _body(message: Any, number: str, found: Findings) -> str:
    what = f"the text of message {number}"
    plain_body = _or_nothing(lambda: message.plain_text_body, what, found)
    if plain_body:
        return decode(plain_body)[0]
    marked = _or_nothing(lambda: message.html_body, what, found)
    if marked:
        return html_text(decode(marked)[0])
    rich = _or_nothing(lambda: message.rtf_body, what, found)
    return rtf.text(rich) if rich else ""


def _blocks(attachment: Any) -> Iterator[bytes]:
    left = attachment.size
    while left > 0:
        block = attachment.read_buffer(min(left, _CHUNK))
        if not block:
            raise CannotRead("its bytes end before its declared size")
        left -= len(block)
        yield block
