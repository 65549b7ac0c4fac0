"""ISO 20022 statements (camt.052, 053 and 054, all versions), read by the local names of their elements.

XML is read without entities, document types or network, entry by entry, within limits of depth and size (EXC-8).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from typing import Final

from lxml import etree

from evidence.money.statements import text
from evidence.money.statements.amounts import known, plain
from evidence.money.statements.dates import make
from evidence.money.statements.values import (
    Balance,
    BrokenStatement,
    Declared,
    Direction,
    NotAStatement,
    Row,
    Statement,
    Statements,
    Status,
)
from evidence.pinpoints import Pinpoint

_HOLDERS: Final = frozenset({"Stmt", "Rpt", "Ntfctn"})
_STATUS: Final = {"BOOK": Status.COMPLETED, "PDNG": Status.PENDING, "FUTR": Status.PENDING, "INFO": Status.INFORMATION}
_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T[\d:.]+)?(?:Z|[+-]\d{2}:\d{2})?\Z")
_DEPTH: Final = 60
_STATEMENT: Final = 2  # how deep under its document a statement stands: document, message, statement
_DIGITS: Final = 9
_LEAVES: Final = 5_000
_ENTRIES: Final = 5_000_000


@dataclass(slots=True)
class _Open:
    """A statement while its elements are still arriving."""

    path: str
    rows: list[Row] = field(default_factory=list)
    entries: int = 0


def looks_like_it(head: bytes) -> bool:
    """Whether a file begins like XML."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") or head.startswith((b"\xff\xfe<\x00", b"\xfe\xff\x00<"))


def read(data: bytes) -> Statements:
    """Every statement, report or notification of a camt file, rows pinpointed by their XML path.

    Raises NotAStatement for XML of another kind, BrokenStatement for XML that is cut short, nested too deeply or
    carries a document type.
    """
    statements: list[Statement] = []
    version = ""
    try:
        for found in _statements(text.bounded(data)):
            if isinstance(found, str):
                version = found
            else:
                statements.append(found)
    except etree.XMLSyntaxError as fault:
        message = f"the XML of this file does not hold: {str(fault)[:200]}"
        raise BrokenStatement(message) from fault
    if not version:
        message = "this XML is no camt statement: there is no document of a bank in it"
        raise NotAStatement(message)
    if not statements:
        message = "the file is a bank's message but there is no statement in it"
        raise NotAStatement(message)
    return Statements(version, tuple(statements))


def _statements(data: bytes) -> Iterator[str | Statement]:
    """Yield the version of the message, then each statement as soon as it ends, keeping only one entry in memory."""
    depth = top = 0
    counts: dict[str, int] = {}
    current: _Open | None = None
    for event, element in _events(data):
        if event == "start":
            depth += 1
            _bounded(depth)
            if depth == 1:
                _no_document_type(element)
            if not top and _name(element) == "Document":
                top = depth
                yield _version(element)
            elif top and depth == top + _STATEMENT and _name(element) in _HOLDERS:
                current = _opened(element, counts)
            continue
        depth -= 1
        if current is None or depth > top + _STATEMENT:
            continue
        if depth == top + _STATEMENT and _name(element) == "Ntry":
            _take_entry(current, element)
            element.clear()
        elif depth == top + _STATEMENT - 1 and _name(element) in _HOLDERS:
            yield _statement(sum(counts.values()), element, current)
            element.clear()
            current = None


def _events(data: bytes) -> Iterator[tuple[str, etree._Element]]:
    yield from etree.iterparse(
        BytesIO(data),
        events=("start", "end"),
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _opened(element: etree._Element, counts: dict[str, int]) -> _Open:
    """A statement that begins, with its path; its message may lie in an envelope, which the path leaves out."""
    name = _name(element)
    counts[name] = counts.get(name, 0) + 1
    return _Open(f"/Document/{_name(element.getparent())}/{name}[{counts[name]}]")


def _no_document_type(root: etree._Element) -> None:
    if root.getroottree().docinfo.internalDTD is not None:
        message = "the XML carries a document type, which no bank statement does; it is not read"
        raise BrokenStatement(message)


def _version(document: etree._Element) -> str:
    """The name of the message, such as camt.053.001.02; refuses messages of another kind."""
    space = etree.QName(document).namespace or ""
    found = re.search(r"camt\.05[234](?:\.\d{3}\.\d{2})?\Z", space)
    if found or not space:
        return found[0] if found else "camt"
    message = f"this XML is no camt statement (its document is {space[-60:]})"
    raise NotAStatement(message)


def _bounded(depth: int) -> None:
    if depth > _DEPTH:
        message = f"the XML is nested more than {_DEPTH} levels deep; no bank statement is"
        raise BrokenStatement(message)


def _name(element: etree._Element | None) -> str:
    if element is None or not isinstance(element.tag, str):
        return ""
    return _local(element.tag)


@lru_cache(maxsize=1024)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _kids(element: etree._Element, name: str) -> list[etree._Element]:
    return [child for child in element if _name(child) == name]


def _one(element: etree._Element | None, path: str) -> etree._Element | None:
    """The first element under a path of local names."""
    for name in path.split("/"):
        if element is None:
            return None
        element = next((child for child in element if _name(child) == name), None)
    return element


def _text(element: etree._Element | None, *paths: str) -> str:
    """The text under the first of several paths that holds any."""
    for path in paths:
        found = _one(element, path)
        if found is not None and found.text and found.text.strip():
            return found.text.strip()
    return ""


def _texts(element: etree._Element, last: str) -> list[str]:
    """The texts of all elements of one local name, at any depth, in order."""
    return [(found.text or "").strip() for found in element.iter(f"{{*}}{last}") if (found.text or "").strip()]


def _day(element: etree._Element | None) -> date | None:
    found = _DAY.match(_text(element, "Dt", "DtTm"))
    return make(int(found[1]), int(found[2]), int(found[3])) if found else None


def _account(element: etree._Element | None) -> str:
    return _text(element, "Id/IBAN", "Id/Othr/Id", "Id/BBAN", "Id/PrtryAcct/Id", "Id/UPIC", "Prxy/Id")


def _side(element: etree._Element) -> int:
    """1 for a credit, -1 for a debit, 0 where the element says neither."""
    return {"CRDT": 1, "DBIT": -1}.get(_text(element, "CdtDbtInd"), 0)


def _money(element: etree._Element | None, sign: int) -> tuple[Decimal | None, str]:
    """The signed amount and its currency; None for an amount or a sign that is not there."""
    if element is None:
        return None, ""
    size = plain((element.text or "").strip())
    return (None if size is None or not sign else size * sign), str(element.get("Ccy") or "").strip()


def _statement(number: int, element: etree._Element, current: _Open) -> Statement:
    """Put the head of a statement to the rows that were read from it."""
    opening, closing = _ends(_balances(element, current.path))
    account = _one(element, "Acct")
    currency = _text(account, "Ccy") or next(
        (
            found
            for found in [
                *(side.currency for side in (opening, closing) if side),
                *(row.currency for row in current.rows),
            ]
            if found
        ),
        "",
    )
    remarks = [] if known(currency) else [f"«{currency[:10]}» is not a currency of ISO 4217"]
    if not _account(account):
        remarks.append("no account is named")
    if _text(element, "CpyDplctInd"):
        remarks.append(f"the bank calls this a copy or duplicate ({_text(element, 'CpyDplctInd')[:10]})")
    return Statement(
        number,
        _account(account),
        currency,
        Pinpoint(path=current.path),
        holder=_text(account, "Ownr/Nm", "Nm"),
        sequence=_text(element, "ElctrncSeqNb", "LglSeqNb"),
        reference=_text(element, "Id"),
        opening=opening,
        closing=closing,
        rows=tuple(current.rows),
        declared=_declared(_one(element, "TxsSummry")),
        others=tuple(
            _texts(element, "AddtlStmtInf") + _texts(element, "AddtlRptInf") + _texts(element, "AddtlNtfctnInf")
        ),
        remarks=tuple(remarks),
    )


def _balances(element: etree._Element, path: str) -> list[Balance]:
    found = []
    for place, one in enumerate(_kids(element, "Bal"), start=1):
        amount, currency = _money(_one(one, "Amt"), _side(one))
        kind = _text(one, "Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry", "Tp/Cd")
        written = "; ".join(f"{name}: {value}" for name, value in _leaves(one).items())
        found.append(
            Balance(amount, currency, _day(_one(one, "Dt")), Pinpoint(path=f"{path}/Bal[{place}]"), written, kind)
        )
    return found


def _ends(balances: list[Balance]) -> tuple[Balance | None, Balance | None]:
    """Opening and closing booked balance; intermediate ones stand in on the pages of a longer statement."""
    kinds: dict[str, list[Balance]] = {}
    for balance in balances:
        kinds.setdefault(balance.kind, []).append(balance)
    between = kinds.get("ITBD", [])
    opening = next((kinds[kind][0] for kind in ("OPBD", "PRCD") if kind in kinds), between[0] if between else None)
    closing = kinds["CLBD"][-1] if "CLBD" in kinds else between[-1] if between else None
    return opening, None if closing is opening else closing


def _declared(element: etree._Element | None) -> Declared:
    """What the statement's own summary claims, field by field."""

    def number(path: str) -> int | None:
        found = _text(element, path)
        return int(found) if found.isascii() and found.isdigit() and len(found) <= _DIGITS else None

    def amount(path: str) -> Decimal | None:
        return plain(_text(element, path))

    return Declared(
        number("TtlNtries/NbOfNtries"),
        number("TtlCdtNtries/NbOfNtries"),
        amount("TtlCdtNtries/Sum"),
        number("TtlDbtNtries/NbOfNtries"),
        amount("TtlDbtNtries/Sum"),
    )


def _take_entry(current: _Open, element: etree._Element) -> None:
    """Read one entry, and the payments of a batch as parts of it."""
    current.entries += 1
    if current.entries > _ENTRIES:
        message = f"the statement holds more than {_ENTRIES:,} entries; ask for it in parts"
        raise BrokenStatement(message)
    path = f"{current.path}/Ntry[{current.entries}]"
    row = _entry(len(current.rows) + 1, element, path)
    details = [
        (f"{path}/NtryDtls[{outer}]/TxDtls[{inner}]", one)
        for outer, group in enumerate(_kids(element, "NtryDtls"), start=1)
        for inner, one in enumerate(_kids(group, "TxDtls"), start=1)
    ]
    if len(details) == 1:
        row = _detailed(row, details[0][1])
    parts = (
        [_part(row, place, path, one) for place, (path, one) in enumerate(details, start=1)] if len(details) > 1 else []
    )
    current.rows.append(replace(row, remarks=(*row.remarks, *_batch(element, row, parts))))
    current.rows.extend(parts)


def _entry(number: int, element: etree._Element, path: str) -> Row:
    sign = _side(element)
    amount, currency = _money(_one(element, "Amt"), sign)
    said = _text(element, "Sts/Cd", "Sts/Prtry", "Sts") or "BOOK"
    remarks = [] if said in _STATUS else [f"the status {said[:20]} is unknown here; whether the row counts is open"]
    if amount is None:
        remarks.append("the entry has no amount, or none with a sign, that could be read")
    status = _STATUS.get(said, Status.UNKNOWN)
    return Row(
        number,
        Pinpoint(path=path),
        amount,
        currency,
        {1: Direction.CREDIT, -1: Direction.DEBIT}.get(sign, Direction.UNKNOWN),
        Status.UNREAD if amount is None and status is Status.COMPLETED else status,
        _day(_one(element, "BookgDt")),
        _day(_one(element, "ValDt")),
        purpose=" ".join(_text(element, "AddtlNtryInf").split()),
        references=tuple(found for name in ("NtryRef", "AcctSvcrRef") if (found := _text(element, name))),
        reversal=_text(element, "RvslInd") in {"true", "1"},
        as_written=_leaves(element),
        verbatim=etree.tostring(element, encoding="unicode", with_tail=False),
        remarks=tuple(remarks),
    )


def _detailed(row: Row, details: etree._Element) -> Row:
    """The row with counterparty, purpose and references of its one payment."""
    incoming = (row.direction is Direction.CREDIT) is not row.reversal
    name, account = ("Dbtr", "DbtrAcct") if incoming else ("Cdtr", "CdtrAcct")
    parties = _one(details, "RltdPties")
    purpose = [*_texts(details, "Ustrd"), *_texts(details, "AddtlRmtInf"), _text(details, "AddtlTxInf")]
    remittance = _one(details, "RmtInf")
    references = [
        *(_texts(one, "*") if (one := _one(details, "Refs")) is not None else []),
        *(_texts(remittance, "Ref") if remittance is not None else []),
    ]
    return replace(
        row,
        counterparty=_text(parties, f"{name}/Pty/Nm", f"{name}/Nm", f"Ultmt{name}/Pty/Nm", f"Ultmt{name}/Nm"),
        counterparty_account=_account(_one(parties, account)),
        purpose=" ".join(" ".join([*purpose, row.purpose]).split()),
        references=tuple(dict.fromkeys([*row.references, *(found for found in references if found != "NOTPROVIDED")])),
    )


def _part(whole: Row, place: int, path: str, details: etree._Element) -> Row:
    """One payment of a batch as a row of its own that explains the batch and is never counted."""
    sign = _side(details) or {Direction.CREDIT: 1, Direction.DEBIT: -1}.get(whole.direction, 0)
    amount, currency = _money(_one(details, "AmtDtls/TxAmt/Amt"), sign)
    if amount is None:
        amount, currency = _money(_one(details, "Amt"), sign)
    bare = replace(
        whole,
        number=whole.number + place,
        pinpoint=Pinpoint(path=path),
        amount=amount,
        currency=currency,
        purpose="",
        references=(),
        part_of=whole.number,
        as_written=_leaves(details),
        verbatim=etree.tostring(details, encoding="unicode", with_tail=False),
        remarks=() if amount is not None else ("the batch does not say the amount of this payment",),
    )
    return _detailed(bare, details)


def _batch(element: etree._Element, row: Row, parts: list[Row]) -> list[str]:
    """What does not fit between an entry and the payments of its batch."""
    remarks = []
    said = _text(element, "Btch/NbOfTxs", "NtryDtls/Btch/NbOfTxs")
    written = max(len(parts), len(element.findall(".//{*}TxDtls")))
    if said.isascii() and said.isdigit() and int(said[:_DIGITS]) != written:
        remarks.append(f"a batch of {said[:_DIGITS]} payments, of which {written} are written out")
    amounts = [part.amount for part in parts if part.amount is not None and part.currency == row.currency]
    if parts and len(amounts) == len(parts) and sum(amounts, Decimal(0)) != row.amount:
        remarks.append("the payments of the batch do not come to the amount of the entry")
    return remarks


def _leaves(element: etree._Element, prefix: str = "") -> dict[str, str]:
    """Every text under an element by its path, verbatim, with the currency attribute where there is one."""
    found: dict[str, str] = {}
    counts: dict[str, int] = {}
    for child in element:
        name = _name(child)
        counts[name] = counts.get(name, 0) + 1
        path = f"{prefix}{name}" + (f"[{counts[name]}]" if counts[name] > 1 else "")
        if len(child):
            found.update(_leaves(child, f"{path}/"))
        elif child.text is not None:
            currency = child.get("Ccy")
            found[path] = f"{child.text} {currency}" if currency else child.text
        if len(found) > _LEAVES:
            return found
    return found
