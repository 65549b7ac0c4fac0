"""How fast an upload comes in parts and is put together, and how much memory that takes, in a process of its own."""

import multiprocessing
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import UUID

from flask import Flask

from app import uploading
from app.bench.measuring import MIB, Figure, fill, hash_and_copy, peak_mib
from app.wiring import EXTENSION, build, services, transaction
from cases import access
from core import accounts
from core.accounts import Actor, Role
from core.config import Config
from evidence import exhibits
from evidence.exhibits import Description
from evidence.uploads import plans
from evidence.uploads.plans import Plan
from evidence.uploads.rows import State, Upload

# So much more may a process hold than it did after its first part, however long the upload is.
_BOUND: Final = 64
_LONG: Final = 400 * 10**9


def measure(app: Flask, folder: Path, size: int) -> Iterator[Figure]:
    """Send a random file of so many bytes part by part, put it together, and look at the memory that this took."""
    source = folder / "image.bin"
    fill(source, size)
    began = time.perf_counter()
    hash_and_copy(source, folder / "copy.bin")
    plain = time.perf_counter() - began
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        sent, joined, before, peak = pool.apply(_upload, (app.instance_path, source))
    source.unlink()
    told, baseline = f"an upload of {size // MIB} MiB in parts of {plans.PART // MIB} MiB", "SHA-256 + copy with fsync"
    yield Figure(f"{told}: its parts hashed, sealed, synced, written down", baseline, sent, plain, "s", 2)
    hours = _LONG / (size / joined) / 3600
    yield Figure("the same put together", baseline, joined, plain, "s", 4, f"400 GB at this rate: {hours:.1f} hours")
    grown, most = max(peak - before, 0.1), f"{peak:.0f} MiB at most"
    yield Figure("growth of the memory of that process", f"{_BOUND} MiB", grown, _BOUND, "MiB", 1, most)


def _upload(instance: str, source: Path) -> tuple[float, float, float, float]:
    """The seconds of sending and of putting together, and the most memory before and after, in MiB."""
    app = Flask(__name__, instance_path=instance)  # services and no doors: nothing is asked over HTTP here
    app.extensions[EXTENSION] = build(Config.load(Path(instance), os.environ))
    with app.app_context():
        actor, exhibit = _prepare()
        _put_together(_sent(actor, exhibit, source, plans.PART))  # what is made once is made now
        before, began = peak_mib(), time.perf_counter()
        made = _sent(actor, exhibit, source, source.stat().st_size)
        sent = time.perf_counter()
        _put_together(made)
        joined = time.perf_counter()
        services().engine.dispose()
    return sent - began, joined - sent, before, peak_mib()


def _sent(actor: Actor, exhibit: UUID, source: Path, size: int) -> UUID:
    """Send the beginning of a file as an upload, its last part first; gives the upload."""
    row = uploading.begin(actor, exhibit, "measured.bin", Plan(size))
    with source.open("rb") as stream:
        for number in range(plans.count(size, row.part_bytes), 0, -1):
            stream.seek((number - 1) * row.part_bytes)
            uploading.take_part(actor, row.id, number, stream)
    return row.id


def _put_together(upload_id: UUID) -> None:
    uploading.assemble(upload_id)
    with transaction() as session:
        state = session.get_one(Upload, upload_id).state
    if state != State.STORED:
        raise RuntimeError(f"the measured upload was not stored, it is {state}")


def _prepare() -> tuple[Actor, UUID]:
    with transaction() as session:
        user = accounts.add(session, f"bench-{secrets.token_hex(4)}", [Role.INVESTIGATOR], secrets.token_urlsafe(16))
        actor = user.actor("cli", "investigation")
        case = access.open_case(session, actor, "Measurement")
        return actor, exhibits.register(session, actor, case.id, Description("B2", "measured parts")).id
