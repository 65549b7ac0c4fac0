"""ISO 20022 statements (camt.052, 053 and 054, all versions), read by the local names of their elements.

XML is read without entities, document types or network, entry by entry, within limits of depth and size (EXC-8).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO
from typing import Final

from lxml import etree

from evidence.money.statements import text
from evidence.money.statements.amounts import known, plain
from evidence.money.statements.entries import (
    account_of,
    children,
    day_of,
    first,
    leaves,
    money_of,
    name_of,
    rows_of,
    side_of,
    text_of,
    texts_of,
)
from evidence.money.statements.values import (
    Balance,
    BrokenStatement,
    Declared,
    NotAStatement,
    Row,
    Statement,
    Statements,
)
from evidence.pinpoints import Pinpoint

_HOLDERS: Final = frozenset({"Stmt", "Rpt", "Ntfctn"})
_DEPTH: Final = 60
_STATEMENT: Final = 2  # how deep under its document a statement stands: document, message, statement
_DIGITS: Final = 9
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
            if not top and name_of(element) == "Document":
                top = depth
                yield _version(element)
            elif top and depth == top + _STATEMENT and name_of(element) in _HOLDERS:
                current = _opened(element, counts)
            continue
        depth -= 1
        if current is None or depth > top + _STATEMENT:
            continue
        if depth == top + _STATEMENT and name_of(element) == "Ntry":
            _take_entry(current, element)
            element.clear()
        elif depth == top + _STATEMENT - 1 and name_of(element) in _HOLDERS:
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
    name = name_of(element)
    counts[name] = counts.get(name, 0) + 1
    return _Open(f"/Document/{name_of(element.getparent())}/{name}[{counts[name]}]")


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


def _statement(number: int, element: etree._Element, current: _Open) -> Statement:
    """Put the head of a statement to the rows that were read from it."""
    opening, closing = _ends(_balances(element, current.path))
    account = first(element, "Acct")
    currency = text_of(account, "Ccy") or next(
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
    if not account_of(account):
        remarks.append("no account is named")
    if text_of(element, "CpyDplctInd"):
        remarks.append(f"the bank calls this a copy or duplicate ({text_of(element, 'CpyDplctInd')[:10]})")
    return Statement(
        number,
        account_of(account),
        currency,
        Pinpoint(path=current.path),
        holder=text_of(account, "Ownr/Nm", "Nm"),
        sequence=text_of(element, "ElctrncSeqNb", "LglSeqNb"),
        reference=text_of(element, "Id"),
        opening=opening,
        closing=closing,
        rows=tuple(current.rows),
        declared=_declared(first(element, "TxsSummry")),
        others=tuple(
            texts_of(element, "AddtlStmtInf") + texts_of(element, "AddtlRptInf") + texts_of(element, "AddtlNtfctnInf")
        ),
        remarks=tuple(remarks),
    )


def _balances(element: etree._Element, path: str) -> list[Balance]:
    found = []
    for place, one in enumerate(children(element, "Bal"), start=1):
        amount, currency = money_of(first(one, "Amt"), side_of(one))
        kind = text_of(one, "Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry", "Tp/Cd")
        written = "; ".join(f"{name}: {value}" for name, value in leaves(one).items())
        found.append(
            Balance(amount, currency, day_of(first(one, "Dt")), Pinpoint(path=f"{path}/Bal[{place}]"), written, kind)
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
        found = text_of(element, path)
        return int(found) if found.isascii() and found.isdigit() and len(found) <= _DIGITS else None

    def amount(path: str) -> Decimal | None:
        return plain(text_of(element, path))

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
    current.rows.extend(rows_of(element, f"{current.path}/Ntry[{current.entries}]", len(current.rows)))
