"""Making a backup while people work: one snapshot of all rows, then the blobs that these rows name.

The rows are sealed on their way out, so a backup holds nothing that the deployment's own disk does not hold sealed; the
master key is never in it, except where it is itself sealed by a passphrase.
"""

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Select, Table, func, select

from app import migrations
from app.backups import rows, store
from app.backups.store import Fault, Store, Summed
from app.migrations.tables import METADATA
from app.wiring import Services, services, transaction
from core import cipher, clock
from core.accounts import Actor
from core.ledger import entries as ledger
from evidence.integrity.schedule import BlobCheck
from evidence.keyring import HOUSE, SIGNING, Keyring
from evidence.keys import permits, recovery
from evidence.keys.providers import SEALED
from evidence.keys.token import FILE as TOKEN
from evidence.uploads.rows import LIVE, Part, State, Upload

# Key material that is wrapped or sealed; `master.key` itself is not among them and never may be.
WRAPPED: Final = (SIGNING, HOUSE, SEALED, TOKEN, recovery.FILE)
# What lies beside the database: the first must be as old as it or older, the second as old or newer.
BEFORE: Final = "log.memory"
AFTER: Final = "tombstones.jsonl"
Told = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Made:
    """A finished backup: where, how much, and what of it was missing."""

    folder: Path
    rows: int
    blobs: int
    copied: int
    copied_bytes: int
    faults: tuple[Fault, ...]


def make(actor: Actor, folder: Path, *, told: Told = lambda _count: None) -> Made:
    """Make one more backup in a folder of backups; raises NotForKeys, BackupUnderWay, or OSError of the target's disk.

    Writers go on meanwhile.  A blob that the vault lacks is named in the result and in the manifest.
    """
    permits.administrator(actor)
    with Store(folder).alone():
        return make_alone(actor, Store(folder), told)


def make_alone(actor: Actor, at: Store, told: Told = lambda _count: None) -> Made:
    """Make one more backup, for who is alone in the folder of backups; raises OSError of its disk."""
    house = services()
    name = clock.stamp(clock.now())[:19].replace(":", "-") + "Z"
    part = at.begin(name)
    with transaction() as session:
        # A backup that is killed after it has its name and before its end is entered is known by its beginning.
        ledger.append(session, permits.CHAIN, actor, "backup begun", name=name)
    # Before the snapshot, so that the memory never knows of a checkpoint that the rows do not hold.
    _beside(house.config.instance / BEFORE, part)
    with _snapshot(house) as connection:
        counts = _write_rows(house, connection, part, name)
        wanted = sorted(_blobs(connection))
        facts = _facts(connection)
    for one in WRAPPED:
        _beside(house.config.keys / one, part / store.KEYS)
    _beside(house.config.instance / AFTER, part)
    copied, faults = _copy(house, at, part, wanted, told)
    manifest = {
        "kind": store.KIND, "v": 1, "name": name, "office": house.config.office, "form": migrations.head(),
        "database": house.engine.dialect.name, "master": house.keyring.master_id,
        "provider": house.keyring.provider.name,
        "rows": counts, "blobs": len(wanted) - len(faults), "missing": [str(one) for one in faults], **facts,
        "files": {one: {"size": s.size, "sha256": s.sha256} for one, s in _summed(part).items()},
    }  # fmt: skip
    signature = house.keyring.sign(store.statement(manifest))
    (part / store.MANIFEST).write_bytes(store.manifest_text(manifest, house.keyring.public, signature))
    whole = at.finish(part)
    made = Made(whole, sum(counts.values()), len(wanted), len(copied), sum(copied), tuple(faults))
    _enter(actor, made)
    return made


def prune(actor: Actor, at: Store, keep: int) -> tuple[list[str], int]:
    """Remove all but the newest backups, for who is alone in their folder, and enter which; raises OSError."""
    gone, blobs = at.prune(keep)
    with transaction() as session:
        ledger.append(session, permits.CHAIN, actor, "backups removed", names=gone, blobs=blobs)
    return gone, blobs


def row_key(keyring: Keyring, name: str, table: str) -> tuple[bytes, bytes]:
    """The key and the context under which the rows of one table are sealed in one backup."""
    place = f"probanda/backup/v1/{name}/{table}"
    return keyring.house_key(place), place.encode()


def tables() -> list[Table]:
    """All tables, those that others point to first."""
    return list(METADATA.sorted_tables)


@contextmanager
def _snapshot(house: Services) -> Iterator[Connection]:
    """One unchanging view of the whole database, for which no writer waits."""
    with house.engine.connect() as connection:
        if house.engine.dialect.name == "postgresql":
            view = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        else:
            view = connection.execution_options(reading=True)
        with view.begin():
            yield view


def _write_rows(house: Services, connection: Connection, part: Path, name: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for table in tables():
        counted = _Counted(rows.lines(connection, table))
        key, context = row_key(house.keyring, name, table.name)
        frames = ("".join(f"{line}\n" for line in lines).encode() for lines in _each(counted, 500))
        with (part / store.ROWS / f"{table.name}.sealed").open("wb") as out:
            # A key seals one stream only: each table of each backup has its own.
            out.writelines(cipher.seal(frames, key, context=context))
        counts[table.name] = counted.count - 1
    return counts


def _beside(source: Path, folder: Path) -> None:
    if source.exists():
        shutil.copyfile(source, folder / source.name)
        (folder / source.name).chmod(0o600)


class _Counted:
    """Lines on their way, counted."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.count = 0
        self._lines = lines

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.count += 1
            yield line


def _each(lines: "_Counted", size: int) -> Iterator[tuple[str, ...]]:
    whole = iter(lines)
    while batch := tuple(itertools.islice(whole, size)):
        yield batch


def _blobs(connection: Connection) -> set[str]:
    """Every blob that some row needs, whichever table it is in."""
    found: set[str] = set()
    for query in _needing():
        found.update(one for one in connection.scalars(query) if one and one[2:3] == "/")
    return found


def _needing(blob: str | None = None) -> Iterator[Select[str]]:
    """For each table with blobs, the query for those that are needed, or for this one.

    The list of looks may name blobs that are gone; the parts of an upload are needed until it has ended.
    """
    for table in tables():
        if "blob" in table.columns and table.name != BlobCheck.__tablename__:
            query = select(table.c.blob)
            if table.name == Part.__tablename__:
                query = query.join(Upload, Upload.id == table.c.upload_id).where(Upload.purged.is_(None))
                query = query.where(Upload.state.in_((*LIVE, State.JOINED.value)))
            yield query if blob is None else query.where(table.c.blob == blob)


def _facts(connection: Connection) -> dict[str, Any]:
    """How long the ledgers are, and the tree over them as far as there is one."""
    entries, heads = METADATA.tables["ledger_entries"], METADATA.tables["ledger_heads"]
    told: dict[str, Any] = {
        "entries": connection.scalar(select(func.count()).select_from(entries)) or 0,
        "chains": connection.scalar(select(func.count()).select_from(heads)) or 0,
    }
    checkpoints = METADATA.tables.get("checkpoints")
    if checkpoints is not None:
        last = connection.execute(select(checkpoints).order_by(checkpoints.c.size.desc()).limit(1)).mappings().first()
        if last is not None:
            told["checkpoint"] = {"size": last["size"], "note": last["note"]}
    return told


def _copy(house: Services, at: Store, part: Path, wanted: list[str], told: Told) -> tuple[list[int], list[Fault]]:
    """Copy what the store lacks, and list all blobs of this backup with their sums."""
    known = at.sums()
    copied: list[int] = []
    faults: list[Fault] = []
    with (part / store.LIST).open("w") as out:
        for blob in wanted:
            there = at.folder / "blobs" / blob
            if blob not in known or not there.exists() or there.stat().st_size != known[blob].size:
                try:
                    known[blob] = at.copy(house.vault.root, blob)
                except FileNotFoundError:
                    faults += _missing(blob)
                    continue
                copied.append(known[blob].size)
            out.write(f"{blob} {known[blob].size} {known[blob].sha256}\n")
            told(1)
    return copied, faults


def _missing(blob: str) -> Iterator[Fault]:
    """A blob that the vault lacks: a fault, unless it was destroyed by order since the snapshot."""
    with transaction() as session:
        connection = session.connection()
        still = any(connection.scalar(query.limit(1)) for query in _needing(blob))
    if still:
        yield Fault(f"blob {blob}", "a row names it and the vault does not have it; run: probanda vault check")
    else:
        yield Fault(f"blob {blob}", "it was destroyed while the backup ran, and its row is gone")


def _summed(part: Path) -> dict[str, Summed]:
    found = (one for one in part.rglob("*") if one.is_file())
    return {one.relative_to(part).as_posix(): store.summed(one) for one in found}


def _enter(actor: Actor, made: Made) -> None:
    with transaction() as session:
        words: dict[str, Any] = {"name": made.folder.name, "rows": made.rows, "blobs": made.blobs}
        words |= {"copied": made.copied, "missing": len(made.faults)}
        words["manifest"] = store.summed(made.folder / store.MANIFEST).sha256
        ledger.append(session, permits.CHAIN, actor, "backup made", **words)
