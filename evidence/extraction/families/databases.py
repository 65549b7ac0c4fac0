"""Reads SQLite databases in memory: chats of known apps as messages, every table row by row."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from evidence.extraction.findings import CannotRead, Findings, Source, plain
from evidence.pinpoints import Pinpoint

_LARGEST = 400 * 1024 * 1024
_CELL = 4_000
_TABLES = 500


@dataclass(frozen=True, slots=True)
class _Chat:
    """How one app keeps its messages: which tables tell it, and the query that gives them in order."""

    app: str
    needs: tuple[tuple[str, tuple[str, ...]], ...]
    query: str
    epoch: int = 0
    per_second: int = 1_000


# Each query gives: number, time, who wrote, in which chat, and the text.
_CHATS = (
    _Chat(
        "WhatsApp (Android)",
        (
            ("message", ("chat_row_id", "from_me", "text_data", "timestamp")),
            ("chat", ("jid_row_id",)),
            ("jid", ("raw_string",)),
        ),
        "SELECT m._id, m.timestamp, CASE m.from_me WHEN 1 THEN 'owner' ELSE COALESCE(s.raw_string, j.raw_string) END,"
        " j.raw_string, m.text_data FROM message m LEFT JOIN chat c ON c._id = m.chat_row_id"
        " LEFT JOIN jid j ON j._id = c.jid_row_id LEFT JOIN jid s ON s._id = m.sender_jid_row_id"
        " WHERE m.text_data IS NOT NULL ORDER BY m._id",
    ),
    _Chat(
        "WhatsApp (Android, before 2021)",
        (("messages", ("key_remote_jid", "key_from_me", "data", "timestamp")),),
        "SELECT _id, timestamp, CASE key_from_me WHEN 1 THEN 'owner' ELSE COALESCE(remote_resource, key_remote_jid)"
        " END, key_remote_jid, data FROM messages WHERE data IS NOT NULL ORDER BY _id",
    ),
    _Chat(
        "WhatsApp (iPhone)",
        (("ZWAMESSAGE", ("ZTEXT", "ZMESSAGEDATE", "ZFROMJID", "ZISFROMME", "ZCHATSESSION")),),
        "SELECT Z_PK, ZMESSAGEDATE, CASE ZISFROMME WHEN 1 THEN 'owner' ELSE ZFROMJID END, COALESCE(ZFROMJID, ZTOJID),"
        " ZTEXT FROM ZWAMESSAGE WHERE ZTEXT IS NOT NULL ORDER BY Z_PK",
        epoch=978_307_200,
        per_second=1,
    ),
    _Chat(
        "Signal (Android, decrypted)",
        (("message", ("body", "date_sent", "from_recipient_id", "thread_id")),),
        "SELECT _id, date_sent, from_recipient_id, thread_id, body FROM message WHERE body IS NOT NULL ORDER BY _id",
    ),
    _Chat(
        "Signal (desktop, decrypted)",
        (("messages", ("conversationId", "sent_at", "body", "source")),),
        "SELECT rowid, sent_at, COALESCE(source, type), conversationId, body FROM messages"
        " WHERE body IS NOT NULL ORDER BY sent_at",
    ),
    _Chat(
        "Android text messages",
        (("sms", ("address", "date", "body", "type")),),
        "SELECT _id, date, CASE type WHEN 1 THEN address ELSE 'owner' END, address, body FROM sms"
        " WHERE body IS NOT NULL ORDER BY _id",
    ),
)


def read(source: Source, found: Findings) -> None:
    """Read a database: messages of a known app with sender and time, then the rows of every table."""
    found.kind(source.kind.media_type, "sqlite3", sqlite3.sqlite_version)
    if source.size > _LARGEST:
        raise CannotRead(f"databases over {_LARGEST // 2**20} MiB are not opened, as they are read from memory")
    connection = _opened(source.bytes(), found)
    try:
        columns = {name: _columns(connection, name) for name in _tables(connection, found)}
        found.fact("tables", len(columns))
        done: set[str] = set()
        for chat in _CHATS:
            if all(set(needed) <= set(columns.get(table, ())) for table, needed in chat.needs):
                done |= _messages(connection, chat, found)
        for table, names in columns.items():
            if table not in done:
                _rows(connection, table, names, found)
        if "cache4" in source.name or {"messages_v2", "dialogs"} <= set(columns):
            found.weak("Telegram keeps its messages in a form of its own, which is shown only as sizes")
    except sqlite3.DatabaseError as fault:
        raise CannotRead(f"the database is damaged or encrypted ({plain(fault)})") from fault
    finally:
        connection.close()


def _opened(content: bytes, found: Findings) -> sqlite3.Connection:
    """The database in memory; one that kept a write-ahead log is opened without it, and that is told."""
    if content[18:20] == b"\2\2":
        content = content[:18] + b"\1\1" + content[20:]
        found.fact(
            "write-ahead log", "the database was written with one; rows that stand only in its -wal file are not seen"
        )
    connection = sqlite3.connect(":memory:")
    connection.text_factory = lambda written: written.decode("utf-8", "replace")
    try:
        connection.deserialize(content)
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA query_only = ON")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as fault:
        connection.close()
        raise CannotRead(f"the database is damaged or encrypted ({plain(fault)})") from fault
    return connection


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _tables(connection: sqlite3.Connection, found: Findings) -> list[str]:
    """Plain tables only: views and virtual tables would run what the file's maker wrote."""
    names = []
    for name, written in connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY rootpage"
    ):
        if str(written or "").upper().lstrip().startswith("CREATE VIRTUAL"):
            found.weak(f"the virtual table {name} is not read; the tables it is made of are")
        elif not str(name).startswith("sqlite_"):
            names.append(str(name))
    if len(names) > _TABLES:
        found.weak(f"only the first {_TABLES} of {len(names):,} tables are read")
    return names[:_TABLES]


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [str(row[1]) for row in connection.execute(f"PRAGMA table_info({_quoted(table)})")]


def _messages(connection: sqlite3.Connection, chat: _Chat, found: Findings) -> set[str]:
    """Send the messages of a known app; gives the tables whose text is thereby read."""
    count = 0
    try:
        for number, moment, sender, where, text in connection.execute(chat.query):
            count += 1
            said = f"{sender}: {text}" if sender else str(text)
            found.text(
                said, Pinpoint(message=str(number), at=_moment(moment, chat), path=str(where) if where else None)
            )
    except sqlite3.OperationalError as fault:
        found.weak(f"it looks like {chat.app} but its messages cannot be put together ({plain(fault)}); rows follow")
        return set()
    found.fact("chat database", f"{chat.app}, {count:,} messages with text")
    return {chat.needs[0][0]} if count else set()


def _moment(value: object, chat: _Chat) -> str | None:
    if not isinstance(value, int | float) or value <= 0:
        return None
    try:
        return datetime.fromtimestamp(value / chat.per_second + chat.epoch, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return str(value)


def _rows(connection: sqlite3.Connection, table: str, names: list[str], found: Findings) -> None:
    try:
        for number, row in enumerate(connection.execute(f"SELECT * FROM {_quoted(table)}"), 1):  # noqa: S608  # quoted name
            written = " | ".join(_cells(names, row))
            if written:
                found.text(written, Pinpoint(path=f"table {table}", row=number))
    except sqlite3.DatabaseError as fault:
        found.weak(f"table {table} breaks off ({plain(fault)})")


def _cells(names: list[str], row: tuple[object, ...]) -> Iterator[str]:
    for name, value in zip(names, row, strict=False):
        if isinstance(value, bytes):
            yield f"{name}: ({len(value):,} bytes)"
        elif value is not None and str(value).strip():
            yield f"{name}: {str(value)[:_CELL]}"
