"""Commands for financial records: try a reading, show what a case holds, confirm a layout."""

from dataclasses import asdict
from pathlib import Path
from uuid import UUID

import click

from app.cli.running import House, acting, answering, case_named, inside, person, purposeful, table, tell, uuid_of
from app.wiring import services, transaction
from cases.access import Act
from core.config import Limits
from evidence.money import bookings, closed, layouts
from evidence.money.bookings import Wanted
from evidence.money.showing import Booking
from evidence.money.statements import reconcile

_CHUNK = 1 << 20


@click.group()
def money() -> None:
    """Statements of account: read, reconcile, show."""


@money.command("read")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@answering
def read(file: Path, as_json: bool) -> None:
    """Read FILE as a statement and say whether it adds up; nothing is stored."""
    with file.open("rb") as stream:
        found = closed.read(iter(lambda: stream.read(_CHUNK), b""), file.name, Limits())
    lines = [f"{found.format}" + ("" if found.confirmed else ", by a detected layout that a person must confirm")]
    if found.layout is not None:
        lines += [f"question: {one.field}: {one.ask}" for one in found.layout.questions]
    told = []
    for statement in found.statements:
        checked = reconcile(statement)
        sums = {
            "opening": checked.opening,
            "closing": checked.closing,
            "computed": checked.computed,
            "difference": checked.difference,
            "result": checked.result,
            "because": checked.because,
        }
        told.append({"account": statement.account, "currency": statement.currency, "rows": len(statement.rows), **sums})
        lines.append(
            f"{statement.account or 'account not named'} {statement.currency}: {len(statement.rows)} rows,"
            f" opening {checked.opening}, closing {checked.closing}, computed {checked.computed}:"
            f" {checked.result} {checked.because}".rstrip()
        )
    tell({"format": found.format, "confirmed": found.confirmed, "statements": told}, as_json=as_json, lines=lines)


@money.command("show")
@click.argument("case")
@purposeful
@click.option("--statement", help="The rows of this statement.")
@acting
@answering
@inside
def show(_house: House, case: str, purpose: str, statement: str | None, as_user: str | None, as_json: bool) -> None:
    """Show the statements of CASE, or the rows of one, with the word that belongs to each figure."""
    house = services()
    with transaction() as session:
        actor = person(session, as_user, purpose)
        found = case_named(session, actor, case, to=Act.MONEY)
        accounts = bookings.statements(session, actor, house.keyring, found.id)
        rows: tuple[Booking, ...] = ()
        if statement:
            wanted = Wanted(statement=uuid_of(statement))
            rows = bookings.transactions(session, actor, house.keyring, found.id, wanted, size=bookings.MOST).rows
        sums = bookings.totals(session, actor, found.id)
    told = {"statements": [_plain(asdict(one)) | {"word": one.word} for one in accounts],
            "rows": [_plain(asdict(one)) for one in rows], "totals": [one.words() for one in sums]}  # fmt: skip
    heads = ("id", "account", "cur", "rows", "opening", "closing", "computed", "word")
    lines = [
        *table(
            heads, [(a.id, a.account, a.currency, a.rows, a.opening, a.closing, a.computed, a.word) for a in accounts]
        )
    ]
    if rows:
        lines += table(("no.", "day", "amount", "cur", "counterparty", "purpose", "where", "word"), [
            (r.number, r.day, r.amount, r.currency, r.counterparty, r.purpose, r.pinpoint.words(), r.word) for r in rows
        ])  # fmt: skip
    tell(told, as_json=as_json, lines=[*lines, *(one.words() for one in sums)])


@money.command("confirm")
@click.argument("file")
@click.option("--answer", "answers", multiple=True, metavar="QUESTION=ANSWER", help="Answer an open question first.")
@purposeful
@acting
@answering
@inside
def confirm(
    _house: House, file: str, answers: tuple[str, ...], purpose: str, as_user: str | None, as_json: bool
) -> None:
    """Answer the questions about the layout of FILE, or confirm the layout as it is read."""
    house, file_id = services(), uuid_of(file)
    with transaction() as session:
        actor = person(session, as_user, purpose)
        if answers:
            given = dict(one.partition("=")[::2] for one in answers)
            layout = layouts.answer(session, actor, house.keyring, file_id, given)
            said = (
                f"{len(layout.questions)} questions are open; the file is read again by this layout:"
                " probanda work --until-idle"
            )
        else:
            stand = layouts.confirm_layout(session, actor, house.keyring, file_id)
            said = f"{len(stand)} statements stand by the confirmed layout"
    tell({"file": file_id, "said": said}, as_json=as_json, lines=[said])


def _plain(told: dict[str, object]) -> dict[str, object]:
    return {
        name: str(value) if isinstance(value, UUID) else value for name, value in told.items() if name != "pinpoint"
    }


COMMANDS = (money,)
