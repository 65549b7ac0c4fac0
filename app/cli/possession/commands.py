"""Acts of custody, the continuity report, statements, and what waits for a decision, under `probanda evidence`."""

from typing import Any, Final

import click

from app import deciding
from app.cli.evidence import evidence
from app.cli.running import House, acting, answering, case_named, inside, person, table, tell, uuid_of
from app.wiring import transaction
from cases.access import Act
from core import accounts, clock
from core.errors import Invalid
from evidence import custody, exhibits
from evidence.continuity import overdue, report
from evidence.possession import orders
from evidence.possession.movement import NAMES, Movement
from evidence.possession.verbs import DISPOSALS, RULES, Verb

_TIMES: Final = frozenset({"appeal_ends", "due", "occurred_at"})
_NUMBERS: Final = frozenset({"seen", "corrects"})


class BadWord(Invalid):
    """A word about an act cannot be read."""


@evidence.command("acts")
@answering
def show_acts(as_json: bool) -> None:
    """Show every act of custody with what it needs and may take."""
    told = [
        {"act": verb.value, "group": rule.group, "title": rule.title, "who": rule.who.value, "needs": rule.needs,
         "takes": rule.takes, "follows": rule.follows}
        for verb, rule in RULES.items()
    ]  # fmt: skip
    rows = [(one["act"], one["who"], ", ".join(one["needs"]), ", ".join(one["takes"])) for one in told]
    tell({"acts": told}, as_json=as_json, lines=table(("act", "whose", "needs", "may take"), rows))


@evidence.command("act")
@click.argument("exhibit")
@click.argument("verb", type=click.Choice([one.value for one in Verb]))
@click.argument("words", nargs=-1, metavar="[NAME=VALUE]...")
@acting
@answering
@inside
def do_act(_house: House, exhibit: str, verb: str, words: tuple[str, ...], as_user: str | None, as_json: bool) -> None:
    """Do one act of custody with EXHIBIT: its name as in `evidence acts`, and what it needs as NAME=VALUE."""
    with transaction() as session:
        actor = person(session, as_user)
        told = dict(_word(one) for one in words)
        if "to" in told:
            told["to"] = accounts.named(session, told["to"]).id
        entry = custody.move(session, actor, uuid_of(exhibit), Verb(verb), Movement(**told))
        given = {"position": entry.position, "digest": entry.digest, "act": entry.act}
    tell(given, as_json=as_json, lines=[f"entry {entry.position}, digest {entry.digest}"])


@evidence.command("propose")
@click.argument("exhibit")
@click.argument("verb", type=click.Choice(sorted(one.value for one in DISPOSALS)))
@click.option("--to", "outside", default="", help="Who takes it.")
@click.option("--method", required=True, help="How it is to be done.")
@click.option("--reason", required=True)
@acting
@answering
@inside
def propose(_house: House, exhibit: str, verb: str, outside: str, method: str, reason: str, as_user: str | None,
            as_json: bool) -> None:  # fmt: skip
    """Ask another person to approve that an order about EXHIBIT is carried out."""
    with transaction() as session:
        actor = person(session, as_user)
        row = orders.propose(
            session, actor, uuid_of(exhibit), Verb(verb), to=outside, method=method, reason=reason
        )  # fmt: skip
        told = {"proposal": row.id, "state": row.state}
    tell(told, as_json=as_json, lines=[f"proposal {row.id} waits for a supervisor or prosecutor"])


@evidence.command("continuity")
@click.argument("exhibit")
@acting
@answering
@inside
def show_continuity(_house: House, exhibit: str, as_user: str | None, as_json: bool) -> None:
    """Show who had EXHIBIT when, every weakness of the record, and what people state about each."""
    with transaction() as session:
        actor = person(session, as_user)
        made = report.report(session, exhibits.fetch(session, actor, uuid_of(exhibit), to=Act.SEE))
    told = {
        "exhibit": made.exhibit.id, "at": made.at,
        "spans": [{"since": one.since, "until": one.until, "custodian": one.custodian, "state": one.state}
                  for one in made.spans],
        "weaknesses": [_weakness(one) for one in made.weaknesses],
        "handlers": [{"name": name, "positions": at} for name, at in made.handlers],
    }  # fmt: skip
    rows = [
        (one.since[:16], one.until[:16] or "now", one.custodian or "NOBODY ON RECORD", one.state) for one in made.spans
    ]
    lines = [*table(("from (UTC)", "until", "who", "state"), rows)]
    for one in made.weaknesses:
        weak = one.weakness
        lines.append(f"{weak.key}  {weak.title}: {weak.because}")
        lines += [f"    {said.by} states, {said.at[:16]}: {said.text}" for said in one.statements]
    lines.append(f"{len(made.weaknesses)} weaknesses found" if made.weaknesses else "no weakness found")
    tell(told, as_json=as_json, lines=lines)


@evidence.command("state")
@click.argument("exhibit")
@click.argument("text")
@click.option("--weakness", default="", help="The key of the weakness, as `evidence continuity` shows it.")
@acting
@answering
@inside
def state(_house: House, exhibit: str, text: str, weakness: str, as_user: str | None, as_json: bool) -> None:
    """Enter TEXT as your statement about a weakness of EXHIBIT; nothing is filled in or taken away by it."""
    with transaction() as session:
        entry = report.state(session, person(session, as_user), uuid_of(exhibit), weakness, text)
    told = {"position": entry.position, "digest": entry.digest}
    tell(told, as_json=as_json, lines=[f"entry {entry.position}, digest {entry.digest}"])


@evidence.command("due")
@click.argument("case")
@acting
@answering
@inside
def show_due(_house: House, case: str, as_user: str | None, as_json: bool) -> None:
    """Show what waits in CASE: offers, laboratories, things that are out, orders; the earliest first."""
    with transaction() as session:
        actor = person(session, as_user)
        found = overdue.of_case(session, actor, case_named(session, actor, case).id)
    now = clock.now()
    told = [{"kind": one.kind, "exhibit": one.exhibit_id, "due": one.due, "words": one.words} for one in found]
    lines = [f"{'OVERDUE ' if one.due <= now else ''}{one.due:%Y-%m-%d %H:%M} UTC  {one.words}" for one in found]
    tell({"due": told}, as_json=as_json, lines=lines or ["nothing waits"])


@evidence.command("to-decide")
@acting
@answering
@inside
def to_decide(_house: House, as_user: str | None, as_json: bool) -> None:
    """Show what waits for your decision."""
    with transaction() as session:
        found = deciding.waiting(session, person(session, as_user))
    told = [{"id": one.id, "kind": one.kind, "words": one.words, "by": one.by, "reason": one.reason} for one in found]
    lines = [f"{one.id}  {one.title}: {one.words}; {one.by}: {one.reason}" for one in found]
    tell({"waiting": told}, as_json=as_json, lines=lines or ["nothing waits for you"])


@evidence.command("decide")
@click.argument("proposal")
@click.argument("answer", type=click.Choice(["grant", "refuse"]))
@click.option("--reason", required=True)
@acting
@answering
@inside
def decide(_house: House, proposal: str, answer: str, reason: str, as_user: str | None, as_json: bool) -> None:
    """Grant or refuse PROPOSAL, with the reason."""
    with transaction() as session:
        actor = person(session, as_user)
        row = deciding.decide(session, actor, uuid_of(proposal), grants=answer == "grant", reason=reason)
        told = {"proposal": row.id, "state": row.state}
    tell(told, as_json=as_json, lines=[f"proposal {row.id} is {row.state}"])


def _word(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or name not in NAMES:
        message = f"«{text[:60]}» is no word about an act; write NAME=VALUE with one of: {', '.join(NAMES)}"
        raise BadWord(message)
    if name in _TIMES:
        return name, clock.parse(value)
    if name in _NUMBERS:
        if not value.isdecimal():
            raise BadWord(f"{name} is the number of an entry", fields={name: "give a whole number"})
        return name, int(value)
    return name, uuid_of(value) if name == "photo" else value


def _weakness(one: report.Explained) -> dict[str, Any]:
    weak = one.weakness
    said = [{"by": at.by, "at": at.at, "text": at.text, "position": at.position} for at in one.statements]
    return {
        "key": weak.key, "code": weak.code.value, "title": weak.title, "since": weak.since, "until": weak.until,
        "positions": list(weak.positions), "because": weak.because, "statements": said,
    }  # fmt: skip


# They stand in the group `evidence`, which is put on the command line by its own module.
COMMANDS: tuple[click.Command, ...] = ()
