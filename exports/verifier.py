#!/usr/bin/env python3
"""Check a Probanda bundle offline, with Python 3.9 or later and nothing else: `python3 -I verify.py [FOLDER]`.

It reads every byte of the bundle and says in plain words what it found: whether each file is the one that was listed
and signed, whether each custody record is unbroken, and whether the tables say what the record says.  It writes
nothing, asks no network and needs no trust in the system that made the bundle.

Exit code 0: everything holds.  1: something does not hold, and each place is named.  2: the bundle cannot be read.
"""

from __future__ import annotations

import argparse
import base64
import csv
import hashlib
import io
import json
import os
import re
import stat
import sys
import textwrap
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

FORMAT = "probanda-bundle/1"
ALGORITHMS = ("sha256", "sha512")
LISTS = tuple(f"manifest-{name}.txt" for name in ALGORITHMS)
TAG_LISTS = tuple("tag" + name for name in LISTS)
STATEMENT, SIGNATURE, KEY = "signature/statement.json", "signature/statement.sig", "signature/key.pub"
DOSSIER = "data/records/dossier.json"
TAGS = ("README.txt", "bag-info.txt", "bagit.txt", *LISTS, KEY, "verify.py")
BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MOST_FILES, MOST_DEPTH, MOST_KEPT, FRAME = 1_000_000, 12, 1 << 28, 1 << 20
NOTHING_BEFORE = "0" * 64
KEY_HEAD = bytes.fromhex("302a300506032b6570032100")
PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?\Z")
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


class Report:
    """What a check found: findings, one paragraph for each exhibit, and the fingerprint of the key."""

    def __init__(self) -> None:
        """Begin with nothing found."""
        self.findings: list[Finding] = []
        self.exhibits: list[str] = []
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
    if _text(_add(_times(scalar, BASE), _times(L - asked, holder))) != signature[:32]:
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
    known = {*TAGS, *TAG_LISTS, STATEMENT, SIGNATURE}
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


# --- The check ------------------------------------------------------------------------------------------------------


def check(folder: str, pinned: str = "") -> Report:
    """Check the bundle in *folder*; *pinned* is the office's public key or its fingerprint, in hexadecimal.

    Raises OSError only when the folder itself cannot be read; everything else is a finding of the report.
    """
    report = Report()
    found = walk(Path(folder).resolve(), report)
    check_lists(found, report)
    document = _dossier(found, report)
    key = _key(found, report, pinned)
    own = None
    if document is not None:
        # A forged dossier may hold anything anywhere: whatever does not fit is a finding, not an accident.
        try:
            _check_records(found, document, report)
            own = statement(document, {name: found[name].data or b"" for name in TAG_LISTS if name in found}, key)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as fault:
            report.wrong(DOSSIER, f"does not hold what a dossier holds ({type(fault).__name__}: {shown(fault)})")
    _check_statement(found, own, key, report)
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


def _check_records(found: dict[str, Lying], document: dict[str, Any], report: Report) -> None:
    report.about = {name: str(value) for name, value in document["cover"].items()}
    expected = records(document)
    for name, data in expected.items():
        if name in found and found[name].data != data:
            report.wrong(name, f"does not say what {DOSSIER} says{_first_line(found[name].data or b'', data)}")
    originals = {file["original"] for one in document["exhibits"] for file in one["files"] if file["original"]}
    for name in sorted(set(found) - set(expected) - originals - {"data/dossier.pdf", DOSSIER}):
        if name.startswith("data/"):
            report.wrong(name, "belongs to no exhibit of the dossier")
    for name in sorted({*expected, "data/dossier.pdf", *originals} - set(found)):
        report.wrong(name, "is missing, and the dossier names it")
    for one in document["exhibits"]:
        report.exhibits.append(_exhibit(one, found, report))


def _first_line(one: bytes, other: bytes) -> str:
    mine, theirs = one.split(b"\n"), other.split(b"\n")
    place = next((n for n in range(min(len(mine), len(theirs))) if mine[n] != theirs[n]), min(len(mine), len(theirs)))
    return f" (first at line {place + 1})"


def _exhibit(one: dict[str, Any], found: dict[str, Lying], report: Report) -> str:
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
    for gap in one["gaps"]:
        since, until = _when(gap["since"] or "an unknown time"), _when(gap["until"] or "now")
        words.append(f"From {since} to {until} the record leaves a gap: {shown(gap['because'])}.")
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
        "findings": [one._asdict() for one in report.findings], "holds": not report.findings, "pinned": report.pinned,
        "what": report.about,
    }, indent=1)  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Check a bundle named on the command line and print what was found; gives the exit code."""
    asked = argparse.ArgumentParser(prog="verify.py", description="Check a Probanda bundle, offline.")
    asked.add_argument("folder", nargs="?", default=str(Path(__file__).resolve().parent), help="the bundle")
    asked.add_argument("--key", default="", metavar="HEX", help="the office's public key or its fingerprint")
    asked.add_argument("--json", action="store_true", help="print the report for a machine")
    given = asked.parse_args(arguments)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        report = check(given.folder, given.key)
    except OSError as fault:
        print(f"{shown(given.folder)} cannot be read: {fault.strerror}", file=sys.stderr)
        return 2
    print(as_json(report) if given.json else "\n".join(words(report)))
    return report.code


if __name__ == "__main__":
    sys.exit(main())
