"""Reads chat exports: WhatsApp and Signal text in many locales, Telegram JSON and HTML; one passage a message."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import html

from evidence.extraction.findings import Findings
from evidence.pinpoints import Pinpoint

_MARKS = "\u200e\u200f\u202a\u202b\u202c\ufeff"
_SPACE = "[ \u00a0\u202f]"
_HALF = rf"(?:{_SPACE}?(?:[aApP]{_SPACE}?\.?{_SPACE}?[mM]\.?|ص|م|ق\.ظ|ب\.ظ|上午|下午|午前|午後|오전|오후|পূর্বাহ্ণ|অপরাহ্ণ))?"
_MOMENT = (
    r"(?P<date>\d{1,4}\.? ?[./-] ?\d{1,2}\.? ?[./-] ?\d{1,4}\.?)"
    rf"(?:,|،|、)?{_SPACE}+(?P<before>(?:上午|下午|午前|午後|오전|오후){_SPACE}?)?(?P<time>\d{{1,2}}[:.]\d{{2}}(?:[:.]\d{{2}})?)(?P<half>{_HALF})"
)
_LINE = re.compile(rf"^(?:\[{_MOMENT}\]{_SPACE}*(?P<rest>.*)|)$".replace("|)$", ")$"))
_DASHED = re.compile(rf"^{_MOMENT}{_SPACE}*[-–]{_SPACE}*(?P<rest>.*)$")
_SENDER = re.compile(r"^(?P<sender>[^:\n]{1,80}?): ?(?P<text>.*)$", re.DOTALL)
_LATE = re.compile(r"[pP]|م|ب\.ظ|下午|午後|오후|অপরাহ্ণ")
_EARLY = re.compile(r"[aA]|ص|ق\.ظ|上午|午前|오전|পূর্বাহ্ণ")


@dataclass(slots=True)
class _Message:
    """One message as the export writes it."""

    date: str
    time: str
    half: str
    rest: str
    bracketed: bool


def lines(text: str, found: Findings) -> bool:
    """Read a text in which each message begins with its time; gives False, and sends nothing, if it is no chat."""
    messages = list(_messages(text.replace("\r\n", "\n")))
    if not messages or not _begins(text) or len(messages) * 30 < text.count("\n"):
        return False
    order = _order(messages)
    app = "Signal" if messages[0].bracketed and re.match(r"\d{4}-", messages[0].date) else "WhatsApp"
    found.fact("chat export", f"in the form that {app} writes")
    found.fact("messages", len(messages))
    found.fact("order of dates", {"": "cannot be told: times are given as written"}.get(order, order))
    people: dict[str, None] = {}
    for number, message in enumerate(messages, 1):
        said = _SENDER.match(message.rest)
        if said and len(people) < 50:
            people.setdefault(said["sender"].strip(_MARKS + " "))
        shown = message.rest.strip(_MARKS + " \n")
        if shown:
            found.text(shown, Pinpoint(message=str(number), at=_at(message, order)))
    found.fact("people who wrote", ", ".join(people))
    return True


def _begins(text: str) -> bool:
    first = next((line for line in text.splitlines() if line.strip(_MARKS + " ")), "")
    return _start(first) is not None


def _start(line: str) -> _Message | None:
    line = line.lstrip(_MARKS)
    ascii_line = "".join(_digit(letter) for letter in line[:60].translate(_DROP))
    rest_at = line[:60].translate(_DROP) + line[60:]
    found = _LINE.match(ascii_line + line[60:]) or _DASHED.match(ascii_line + line[60:])
    if not found:
        return None
    half = (found["before"] or "") + (found["half"] or "")
    start = found.start("rest")
    return _Message(found["date"], found["time"], half.strip(), rest_at[start:], ascii_line.startswith("["))


_DROP = dict.fromkeys(map(ord, _MARKS))


def _digit(letter: str) -> str:
    value = unicodedata.digit(letter, None) if not letter.isascii() else None
    return letter if value is None else str(value)


def _messages(text: str) -> Iterator[_Message]:
    current: _Message | None = None
    for line in text.split("\n"):
        begun = _start(line)
        if begun:
            if current:
                yield current
            current = begun
        elif current:
            current.rest += "\n" + line
    if current:
        yield current


def _numbers(message: _Message) -> tuple[int, int, int]:
    first, second, third = (int(part) for part in re.findall(r"\d+", message.date)[:3])
    return first, second, third


def _order(messages: list[_Message]) -> str:
    """Whether day or month comes first; only a number above 12 or the usual falling order of a year first can tell."""
    numbers = [_numbers(message) for message in messages]
    if all(first > 31 for first, _, _ in numbers):
        return "year, month, day"
    firsts, seconds = max(one[0] for one in numbers), max(one[1] for one in numbers)
    if firsts > 12 and seconds <= 12:
        return "day, month, year"
    if seconds > 12 and firsts <= 12:
        return "month, day, year"
    return ""


def _at(message: _Message, order: str) -> str:
    written = " ".join(filter(None, (message.date, message.time, message.half)))
    places = {"year, month, day": (0, 1, 2), "day, month, year": (2, 1, 0), "month, day, year": (2, 0, 1)}
    if order not in places:
        return written
    numbers = _numbers(message)
    year, month, day = (numbers[place] for place in places[order])
    hour, *rest = (int(part) for part in re.split(r"[:.]", message.time))
    if _LATE.search(message.half) and hour < 12:
        hour += 12
    elif _EARLY.search(message.half) and hour == 12:
        hour = 0
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour < 24):
        return written
    minutes = "".join(f":{part:02}" for part in rest)
    return f"{year + 2000 if year < 100 else year:04}-{month:02}-{day:02} {hour:02}{minutes}"


def telegram(value: object, found: Findings) -> bool:
    """Read Telegram's JSON export, one chat or all of them; gives False, and sends nothing, if it is something else."""
    chats = [chat for chat in _chats(value) if isinstance(chat.get("messages"), list)]
    if not chats or not any(_is_message(one) for chat in chats for one in chat["messages"][:5]):
        return False
    found.fact("chat export", "in the form that Telegram writes (JSON)")
    total = 0
    for chat in chats:
        name = str(chat.get("name") or chat.get("id") or "")
        for number, message in enumerate(chat["messages"], 1):
            if not isinstance(message, dict):
                continue
            total += 1
            said = _said(message)
            if said:
                where = str(message.get("id") or number)
                found.text(said, Pinpoint(message=where, at=_telegram_time(message), path=name or None))
    found.fact("chats", len(chats))
    found.fact("messages", total)
    return True


def _chats(value: object) -> Iterator[dict[str, list[object]]]:
    if not isinstance(value, dict):
        return
    if "messages" in value:
        yield value
    for outer in ("chats", "left_chats"):
        held = value.get(outer)
        if isinstance(held, dict) and isinstance(held.get("list"), list):
            yield from (chat for chat in held["list"] if isinstance(chat, dict) and "messages" in chat)


def _is_message(one: object) -> bool:
    return isinstance(one, dict) and "type" in one and ("date" in one or "date_unixtime" in one)


def _said(message: dict[str, object]) -> str:
    sender = str(message.get("from") or message.get("actor") or message.get("from_id") or "")
    parts = message.get("text") or ""
    pieces: Iterable[object] = parts if isinstance(parts, list) else [parts]
    text = "".join(str(piece.get("text", "")) if isinstance(piece, dict) else str(piece) for piece in pieces)
    extras = [
        f"[{name}: {message[name]}]"
        for name in (
            "action",
            "file",
            "photo",
            "media_type",
            "forwarded_from",
            "contact_information",
            "location_information",
        )
        if message.get(name)
    ]
    said = " ".join(filter(None, (text, *extras)))
    return f"{sender}: {said}" if sender and said else said


def _telegram_time(message: dict[str, object]) -> str:
    stamp = str(message.get("date_unixtime", ""))
    if re.fullmatch(r"\d{1,12}", stamp):
        return datetime.fromtimestamp(int(stamp), UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return str(message.get("date") or "")


def telegram_page(tree: html.HtmlElement, found: Findings) -> bool:
    """Read a page of Telegram's HTML export; gives False, and sends nothing, if it is something else."""
    messages = tree.xpath("//div[contains(concat(' ', @class, ' '), ' message ') and starts-with(@id, 'message')]")
    if not isinstance(messages, list) or not messages or not tree.xpath("//div[contains(@class, 'pull_right date')]"):
        return False
    found.fact("chat export", "in the form that Telegram writes (HTML)")
    found.fact("messages", len(messages))
    sender = ""
    for one in messages:
        named = _inner(one, "from_name")
        sender = named or sender
        at = next(
            (str(date.get("title")) for date in one.xpath(".//div[@title]") if "date" in str(date.get("class"))), None
        )
        text = _inner(one, "text") or _inner(one, "body details") or _inner(one, "media_wrap")
        if text:
            number = str(one.get("id", "")).removeprefix("message")
            found.text(f"{sender}: {text}" if sender else text, Pinpoint(message=number, at=at))
    return True


def _inner(one: html.HtmlElement, name: str) -> str:
    inner = one.xpath(f".//div[contains(concat(' ', @class, ' '), ' {name} ')]")
    return " ".join(inner[0].text_content().split()) if isinstance(inner, list) and inner else ""
