"""Commands about the ledgers: check them whole, sign the tree, give proofs out, and check proofs as an outsider."""

from pathlib import Path
from uuid import UUID

import click

from app import proving
from app.cli.running import House, acting, answering, found_something, inside, person, tell
from app.outside import attesting
from app.proving import NoSuchChain
from app.wiring import services, transaction
from cases.access import Act
from core import clock
from core.errors import Forbidden, Invalid
from core.ledger import checkpoints, notes, proofs, replay, tree
from core.ledger import entries as ledger
from evidence import exhibits
from exports.papers import checkpoint as paper

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW = click.Path(dir_okay=False, path_type=Path)
_LONGEST = 1_000_000


class NotText(Invalid):
    """A file that should hold a note or a proof holds no text."""


class NotGivenOut(Forbidden):
    """The words of this chain's entries are not for taking out; a proof of them is."""


@click.group("ledger")
def ledger_group() -> None:
    """The ledgers of custody and of access, and the tree over all of them."""


@ledger_group.command("verify")
@click.option("--chain", help="One chain only, without the tree.")
@click.option(
    "--checkpoint", "outside", multiple=True, type=_FILE,
    help="A checkpoint kept outside (a witness's, a print's); the tree must pass through it.",
)  # fmt: skip
@answering
@inside
def ledger_verify(_house: House, chain: str | None, outside: tuple[Path, ...], as_json: bool) -> None:
    """Check every entry, replay the whole tree, and name each place that does not hold, the first one first."""
    with transaction() as session:
        found: list[object] = list(ledger.breaks(session, chain))
        told = {"entries": ledger.count(session) if chain is None else sum(1 for _ in ledger.entries(session, chain))}
        if chain is not None and not told["entries"] and not found:
            raise NoSuchChain(f"there is no chain «{chain}»")
        if chain is None:
            keys = proving.signer(session).keys
            given = [(_text(path), str(path)) for path in outside]
            found += replay.named(list(checkpoints.breaks(session, keys, proving.memory(), given)))
            told |= {"tree": tree.size(session), "waiting": tree.waiting(session)}
    well = f"{told['entries']} entries in order, nothing missing or changed"
    if chain is None:
        well += f"; the tree over {told['tree']} of them is whole, {told['waiting']} wait to be taken in"
    found_something(found, as_json=as_json, told=told, well=well)


@ledger_group.command("checkpoint")
@click.option("-o", "--output", type=_NEW, help="Write the signed note here, not to the terminal.")
@click.option(
    "--remember", type=_FILE, help="Take a checkpoint from outside as the last one signed, where the memory was lost."
)
@click.option("--print", "sheet", type=_NEW, help="Also write a sheet to print and to keep elsewhere here (PDF).")
@answering
@inside
def ledger_checkpoint(_house: House, output: Path | None, remember: Path | None, sheet: Path | None,
                      as_json: bool) -> None:  # fmt: skip
    """Take in what waits, sign the tree as it is, and give the checkpoint out."""
    if remember is not None:
        note = _text(remember)
        with transaction() as session:
            notes.open_note(note, proving.signer(session).keys)
        proving.memory().keep(note)
    proving.take_in()
    row = attesting.signed()
    with transaction() as session:
        note, vkey = checkpoints.published(session, row), proving.signer(session).vkey
    if output is not None:
        output.write_text(note, encoding="utf-8")
    if sheet is not None:
        one = paper.Signed(note, vkey, row.at)
        sheet.write_bytes(paper.page(one, office=services().config.office, made=clock.now()))
    told = {"size": row.size, "root": notes.encoded(row.root), "note": note, "key": vkey}
    lines = note.splitlines() if output is None else [f"{row.size} entries signed, in {output}"]
    tell(told, as_json=as_json, lines=[*lines, "", f"verifier key {vkey}"] if output is None else lines)


@ledger_group.command("prove")
@click.argument("name")
@click.argument("position", type=click.IntRange(min=1), required=False)
@click.option("-o", "--output", type=_NEW, required=True, help="Write the proof here, as NAME.tlog-proof.")
@click.option("--entry", type=_NEW, help="Write the entry's exact bytes here (custody of an exhibit only).")
@acting
@answering
@inside
def ledger_prove(_house: House, name: str, position: int | None, output: Path, entry: Path | None,
                 as_user: str | None, as_json: bool) -> None:  # fmt: skip
    """Prove an entry of a chain, or of an EXHIBIT's custody: the last one that is signed, or the one at POSITION."""
    proving.take_in()
    with transaction() as session:
        behind = tree.size(session) > getattr(checkpoints.latest(session), "size", 0)
    if behind:
        attesting.signed()
    with transaction() as session:
        actor = person(session, as_user)
        chain = proving.known(session, actor, name if "/" in name else f"custody/{name}")
        at, text = proving.proof(session, chain, position)
        if entry is not None:
            exhibits.fetch(session, actor, _exhibit(chain), to=Act.SEE)
            entry.write_bytes(session.get_one(ledger.Entry, (chain, at)).body.encode())
        vkey = proving.signer(session).vkey
    output.write_text(text, encoding="utf-8")
    told = {"chain": chain, "position": at, "proof": str(output), "entry": str(entry or ""), "key": vkey}
    tell(told, as_json=as_json, lines=[f"entry {at} of {chain} is proved in {output}", f"verifier key {vkey}"])


@ledger_group.command("check-proof")
@click.argument("proof", type=_FILE)
@click.argument("entry", type=_FILE)
@click.option("--key", "keys", multiple=True, required=True, metavar="VKEY", help="The log's verifier key, trusted.")
@click.option("--witness", "witnesses", multiple=True, metavar="VKEY", help="A witness that must have signed, too.")
@answering
def ledger_check_proof(proof: Path, entry: Path, keys: tuple[str, ...], witnesses: tuple[str, ...],
                       as_json: bool) -> None:  # fmt: skip
    """Check that a PROOF shows the bytes of ENTRY in the log of that key; needs no deployment and no network."""
    logs, seen = ([notes.read_vkey(one) for one in given] for given in (keys, witnesses))
    shown = proofs.check(_text(proof), entry.read_bytes(), logs, witnesses=seen)
    lines = [
        f"the entry stands at index {shown.index} of {shown.checkpoint.size}, signed by {shown.log.key.name}",
        *(f"witnessed by {one.key.name} at {one.time} (seconds since 1970)" for one in shown.witnesses),
    ]
    told = {
        "index": shown.index, "size": shown.checkpoint.size, "origin": shown.checkpoint.origin,
        "witnesses": {one.key.name: one.time for one in shown.witnesses},
    }  # fmt: skip
    tell(told, as_json=as_json, lines=lines)


def _exhibit(chain: str) -> UUID:
    try:
        return UUID(chain.removeprefix("custody/"))
    except ValueError as other:
        raise NotGivenOut("only the entries of an exhibit's custody are given out word for word") from other


def _text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read(_LONGEST)
    except UnicodeDecodeError as fault:
        raise NotText(f"{path} holds no text in UTF-8") from fault


COMMANDS = (ledger_group,)
