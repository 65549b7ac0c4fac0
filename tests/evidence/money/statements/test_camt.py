"""camt.052, 053 and 054: read by local names, bounded, without entities or document types."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from core.errors import Invalid
from evidence.money.statements import Outcome, Statement, camt, reconcile
from evidence.money.statements.values import BrokenStatement, Direction, NotAStatement, Status

BALANCE = (
    "<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>"
    "<Dt><Dt>2024-03-01</Dt></Dt></Bal>"
)
PAYMENT = (
    "<TxDtls><Refs><EndToEndId>{ref}</EndToEndId></Refs><AmtDtls><TxAmt><Amt Ccy='EUR'>{amount}</Amt></TxAmt></AmtDtls>"
    "<RltdPties><Dbtr>{name}</Dbtr><DbtrAcct><Id><IBAN>NL91ABNA0417164300</IBAN></Id></DbtrAcct></RltdPties>"
    "<RmtInf><Ustrd>{purpose}</Ustrd></RmtInf></TxDtls>"
)


def entry(
    amount: str = "10.00", side: str = "CRDT", status: str = "<Sts>BOOK</Sts>", details: str = "", more: str = ""
) -> str:
    return (
        f"<Ntry><Amt Ccy='EUR'>{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{more}{status}"
        f"<BookgDt><Dt>2024-03-01</Dt></BookgDt><ValDt><DtTm>2024-03-02T01:00:00+02:00</DtTm></ValDt>"
        f"<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def file(
    *entries: str, opening: str = "100.00", closing: str = "110.00", summary: str = "", version: str = "053.001.02"
) -> bytes:
    body = (
        summary
        + BALANCE.format(kind="OPBD", amount=opening)
        + BALANCE.format(kind="CLBD", amount=closing)
        + "".join(entries)
    )
    return (
        f"<?xml version='1.0'?><Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.{version}'><BkToCstmrStmt><Stmt>"
        "<Id>S1</Id><Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>EUR</Ccy><Ownr><Nm>Example Tours</Nm></Ownr>"
        f"</Acct>{body}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def one(*entries: str, **words: str) -> Statement:
    return camt.read(file(*entries, **words)).statements[0]


def test_an_entry_is_read_with_its_path_days_and_counterparty() -> None:
    details = PAYMENT.format(ref="E2E", amount="10.00", name="<Nm>A. Payer</Nm>", purpose="for the trip")
    statement = one(entry(details=details))

    row = statement.rows[0]

    assert (statement.account, statement.holder, statement.currency) == (
        "DE02120300000000202051",
        "Example Tours",
        "EUR",
    )
    assert (row.amount, row.direction, row.status) == (Decimal("10.00"), Direction.CREDIT, Status.COMPLETED)
    assert (row.booked, row.value_date) == (date(2024, 3, 1), date(2024, 3, 2))
    assert (row.counterparty, row.counterparty_account, row.purpose) == (
        "A. Payer",
        "NL91ABNA0417164300",
        "for the trip",
    )
    assert row.references == ("E2E",)
    assert row.pinpoint.path == "/Document/BkToCstmrStmt/Stmt[1]/Ntry[1]"
    assert row.as_written["Amt"] == "10.00 EUR"
    assert "<" in row.verbatim
    assert reconcile(statement).result is Outcome.RECONCILED


def test_later_versions_with_a_party_in_between_and_a_coded_status_are_read() -> None:
    details = PAYMENT.format(ref="E", amount="10.00", name="<Pty><Nm>A. Payer</Nm></Pty>", purpose="x")
    found = camt.read(file(entry(status="<Sts><Cd>BOOK</Cd></Sts>", details=details), version="053.001.08"))

    assert found.format == "camt.053.001.08"
    assert found.statements[0].rows[0].counterparty == "A. Payer"
    assert found.statements[0].rows[0].status is Status.COMPLETED


def test_a_batch_keeps_its_payments_as_parts_that_are_not_counted() -> None:
    parts = [
        PAYMENT.format(ref=f"E{n}", amount=amount, name=f"<Nm>P{n}</Nm>", purpose="x")
        for n, amount in enumerate(("4.00", "6.00"))
    ]
    statement = one(entry(details="".join(parts)))

    assert [(row.number, row.amount, row.part_of, row.counterparty) for row in statement.rows] == [
        (1, Decimal("10.00"), None, ""),
        (2, Decimal("4.00"), 1, "P0"),
        (3, Decimal("6.00"), 1, "P1"),
    ]
    assert statement.rows[2].pinpoint.path == "/Document/BkToCstmrStmt/Stmt[1]/Ntry[1]/NtryDtls[1]/TxDtls[2]"
    assert reconcile(statement).computed == Decimal("110.00")


def test_a_batch_whose_payments_do_not_come_to_its_amount_says_so() -> None:
    parts = [PAYMENT.format(ref="E", amount="4.00", name="", purpose="x")] * 2

    remarks = one(entry(details="".join(parts))).rows[0].remarks

    assert remarks == ("the payments of the batch do not come to the amount of the entry",)


@pytest.mark.parametrize(("status", "expected"), [("PDNG", Status.PENDING), ("INFO", Status.INFORMATION)])
def test_what_is_not_booked_does_not_count(status: str, expected: Status) -> None:
    statement = one(entry(), entry("50.00", status=f"<Sts>{status}</Sts>"))

    assert statement.rows[1].status is expected
    assert reconcile(statement).result is Outcome.RECONCILED


def test_a_status_that_nobody_knows_leaves_the_sum_open() -> None:
    result = reconcile(one(entry(status="<Sts>MAYB</Sts>")))

    assert result.result is Outcome.NOT_RECONCILABLE
    assert result.because == "it is not known whether row 1 counts"


@pytest.mark.parametrize("amount", ["1,00", "1e3", "-5", "NaN", "", "٣", "0x10"])
def test_an_amount_in_another_form_is_left_unread(amount: str) -> None:
    statement = one(entry(amount))

    assert statement.rows[0].amount is None
    assert reconcile(statement).result is Outcome.NOT_RECONCILABLE


def test_the_summary_of_a_statement_must_agree_with_its_entries() -> None:
    summary = "<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries></TxsSummry>"

    result = reconcile(one(entry(), summary=summary))

    assert result.result is Outcome.UNRECONCILED
    assert result.because == "the statement itself claims 2 entries, 1 found"


def test_a_reversal_names_the_other_side() -> None:
    details = PAYMENT.format(ref="E", amount="10.00", name="<Nm>A. Payer</Nm>", purpose="x")

    row = one(entry(side="DBIT", details=details, more="<RvslInd>true</RvslInd>")).rows[0]

    assert (row.amount, row.reversal, row.counterparty) == (Decimal("-10.00"), True, "A. Payer")


@pytest.mark.parametrize(
    "document",
    [
        b"<!DOCTYPE Document [<!ENTITY a 'x'>]>",
        b"<!DOCTYPE Document SYSTEM 'http://127.0.0.1:9/x.dtd'>",
        b"<!DOCTYPE Document [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>",
    ],
)
def test_a_document_type_is_refused_in_any_encoding(document: bytes) -> None:
    body = file(entry()).partition(b"?>")[2]

    for encoding in ("utf-8", "utf-16"):
        data = f"<?xml version='1.0' encoding='{encoding}'?>".encode(encoding) + (document + body).decode().encode(
            "utf-16-le" if encoding == "utf-16" else "utf-8"
        )
        with pytest.raises(BrokenStatement, match="document type"):
            camt.read(data)


def test_nesting_beyond_any_statement_is_refused() -> None:
    with pytest.raises(BrokenStatement, match="nested"):
        camt.read(file(entry(details="<a>" * 100 + "</a>" * 100)))


def test_a_file_cut_at_any_byte_is_refused_not_shortened() -> None:
    whole = file(entry())

    for cut in range(0, len(whole) - 1, 7):
        with pytest.raises(Invalid):
            camt.read(whole[:cut])


def test_other_xml_is_no_statement() -> None:
    for other in (
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:pain.001.001.03'/>",
    ):
        with pytest.raises(NotAStatement, match="no camt statement"):
            camt.read(other)


def test_a_statement_in_an_envelope_is_read_with_the_path_of_its_document() -> None:
    bare = file(entry()).partition(b"?>")[2]

    statement = camt.read(b"<Envelope><AppHdr><Id>1</Id></AppHdr>" + bare + b"</Envelope>").statements[0]

    assert statement.rows[0].pinpoint.path == "/Document/BkToCstmrStmt/Stmt[1]/Ntry[1]"
    assert reconcile(statement).result is Outcome.RECONCILED


def test_hostile_xml_of_the_corpus_is_refused(corpus: Path) -> None:
    for path in sorted((corpus / "hostile_xml").iterdir()):
        with pytest.raises(Invalid):
            camt.read(path.read_bytes())
