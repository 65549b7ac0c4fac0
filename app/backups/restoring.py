"""Restoring a backup into a new place, and proving that what stands there is what was saved.

Everything is made beside the target and gets its name only when all of it was read back and held: the manifest, every
file, every blob down to its plain bytes, every chain, the tree, the counts.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine

from app import migrations
from app.backups import making, mark, rows, store, unfinished
from app.backups.store import Fault, Manifest, Store
from app.backups.unfinished import NotEmpty
from app.wiring import within
from core import cipher, db
from core.config import Config
from core.errors import Conflict, Tampered
from core.ledger import checkpoints, notes
from core.ledger import entries as ledger
from core.ledger.memory import NAME as MEMORY
from core.ledger.memory import Memory
from evidence import fixity
from evidence.ending import tombstones
from evidence.keyring import Keyring
from evidence.keys import files
from evidence.keys.files import KeysMissing, KeysWrong
from evidence.keys.providers import MASTER
from evidence.vault import Vault
from exports import shelf

Told = Callable[[int], object]
Settle = Callable[[Path], object]


class OtherRelease(Conflict):
    """The backup was made with tables of another form."""


class BackupBroken(Tampered):
    """The backup is not what was saved; `faults` name each place."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        told = "; ".join(str(one) for one in self.faults[:20])
        more = f"; and {len(self.faults) - 20} more" if len(self.faults) > 20 else ""
        super().__init__(f"this backup is not what was saved, and nothing was restored: {told}{more}")


@dataclass(frozen=True, slots=True)
class Order:
    """What to restore, where to, and what is needed beside the backup."""

    folder: Path
    instance: Path
    name: str = ""
    database: str = ""
    master: Path | None = None
    stones: Path | None = None
    key: str = ""
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Restored:
    """What stands there now, all of it read back."""

    name: str
    rows: int
    blobs: int
    entries: int


def check(folder: Path, name: str = "", key: str = "") -> tuple[Manifest, list[Fault]]:
    """Read a backup from end to end without any key; gives its manifest and everything that does not hold."""
    at = Store(folder)
    place = at.newest(name)
    manifest = store.read_manifest(place)
    faults = list(store.faults(at, place, manifest))
    if key and key.lower() != manifest.public.hex():
        faults.insert(0, Fault(store.MANIFEST, f"it is signed by {manifest.public.hex()}, which is not the key given"))
    faults += [Fault("when it was made", one) for one in manifest.told["missing"] if "row names it" in one]
    return manifest, faults


def restore(order: Order, settle: Settle, *, told: Told = lambda _count: None) -> Restored:
    """Restore a backup, let *settle* do in the finished folder what has to be done before anybody may look into it.

    Raises NotEmpty, OtherRelease, BackupBroken, KeysMissing or KeysWrong, and keeps nothing of the backup then.  Broken
    off after the rows were committed, it is said again: it knows what it left in the database and begins anew there.
    """
    _empty(order.instance)
    manifest, faults = check(order.folder, order.name, order.key)
    if faults:
        raise BackupBroken(faults)
    if manifest.told["form"] != migrations.head():
        raise OtherRelease(
            f"the backup has tables of form {manifest.told['form']}; restore it with the release of then"
        )
    folder = unfinished.folder_of(order.instance)
    word = unfinished.begin(folder)
    try:
        count = _make(order, manifest, folder, word, settle, told)
    except BaseException:
        # The word stays: rows may stand in a database outside, and by it they are known as this restore's.
        unfinished.clear(folder)
        raise
    engine = db.connect(_config(order.instance).database_url)
    try:
        with engine.begin() as connection:
            unfinished.done(connection, order.instance)
    finally:
        engine.dispose()
    return Restored(manifest.told["name"], count, manifest.told["blobs"], manifest.told["entries"])


def _make(order: Order, manifest: Manifest, folder: Path, word: str, settle: Settle, told: Told) -> int:
    place = Store(order.folder).newest(order.name)
    config = _settings(order, manifest, folder)
    keyring = _keys(order, manifest, place, config)
    engine = db.connect(config.database_url)
    try:
        again = unfinished.left(engine, word, folder)
        migrations.upgrade(engine)
        vault = _take_blobs(order, place, config, told)
        _beside(order, place, folder)
        # One transaction until everything was read back: a restore that does not hold leaves the database as it was.
        with engine.begin() as connection:
            if again:
                unfinished.empty(connection)
            unfinished.put(connection, word, str(manifest.told["name"]))
            count = _take_rows(connection, keyring, place, manifest)
            _prove(connection, vault, keyring, manifest, Memory.of(folder))
        mark.put(folder, str(manifest.told["name"]))
        settle(folder)
        unfinished.whole(engine)
        _name(order, folder, engine)
    finally:
        engine.dispose()
    return count


def _name(order: Order, folder: Path, engine: Engine) -> None:
    """Give the deployment its name; only now is it one."""
    engine.dispose()  # the file of a database may lie in the folder
    if order.instance.exists():
        order.instance.rmdir()
    folder.rename(order.instance)
    files.sync(order.instance.parent)


def _empty(instance: Path) -> None:
    if instance.exists() and any(instance.iterdir()):
        raise NotEmpty(
            f"{instance} is not empty; name a folder that is not there yet: a restore never writes over anything"
        )


def _settings(order: Order, manifest: Manifest, folder: Path) -> Config:
    settings = {"office": manifest.told["office"], "key_provider": manifest.told["provider"], **dict(order.settings)}
    if order.database:
        settings["database_url"] = order.database
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in settings.items()]
    files.write(folder / "config.toml", "".join(lines).encode())
    return _config(folder)


def _config(folder: Path) -> Config:
    return Config.load(folder, {name: value for name, value in os.environ.items() if name in _PASSED})


# The environment of the deployment that runs the command says nothing about where the new one lies.
_PASSED: Final = frozenset({"PROBANDA_PKCS11_MODULE", "PROBANDA_PKCS11_TOKEN"})


def _keys(order: Order, manifest: Manifest, place: Path, config: Config) -> Keyring:
    config.keys.mkdir(mode=0o700)
    for source in (place / store.KEYS).iterdir():
        files.write(config.keys / source.name, source.read_bytes())
    if order.master is not None:
        files.write(config.keys / MASTER, files.read(order.master))
    elif manifest.told["provider"] == "file":
        message = (
            f"the backup does not hold the master key {manifest.told['master']}: give your safe copy by --master FILE, "
            "or make that file from the shares: probanda keys recover"
        )
        raise KeysMissing(message)
    keyring = Keyring(config)
    if keyring.master_id != manifest.told["master"]:
        raise KeysWrong(
            f"the backup is opened by master key {manifest.told['master']}, and this is {keyring.master_id}"
        )
    if keyring.public != manifest.public:
        raise KeysWrong("the manifest is signed by another key than the one that lies in the backup; it was replaced")
    return keyring


def _take_rows(connection: Connection, keyring: Keyring, place: Path, manifest: Manifest) -> int:
    total = 0
    for table in making.tables():
        key, context = making.row_key(keyring, manifest.told["name"], table.name)
        path = place / store.ROWS / f"{table.name}.sealed"
        count, meant = rows.take(connection, table, _lines(path, key, context)), manifest.told["rows"][table.name]
        if count != meant:
            raise BackupBroken([Fault(f"table {table.name}", f"{count} rows came, and {meant} were saved")])
        total += count
    return total


def _lines(path: Path, key: bytes, context: bytes) -> Iterator[str]:
    with path.open("rb") as sealed:
        rest = b""
        for plain in cipher.unseal(iter(partial(sealed.read, 1 << 20), b""), key, context=context):
            whole, _, rest = (rest + plain).rpartition(b"\n")
            if whole:
                yield from whole.decode().split("\n")
        if rest:
            raise BackupBroken([Fault(path.name, "its last line is cut")])


def _take_blobs(order: Order, place: Path, config: Config, told: Told) -> Vault:
    config.vault.mkdir(mode=0o700)
    for name, wanted in store.listed(place):
        target = config.vault / name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (order.folder / "blobs" / name).open("rb") as source, target.open("wb") as out:
            came = store.poured(source, out)
            out.flush()
            os.fsync(out.fileno())
        if came != wanted:
            raise BackupBroken([Fault(f"blob {name}", "it is not what was copied")])
        target.chmod(0o400)
        told(1)
    for place_of in (config.vault, *sorted(one for one in config.vault.rglob("*") if one.is_dir())):
        files.sync(place_of)
    return Vault(config.vault)


def _beside(order: Order, place: Path, folder: Path) -> None:
    for name in (MEMORY, tombstones.FILE):
        if (place / name).exists():
            files.write(folder / name, (place / name).read_bytes())
    if order.stones is not None:
        # The newer list is the one that counts; that it goes on from the older one is checked when it is replayed.
        files.write(folder / tombstones.FILE, order.stones.read_bytes())


def _prove(connection: Connection, vault: Vault, keyring: Keyring, manifest: Manifest, memory: Memory) -> None:
    found = list(_proofs(connection, vault, keyring, manifest, memory))
    if found:
        raise BackupBroken(found)


def _proofs(
    connection: Connection, vault: Vault, keyring: Keyring, manifest: Manifest, memory: Memory
) -> Iterator[Fault]:
    """Read everything that was restored once more, as an auditor would, and name what does not hold."""
    transaction = within(connection)
    gone = [one for one in manifest.told["missing"] if "row is gone" in one]
    with transaction() as session:
        for broken in ledger.breaks(session):
            yield Fault("ledger", str(broken))
        entries = ledger.count(session)
        if entries != manifest.told["entries"]:
            yield Fault("ledger", f"{entries} entries came, and {manifest.told['entries']} were saved")
        # Everything that was signed, too: each checkpoint by the key that signed the backup, and the memory beside it.
        origin = checkpoints.origin(session, memory, str(manifest.told["office"]), keyring.key_id)
        for torn in checkpoints.breaks(session, [notes.key(origin, keyring.public)], memory):
            yield Fault("tree", str(torn))
    for checked in (fixity.check(transaction, vault, keyring), shelf.check(transaction, vault, keyring)):
        for one in checked:
            if one is not None and not any(one.blob and one.blob in told for told in gone):
                yield Fault("evidence", str(one))
