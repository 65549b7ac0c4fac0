"""Bank statements of the sample: two that add up, one with a page gone, and one that holds a batch."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from app.sample.story import FIRMS, FREIGHT, IBAN, PAYERS, SAVINGS, TOURS


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment: day, amount (below zero is money out), the other side, and the words."""

    day: date
    amount: Decimal
    name: str
    account: str
    words: str


def _payment(day: int, month: int, amount: str, name: str, account: str, words: str) -> Payment:
    return Payment(date(2026, month, day), Decimal(amount), name, account, words)


_TRAVEL: Final = (
    _payment(2, 3, "-640.00", "Harbour Rooms", FIRMS, "rent of office, March"),
    _payment(9, 3, "2400.00", "A. Berhe", PAYERS[0], "K-311 trip of 17th"),
    _payment(9, 3, "2400.00", "N. Haile", PAYERS[1], "K-312"),
    _payment(10, 3, "4800.00", "Cash desk", "", "K-313 two persons"),
    _payment(12, 3, "2400.00", "M. Idris", PAYERS[2], "K-314"),
    _payment(13, 3, "1200.00", "O. Saleh", PAYERS[3], "K-315 half now half after"),
    _payment(16, 3, "-6000.00", "Halden Cold Freight", FREIGHT, "freight 2026-0311"),
    _payment(18, 3, "-5200.00", "Meridian Exchange", IBAN, "as agreed"),
    _payment(23, 3, "-48.90", "Example Mobile", FIRMS, "two prepaid cards"),
)
_FREIGHT: Final = (
    _payment(3, 3, "-1180.45", "Example Fuels", FIRMS, "diesel February"),
    _payment(16, 3, "6000.00", "Blue Lantern Travel", TOURS, "freight 2026-0311"),
    _payment(16, 3, "-900.00", "M. Olsov", "", "trip in advance"),
    _payment(20, 3, "-2750.00", "Meridian Exchange", IBAN, "share"),
)
_EXCHANGE: Final = (
    _payment(18, 3, "5200.00", "Blue Lantern Travel", TOURS, "as agreed"),
    _payment(20, 3, "2750.00", "Halden Cold Freight", FREIGHT, "share"),
    _payment(30, 3, "1800.00", "S. Khatun", PAYERS[0], "for my sister"),
    _payment(31, 3, "1800.00", "Lin M.", PAYERS[1], "deposit"),
    _payment(1, 4, "-9500.00", "Cash", "", "withdrawal at counter"),
)


def travel_csv() -> bytes:
    """The travel desk's account as its bank exports it: semicolons, decimal commas, running balances."""
    balance = Decimal("1310.35")
    lines = ["Buchungstag;Valutadatum;Auftraggeber/Empfänger;Gegenkonto;Verwendungszweck;Betrag;Währung;Saldo"]
    for one in _TRAVEL:
        balance += one.amount
        cells = (one.day.strftime("%d.%m.%Y"), one.day.strftime("%d.%m.%Y"), one.name, one.account, one.words)
        lines.append(";".join((*cells, _comma(one.amount), "EUR", _comma(balance))))
    return ("\r\n".join(lines) + "\r\n").encode("utf-8-sig")


def freight_mt940() -> bytes:
    """The freight firm's account as MT940, whole."""
    return _mt940(FREIGHT, "3/1", date(2026, 3, 1), Decimal("15204.10"), _FREIGHT)


def exchange_mt940() -> bytes:
    """The exchange shop's account as MT940 from which one payment has gone, so that it does not add up."""
    whole = _mt940(IBAN, "4/1", date(2026, 3, 17), Decimal("880.00"), _EXCHANGE).decode()
    begin = whole.index(":61:2603300330")
    return (whole[:begin] + whole[whole.index(":61:", begin + 4) :]).encode()


def exchange_camt() -> bytes:
    """The exchange shop's savings as camt.053, with a batch of two payments in one entry."""
    parts = (("1800.00", "S. Khatun", "for my sister"), ("1800.00", "Lin M.", "deposit"))
    details = "".join(
        f'<TxDtls><Refs><EndToEndId>B-{place}</EndToEndId></Refs><AmtDtls><TxAmt><Amt Ccy="EUR">{amount}</Amt></TxAmt>'
        f"</AmtDtls><RltdPties><Dbtr><Nm>{name}</Nm></Dbtr></RltdPties><RmtInf><Ustrd>{words}</Ustrd></RmtInf></TxDtls>"
        for place, (amount, name, words) in enumerate(parts, start=1)
    )
    entry = (
        '<Ntry><Amt Ccy="EUR">3600.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>'
        "<BookgDt><Dt>2026-03-31</Dt></BookgDt>"
        f"<ValDt><Dt>2026-03-31</Dt></ValDt><NtryDtls><Btch><NbOfTxs>2</NbOfTxs></Btch>{details}</NtryDtls></Ntry>"
    )
    balances = "".join(
        f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
        for kind, amount, day in (("OPBD", "120.00", "2026-03-31"), ("CLBD", "3720.00", "2026-03-31"))
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
        "<BkToCstmrStmt><GrpHdr><MsgId>M-0331</MsgId><CreDtTm>2026-04-01T06:00:00Z</CreDtTm></GrpHdr><Stmt><Id>S-0331</Id>"
        f"<ElctrncSeqNb>31</ElctrncSeqNb><Acct><Id><IBAN>{SAVINGS}</IBAN></Id><Ccy>EUR</Ccy>"
        f"<Ownr><Nm>Meridian Exchange</Nm></Ownr></Acct>{balances}{entry}</Stmt></BkToCstmrStmt></Document>\n"
    ).encode()


def ledger() -> list[tuple[str, ...]]:
    """The exchange shop's own book: tokens, heads and deposits, kept by hand in a workbook."""
    first = date(2026, 3, 9)
    rows: list[tuple[str, ...]] = [("Day", "Token", "Persons", "Deposited EUR", "Released", "Note")]
    for place, (heads, amount, note) in enumerate(
        ((1, "2400", "A.B."), (1, "2400", "N.H."), (2, "4800", "cash"), (1, "2400", ""), (1, "1200", "half"))
    ):
        day = (first + timedelta(days=place)).isoformat()
        rows.append((day, f"K-{311 + place}", str(heads), amount, "no" if note == "half" else "yes", note))
    return rows


def _mt940(account: str, sequence: str, opened: date, opening: Decimal, payments: tuple[Payment, ...]) -> bytes:
    closing = opening + sum((one.amount for one in payments), Decimal(0))
    lines = [":20:STARTUMS", f":25:{account}", f":28C:{sequence}", f":60F:C{opened:%y%m%d}EUR{_swift(opening)}"]
    for place, one in enumerate(payments, start=1):
        mark = "C" if one.amount > 0 else "D"
        lines.append(f":61:{one.day:%y%m%d}{one.day:%m%d}{mark}{_swift(abs(one.amount))}NTRFNONREF//B{place:04}")
        account = f"?31{one.account}" if one.account else ""
        lines.append(f":86:166?00SEPA?20SVWZ+{one.words}{account}?32{one.name}")
    lines += [f":62F:C{payments[-1].day:%y%m%d}EUR{_swift(closing)}", "-"]
    return ("\r\n".join(lines) + "\r\n").encode()


def _swift(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")


def _comma(amount: Decimal) -> str:
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
