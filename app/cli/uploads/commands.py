"""Commands for uploads: make a sheet, send, look, take in from a disk, cancel."""

import getpass
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import click

from app import uploading
from app.cli.running import House, acting, answering, inside, person, progress, tell, uuid_of
from app.cli.uploads import receipts, sending
from app.cli.uploads.sending import Sending, Server
from app.wiring import transaction
from cases.access import Act
from core import cipher
from core.config import MIB
from core.errors import Conflict, Invalid
from evidence.intake import BatchItem
from evidence.uploads import plans, sessions, sheets
from evidence.uploads.parts import WrongPart
from evidence.uploads.rows import Upload

_KEY: Final = Path("~/.config/probanda/sheet.key")
_SEED: Final = 32
_POLL: Final = 1.0
_TOLD_EACH: Final = 30.0


class BadKey(Invalid):
    """The file that should hold a sender's key does not."""


class SheetThere(Conflict):
    """There is a file already where the sheet is to go."""


@click.group("upload")
def upload() -> None:
    """Uploads of large files over lines that break: sheet, send, status, ingest, cancel."""


@upload.command("sheet")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False),
              help="Where the sheet goes; beside the file when not given.")  # fmt: skip
@click.option("--part-mib", type=click.IntRange(1, 1024), default=16, show_default=True, help="MiB in one part.")
@click.option("--name", default="", help="The file's name, if not the one it has here.")
@click.option("--by", "made_by", default="", help="Who makes the sheet; the account's name when not given.")
@click.option("--key", type=click.Path(path_type=Path, dir_okay=False), default=_KEY, show_default=True,
              help="Your own signing key; it is made when there is none.")  # fmt: skip
@answering
def make_sheet(path: Path, output: Path | None, part_mib: int, name: str, made_by: str, key: Path,
               as_json: bool) -> None:  # fmt: skip
    """Hash PATH whole and part by part and write a signed intake sheet; needs no server and no deployment."""
    place = output or path.with_name(f"{path.name}.sheet.json")
    if os.path.lexists(place):
        raise SheetThere(f"{place} exists; nothing was written over it")
    size = path.stat().st_size
    part_bytes = plans.fitting(size, part_mib * MIB)
    seed = _seed(key.expanduser())
    with path.open("rb") as stream, progress(size, "hashing") as step:
        text = sheets.make(stream, name=name or path.name, part_bytes=part_bytes,
                           made_by=made_by or getpass.getuser(), seed=seed, told=step)  # fmt: skip
    with place.open("x", encoding="utf-8") as out:
        out.write(text)
    made = sheets.read(text)
    count = plans.count(made.plan.size, part_bytes)
    told = {"sheet": place, "name": made.name, "size": made.plan.size, "sha256": made.plan.sha256,
            "part_bytes": part_bytes, "parts": count, "key": made.key_id, "sheet_sha256": made.sha256}  # fmt: skip
    lines = [
        f"{place}: {made.plan.size} bytes in {count} parts, sha256 {made.plan.sha256}",
        f"signed by key {made.key_id}; note this number where the receiving office can compare it",
    ]
    tell(told, as_json=as_json, lines=lines)


@upload.command("send")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--to", "url", required=True, envvar="PROBANDA_SERVER", help="The server: https://…")
@click.option("--token", required=True, envvar="PROBANDA_TOKEN",
              help="Your API token; better in the environment than here.")  # fmt: skip
@click.option("--exhibit", required=True, help="The exhibit's id; it is registered first, with no bytes.")
@click.option("--sheet", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The signed intake sheet.")
@click.option("--tool-sha256", default="", help="A hash that the acquiring tool states for the data inside the file.")
@click.option("--tool", default="the acquiring tool", help="Which tool states it.")
@click.option("--parallel", type=click.IntRange(1, 16), default=3, show_default=True, help="Parts sent at once.")
@click.option("--patience", type=click.FloatRange(0), default=14 * 86_400.0,
              help="Seconds to go on trying while the server is not reached.")  # fmt: skip
@click.option("--wait/--no-wait", default=False, help="Wait until the server has put it together.")
@answering
def send(path: Path, url: str, token: str, exhibit: str, sheet: Path | None, tool_sha256: str, tool: str,
         parallel: int, patience: float, wait: bool, as_json: bool) -> None:  # fmt: skip
    """Send PATH part by part; run the same command again, here or elsewhere, and it goes on where it stands."""
    server, size = Server(url, token, patience, _why_it_waits()), path.stat().st_size
    told: dict[str, Any] = {"name": path.name, "size": size}
    hashes, name = list[str](), path.name
    if sheet:
        text = sheet.read_text(encoding="utf-8")
        read = sheets.read(text)
        told, hashes, name = {"sheet": text}, _hashes(read.plan.parts), read.name
        if read.plan.size != size:
            raise sending.SourceChanged(f"{path} has {size} bytes, and its sheet says {read.plan.size}")
    if tool_sha256:
        told["also"] = [{"value": tool_sha256.lower(), "target": "source_data", "stated_by": tool}]
    known = sending.begun(server, exhibit, told, name, size)
    click.echo(f"upload {known['id']}, open until {known['expires']}", err=True)
    job = Sending(server, path, known, hashes)
    with ThreadPoolExecutor(1) as beside, progress(size - int(known["held_bytes"]), "sending") as step:
        reading = None if sheet else beside.submit(sending.whole, path)
        job.send(parallel, _reckoning(job, step))
        if reading is not None:
            stated = {"value": reading.result(), "stated_by": "the sender's program, from the whole file"}
            server.post(f"/uploads/{known['id']}/stated", stated)
    after = _waited(server, known["id"], wait=wait)
    held = f"{after['held_bytes']} of {after['size']} bytes held"
    line = f"{after['state']}: {held}, {job.sent} sent now, {job.resent} parts sent again"
    tell({**after, "sent": job.sent, "resent": job.resent}, as_json=as_json, lines=[line])


@upload.command("status")
@click.argument("session")
@acting
@answering
@inside
def status(_house: House, session: str, as_user: str | None, as_json: bool) -> None:
    """Say how far the upload SESSION has come, and which parts are missing."""
    with transaction() as db:
        row = sessions.fetch(db, person(db, as_user), uuid_of(session), to=Act.SEE)
        held = {one.start // row.part_bytes + 1 for one in sessions.held(db, row)}
        item = db.get(BatchItem, row.item_id) if row.item_id else None
    count = plans.count(row.size, row.part_bytes)
    missing = ranges([number for number in range(1, count + 1) if number not in held])
    told = {**_told(row), "name": item.shown_name if item else "", "parts": count, "missing": missing}
    lines = [f"{name}: {value}" for name, value in told.items() if value not in {"", None}]
    tell(told, as_json=as_json, lines=lines)


@upload.command("ingest")
@click.argument("session")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@acting
@answering
@inside
def ingest(_house: House, session: str, path: Path, as_user: str | None, as_json: bool) -> None:
    """Take what SESSION is missing from PATH on this machine, such as a disk that a courier brought."""
    upload_id = uuid_of(session)
    with transaction() as db:
        actor = person(db, as_user)
        row = sessions.fetch(db, actor, upload_id)
    taken, wrong = 0, list[str]()
    with progress(row.size - row.held_bytes, "taking in") as step:
        for one in uploading.ingest(actor, upload_id, path):
            if isinstance(one, WrongPart):
                wrong.append(one.message)
            else:
                taken += 0 if one.before else 1
                step(one.span.length)
    with transaction() as db:
        row = sessions.fetch(db, actor, upload_id)
    told = {**_told(row), "taken": taken, "refused": wrong}
    tell(told, as_json=as_json, lines=[*wrong, f"{taken} parts taken; {row.held_bytes} of {row.size} bytes are held"])
    if wrong:
        click.get_current_context().exit(1)


@upload.command("cancel")
@click.argument("session")
@click.option("--reason", required=True, help="Why; the ledger keeps it.")
@acting
@answering
@inside
def cancel(_house: House, session: str, reason: str, as_user: str | None, as_json: bool) -> None:
    """Cancel SESSION; what came of it is purged, and the ledger certifies that."""
    with transaction() as db:
        actor = person(db, as_user)
    uploading.cancel(actor, uuid_of(session), reason)
    with transaction() as db:
        row = sessions.fetch(db, actor, uuid_of(session))
    tell(_told(row), as_json=as_json, lines=[f"cancelled; {row.held_bytes} bytes in {row.held_parts} parts purged"])


def ranges(numbers: list[int]) -> str:
    """Numbers in order as people write them: 1-4, 7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def _reckoning(job: Sending, step: Callable[[int], None]) -> Callable[[int], None]:
    """Tell progress on a terminal, with the time that is left at the rate that was measured."""
    told = 0.0

    def count(sent: int) -> None:
        nonlocal told
        step(sent)
        if time.monotonic() - told > _TOLD_EACH and job.rate() > 0:
            told = time.monotonic()
            left = int(job.upload["size"]) - int(job.upload["held_bytes"]) - job.sent
            seconds = plans.seconds_left(left, job.rate())
            words = f", {plans.lasting(seconds)} left if nothing breaks" if seconds else ""
            click.echo(f"  {job.rate() / MIB:.1f} MiB/s{words}", err=True)

    return count


def _why_it_waits() -> Callable[[str], None]:
    """Tell why nothing goes on, at once and then now and then: a full disk over there needs somebody to make room."""
    told = -_TOLD_EACH

    def tell_now_and_then(reason: str) -> None:
        nonlocal told
        if time.monotonic() - told > _TOLD_EACH:
            told = time.monotonic()
            click.echo(f"  waiting: {reason}", err=True)

    return tell_now_and_then


def _waited(server: Server, upload_id: str, *, wait: bool) -> dict[str, Any]:
    while True:
        told = server.ask("GET", f"/uploads/{upload_id}")
        if not wait or told["state"] != "whole":
            return told
        time.sleep(_POLL)


def _hashes(packed: bytes) -> list[str]:
    return [packed[at : at + plans.DIGEST].hex() for at in range(0, len(packed), plans.DIGEST)]


def _seed(path: Path) -> bytes:
    """The sender's own key, made at the first time; nobody else may read it."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
            out.write(cipher.new_key(_SEED))
    seed = path.read_bytes()
    if len(seed) != _SEED:
        raise BadKey(f"{path} does not hold a key of {_SEED} bytes; name another file with --key")
    if path.stat().st_mode & 0o077:
        raise BadKey(f"{path} may be read by other accounts; run: chmod 600 {path}")
    return seed


def _told(row: Upload) -> dict[str, Any]:
    names = ("id", "state", "because", "size", "sha256", "target", "part_bytes", "held_bytes", "held_parts", "offset")
    return {name: getattr(row, name) for name in (*names, "begun", "last_at", "expires", "file_id")}


COMMANDS = (upload, *receipts.COMMANDS)
