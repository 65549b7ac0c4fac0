#!/usr/bin/env python3
"""Check a Probanda bundle offline, with Python 3.9 or later and nothing else: `python3 -I verify.py [FOLDER]`.

It reads every byte of the bundle and says in plain words what it found: whether each file is the one that was listed
and signed, whether each custody record is unbroken, and whether the tables say what the record says.  It writes
nothing, asks no network and needs no trust in the system that made the bundle.

Where the bundle holds proofs from the office's log it checks them too: the signatures of the log and of its witnesses,
the place of each exhibit in the tree, where each record ends, and time stamps if there is an `openssl` to ask.

Exit code 0: everything holds.  1: something does not hold, and each place is named.  2: the bundle cannot be read.
"""

from __future__ import annotations

import argparse
import base64
import calendar
import csv
import datetime as dt
import hashlib
import io
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import textwrap
import time
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

FORMAT = "probanda-bundle/1"
ALGORITHMS = ("sha256", "sha512")
LISTS = tuple(f"manifest-{name}.txt" for name in ALGORITHMS)
TAG_LISTS = tuple("tag" + name for name in LISTS)
STATEMENT, SIGNATURE, KEY = "signature/statement.json", "signature/statement.sig", "signature/key.pub"
DOSSIER = "data/records/dossier.json"
PROOFS = "data/proofs/"
LOG_KEYS, CHECKPOINT, NO_PROOF = PROOFS + "keys.txt", PROOFS + "checkpoint.txt", PROOFS + "why-not.txt"
ENDS, ENDS_PROOF = PROOFS + "ends.json", PROOFS + "ends.tlog-proof"
TAGS = ("README.txt", "bag-info.txt", "bagit.txt", *LISTS, KEY, "verify.py")
BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MOST_FILES, MOST_DEPTH, MOST_KEPT, FRAME = 1_000_000, 12, 1 << 28, 1 << 20
NOTHING_BEFORE = "0" * 64
KEY_HEAD = bytes.fromhex("302a300506032b6570032100")
PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?\Z")
STAMP = re.compile(r"(data/proofs/checkpoint|signature/statement)\.([0-9]+)\.tsr\Z")
STAMP_PART = re.compile(r"signature/statement\.[0-9]+\.(tsr|pem)\Z")
REVOKED = re.compile(r"(data/proofs/checkpoint\.[0-9]+)\.[0-9]+\.(crl|ocsp)\Z")
SAFE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*\Z")
CSV_HEADS: dict[str, tuple[str, ...]] = {
    "exhibits": ("number", "references", "description", "origin", "authority", "sensitivity", "state", "files",
                     "originals given", "withheld because"),
    "hashes": ("file", "name", "original", "media type", "bytes", "algorithm", "value", "target", "stated by",
                   "at", "agrees"),
    "custody": ("exhibit", "kind", "position", "at", "recorded at", "act", "by", "from", "to", "place", "seal in",
                    "seal out", "note", "digest"),
    "money": ("kind", "account", "holder", "file", "number", "booked", "value date", "amount", "currency",
                  "direction", "counterparty", "purpose", "as written", "pinpoint", "status"),
}  # fmt: skip


class Wrong(ValueError):
    """What is said does not hold; the message is for a person."""


class Finding(NamedTuple):
    """One thing that does not hold: in which file, and what."""

    file: str
    says: str
    unreadable: bool = False


class Lying(NamedTuple):
    """A file as it lies in the folder; `data` is kept only for what must be read as text."""

    size: int
    sha256: str
    sha512: str
    data: bytes | None


class Asked(NamedTuple):
    """What the reader trusts and gives: the office's key, keys of its log and of witnesses, a root of time stamps."""

    key: str = ""
    logs: Sequence[str] = ()
    witnesses: Sequence[str] = ()
    root: str = ""


class Report:
    """What a check found: findings, one paragraph for each exhibit, and the fingerprint of the key."""

    def __init__(self) -> None:
        """Begin with nothing found."""
        self.findings: list[Finding] = []
        self.exhibits: list[str] = []
        self.explained: dict[str, str] = {}
        self.log: list[str] = []
        self.about: dict[str, Any] = {}
        self.fingerprint = ""
        self.pinned = False
        self.files = 0
        self.bytes = 0

    def wrong(self, file: str, says: str, *, unreadable: bool = False) -> None:
        """Write down that something does not hold."""
        self.findings.append(Finding(file, says, unreadable))

    @property
    def code(self) -> int:
        """Give the exit code: 0 all holds, 1 something does not, 2 something could not be read."""
        return 2 if any(one.unreadable for one in self.findings) else int(bool(self.findings))


# --- Ed25519 (RFC 8032), strict -------------------------------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int, int, int]
ZERO: Point = (0, 1, 1, 0)


def _add(a: Point, b: Point) -> Point:
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = f - e, h - g, h + g, f + e
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _times(n: int, point: Point) -> Point:
    made = ZERO
    while n:
        made, point, n = (_add(made, point) if n & 1 else made), _add(point, point), n >> 1
    return made


def _point(text: bytes) -> Point:
    y, sign = int.from_bytes(text, "little") & ((1 << 255) - 1), text[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise Wrong("the key is not a point of Ed25519")
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


def _text(point: Point) -> bytes:
    scale = pow(point[2], -1, P)
    return (point[1] * scale % P | (point[0] * scale % P & 1) << 255).to_bytes(32, "little")


BASE = _point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def check_signature(key: bytes, message: bytes, signature: bytes) -> None:
    """Check an Ed25519 signature (64 bytes) of *message* by *key* (32 bytes); raises Wrong unless it is exact."""
    if len(key) != 32 or len(signature) != 64:
        raise Wrong("the key or the signature has the wrong length")
    holder, scalar = _point(key), int.from_bytes(signature[32:], "little")
    if scalar >= L or _text(_times(8, holder)) == _text(ZERO):
        raise Wrong("the signature or the key is not in its one right form")
    asked = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    # Eight times the order is nothing to every point, also to one with a small part.
    if _text(_add(_times(scalar, BASE), _times(8 * L - asked, holder))) != signature[:32]:
        raise Wrong("the signature does not belong to this statement and this key")


# --- Texts ----------------------------------------------------------------------------------------------------------


def canonical(value: object) -> bytes:
    """Give the one JSON text of *value* (RFC 8785): texts, whole numbers, yes, no, nothing, lists and tables."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return b"{" + b",".join(canonical(name) + b":" + canonical(value[name]) for name in names) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(canonical, value)) + b"]"
    return json.dumps(value, ensure_ascii=False).encode()


def parse(data: bytes, file: str) -> Any:
    """Read canonical JSON; raises Wrong for anything that is not in the one right form."""
    try:
        value = json.loads(data.decode(), parse_int=_whole, parse_float=_no_number, parse_constant=_no_number)
        if canonical(value) == data:
            return value
    except (ValueError, RecursionError) as fault:
        raise Wrong(f"{file} is not JSON that can be read: {fault}") from fault
    raise Wrong(f"{file} is not in the one right form of JSON (RFC 8785)")


def _whole(text: str) -> int:
    if len(text) > 17:
        raise Wrong("a number is too long")
    return int(text)


def _no_number(text: str) -> None:
    raise Wrong(f"{text[:20]} is not a whole number")


def shown(text: object) -> str:
    """Give *text* for a terminal: nothing in it can move the cursor, turn the line round or run on for ever."""
    held = "".join(c if c.isprintable() else f"\\u{{{ord(c):X}}}" for c in str(text)[:300])
    return held + ("…" if len(str(text)) > 300 else "")


def _when(text: str) -> str:
    return re.sub(r"\A(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d\.\d{6}Z\Z", r"\1 \2 UTC", shown(text))


def public_key(raw: bytes) -> bytes:
    """Give a public key of 32 bytes as the PEM text that openssl reads."""
    return b"-----BEGIN PUBLIC KEY-----\n" + base64.b64encode(KEY_HEAD + raw) + b"\n-----END PUBLIC KEY-----\n"


# --- The folder -----------------------------------------------------------------------------------------------------


def name_fault(name: str) -> str:
    """Say what is wrong with a name in a list, or nothing."""
    if SAFE_NAME.match(name) and not re.search(r"(^|/)\.\.?(/|$)", name) and name.count("/") < MOST_DEPTH:
        return ""
    return "is not a name that a bundle may hold (letters, digits, . _ - and / only, never upwards or absolute)"


def walk(root: Path, report: Report) -> dict[str, Lying]:
    """Read every file below *root* once; links, devices and empty folders are findings and are never followed."""
    found: dict[str, Lying] = {}
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        entries = sorted(os.scandir(root / folder), key=lambda entry: entry.name)
        if folder and not entries:
            report.wrong(folder, "is a folder that holds nothing; a bundle has none")
        for entry in entries:
            name = f"{folder}/{entry.name}" if folder else entry.name
            if fault := name_fault(name):
                report.wrong(name, fault)
            elif entry.is_dir(follow_symlinks=False):
                waiting.append(name)
            elif entry.is_symlink() or not entry.is_file(follow_symlinks=False):
                report.wrong(name, "is not a plain file but a link or a device; it was not opened")
            elif len(found) < MOST_FILES:
                _take(root, name, found, report)
            else:
                report.wrong(name, f"is more than the {MOST_FILES} files that a bundle may hold")
                return found
    return found


def _take(root: Path, name: str, found: dict[str, Lying], report: Report) -> None:
    try:
        found[name] = lying = _read(root / name, keep=not name.startswith("data/originals/"))
        report.files, report.bytes = report.files + 1, report.bytes + lying.size
    except OSError as fault:
        report.wrong(name, f"cannot be read: {fault.strerror}", unreadable=True)
    except Wrong as fault:
        report.wrong(name, str(fault))


def _read(path: Path, *, keep: bool) -> Lying:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        keep = keep and path.suffix != ".pdf" and os.fstat(file.fileno()).st_size <= MOST_KEPT
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise Wrong("is not a plain file")
        short, long, size, kept = hashlib.sha256(), hashlib.sha512(), 0, bytearray()
        while frame := file.read(FRAME):
            short.update(frame)
            long.update(frame)
            size += len(frame)
            if keep:
                kept += frame
    return Lying(size, short.hexdigest(), long.hexdigest(), bytes(kept) if keep else None)


def _data(found: dict[str, Lying], name: str) -> bytes:
    if name not in found:
        raise Wrong("is missing")
    data = found[name].data
    if data is None:
        raise Wrong("is larger than a bundle's own texts may be")
    return data


# --- The lists (BagIt, RFC 8493) ------------------------------------------------------------------------------------


def listed(data: bytes, digits: int) -> dict[str, str]:
    """Read a list of digests and names; raises Wrong for a line that is not in the one right form."""
    lines = re.compile(rf"([0-9a-f]{{{digits}}})  ([^\r\n]+)\Z")
    names: dict[str, str] = {}
    folded: dict[str, str] = {}
    text = data.decode("utf-8", "backslashreplace")
    for number, line in enumerate(text.split("\n")[:-1] if text.endswith("\n") else [""], 1):
        match = lines.match(line)
        if match is None:
            raise Wrong(f"line {number} is not a digest, two spaces and a name, or the last line has no end")
        if fault := name_fault(match[2]):
            raise Wrong(f"line {number}: {shown(match[2])} {fault}")
        other = folded.setdefault(unicodedata.normalize("NFC", match[2]).casefold(), match[2])
        if match[2] in names or other != match[2]:
            raise Wrong(f"line {number}: {match[2]} is listed twice, or differs from {other} only in its spelling")
        names[match[2]] = match[1]
    return names


def check_lists(found: dict[str, Lying], report: Report) -> None:
    """Check that each file is listed by both digests and is what was listed, and that nothing is missing or extra."""
    payload = {name for name in found if name.startswith("data/")}
    _check_pair(found, report, TAG_LISTS, set(TAGS))
    _check_pair(found, report, LISTS, payload)
    known = {*TAGS, *TAG_LISTS, STATEMENT, SIGNATURE, *filter(STAMP_PART.match, found)}
    for name in sorted(set(found) - payload - known):
        report.wrong(name, "does not belong to the bundle: no list names it")
    if found.get("bagit.txt", Lying(0, "", "", BAGIT)).data != BAGIT:
        report.wrong("bagit.txt", "does not say exactly that this is BagIt 1.0 in UTF-8")
    oxum = f"Payload-Oxum: {sum(found[name].size for name in payload)}.{len(payload)}"
    if oxum.encode() not in (found["bag-info.txt"].data or b"").split(b"\n") if "bag-info.txt" in found else False:
        report.wrong("bag-info.txt", f"does not state the amount that lies there ({oxum})")


def _check_pair(found: dict[str, Lying], report: Report, names: tuple[str, ...], wanted: set[str]) -> None:
    for algorithm, name in zip(ALGORITHMS, names):  # noqa: B905 - Python 3.9 has no strict
        try:
            lines = listed(_data(found, name), 64 if algorithm == "sha256" else 128)
        except Wrong as fault:
            report.wrong(name, str(fault))
            continue
        for file in sorted(set(lines) | wanted):
            if file not in found:
                report.wrong(file, f"is missing; {name} lists it" if file in lines else "is missing")
            elif file not in lines:
                report.wrong(file, f"is not listed in {name}")
            elif getattr(found[file], algorithm) != lines[file]:
                report.wrong(file, f"is not the file that was listed: its {algorithm.upper()} in {name} is another")


# --- What the records say -------------------------------------------------------------------------------------------


def records(dossier: dict[str, Any]) -> dict[str, bytes]:
    """Give every table of the bundle that follows from the dossier, by name, in its exact bytes."""
    exhibits, files = dossier["exhibits"], [file for one in dossier["exhibits"] for file in one["files"]]
    kept = ("hashes", "id", "name", "number", "original", "sha256", "sha512", "size")
    return {
        "data/records/exhibits.csv": _csv("exhibits", _exhibit_rows(exhibits)),
        "data/records/hashes.csv": _csv("hashes", _hash_rows(files)),
        "data/records/custody.csv": _csv("custody", _custody_rows(exhibits)),
        "data/records/money.csv": _csv("money", _money_rows(dossier["schedules"])),
        "data/records/hashes.json": canonical([{name: file[name] for name in kept} for file in files]),
        "data/records/custody.jsonl": b"".join(line for one in exhibits for line in _bodies(one)),
    }


def _csv(table: str, rows: Iterator[tuple[Any, ...]]) -> bytes:
    held = io.StringIO(newline="")
    writer = csv.writer(held, quoting=csv.QUOTE_ALL)
    writer.writerow(CSV_HEADS[table])
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + held.getvalue().encode()


def guarded(cell: object) -> str:
    """Give a cell that no spreadsheet takes for a formula; the JSON beside it holds the text unaltered."""
    text = str(cell)
    if PLAIN_NUMBER.match(text) or not re.match(r"[\t\r\n]|\s*[=+@|%＝＋－＠-]", text):
        return text
    return "'" + text


def _pairs(pairs: list[list[str]]) -> str:
    return "; ".join(f"{label}: {value}" for label, value in pairs)


def _exhibit_rows(exhibits: list[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    for one in exhibits:
        given = sum(bool(file["original"]) for file in one["files"])
        because = "; ".join(f"{f['number']}: {f['withheld_because']}" for f in one["files"] if not f["original"])
        yield (
            one["number"],
            _pairs(one["references"]),
            one["description"],
            _pairs(one["origin"]),
            _pairs(one["authority"]),
            one["sensitivity"],
            one["state"],
            len(one["files"]),
            given,
            because,
        )


def _hash_rows(files: list[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    names = ("algorithm", "value", "target", "stated_by", "at", "agrees")
    for file in files:
        head = (file["number"], file["name"], file["original"], file["media_type"], file["size"])
        for algorithm in ALGORITHMS:
            yield (*head, algorithm, file[algorithm], "bytes of the file", "this system", "", "")
        for one in file["hashes"]:
            yield (*head, *(one[name] for name in names))


def _custody_rows(exhibits: list[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    names = ("position", "at", "recorded_at", "act", "by", "from_", "to", "place", "seal_in", "seal_out", "note",
             "digest")  # fmt: skip
    for one in exhibits:
        for entry in one["custody"]:
            yield (one["number"], "entry", *(entry[name] for name in names))
        for gap in one["gaps"]:
            yield (one["number"], "gap", "", gap["since"], gap["until"], *[""] * 7, gap["because"], "")


def _money_rows(schedules: list[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    names = ("number", "booked", "value_date", "amount", "currency", "direction", "counterparty", "purpose_text",
             "as_written", "pinpoint")  # fmt: skip
    for one in schedules:
        head = (one["account"], one["holder"])
        for row in one["rows"]:
            yield ("row", *head, row["file"], *(row[name] for name in names), row["status"])
        for kind in ("opening", "closing", "computed", "difference"):
            yield (kind, *head, one["file"], "", "", "", one[kind], one["currency"], *[""] * 5, one["result"])


def _bodies(exhibit: dict[str, Any]) -> Iterator[bytes]:
    previous = NOTHING_BEFORE
    for entry in exhibit["custody"]:
        yield (entry["body"].encode() or _withheld(exhibit, entry, previous)) + b"\n"
        previous = entry["digest"]


def _withheld(exhibit: dict[str, Any], entry: dict[str, Any], previous: str) -> bytes:
    return canonical({"chain": f"custody/{exhibit['id']}", "digest": entry["digest"], "position": entry["position"],
                      "previous": previous, "withheld": entry["note"]})  # fmt: skip


def chain_faults(exhibit: dict[str, Any]) -> Iterator[str]:
    """Yield every place where the custody record of an exhibit does not hold, worked out anew from its exact texts."""
    previous, chain = NOTHING_BEFORE, f"custody/{exhibit['id']}"
    for position, entry in enumerate(exhibit["custody"], 1):
        where = f"entry {position} of the custody of {shown(exhibit['number'])}"
        if entry["position"] != position:
            yield f"{where} is missing or out of its place: number {entry['position']} stands there"
        if entry["body"]:
            yield from (f"{where} {fault}" for fault in _entry_faults(entry, chain, previous))
        previous = entry["digest"]


def _entry_faults(entry: dict[str, Any], chain: str, previous: str) -> Iterator[str]:
    body = entry["body"].encode()
    if hashlib.sha256(body).hexdigest() != entry["digest"]:
        yield "is not the text that its digest was made from"
    held = parse(body, "its text")
    if held["previous"] != previous:
        yield "does not follow the entry before it: one was changed, taken out or put in"
    if (held["chain"], held["position"]) != (chain, entry["position"]):
        yield "belongs to another exhibit or another place"
    record = held["record"]
    if (record["act"], record["at"]) != (entry["act"], entry["recorded_at"]):
        yield "is told otherwise in the dossier than it was written down"


def statement(dossier: dict[str, Any], lists: dict[str, bytes], key: bytes) -> bytes:
    """Give the statement that is signed: what, when, the digests of both tag lists, the end of each chain, the key."""
    cover = dossier["cover"]
    ends = {one["number"]: {"entries": len(one["custody"]),
                            "end": one["custody"][-1]["digest"] if one["custody"] else NOTHING_BEFORE}
            for one in dossier["exhibits"]}  # fmt: skip
    digests = {name: {way: hashlib.new(way, data).hexdigest() for way in ALGORITHMS} for name, data in lists.items()}
    return canonical({"custody": ends, "digests": digests, "format": FORMAT, "key": hashlib.sha256(key).hexdigest(),
                      "what": {name: cover[name] for name in ("case_id", "case_number", "case_title", "dossier_number",
                                                              "office", "version")},
                      "when": cover["made_at"]})  # fmt: skip


# --- The log: one tree over all entries (RFC 6962), under signed notes (C2SP) ----------------------------------------


class LogKey(NamedTuple):
    """A key that signs notes: its name, its kind (1 a log, 4 a witness), its 32 bytes and its short id."""

    name: str
    kind: int
    raw: bytes
    id: bytes


class Note(NamedTuple):
    """A checkpoint whose signatures were checked: the log's name, its size, its root, who signed and when."""

    origin: str
    size: int
    root: bytes
    signed: dict[LogKey, int]


def leaf(data: bytes) -> bytes:
    """Give the hash of one entry in the tree."""
    return hashlib.sha256(b"\0" + data).digest()


def check_inclusion(found: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf stands at *index* in the tree of *size* with this root (RFC 9162 2.1.3.2); raises Wrong."""
    here, last = index, size - 1
    if not 0 <= index < size or any(len(one) != 32 for one in (found, root, *path)):
        raise Wrong("the proof is not one for a tree of this size")
    for one in path:
        if not last:
            raise Wrong("the proof is too long")
        if here & 1 or here == last:
            found = hashlib.sha256(b"\1" + one + found).digest()
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\1" + found + one).digest()
        here, last = here >> 1, last >> 1
    if last or found != root:
        raise Wrong("the proof does not lead to the root that was signed")


def _base64(text: str) -> bytes:
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError as fault:
        raise Wrong("holds something that is not base64") from fault
    if base64.b64encode(data).decode() != text:
        raise Wrong("holds base64 that is not in its one exact form")
    return data


def _count(text: str) -> int:
    if not re.match(r"(0|[1-9][0-9]{0,18})\Z", text):
        raise Wrong("holds a number that is not in its one exact form")
    return int(text)


def log_key(text: str) -> LogKey:
    """Read a verifier key, `name+id+base64`; raises Wrong."""
    name, _, rest = text.strip().partition("+")
    raw = _base64(rest.partition("+")[2])
    own = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    if not name or len(raw) != 33 or raw[0] not in (1, 4) or rest.partition("+")[0].lower() != own.hex():
        raise Wrong(f"{shown(text)} is not the key of a log or a witness")
    return LogKey(name, raw[0], raw[1:], own)


def open_note(text: str, keys: Sequence[LogKey]) -> Note:
    """Check a signed checkpoint: a wrong signature of a key that is given spoils it, unknown ones are passed over."""
    body, empty, lines = text.rpartition("\n\n")
    body += "\n"
    head = body.split("\n")
    if not empty or not text.endswith("\n") or len(head) != 4 or re.search(r"[\x00-\x09\x0b-\x1f]", text):
        raise Wrong("is not a signed checkpoint: three lines, an empty one, and signatures")
    signed: dict[LogKey, int] = {}
    for line in lines.split("\n")[:-1]:
        dash, name, material = [*line.split(" "), "", "", ""][:3]
        blob = _base64(material)
        if dash != "\u2014" or not name or len(blob) < 5:
            raise Wrong("holds a line that is not a signature")
        for key in keys:
            if (key.name, key.id) == (name, blob[:4]):
                signed[key] = _note_signature(key, body.encode(), blob[4:])
    if len(root := _base64(head[2])) != 32:
        raise Wrong("has a root that is not 32 bytes")
    return Note(head[0], _count(head[1]), root, signed)


def _note_signature(key: LogKey, body: bytes, blob: bytes) -> int:
    at = int.from_bytes(blob[:8], "big") if key.kind == 4 else 0
    message = b"cosignature/v1\ntime %d\n" % at + body if key.kind == 4 else body
    try:
        check_signature(key.raw, message, blob[8:] if key.kind == 4 else blob)
    except Wrong as fault:
        raise Wrong(f"bears a signature of {shown(key.name)} that does not belong to it") from fault
    return at


def read_proof(data: bytes) -> tuple[int, list[bytes], str]:
    """Read a proof file (C2SP tlog-proof): the place in the log, the path, and the checkpoint's text."""
    head, empty, note = data.decode("utf-8", "replace").partition("\n\n")
    lines = head.split("\n")
    if lines[0] != "c2sp.org/tlog-proof@v1" or not empty:
        raise Wrong("is not a proof of the log")
    lines = lines[2:] if lines[1:2] and lines[1].startswith("extra ") else lines[1:]
    if not lines or not lines[0].startswith("index ") or len(lines) > 64:
        raise Wrong("does not say where in the log the entry stands")
    return _count(lines[0][6:]), [_base64(line) for line in lines[1:]], note


class Log:
    """The proofs of one bundle, and the keys that they are checked with."""

    def __init__(self, found: dict[str, Lying], asked: Asked, report: Report) -> None:
        """Read which keys to believe: those that were given, else those that the bundle names."""
        self.found, self.asked, self.report = found, asked, report
        self.notes: dict[tuple[str, int], Note] = {}
        self.opened: dict[str, Note] = {}
        self.logs = [log_key(text) for text in asked.logs]
        self.witnesses = [log_key(text) for text in asked.witnesses]
        for line in (self.text(LOG_KEYS) if LOG_KEYS in found else "").splitlines():
            kind, _, text = line.partition(" ")
            if kind == "log" and not asked.logs:
                self.logs.append(log_key(text))
            elif kind == "witness" and log_key(text) not in self.witnesses:
                self.witnesses.append(log_key(text))

    def text(self, name: str) -> str:
        """Give one of the bundle's files as text."""
        return _data(self.found, name).decode("utf-8", "replace")

    def prove(self, name: str, entries: Sequence[bytes]) -> tuple[int, int]:
        """Check a proof file; gives which of *entries* it proves, the last first, and that one's place in the log."""
        index, path, text = read_proof(_data(self.found, name))
        note = self.signed(text)
        fault: Wrong | None = None
        for number in range(len(entries) - 1, -1, -1):
            try:
                check_inclusion(leaf(entries[number]), index, note.size, path, note.root)
            except Wrong as other:
                fault = other
            else:
                return number, index
        raise fault or Wrong("proves no entry that is here")

    def signed(self, text: str, *, alone: bool = False) -> Note:
        """Open a checkpoint; the log must have signed it and, unless it stands *alone*, each witness that was named."""
        if text in self.opened:
            return self.opened[text]
        note = open_note(text, [*self.logs, *self.witnesses])
        if not any(key.kind == 1 and key.name == note.origin for key in note.signed):
            raise Wrong("its checkpoint is not signed by a key of the log that is trusted")
        for key in (log_key(one) for one in self.asked.witnesses):
            if key not in note.signed and not alone:
                raise Wrong(f"its checkpoint is not signed by the witness {shown(key.name)}")
        kept = self.notes.setdefault((note.origin, note.size), note)
        kept.signed.update(note.signed)
        if kept.root != note.root:
            raise Wrong(
                f"two different trees of {note.size} entries were signed: the log shows people different things"
            )
        return note

    def ends(self) -> dict[str, tuple[int, str]]:
        """Check what the log says about where each chain ended; gives position and digest by chain."""
        held = parse(_data(self.found, ENDS), "this")
        body = held["entry"].encode()
        self.prove(ENDS_PROOF, [body])
        record = parse(body, "its entry")["record"]
        root, count, ends = bytes.fromhex(record["words"]["root"]), record["words"]["chains"], {}
        if record["act"] != "chain ends":
            raise Wrong("its entry is not one about the ends of chains")
        for one in held["ends"]:
            line = f"{one['chain']}\n{one['position']}\n{one['digest']}\n".encode()
            check_inclusion(leaf(line), one["index"], count, [_base64(text) for text in one["path"]], root)
            ends[one["chain"]] = (one["position"], one["digest"])
        return ends

    def words(self) -> Iterator[str]:
        """Say in sentences what the log shows."""
        for note in self.notes.values():
            given = "compared with the one that you gave" if self.asked.logs else "not compared with any other"
            yield (f"The office's log {shown(note.origin)} had {_many(note.size, 'entry', 'entries')} when this was"
                   f" made; its checkpoint is signed by the log's key ({given}).")  # fmt: skip
            seen = [f"{shown(key.name)} at {_utc(at)}" for key, at in note.signed.items() if key.kind == 4]
            yield "Witnesses outside the office signed it: " + ", ".join(seen) + "." if seen else (
                "No witness outside the office has signed it: that the office showed nobody another log is not proved."
            )  # fmt: skip


def _utc(seconds: int) -> str:
    try:
        at = dt.datetime.fromtimestamp(seconds, dt.timezone.utc)  # noqa: UP017 - Python 3.9 has no other name for it
        return at.strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return f"second {seconds}"


def check_log(found: dict[str, Lying], exhibits: list[dict[str, Any]], asked: Asked, report: Report) -> dict[str, str]:
    """Check every proof of the bundle; gives for each exhibit's number a sentence about its place in the log."""
    if NO_PROOF in found:
        report.log.append("No proof from the office's log is here: " + shown(_data(found, NO_PROOF).decode().strip()))
    elif not any(name.startswith(PROOFS) for name in found):
        report.log.append("No proof from the office's log is enclosed.")
    if report.log:
        if asked.logs or asked.witnesses:
            report.wrong(PROOFS, "holds no proof, and you asked for one")
        return {}
    try:
        log = Log(found, asked, report)
    except Wrong as fault:
        report.wrong(LOG_KEYS, str(fault))
        return {}
    ends = _ends(log, report)
    said = {one["number"]: _place(one, log, ends, report) for one in exhibits if one["custody"]}
    if CHECKPOINT in found:
        try:
            log.signed(log.text(CHECKPOINT), alone=True)
        except Wrong as fault:
            report.wrong(CHECKPOINT, str(fault))
    report.log.extend(log.words())
    return said


def _ends(log: Log, report: Report) -> dict[str, tuple[int, str]]:
    if ENDS not in log.found:
        return {}
    try:
        return log.ends()
    except Wrong as fault:
        report.wrong(ENDS, str(fault))
        return {}


def _place(one: dict[str, Any], log: Log, ends: dict[str, tuple[int, str]], report: Report) -> str:
    name, words = f"{PROOFS}{one['number']}.tlog-proof", []
    told = [entry for entry in one["custody"] if entry["body"]]
    try:
        number, index = log.prove(name, [entry["body"].encode() for entry in told])
        words.append(f"Its entry {told[number]['position']} is number {index} of the office's log.")
    except Wrong as fault:
        report.wrong(name, str(fault))
    last = one["custody"][-1]
    end = ends.get(f"custody/{one['id']}", (0, ""))
    if any((entry["position"], entry["digest"]) == end for entry in one["custody"]):
        words.append("The log held no later entry of it when this was frozen: nothing was left out at its end.")
    elif ENDS in log.found:
        report.wrong("data/records/custody.jsonl", f"the custody of {shown(one['number'])} ends at entry"
                     f" {last['position']}, and the log held {end[0]}: some were left out or changed")  # fmt: skip
    return " ".join(words)


# --- Time stamps (RFC 3161), by openssl -----------------------------------------------------------------------------


def check_stamps(root: Path, found: dict[str, Lying], asked: Asked, report: Report) -> None:
    """Check each time stamp with `openssl ts`; without that program say that they were not checked."""
    stamps = [match for name in sorted(found) if (match := STAMP.match(name))]
    program = shutil.which("openssl")
    if stamps and program is None:
        report.log.append(f"{_many(len(stamps), 'time stamp')} could not be checked: there is no openssl here.")
        return
    for match in stamps:
        of = CHECKPOINT if match[1].startswith(PROOFS) else STATEMENT
        try:
            said = [one for one in sorted(found) if (about := REVOKED.match(one)) and about[1] + ".tsr" == match[0]]
            report.log.append(_stamp(str(program), root, match[0], of, asked, said))
        except Wrong as fault:
            report.wrong(match[0], str(fault))


def _stamp(program: str, root: Path, name: str, of: str, asked: Asked, said_of: list[str]) -> str:
    chain = root / (name[:-4] + ".pem")
    said = _openssl(program, "ts", "-reply", "-in", root / name, "-text")
    told = re.search(r"^Time stamp: (\w{3} +\d+ \d\d:\d\d:\d\d)(?:\.\d+)? (\d{4}) GMT$", said, re.MULTILINE)
    if told is None:
        raise Wrong("is not a time stamp that openssl can read")
    at = calendar.timegm(time.strptime(f"{told[1]} {told[2]}", "%b %d %H:%M:%S %Y"))
    trust = ["-CAfile", asked.root, "-untrusted", chain] if asked.root else ["-CAfile", chain]
    _openssl(program, "ts", "-verify", "-in", root / name, "-data", root / of, *trust, "-attime", str(at))
    given = "the root that you gave" if asked.root else "the root that came with it, which you should compare"
    more = f"  What was said then of who signed it lies in {' and '.join(said_of)}." if said_of else ""
    return f"{of} existed at {_utc(at)}, says the time stamp {name}; openssl checked it against {given}.{more}"


def _openssl(program: str, *words: object) -> str:
    try:
        done = subprocess.run(
            [program, *map(str, words)], capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, "LC_ALL": "C"}, errors="replace",
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise Wrong(f"could not be checked: openssl did not answer ({type(fault).__name__})") from fault
    if done.returncode:
        raise Wrong("is refused by openssl: " + shown(" ".join((done.stderr or done.stdout).split())[-200:]))
    return done.stdout


# --- The check ------------------------------------------------------------------------------------------------------


def check(folder: str, pinned: str = "", asked: Asked = Asked()) -> Report:  # noqa: B008 - a frozen value
    """Check the bundle in *folder*; *pinned* is the office's public key or its fingerprint, in hexadecimal.

    *asked* says which log, witnesses and root of time stamps the reader trusts; without it the bundle's own are used.
    Raises OSError only when the folder itself cannot be read; everything else is a finding of the report.
    """
    report, root = Report(), Path(folder).resolve()
    found = walk(root, report)
    check_lists(found, report)
    document = _dossier(found, report)
    key = _key(found, report, pinned or asked.key)
    own = None
    if document is not None:
        # A forged dossier may hold anything anywhere: whatever does not fit is a finding, not an accident.
        try:
            _check_records(found, document, asked, report)
            own = statement(document, {name: found[name].data or b"" for name in TAG_LISTS if name in found}, key)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as fault:
            report.wrong(DOSSIER, f"does not hold what a dossier holds ({type(fault).__name__}: {shown(fault)})")
    _check_statement(found, own, key, report)
    check_stamps(root, found, asked, report)
    return report


def _dossier(found: dict[str, Lying], report: Report) -> dict[str, Any] | None:
    try:
        held = parse(_data(found, DOSSIER), "this")
        if isinstance(held, dict) and held.get("format") == "probanda-dossier/1" and isinstance(held["dossier"], dict):
            return dict(held["dossier"])
        report.wrong(DOSSIER, "is not a dossier of format probanda-dossier/1")
    except (Wrong, KeyError) as fault:
        report.wrong(DOSSIER, str(fault))
    return None


def _key(found: dict[str, Lying], report: Report, pinned: str) -> bytes:
    try:
        raw = _raw_key(_data(found, KEY))
    except ValueError as fault:
        report.wrong(KEY, str(fault))
        return b""
    report.fingerprint = hashlib.sha256(raw).hexdigest()
    report.pinned = bool(pinned)
    if pinned and pinned.lower().replace(":", "").replace(" ", "") not in (report.fingerprint, raw.hex()):
        report.wrong(KEY, "is not the key that you gave: somebody else signed this bundle")
    return raw


def _raw_key(text: bytes) -> bytes:
    middle = text.split(b"\n")[1:2]
    raw = base64.b64decode(b"".join(middle))[len(KEY_HEAD) :]
    if len(raw) != 32 or public_key(raw) != text:
        raise Wrong("is not one Ed25519 public key in its one right form")
    return raw


def _check_statement(found: dict[str, Lying], own: bytes | None, key: bytes, report: Report) -> None:
    try:
        said = _data(found, STATEMENT)
    except Wrong as fault:
        report.wrong(STATEMENT, str(fault))
        return
    signed = _signed(found, key, said, fits=said == own, report=report)
    if said != own:
        for file in _disagreeing(said, own, signed=signed):
            report.wrong(file, "is not what was signed: the statement says otherwise")


def _signed(found: dict[str, Lying], key: bytes, said: bytes, *, fits: bool, report: Report) -> bool:
    try:
        check_signature(key, said, _data(found, SIGNATURE))
    except Wrong as fault:
        # The statement can be worked out from the rest.  If it is right, the fault lies in the signature or the key.
        report.wrong(SIGNATURE if fits or SIGNATURE not in found else STATEMENT, str(fault))
        return False
    return True


def _disagreeing(said: bytes, own: bytes | None, *, signed: bool) -> Iterator[str]:
    if own is None:
        return
    if not signed:
        yield STATEMENT
        return
    try:
        claimed, worked = parse(said, "this"), parse(own, "this")
        for name in TAG_LISTS:
            if claimed["digests"][name] != worked["digests"].get(name):
                yield name
        if {**claimed, "digests": 0} != {**worked, "digests": 0}:
            yield KEY if claimed["key"] != worked["key"] else DOSSIER
    except (Wrong, KeyError, TypeError):
        yield STATEMENT


def _check_records(found: dict[str, Lying], document: dict[str, Any], asked: Asked, report: Report) -> None:
    report.about = {name: str(value) for name, value in document["cover"].items()}
    expected = records(document)
    for name, data in expected.items():
        if name in found and found[name].data != data:
            report.wrong(name, f"does not say what {DOSSIER} says{_first_line(found[name].data or b'', data)}")
    originals = {file["original"] for one in document["exhibits"] for file in one["files"] if file["original"]}
    proofs = {f"{PROOFS}{one['number']}.tlog-proof" for one in document["exhibits"]}
    own = {"data/dossier.pdf", DOSSIER, LOG_KEYS, CHECKPOINT, NO_PROOF, ENDS, ENDS_PROOF, *proofs}
    for name in sorted(set(found) - set(expected) - originals - own):
        about = REVOKED.match(name)
        stamp = about[1] + ".tsr" if about else name[:-4] + ".tsr"
        if name.startswith("data/") and not (STAMP.match(stamp) and stamp in found):
            report.wrong(name, "belongs to no exhibit of the dossier")
    for name in sorted({*expected, "data/dossier.pdf", *originals} - set(found)):
        report.wrong(name, "is missing, and the dossier names it")
    places = check_log(found, document["exhibits"], asked, report)
    for one in document["exhibits"]:
        said = _exhibit(one, found, places.get(one["number"], ""), report)
        report.exhibits.append(said)
        report.explained[str(one["number"])] = explanation(one, said)


def _first_line(one: bytes, other: bytes) -> str:
    mine, theirs = one.split(b"\n"), other.split(b"\n")
    place = next((n for n in range(min(len(mine), len(theirs))) if mine[n] != theirs[n]), min(len(mine), len(theirs)))
    return f" (first at line {place + 1})"


def _exhibit(one: dict[str, Any], found: dict[str, Lying], place: str, report: Report) -> str:
    faults = list(chain_faults(one))
    for fault in faults:
        report.wrong("data/records/custody.jsonl", fault)
    bad = [file["number"] for file in one["files"] if not _agrees(file, found, report)]
    given = sum(bool(file["original"]) for file in one["files"])
    withheld = sum(not entry["body"] for entry in one["custody"])
    words = [f"{shown(one['number'])}, {shown(one['description'])}: {_many(len(one['files']), 'file')}, {given} here."]
    if bad:
        words.append(f"NOT AS RECORDED: {', '.join(map(shown, bad))}.")
    elif given:
        words.append("Each was read to its last byte and has the SHA-256, SHA-512 and size of the record.")
    apart = (file for file in one["files"] if not file["original"])
    words.extend(f"{shown(file['number'])} is withheld: {shown(file['withheld_because'])}." for file in apart)
    words.append(_custody_words(one["custody"], len(faults), withheld))
    words.extend([place] if place else [])
    for gap in one["gaps"]:
        since, until = _when(gap["since"] or "an unknown time"), _when(gap["until"] or "now")
        called = shown(gap.get("weakness") or "the record leaves a gap")
        words.append(f"From {since} to {until}: {called}: {shown(gap['because'])}.")
    return " ".join(words)


def _many(count: int, one: str, more: str = "") -> str:
    return f"{count} {one if count == 1 else more or one + 's'}"


def _custody_words(entries: list[dict[str, Any]], faults: int, withheld: int) -> str:
    if not entries:
        return "It has no custody record."
    first, last = (f"{_when(e['at'])} ({shown(e['act'])}, {shown(e['by'])})" for e in (entries[0], entries[-1]))
    words = f"Its custody record has {_many(len(entries), 'entry', 'entries')}, from {first} to {last}."
    if faults:
        words += " IT DOES NOT HOLD."
    elif withheld:
        words += f" Each follows from the one before it, and none is missing; the text of {withheld} is withheld, so"
        words += " that only the digest written down for it could be followed."
    else:
        words += " Each follows from the one before it; none is missing or changed."
    return words


def _agrees(file: dict[str, Any], found: dict[str, Lying], report: Report) -> bool:
    name = file["original"]
    if not name or name not in found:
        return not name
    lying = found[name]
    if (lying.size, lying.sha256, lying.sha512) == (file["size"], file["sha256"], file["sha512"]):
        return True
    report.wrong(name, f"is not {shown(file['number'])} as it was recorded: its size or digest is another")
    return False


# --- Words ----------------------------------------------------------------------------------------------------------

PROVES = """\
What this shows: if all holds, nothing in this bundle was changed, added or taken away since the holder of the key
signed it, the files are byte for byte those that the record names, and no custody entry was altered, taken out or put
in without breaking the chain.
What it cannot show: that the key is the office's own (compare the fingerprint with one that the office has published,
or give it with --key), that what was written down was true when it was written, or that nothing was left out before
the first entry.  A copy of verify.py that came with the bundle could lie: take one from the office, or compare its
SHA-256."""


def explanation(one: dict[str, Any], said: str) -> str:
    """Explain one exhibit on a page: who had it when, what was checked, and how anybody can repeat that."""
    lines = [f"EXHIBIT {shown(one['number'])}: {shown(one['description'])}", ""]
    lines += [f"{shown(label)}: {shown(value)}" for label, value in [*one["references"], *one["origin"]]]
    lines += ["", "Who had it, and when"]
    for entry in one["custody"]:
        told = [f"{_when(entry['at'])}  {shown(entry['act'])}, written down by {shown(entry['by'])}"]
        told += [f"{word} {shown(entry[name])}" for word, name in (
            ("from", "from_"), ("to", "to"), ("at", "place"), ("found with seal", "seal_in"),
            ("left with seal", "seal_out"),
        ) if entry[name]]  # fmt: skip
        lines.append(textwrap.fill("; ".join(told), 100, initial_indent="  ", subsequent_indent="      "))
    lines += ["", "What was checked", textwrap.fill(said, 100, initial_indent="  ", subsequent_indent="  ")]
    lines += ["", "How to repeat it", "  every file:     sha256sum FILE must give the digest beside it"]
    lines += [f"    {file['sha256']}  {shown(file['original'])}" for file in one["files"] if file["original"]]
    lines += [
        "  its record:     each line of data/records/custody.jsonl that names it is an exact text; sha256sum of the",
        "                  text without its line end is what the next line calls «previous»",
        f"  the log:        {PROOFS}{shown(one['number'])}.tlog-proof is in the published format C2SP tlog-proof; any",
        "                  program for it shows that the last such line is in the signed log",
        "  everything:     python3 -I verify.py, here or on any other machine",
    ]
    return "\n".join(lines)


def words(report: Report) -> Iterator[str]:
    """Yield what was found, line by line, in plain words."""
    about = {name: shown(value) for name, value in report.about.items()}
    if about:
        yield "{office}: dossier {dossier_number}, version {version}, of case {case_title} ({case_number})".format(
            **{name: about.get(name, "?") for name in ("office", "dossier_number", "version", "case_title",
                                                       "case_number")})  # fmt: skip
    yield f"{_many(report.files, 'file')}, {_many(report.bytes, 'byte')} read."
    for paragraph in report.exhibits:
        yield ""
        yield textwrap.fill(paragraph, 110)
    for paragraph in report.log:
        yield ""
        yield textwrap.fill(paragraph, 110)
    yield ""
    for one in report.findings:
        yield f"WRONG  {shown(one.file)}: {one.says}"
    yield f"Signed with the key whose fingerprint is {report.fingerprint or '(no key)'}" + (
        " (compared with the one that you gave)." if report.pinned else " (not compared with any other)."
    )
    yield PROVES
    yield (
        "ALL HOLDS."
        if not report.findings
        else f"DOES NOT HOLD: {_many(len(report.findings), 'finding')}, named above."
    )


def as_json(report: Report) -> str:
    """Give the report for a machine."""
    return json.dumps({
        "bytes": report.bytes, "exhibits": report.exhibits, "files": report.files, "fingerprint": report.fingerprint,
        "findings": [one._asdict() for one in report.findings], "holds": not report.findings, "log": report.log,
        "pinned": report.pinned,
        "what": report.about,
    }, indent=1)  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Check a bundle named on the command line and print what was found; gives the exit code."""
    asked = argparse.ArgumentParser(prog="verify.py", description="Check a Probanda bundle, offline.")
    asked.add_argument("folder", nargs="?", default=str(Path(__file__).resolve().parent), help="the bundle")
    asked.add_argument("--key", default="", metavar="HEX", help="the office's public key or its fingerprint")
    asked.add_argument("--log", action="append", default=[], metavar="VKEY", help="the key of the office's log")
    asked.add_argument("--witness", action="append", default=[], metavar="VKEY", help="a witness that must have signed")
    asked.add_argument("--root", default="", metavar="FILE", help="the root of the time stamps that you trust (PEM)")
    asked.add_argument("--explain", default="", metavar="NUMBER", help="print the page of this exhibit, or of `all`")
    asked.add_argument("--json", action="store_true", help="print the report for a machine")
    given = asked.parse_args(arguments)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        report = check(given.folder, given.key, Asked(given.key, given.log, given.witness, given.root))
    except OSError as fault:
        print(f"{shown(given.folder)} cannot be read: {fault.strerror}", file=sys.stderr)
        return 2
    if given.explain:
        pages = [page for number, page in report.explained.items() if given.explain in (number, "all")]
        print("\n\f\n".join(pages) if pages else f"there is no exhibit {shown(given.explain)} here")
        print("" if not report.findings else "\nDOES NOT HOLD: run verify.py without --explain; it names each fault.")
        return report.code if pages else 2
    print(as_json(report) if given.json else "\n".join(words(report)))
    return report.code


if __name__ == "__main__":
    sys.exit(main())
