"""Commands for what is kept for a court alone, and for how long things are kept."""

from datetime import datetime

import click

from app.cli.running import House, acting, answering, case_named, inside, person, table, tell, uuid_of
from app.ending import restricting, rounds
from app.wiring import transaction
from evidence.ending import restrictions, retention
from evidence.ending.restrictions import Of
from evidence.ending.retention import Happened
from evidence.ending.rules import Trigger

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group("restrict")
def restrict_group() -> None:
    """What must stay as evidence and is kept for a court alone."""


@restrict_group.command("set")
@click.argument("case")
@click.argument("kind", type=click.Choice([one.value for one in Of]))
@click.argument("subject")
@click.option("--order", "number", required=True, help="The order's number.")
@click.option("--reason", required=True)
@acting
@inside
def restrict(_house: House, case: str, kind: str, subject: str, number: str, reason: str, as_user: str | None) -> None:
    """Keep SUBJECT of CASE for a court alone."""
    with transaction() as session:
        actor = person(session, as_user)
        found = case_named(session, actor, case)
        made = restricting.restrict(
            session, actor, found.id, Of(kind), uuid_of(subject), order_number=number, reason=reason
        )
    click.echo(str(made.id))


@restrict_group.command("list")
@click.argument("case")
@acting
@answering
@inside
def listed(_house: House, case: str, as_user: str | None, as_json: bool) -> None:
    """List what of CASE is kept for a court alone."""
    with transaction() as session:
        actor = person(session, as_user)
        found = restrictions.of_case(session, actor, case_named(session, actor, case).id)
    names = ("id", "kind", "subject", "order_number", "since", "lifted")
    told = [{name: getattr(one, name) for name in names} for one in found]
    rows = [(one.id, one.kind, one.subject, one.order_number, one.lifted or "") for one in found]
    tell(told, as_json=as_json, lines=table(("id", "kind", "subject", "order", "lifted"), rows))


@restrict_group.command("lift")
@click.argument("restriction")
@click.option("--reason", required=True)
@acting
@inside
def lift(_house: House, restriction: str, reason: str, as_user: str | None) -> None:
    """Propose that RESTRICTION ends; another person decides."""
    with transaction() as session:
        made = restrictions.ask_to_lift(session, person(session, as_user), uuid_of(restriction), reason)
    click.echo(str(made.id))


@restrict_group.command("decide")
@click.argument("proposal")
@click.option("--grant/--refuse", "grants", required=True)
@click.option("--reason", required=True)
@acting
@inside
def decide(_house: House, proposal: str, grants: bool, reason: str, as_user: str | None) -> None:
    """Decide on PROPOSAL that a restriction ends."""
    with transaction() as session:
        actor = person(session, as_user)
        row = restricting.decide(session, actor, uuid_of(proposal), grants=grants, reason=reason)
    click.echo("lifted" if row.lifted else "it stays")


@click.group("retention")
def retention_group() -> None:
    """How long things are kept: proposals that people decide; nothing happens by itself."""


@retention_group.command("event")
@click.argument("case")
@click.argument("trigger", type=click.Choice(list(Trigger), case_sensitive=False))
@click.option("--on", type=_DAY, required=True)
@click.option("--end", type=_DAY, help="The end that it names: of the sentence, of the time for an appeal.")
@click.option("--exhibit", help="Only this exhibit; the whole case when not given.")
@click.option("--words", default="")
@acting
@inside
def event(_house: House, case: str, trigger: str, on: datetime, end: datetime | None, exhibit: str | None, words: str,
          as_user: str | None) -> None:  # fmt: skip
    """Enter what starts or stops a period in CASE."""
    thing = uuid_of(exhibit) if exhibit else None
    told = Happened(Trigger(trigger), on.date(), end.date() if end else None, thing, words)
    with transaction() as session:
        actor = person(session, as_user)
        made = retention.happened(session, actor, case_named(session, actor, case).id, told)
    click.echo(str(made.id))


@retention_group.command("queue")
@acting
@answering
@inside
def queue(_house: House, as_user: str | None, as_json: bool) -> None:
    """List what is due in the cases that you supervise."""
    with transaction() as session:
        found = retention.queue(session, person(session, as_user))
    names = ("id", "exhibit_id", "proposal", "due", "because")
    told = [{name: getattr(one, name) for name in names} for one in found]
    rows = [(one.id, one.proposal, one.due, one.because) for one in found]
    tell(told, as_json=as_json, lines=table(("id", "proposal", "due", "because"), rows))


@retention_group.command("propose")
@inside
def propose(_house: House) -> None:
    """Make the proposals that are due now, as the worker does twice a day."""
    rounds.propose()
    click.echo("looked through; what is due waits for decisions")


@retention_group.command("decide")
@click.argument("proposal")
@click.argument("decision", type=click.Choice(retention.DECISIONS))
@click.option("--reason", required=True)
@click.option("--until", type=_DAY, help="Until when it is kept.")
@acting
@inside
def choose(_house: House, proposal: str, decision: str, reason: str, until: datetime | None,
           as_user: str | None) -> None:  # fmt: skip
    """Write down what you decide on PROPOSAL; nothing is done by that."""
    day = until.date() if until else None
    with transaction() as session:
        made = retention.decide(session, person(session, as_user), uuid_of(proposal), decision, reason, until=day)
    click.echo(made.decision)
