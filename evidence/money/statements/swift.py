"""SWIFT MT940 and MT942 statements read line by line, so that every figure leads back to its line.

The library mt-940 reads the structured information of field 86.  Fields, balances and statement lines are read here,
because that library lays all statements of a file together, moves days that do not exist, and counts every
two-digit year from 2000; a court must see each of these as written.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Final

from mt940.models import Transactions
from mt940.options import Options
from mt940.processors import transaction_details_post_processor
from mt940.tags import Tags

from evidence.money.statements import text
from evidence.money.statements.amounts import known
from evidence.money.statements.dates import make, window
from evidence.money.statements.values import (
    Balance,
    Declared,
    Direction,
    NotAStatement,
    Row,
    Statement,
    Statements,
    Status,
)
from evidence.pinpoints import Pinpoint

_FIELD: Final = re.compile(r":(\d{2}[A-Z]?|NS):(.*)\Z", re.DOTALL)
_END: Final = re.compile(r"-(?:}.*|[A-Z]{0,3})?\s*\Z")
# Blocks of the network, the sender's name and the kind of message, as banks write them round a message.
_FRAME: Final = re.compile(r"\{.*\Z|(?:[0-9]{3}(?: [0-9]{2})?|[0-9 ]*[A-Z]{6}[A-Z0-9]{2,24}|-.{0,3})\s*\Z")
_MOST_OUTSIDE: Final = 50
_BALANCE: Final = re.compile(r"(?P<mark>[CD])(?P<day>\d{6})(?P<currency>[A-Z]{3})?(?P<amount>[\d,.]+)\s*\Z")
_LINE: Final = re.compile(
    r"(?P<value>\d{6})(?P<entry>\d{4}|\s{4})?(?P<mark>E?[CD]|R[CD])(?P<funds>[A-Z])?\s?"
    r"(?P<amount>\d[\d.,]*)(?P<kind>[A-Z][A-Z0-9 ]{3})?(?P<reference>[^\n]*?)(?://(?P<bank>[^\n]*))?"
    r"(?:\n(?P<more>.*))?\Z",
    re.DOTALL,
)
_SUM: Final = re.compile(r"(?P<number>\d{1,9})(?P<currency>[A-Z]{3})(?P<amount>[\d,]+)\s*\Z")
_AMOUNT: Final = re.compile(r"\d{1,15}(?:,\d{0,4})?\Z")
_SLASHED: Final = re.compile(r"/(NAME|IBAN|REMI|EREF|MARF|CSID|CNTP|BENM|ORDP)/")
_SNIFF: Final = re.compile(r"^:(?:20|25|28C?|60[FM]|61):", re.MULTILINE)
_OPENING: Final = frozenset({"60F", "60M", "60"})
_CLOSING: Final = frozenset({"62F", "62M", "62"})
_AS_NOW: Final = Transactions(options=Options.all())
_SIGN: Final = {"C": 1, "EC": 1, "RD": 1, "D": -1, "ED": -1, "RC": -1}


@dataclass(slots=True)
class _Field:
    """One field of a message: its tag, where it begins, and its lines."""

    tag: str
    line: int
    lines: list[str] = field(default_factory=list)

    @property
    def value(self) -> str:
        return "\n".join(self.lines).rstrip()

    @property
    def verbatim(self) -> str:
        return f":{self.tag}:{self.value}"

    @property
    def place(self) -> Pinpoint:
        return Pinpoint(row=self.line)


def looks_like_it(head: str) -> bool:
    """Whether the beginning of a text has at least two different fields of a SWIFT statement at line starts."""
    return len(set(_SNIFF.findall(head))) > 1


def read(data: bytes) -> Statements:
    """Every statement of an MT940 or MT942 file, each message its own statement, rows pinpointed by line.

    Raises NotAStatement when there is no message in it.
    """
    content, encoding = text.decode(text.bounded(data))
    outside: list[str] = []
    messages = enumerate(_messages(_lines(content), outside), start=1)
    statements = tuple(_statement(number, fields) for number, fields in messages)
    if not statements:
        message = "there is no field of a SWIFT statement (such as :20: or :61:) in this file"
        raise NotAStatement(message)
    remarks = [] if encoding.startswith("utf") else [f"the file is not UTF-8; read as {encoding}"]
    remarks += outside[:_MOST_OUTSIDE]
    kind = "mt940" if any(statement.opening or statement.closing for statement in statements) else "mt942"
    return Statements(kind, statements, remarks=tuple(remarks))


def _lines(content: str) -> list[tuple[int, str]]:
    lines = content.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [(number, line.strip("\x01\x03\x0e\x0f")) for number, line in enumerate(lines, start=1)]


def _messages(lines: list[tuple[int, str]], outside: list[str]) -> Iterator[list[_Field]]:
    """Cut the file into messages: a new one begins at :20:, and after the line that ends one.

    Lines that belong to no message and are no frame of one are put into *outside*.
    """
    fields: list[_Field] = []
    for place, (number, line) in enumerate(lines):
        found = _FIELD.match(line)
        if found and found[1] == "20" and fields:
            yield fields
            fields = []
        if found:
            fields.append(_Field(found[1], number, [found[2]]))
        elif fields and _END.match(line) and _ends_here(lines, place):
            yield fields
            fields = []
        elif fields:
            fields[-1].lines.append(line)
        elif line.strip() and not _FRAME.match(line):
            outside.append(f"line {number} belongs to no statement: {line[:120]}")
    if fields:
        yield fields


def _ends_here(lines: list[tuple[int, str]], place: int) -> bool:
    """Whether a line that looks like the end of a message is one: words may begin with a hyphen too.

    After an end comes nothing, a field, or the frame of the next message; after a hyphen in a text comes more text.
    """
    after = next((line for _, line in lines[place + 1 :] if line.strip()), "")
    return lines[place][1].strip() in {"-", "-}"} or not after or bool(_FIELD.match(after)) or after.startswith("{")


def _statement(number: int, fields: list[_Field]) -> Statement:
    """Put the fields of one message together."""
    first: dict[str, _Field] = {}
    remarks: list[str] = []
    for one in fields:
        if one.tag in first and one.tag in {"20", "25", "28", "28C"} | _OPENING | _CLOSING:
            remarks.append(
                f"line {one.line}: a second :{one.tag}: in the same statement is not read: {one.value[:120]}"
            )
        first.setdefault(one.tag, one)
    opening, closing = _balance(first, _OPENING), _balance(first, _CLOSING)
    currency = next((side.currency for side in (opening, closing) if side and side.currency), "")
    rows, notes = _rows(fields, currency)
    remarks += [
        f"the {name} balance is written without a currency"
        for name, side in (("opening", opening), ("closing", closing))
        if side and not side.currency
    ]
    if currency and not known(currency):
        remarks.append(f"{currency} is not a currency of ISO 4217")
    if "25" not in first:
        remarks.append("no account is named (there is no field 25)")
    account = first["25"].value.split("\n")[0].strip() if "25" in first else ""
    sequence = next((first[tag].value.split("\n")[0].strip() for tag in ("28C", "28") if tag in first), "")
    return Statement(
        number,
        account,
        currency,
        fields[0].place,
        sequence=sequence,
        reference=first["20"].value.split("\n")[0].strip() if "20" in first else "",
        opening=opening,
        closing=closing,
        rows=tuple(rows),
        declared=_declared(first),
        remarks=(*remarks, *notes),
    )


def _rows(fields: list[_Field], currency: str) -> tuple[list[Row], list[str]]:
    """The rows of a message, each :61: with the fields that follow it, and what else the bank wrote."""
    rows: list[Row] = []
    notes: list[str] = []
    closed = False
    for one in fields:
        closed = closed or one.tag in _CLOSING
        if one.tag == "61":
            rows.append(_row(len(rows) + 1, one, currency))
            closed = False
        elif one.tag in {"86", "NS"} and rows and not closed:
            rows[-1] = _explained(rows[-1], one)
        elif one.tag == "86":
            notes.append(f"line {one.line}: information to the statement: {one.value[:400]}")
    return rows, notes


def _row(number: int, one: _Field, currency: str) -> Row:
    """Read one statement line; what cannot be read stays as a row that says so."""
    found = _LINE.match(one.value)
    if found is None:
        why = ("this line 61 is not written as SWIFT lays down; no figure is taken from it",)
        return Row(
            number,
            one.place,
            None,
            currency,
            status=Status.UNREAD,
            as_written={"61": one.value},
            verbatim=one.verbatim,
            remarks=why,
        )
    remarks: list[str] = []
    value_date, booked = _days(found["value"], (found["entry"] or "").strip(), remarks)
    size = _amount(found["amount"])
    sign = _SIGN[found["mark"]]
    if size is None:
        remarks.append(f"the amount {found['amount']} is not written as SWIFT lays down")
    expected = found["mark"].startswith("E")
    return Row(
        number,
        one.place,
        None if size is None else size * sign,
        currency,
        Direction.CREDIT if sign > 0 else Direction.DEBIT,
        Status.UNREAD if size is None else Status.PENDING if expected else Status.COMPLETED,
        booked,
        value_date,
        purpose=(found["more"] or "").strip(),
        references=tuple(
            part.strip() for part in (found["reference"], found["bank"]) if part and part.strip() not in {"", "NONREF"}
        ),
        reversal=found["mark"] in {"RC", "RD"},
        as_written={"61": one.value},
        verbatim=one.verbatim,
        remarks=tuple(remarks),
    )


def _days(value: str, entry: str, remarks: list[str]) -> tuple[date | None, date | None]:
    """Value date and booking day of a line; the latter has no year of its own and takes the nearest."""
    year = window(int(value[:2]))
    value_date = make(year, int(value[2:4]), int(value[4:]))
    if value_date is None:
        remarks.append(f"the value date {value} is no day of the calendar")
    if not entry:
        return value_date, None
    near = [day for shift in (0, 1, -1) if (day := make(year + shift, int(entry[:2]), int(entry[2:])))]
    if not near:
        remarks.append(f"the booking day {entry} is no day of the calendar")
        return value_date, None
    booked = min(near, key=lambda day: abs((day - value_date).days)) if value_date else near[0]
    return value_date, booked


def _amount(written: str) -> Decimal | None:
    return Decimal(written.replace(",", ".").rstrip(".")) if _AMOUNT.match(written) else None


def _balance(first: dict[str, _Field], tags: Iterable[str]) -> Balance | None:
    one = min((first[tag] for tag in tags if tag in first), key=lambda found: found.line, default=None)
    if one is None:
        return None
    found = _BALANCE.match(one.value)
    if found is None:
        return Balance(None, "", None, one.place, one.verbatim, one.tag)
    size = _amount(found["amount"])
    amount = None if size is None else size * _SIGN[found["mark"]]
    day = found["day"]
    when = make(window(int(day[:2])), int(day[2:4]), int(day[4:]))
    return Balance(amount, found["currency"] or "", when, one.place, one.verbatim, one.tag)


def _declared(first: dict[str, _Field]) -> Declared:
    """The sums of fields 90C and 90D, where a statement carries them."""
    claims = {tag: _SUM.match(first[tag].value) for tag in ("90C", "90D") if tag in first}
    incoming, outgoing = claims.get("90C"), claims.get("90D")
    return Declared(
        credits=int(incoming["number"]) if incoming else None,
        credit_sum=_amount(incoming["amount"]) if incoming else None,
        debits=int(outgoing["number"]) if outgoing else None,
        debit_sum=_amount(outgoing["amount"]) if outgoing else None,
    )


def _explained(row: Row, one: _Field) -> Row:
    """The row with a field 86 (or NS) that belongs to it."""
    written = dict(row.as_written)
    written[one.tag] = f"{written[one.tag]}\n{one.value}" if one.tag in written else one.value
    row = replace(row, as_written=written, verbatim=f"{row.verbatim}\n{one.verbatim}")
    if one.tag == "NS":
        return replace(row, purpose=_joined(row.purpose, one.value.replace("\n", " ")))
    structured = _structured(one.value) or _slashed(one.value)
    if not structured:
        return replace(row, purpose=_joined(row.purpose, " ".join(one.value.split())))
    references = (*row.references, *(part for part in structured["references"] if part not in row.references))
    return replace(
        row,
        purpose=_joined(row.purpose, " ".join(structured["purpose"]).strip()),
        counterparty=row.counterparty or " ".join(structured["name"]).strip(),
        counterparty_account=row.counterparty_account or "".join(structured["account"]).strip(),
        references=references,
    )


def _joined(before: str, more: str) -> str:
    return f"{before} {more}".strip() if more and more not in before else before


def _structured(value: str) -> dict[str, list[str]]:
    """The sub-fields of a field 86 in the German form (?00 … ?63), read by mt-940; empty for any other."""
    flat = value.replace("\n", "").strip()
    if not re.match(r"\d{3}\?\d\d", flat):
        return {}
    details = {"transaction_details": flat}
    found = transaction_details_post_processor(_AS_NOW, Tags.TRANSACTION_DETAILS.value, details, dict(details))
    given = {name: str(part).strip() for name, part in found.items() if part and name != "transaction_details"}
    return {
        "name": [given[name] for name in ("applicant_name",) if name in given],
        "account": [given[name] for name in ("applicant_iban",) if name in given],
        "purpose": [
            given[name] for name in ("posting_text", "purpose", "additional_purpose", "recipient_name") if name in given
        ],
        "references": [
            given[name]
            for name in ("end_to_end_reference", "additional_position_reference", "customer_reference")
            if name in given
        ],
    }


def _slashed(value: str) -> dict[str, list[str]]:
    """The code words between slashes that Dutch banks use (/NAME/…/REMI/…); empty for any other form."""
    flat = value.replace("\n", "").strip()
    parts = _SLASHED.split(flat)
    words = list(zip(parts[1::2], parts[2::2], strict=True))
    if not words:
        return {}
    found: dict[str, list[str]] = {"name": [], "account": [], "purpose": [], "references": []}
    for code, content in words:
        if code == "CNTP":
            account, _, rest = content.partition("/")
            name = rest.partition("/")[2].partition("/")[0]
            found["account"].append(account.strip())
            found["name"].append(name.strip())
        else:
            home = {"NAME": "name", "IBAN": "account", "REMI": "purpose", "EREF": "references", "MARF": "references"}
            found[home.get(code, "purpose")].append(content.strip())
    return found
