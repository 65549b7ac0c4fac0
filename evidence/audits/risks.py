"""What makes a thing worth a second look in a shelf audit: read from the records, said without what the thing is.

The kind of a thing (cash, telephones, cards) is guessed from its description by a list of words in several languages; a
guess only adds to the chance of being drawn.  The auditor reads «kind of thing» and never which kind.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import clock
from core.ledger.entries import Entry
from evidence.exhibits import LATE, Exhibit, State

KIND: Final = "kind of thing"
OUT: Final = "out for more than 30 days"
LATE_ENTRY: Final = "entered late"
UNSEALED: Final = "seal opened"
INCIDENT: Final = "incident"
NIGHT: Final = "opened at night"
WEIGHTS: Final[Mapping[str, int]] = {KIND: 4, OUT: 6, LATE_ENTRY: 3, UNSEALED: 3, INCIDENT: 6, NIGHT: 3}
_LONG: Final = timedelta(days=30)
_BACK: Final = timedelta(days=730)
_NIGHT: Final = frozenset({"22", "23", "00", "01", "02", "03", "04"})
_UNSEALS: Final = ("open_seal", "seal_break")
_BAD: Final = ("integrity-failure", "incident", "incident opened", "loss", "damage", "contamination", "seal conflict")
_READ: Final = ("file opened", "exported", "export built")
# Whatever is away in this moment: the states of a house that knows more of them are told by not being here.
_HERE: Final = frozenset({State.HELD.value, State.OFFERED.value})
_WORTH: Final = re.compile(
    r"cash|banknote|money|euro|dollar|\bcoin|gold|phone|handset|\bsim\b|tablet|card|wallet|ledger|passport"
    r"|espèces|argent|billets|téléphone|geld|handy|telefon|dinero|teléfono|denaro|telefono"
    r"|نقد|أموال|مال|هاتف|جوال|پول|موبایل|تلفن|گوشی|para\b|nakit",
    re.IGNORECASE,
)


def of(session: Session, exhibits: Iterable[Exhibit]) -> dict[str, list[str]]:
    """The risks of each of these exhibits by its id; an empty list for what is ordinary."""
    found: dict[str, list[str]] = {}
    since = clock.stamp(clock.now() - _BACK)
    late, unsealed, bad = _late(session, since), _acts(session, _UNSEALS, since), _acts(session, _BAD, since)
    away, night = _away(session), _night(session, since)
    before = clock.stamp(clock.now() - _LONG)
    for one in exhibits:
        own = str(one.id)
        told = {
            KIND: bool(_WORTH.search(one.description)),
            OUT: one.state not in _HERE and away.get(own, "") < before,
            LATE_ENTRY: own in late,
            UNSEALED: own in unsealed,
            INCIDENT: own in bad,
            NIGHT: own in night,
        }
        found[own] = [name for name, there in told.items() if there]
    return found


def weight(risks: Iterable[str]) -> int:
    """How many tickets a thing has: one, and more for each risk."""
    return 1 + sum(WEIGHTS[one] for one in risks)


def _acts(session: Session, acts: Iterable[str], since: str) -> set[str]:
    query = select(Entry.chain).where(Entry.act.in_(list(acts)), Entry.at >= since, Entry.chain.startswith("custody/"))
    return {chain.partition("/")[2] for chain in session.scalars(query.distinct())}


def _away(session: Session) -> dict[str, str]:
    """When each thing that is away was last moved."""
    states = select(Exhibit.id).where(Exhibit.state.not_in(_HERE))
    chains = [f"custody/{one}" for one in session.scalars(states)]
    last: dict[str, str] = {}
    for at in range(0, len(chains), 500):
        query = select(Entry.chain, func.max(Entry.at)).where(Entry.chain.in_(chains[at : at + 500]))
        for chain, when in session.execute(query.where(Entry.body.contains('"custodian":')).group_by(Entry.chain)):
            last[chain.partition("/")[2]] = when
    return last


def _late(session: Session, since: str) -> set[str]:
    found = set()
    query = select(Entry.chain, Entry.at, Entry.body).where(Entry.chain.startswith("custody/"), Entry.at >= since)
    for chain, at, body in session.execute(query.execution_options(yield_per=2_000)):
        _, there, rest = body.partition('"occurred_at":"')
        occurred = rest.partition('"')[0]
        if there and occurred < at and clock.parse(at) - clock.parse(occurred) > LATE:
            found.add(chain.partition("/")[2])
    return found


def _night(session: Session, since: str) -> set[str]:
    """What was read or taken out between ten at night and five in the morning (UTC)."""
    found: dict[str, int] = defaultdict(int)
    query = select(Entry.body).where(Entry.act.in_(_READ), Entry.at >= since)
    hours = func.substr(Entry.at, 12, 2).in_(_NIGHT)
    for body in session.scalars(query.where(hours).execution_options(yield_per=2_000)):
        if exhibit := json.loads(body)["record"]["words"].get("exhibit"):
            found[str(exhibit)] += 1
    return set(found)
