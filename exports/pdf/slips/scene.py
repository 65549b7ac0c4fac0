"""What the receipts of a thing and of an upload say on paper; the receipt of a delivery is drawn in `receipt`."""

from typing import Any, Final

from evidence.receipts import SignedReceipt
from exports.pdf.exhibits import facts_of, notice
from exports.pdf.sheets import Sheets, fitted, set_in
from exports.pdf.slips import codes
from exports.pdf.slips.tongues import LEFTWARD, NAMES, WORDS
from exports.pdf.style import BODY, CELL_MONO, FURNITURE, HAIRLINE, LABEL, LEFT, MUTED, QUIET, RIGHT, TITLE, WIDTH
from exports.pdf.tables import Align, Cell, Column, row, table
from exports.pdf.wording import counted, digest, size, when

# As many parts as fit on a few sheets; the rest stand in the attached text, and one hash stands for all of them.
MOST_PARTS: Final = 400
_CODE: Final = 96.0
_HALF: Final = WIDTH / 2 - 6


def code_text(receipt: SignedReceipt) -> str:
    """What the square code of a receipt holds: which receipt it is, by the digest of its signed text, and the key."""
    return f"probanda:receipt:sha256:{receipt.digest}:key:{receipt.key_id}"


def thing(sheets: Sheets, receipt: SignedReceipt) -> None:
    """Draw the receipt of a thing: each label in the office's language and in the person's, each value as written."""
    values = receipt.values
    own, other = WORDS["en"], WORDS[str(values["language"])]
    leftward = values["language"] in LEFTWARD
    sheets.turn()
    sheets.mark("receipt", own["title"])
    codes.draw(sheets, code_text(receipt), RIGHT - _CODE, sheets.y + 10, _CODE)
    width = WIDTH - _CODE - 10
    sheets.say(str(values["office"]), QUIET, width=width, after=4)
    sheets.say(own["title"], TITLE, width=width, after=0)
    if other is not own:
        lines = set_in(other["title"], width, TITLE)
        sheets.place(lines, LEFT, sheets.y, width, TITLE, right=leftward)
        sheets.y -= len(lines) * TITLE.leading
    sheets.y = min(sheets.y - 4, 772.0 - _CODE + 2)
    sheets.rule(LEFT, RIGHT, sheets.y)
    sheets.y -= 12
    for key, value in _facts(values):
        _fact(sheets, own[key], other[key] if other is not own else "", value, leftward=leftward)
    sheets.y -= 6
    for key, face in (("keep", BODY), ("check", QUIET)):
        for words, right in ((own, False), (other, leftward)):
            if words is own or other is not own:
                lines = set_in(words[key], WIDTH, face)
                sheets.need(len(lines) * face.leading)
                sheets.place(lines, LEFT, sheets.y, WIDTH, face, right=right)
                sheets.y -= len(lines) * face.leading + 3


def signing_lines(sheets: Sheets, language: str) -> None:
    """Draw the two lines on which the person and the officer sign, in both languages."""
    own, other = WORDS["en"], WORDS[language]
    sheets.need(78)
    sheets.y -= 46
    for left, key in ((LEFT, "signed_person"), (LEFT + _HALF + 12, "signed_officer")):
        sheets.rule(left, left + _HALF, sheets.y, HAIRLINE, 0.8)
        sheets.write(fitted(own[key], _HALF, FURNITURE), left, sheets.y - 11, MUTED)
        if other is not own:
            line = fitted(other[key], _HALF, FURNITURE)
            x = left + _HALF - line.width if language in LEFTWARD else left
            sheets.write(line, x, sheets.y - 23, MUTED)
    sheets.y -= 32


def upload(sheets: Sheets, receipt: SignedReceipt) -> None:
    """Draw the receipt of an upload: what was announced, what became of it, and the hash of each part."""
    values = receipt.values
    told, file = values["upload"], values["file"]
    sheets.turn()
    sheets.mark("receipt", "Receipt for an upload")
    codes.draw(sheets, code_text(receipt), RIGHT - _CODE, sheets.y + 10, _CODE)
    width = WIDTH - _CODE - 10
    sheets.say(str(values["office"]), QUIET, width=width, after=4)
    sheets.say("Receipt for an upload", TITLE, width=width)
    sheets.y = min(sheets.y - 4, 772.0 - _CODE + 2)
    sheets.rule(LEFT, RIGHT, sheets.y)
    sheets.y -= 12
    case, exhibit = values["case"], values["exhibit"]
    stated = f"{told['sha256']} ({str(told['target']).replace('_', ' ')}, by {told['stated_by']})"
    facts_of(sheets, [
        ("Case", " ".join(part for part in (case["number"], case["title"]) if part)),
        ("Exhibit", " ".join(part for part in (exhibit["reference"], exhibit["description"]) if part)),
        ("File", str(told["name"])),
        ("Announced", size(int(told["size"]))),
        ("Stated SHA-256", stated if told["sha256"] else "none"),
        *((f"Stated {one['algorithm']}", f"{one['value']} ({one['target'].replace('_', ' ')}, by {one['stated_by']})")
          for one in told["also_stated"]),
        ("Sheet signed by key", str(told["sheet_key"])),
        ("Begun", f"{when(told['begun_at'])} by {told['begun_by']}"),
        ("Senders", ", ".join(f"{one['name']} ({one['door']})" for one in told["senders"])),
        ("Issued", f"{when(values['issued_at'])} by {values['issued_by']}"),
    ])  # fmt: skip
    sheets.y -= 4
    became = f"{told['state']}: {told['because']}" if told["because"] else str(told["state"])
    notice(
        sheets, f"{became}; {size(int(told['held_bytes']))} held in {counted(len(values['parts']), 'part', 'parts')}"
    )
    if file:
        facts_of(sheets, [
            ("Computed SHA-256", str(file["sha256"])), ("Computed SHA-512", digest(str(file["sha512"]))),
            ("Condition", " ".join(part for part in (file["condition"], file["condition_because"]) if part)),
            ("Custody entry", f"{file.get('position', '')} of {file.get('chain', '')}"),
        ])  # fmt: skip
    _parts(sheets, values)


def _parts(sheets: Sheets, values: dict[str, Any]) -> None:
    parts = values["parts"]
    sheets.say(f"One hash over the hashes of all parts: {values['sha256_of_parts']}", QUIET, after=4)
    columns = [
        Column("Part", 8, Align.RIGHT),
        Column("Begins at", 20, Align.RIGHT),
        Column("Bytes", 18, Align.RIGHT),
        Column("SHA-256", 80, face=CELL_MONO),
    ]
    shown = [
        row(str(at), f"{start:,}", f"{length:,}", Cell(sha256))
        for at, (start, length, sha256) in enumerate(parts[:MOST_PARTS], start=1)
    ]
    table(sheets, columns, shown)
    if len(parts) > MOST_PARTS:
        sheets.say(f"{len(parts) - MOST_PARTS:,} more parts stand in the attached signed text.", QUIET, after=4)


def _facts(values: dict[str, Any]) -> list[tuple[str, str]]:
    exhibit, taken = values["exhibit"], values["taken"]
    numbers = "; ".join(f"{one['scheme']} {one['value']} {one['issuer']}".strip() for one in exhibit["numbers"])
    rights = "; ".join(f"{one['kind']} {one['number']} {one['issuer']}".strip() for one in values["authorities"])
    language = str(values["language"])
    return [
        ("office", str(values["office"])),
        ("case", str(values["case"]["number"])),
        ("reference", str(exhibit["reference"])),
        ("thing", str(exhibit["description"])),
        ("condition", str(exhibit["condition"])),
        ("seal", str(exhibit["seal"])),
        ("numbers", numbers),
        ("from", str(taken["from"])),
        ("place", str(taken["place"])),
        ("when", str(taken["as_written"] or when(str(taken["at"])))),
        ("officer", str(taken["officer"])),
        ("authority", rights),
        ("holder", str(values["custodian"])),
        ("files", str(values["files"])),
        ("issued", when(str(values["issued_at"]))),
        ("by", str(values["issued_by"])),
        ("language", NAMES[language]),
    ]


def _fact(sheets: Sheets, label: str, other: str, value: str, *, leftward: bool) -> None:
    """One value under its label in two languages; a language written from the right has its label there."""
    if not value:
        return
    lines = set_in(value, WIDTH, BODY)
    sheets.need(LABEL.leading + len(lines) * BODY.leading + 2)
    sheets.write(fitted(label, _HALF, LABEL), LEFT, sheets.y - LABEL.size, LABEL.colour)
    if other:
        line = fitted(other, _HALF, LABEL)
        x = RIGHT - line.width if leftward else LEFT + _HALF + 12
        sheets.write(line, x, sheets.y - LABEL.size, LABEL.colour)
    sheets.y -= LABEL.leading
    sheets.place(lines, LEFT, sheets.y, WIDTH, BODY)
    sheets.y -= len(lines) * BODY.leading
    sheets.rule(LEFT, RIGHT, sheets.y - 1, HAIRLINE, 0.3)
    sheets.y -= 4
