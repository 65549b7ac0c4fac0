"""One entry of a camt message as rows: the entry, and the payments of a batch as parts that are never counted."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from lxml import etree

from evidence.money.statements.amounts import plain
from evidence.money.statements.dates import make
from evidence.money.statements.values import Direction, Row, Status
from evidence.pinpoints import Pinpoint

_STATUS: Final = {"BOOK": Status.COMPLETED, "PDNG": Status.PENDING, "FUTR": Status.PENDING, "INFO": Status.INFORMATION}
_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T[\d:.]+)?(?:Z|[+-]\d{2}:\d{2})?\Z")
_LEAVES: Final = 5_000
_DIGITS: Final = 9


def rows_of(element: etree._Element, path: str, before: int) -> list[Row]:
    """The rows of one entry at an XML path, numbered on from *before*: itself, then the payments of its batch."""
    row = _entry(before + 1, element, path)
    details = [
        (f"{path}/NtryDtls[{outer}]/TxDtls[{inner}]", one)
        for outer, group in enumerate(children(element, "NtryDtls"), start=1)
        for inner, one in enumerate(children(group, "TxDtls"), start=1)
    ]
    if len(details) == 1:
        row = _detailed(row, details[0][1])
    several = details if len(details) > 1 else []
    parts = [_part(row, place, where, one) for place, (where, one) in enumerate(several, start=1)]
    return [replace(row, remarks=(*row.remarks, *_batch(element, row, parts))), *parts]


def name_of(element: etree._Element | None) -> str:
    """The name of an element without its namespace, "" for what is no element."""
    if element is None or not isinstance(element.tag, str):
        return ""
    return _local(element.tag)


@lru_cache(maxsize=1024)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def children(element: etree._Element, name: str) -> list[etree._Element]:
    """The children of one local name."""
    return [child for child in element if name_of(child) == name]


def first(element: etree._Element | None, path: str) -> etree._Element | None:
    """The first element under a path of local names."""
    for name in path.split("/"):
        if element is None:
            return None
        element = next((child for child in element if name_of(child) == name), None)
    return element


def text_of(element: etree._Element | None, *paths: str) -> str:
    """The text under the first of several paths that holds any."""
    for path in paths:
        found = first(element, path)
        if found is not None and found.text and found.text.strip():
            return found.text.strip()
    return ""


def texts_of(element: etree._Element, last: str) -> list[str]:
    """The texts of all elements of one local name, at any depth, in order."""
    return [(found.text or "").strip() for found in element.iter(f"{{*}}{last}") if (found.text or "").strip()]


def day_of(element: etree._Element | None) -> date | None:
    """The day of a date element as its bank wrote it, or None."""
    found = _DAY.match(text_of(element, "Dt", "DtTm"))
    return make(int(found[1]), int(found[2]), int(found[3])) if found else None


def account_of(element: etree._Element | None) -> str:
    """The number of an account element, whichever way it is given."""
    return text_of(element, "Id/IBAN", "Id/Othr/Id", "Id/BBAN", "Id/PrtryAcct/Id", "Id/UPIC", "Prxy/Id")


def side_of(element: etree._Element) -> int:
    """1 for a credit, -1 for a debit, 0 where the element says neither."""
    return {"CRDT": 1, "DBIT": -1}.get(text_of(element, "CdtDbtInd"), 0)


def money_of(element: etree._Element | None, sign: int) -> tuple[Decimal | None, str]:
    """The signed amount and its currency; None for an amount or a sign that is not there."""
    if element is None:
        return None, ""
    size = plain((element.text or "").strip())
    return (None if size is None or not sign else size * sign), str(element.get("Ccy") or "").strip()


def _entry(number: int, element: etree._Element, path: str) -> Row:
    sign = side_of(element)
    amount, currency = money_of(first(element, "Amt"), sign)
    said = text_of(element, "Sts/Cd", "Sts/Prtry", "Sts") or "BOOK"
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
        day_of(first(element, "BookgDt")),
        day_of(first(element, "ValDt")),
        purpose=" ".join(text_of(element, "AddtlNtryInf").split()),
        references=tuple(found for name in ("NtryRef", "AcctSvcrRef") if (found := text_of(element, name))),
        reversal=text_of(element, "RvslInd") in {"true", "1"},
        as_written=leaves(element),
        verbatim=etree.tostring(element, encoding="unicode", with_tail=False),
        remarks=tuple(remarks),
    )


def _detailed(row: Row, details: etree._Element) -> Row:
    """The row with counterparty, purpose and references of its one payment."""
    incoming = (row.direction is Direction.CREDIT) is not row.reversal
    name, account = ("Dbtr", "DbtrAcct") if incoming else ("Cdtr", "CdtrAcct")
    parties = first(details, "RltdPties")
    purpose = [*texts_of(details, "Ustrd"), *texts_of(details, "AddtlRmtInf"), text_of(details, "AddtlTxInf")]
    remittance = first(details, "RmtInf")
    references = [
        *(texts_of(one, "*") if (one := first(details, "Refs")) is not None else []),
        *(texts_of(remittance, "Ref") if remittance is not None else []),
    ]
    return replace(
        row,
        counterparty=text_of(parties, f"{name}/Pty/Nm", f"{name}/Nm", f"Ultmt{name}/Pty/Nm", f"Ultmt{name}/Nm"),
        counterparty_account=account_of(first(parties, account)),
        purpose=" ".join(" ".join([*purpose, row.purpose]).split()),
        references=tuple(dict.fromkeys([*row.references, *(found for found in references if found != "NOTPROVIDED")])),
    )


def _part(whole: Row, place: int, path: str, details: etree._Element) -> Row:
    """One payment of a batch as a row of its own that explains the batch and is never counted."""
    sign = side_of(details) or {Direction.CREDIT: 1, Direction.DEBIT: -1}.get(whole.direction, 0)
    amount, currency = money_of(first(details, "AmtDtls/TxAmt/Amt"), sign)
    if amount is None:
        amount, currency = money_of(first(details, "Amt"), sign)
    bare = replace(
        whole,
        number=whole.number + place,
        pinpoint=Pinpoint(path=path),
        amount=amount,
        currency=currency,
        purpose="",
        references=(),
        part_of=whole.number,
        as_written=leaves(details),
        verbatim=etree.tostring(details, encoding="unicode", with_tail=False),
        remarks=() if amount is not None else ("the batch does not say the amount of this payment",),
    )
    return _detailed(bare, details)


def _batch(element: etree._Element, row: Row, parts: list[Row]) -> list[str]:
    """What does not fit between an entry and the payments of its batch."""
    remarks = []
    said = text_of(element, "Btch/NbOfTxs", "NtryDtls/Btch/NbOfTxs")
    written = max(len(parts), len(element.findall(".//{*}TxDtls")))
    if said.isascii() and said.isdigit() and int(said[:_DIGITS]) != written:
        remarks.append(f"a batch of {said[:_DIGITS]} payments, of which {written} are written out")
    amounts = [part.amount for part in parts if part.amount is not None and part.currency == row.currency]
    if parts and len(amounts) == len(parts) and sum(amounts, Decimal(0)) != row.amount:
        remarks.append("the payments of the batch do not come to the amount of the entry")
    return remarks


def leaves(element: etree._Element, prefix: str = "") -> dict[str, str]:
    """Every text under an element by its path, verbatim, with the currency attribute where there is one."""
    found: dict[str, str] = {}
    counts: dict[str, int] = {}
    for child in element:
        name = name_of(child)
        counts[name] = counts.get(name, 0) + 1
        path = f"{prefix}{name}" + (f"[{counts[name]}]" if counts[name] > 1 else "")
        if len(child):
            found.update(leaves(child, f"{path}/"))
        elif child.text is not None:
            currency = child.get("Ccy")
            found[path] = f"{child.text} {currency}" if currency else child.text
        if len(found) > _LEAVES:
            return found
    return found
