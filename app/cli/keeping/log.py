"""Commands about what vouches for the log from outside: how it stands, and whether an old checkpoint still holds."""

from pathlib import Path

import click

from app import proving
from app.cli.ledgers import ledger_group
from app.cli.running import House, answering, found_something, inside, tell
from app.outside import attesting, standing
from app.wiring import transaction
from core.errors import Tampered
from core.ledger import checkpoints

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@ledger_group.command("attest")
@answering
@inside
def attest(_house: House, as_json: bool) -> None:
    """Sign what is new, and have it witnessed and time-stamped now, as the worker does by itself."""
    done = attesting.attest_now()
    told = {"size": done.size, "cosigned": done.cosigned, "stamped": done.stamped, "missing": done.missing}
    well = f"{done.size} entries signed, witnessed by {len(done.cosigned)}, stamped by {len(done.stamped)}"
    found_something(done.missing, as_json=as_json, told=told, well=well)


@ledger_group.command("standing")
@answering
@inside
def stand(_house: House, as_json: bool) -> None:
    """Say how the log stands: size, last checkpoint, witnesses, time stamps, heartbeat, and every weakness."""
    with transaction() as session:
        one = standing.look(session)
    lines = [f"{label}: {text}" for label, text in one.facts()]
    lines += [f"weakness: {each}" for each in one.weaknesses] or ["no weakness is known"]
    tell(one.told(), as_json=as_json, lines=lines)


@ledger_group.command("check-checkpoint")
@click.argument("file", type=_FILE)
@answering
@inside
def check_checkpoint(_house: House, file: Path, as_json: bool) -> None:
    """Check that today's log begins with the checkpoint in FILE: a witness's, a print's, or one that was mailed."""
    with transaction() as session:
        try:
            shown = standing.begins_with(session, proving.signer(session).keys, file.read_bytes())
        except (Tampered, checkpoints.WouldFork) as wrong:
            found_something([wrong.message], as_json=as_json, told={"checkpoint": str(file)}, well="")
            return
    told = {"size": shown.size, "root": shown.root.hex()}
    well = f"the log begins with the {shown.size} entries of that checkpoint, unaltered"
    found_something([], as_json=as_json, told=told, well=well)


COMMANDS = ()
