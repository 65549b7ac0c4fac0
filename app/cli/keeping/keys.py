"""Commands about keys: whether they hold, turning them, sharing out the master key and getting it back."""

import os
from collections.abc import Sequence
from pathlib import Path

import click
from sqlalchemy import select

from app.cli.running import House, acting, answering, found_something, inside, person, progress, tell, uuid_of
from app.keys import turning
from app.wiring import services, transaction
from cases.docket import Case, NoSuchCase
from core import approvals, clock
from core.config import Config
from core.errors import Conflict
from core.ledger import entries as ledger
from evidence.keyring import Keyring
from evidence.keys import files, opening, permits, recovery, shares, standing
from evidence.keys.providers import FileProvider, PassphraseProvider
from evidence.keys.shares import Share, ShareWrong
from exports.pdf.shares import share_pdf

_KINDS = {"rotate-master": permits.MASTER, "rotate-case": permits.CASE, "split": permits.SPLIT}


class KeyIsThere(Conflict):
    """The master key is there already."""


@click.group("keys")
def keys() -> None:
    """The keys: do they hold, turn them, share out the master key, get it back."""


@keys.command("status")
@answering
@inside
def status(_house: House, as_json: bool) -> None:
    """Say who keeps the master key, which versions there are, and when keys were last turned, tried and backed up."""
    with transaction() as session:
        told = standing.of(session, services().keyring)
    tell(told.words(), as_json=as_json, lines=[f"{name}: {value}" for name, value in told.words().items()])


@keys.command("check")
@answering
@inside
def check(_house: House, as_json: bool) -> None:
    """Open every case's key and look whether one is half turned."""
    found_something(turning.check(), as_json=as_json, told={}, well="every case's key opens, and none is half turned")


@keys.command("propose")
@click.argument("what", type=click.Choice(list(_KINDS)))
@click.option("--case", "case_id", help="The id of the case whose key is to be turned.")
@click.option("--reason", required=True, help="Why; the second person and the ledger read it.")
@acting
@answering
@inside
def propose(_house: House, what: str, case_id: str | None, reason: str, as_user: str | None, as_json: bool) -> None:
    """Propose WHAT; an administrator proposes, another administrator or a supervisor grants."""
    with transaction() as session:
        actor = person(session, as_user)
        case = uuid_of(case_id) if case_id else None
        if (case is None) == (what == "rotate-case") or (case is not None and session.get(Case, case) is None):
            raise NoSuchCase
        row = permits.propose(session, actor, _KINDS[what], reason, case_id=case)
    said = f"proposed as {row.id}; another person says: probanda keys grant {row.id}"
    tell({"proposal": row.id, "kind": row.kind}, as_json=as_json, lines=[said])


@keys.command("grant")
@click.argument("proposal")
@click.option("--reason", default="", help="What you looked at.")
@click.option("--refuse", is_flag=True, help="Refuse instead.")
@acting
@answering
@inside
def grant(_house: House, proposal: str, reason: str, refuse: bool, as_user: str | None, as_json: bool) -> None:
    """Grant a PROPOSAL of somebody else about keys."""
    with transaction() as session:
        row = permits.decide(
            session, person(session, as_user), uuid_of(proposal), grants=not refuse, reason=reason
        )  # fmt: skip
    tell({"proposal": row.id, "state": row.state}, as_json=as_json, lines=[f"{row.kind}: {row.state}"])


@keys.command("proposals")
@answering
@inside
def proposals(_house: House, as_json: bool) -> None:
    """List what waits for a second person."""
    with transaction() as session:
        rows = [one for one in approvals.open_ones(session) if one.kind in permits.KINDS]
    told = [{"proposal": one.id, "kind": one.kind, "by": one.proposed_by, "reason": one.reason} for one in rows]
    lines = [f"{one.id}  {one.kind}, proposed by {one.proposed_by}: {one.reason}" for one in rows]
    tell(told, as_json=as_json, lines=lines or ["nothing waits"])


@keys.command("rotate-master")
@acting
@answering
@inside
def rotate_master(_house: House, as_user: str | None, as_json: bool) -> None:
    """Give the deployment a new master key; killed or broken off, say it again and it goes on."""
    with transaction() as session:
        actor = person(session, as_user)
    with progress(None, "wrapping anew") as step:
        count = turning.turn_master(actor, told=step)
    keyring = services().keyring
    lines = [
        f"{count} case keys wrapped by the new master key {keyring.master_id}; the old one is destroyed",
        f"copy {keyring.provider.file} to your safe place now; keep the old copy as long as backups of before are kept",
    ]
    tell({"wrapped": count, "master": keyring.master_id}, as_json=as_json, lines=lines)


@keys.command("rotate-case")
@click.argument("case")
@acting
@answering
@inside
def rotate_case(_house: House, case: str, as_user: str | None, as_json: bool) -> None:
    """Give a CASE (its id) a new key; killed or broken off, say it again and it goes on."""
    with transaction() as session:
        actor, case_id = person(session, as_user), uuid_of(case)
        permits.administrator(actor)
        if session.scalar(select(Case.id).where(Case.id == case_id)) is None:
            raise NoSuchCase
    with progress(None, "sealing anew") as step:
        count = turning.turn_case(actor, case_id, told=step)
    tell({"moved": count}, as_json=as_json, lines=[f"{count} rows moved under the new key; the old one is destroyed"])


@keys.command("split")
@click.option("-k", "needed", type=click.IntRange(2, 255), required=True, help="How many shares bring the key back.")
@click.option("-n", "dealt", type=click.IntRange(2, 255), required=True, help="How many shares are made.")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), required=True, help="An empty folder.")
@acting
@answering
@inside
def split(house: House, needed: int, dealt: int, into: Path, as_user: str | None, as_json: bool) -> None:
    """Share out the key to the master key: one printable sheet for each holder, each in a file of its own."""
    into.mkdir(parents=True, exist_ok=True, mode=0o700)
    if any(into.iterdir()):
        raise KeyIsThere(f"{into} is not empty; shares are written into an empty folder, so that none is mistaken")
    keyring, config = services().keyring, services().config
    with transaction() as session:
        actor = person(session, as_user)
        permits.use(session, actor, permits.SPLIT)
        made = recovery.make(keyring, needed, dealt)
        set_id = made[0].set_id.hex()
        ledger.append(session, permits.CHAIN, actor, "shares made", set=set_id, k=needed, n=dealt)
    for share in made:
        sheet = share_pdf(share, office=config.office, made=clock.stamp(clock.now())[:10])
        files.write(into / f"share-{share.index}.pdf", sheet)
        files.write(into / f"share-{share.index}.txt", f"{share.to_text()}\n".encode())
    lines = [
        f"{dealt} shares of set {set_id} are in {into}; any {needed} bring the master key back",
        "print each for its holder, hand it over, then destroy the files; and try it: probanda keys drill",
    ]
    tell({"set": set_id, "k": needed, "n": dealt}, as_json=as_json, lines=lines)
    del house


@keys.command("drill")
@click.option("--share", "given", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@acting
@answering
@inside
def drill(_house: House, given: Sequence[Path], as_user: str | None, as_json: bool) -> None:
    """Prove that shares open the recovery file and that what is in it is the master key in use; it leaves nothing."""
    keyring = services().keyring
    kept = recovery.read(keyring.folder / recovery.FILE)
    master = recovery.opened(kept, _shares(given, kept.shares.k))
    holds = master.id == keyring.master_id
    with transaction() as session:
        actor = person(session, as_user)
        permits.administrator(actor)
        set_id = kept.shares.set_id.hex()
        outcome = "done" if holds else "failed"
        ledger.append(session, permits.CHAIN, actor, "recovery drill", outcome=outcome, set=set_id, master=master.id)
    findings = [] if holds else [f"the shares open master key {master.id}, and {keyring.master_id} is in use"]
    found_something(findings, as_json=as_json, told={"master": master.id}, well="the shares open the master key in use")


@keys.command("recover")
@click.option("--share", "given", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--recovery", "source", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="The recovery file of a backup; without it the one of this deployment.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="Write the key here instead, for a restore.")
@acting
@answering
@click.pass_obj
def recover(
    house: House, given: Sequence[Path], source: Path | None, out: Path | None, as_user: str | None, as_json: bool
) -> None:
    """Bring a lost master key back from shares, typed in or read from files."""
    config = Config.load(house.instance, os.environ)
    kept = recovery.read(source or config.keys / recovery.FILE)
    if out is not None:
        _not_there(out)
        files.write(out, recovery.opened(kept, _shares(given, kept.shares.k)).key)
        tell({"master": kept.master}, as_json=as_json, lines=[f"master key {kept.master} is in {out}; keep it safe"])
        return
    provider = opening.open_provider(config)
    _not_there(provider.file)
    master = recovery.opened(kept, _shares(given, kept.shares.k))
    if isinstance(provider, PassphraseProvider):
        provider.keep(master)
    elif isinstance(provider, FileProvider):
        files.write(provider.file, master.key)
    try:
        Keyring(config, provider)
    except BaseException:
        provider.file.unlink()  # it is not the key of what lies here, so it must not stay and be taken for it
        raise
    with house.app.app_context(), transaction() as session:
        actor = person(session, as_user)
        set_id = kept.shares.set_id.hex()
        ledger.append(session, permits.CHAIN, actor, "master key recovered", set=set_id, master=master.id)
    tell({"master": master.id}, as_json=as_json, lines=[f"master key {master.id} is back; everything opens again"])


def _not_there(path: Path) -> None:
    if path.exists():
        raise KeyIsThere(f"{path} is there already and stays as it is; put it aside first if it is the wrong one")


def _shares(given: Sequence[Path], needed: int) -> list[Share]:
    """The shares read from files, or typed in one by one until there are enough; a slip is asked for again."""
    if given:
        return [shares.read(one.read_text(encoding="ascii", errors="replace")) for one in given]
    found: list[Share] = []
    while len(found) < needed:
        typed = click.prompt(f"share {len(found) + 1} of {needed}", err=True, hide_input=False)
        try:
            found.append(shares.read(typed))
        except ShareWrong as slip:
            click.echo(str(slip), err=True)
    return found


COMMANDS = (keys,)
