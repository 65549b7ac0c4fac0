"""The vault keeps what it was given, shows nothing of it on disk, and finds whatever is done to a blob."""

import hashlib
import io
import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import cipher
from core.errors import Tampered, Unavailable
from evidence.vault import FRAME, BlobContext, BlobDamaged, BlobGone, CutShort, Receipt, TooLarge, Vault, VaultFull
from tests import makers

ROOT = Path(__file__).resolve().parents[2]
SECRET = b"the witness lives in the blue house by the old mill"


@pytest.fixture
def vault(tmp_path):
    return Vault(tmp_path / "vault")


def context() -> BlobContext:
    return BlobContext(uuid4(), uuid4(), uuid4())


def seal(vault: Vault, data: bytes, **limits: int) -> Receipt:
    return vault.seal(io.BytesIO(data), context(), **limits)


def read(vault: Vault, receipt: Receipt) -> bytes:
    return b"".join(vault.open(receipt))


def rewrite(vault: Vault, receipt: Receipt, change) -> None:
    """Change a blob on disk as somebody with the disk in hand could."""
    path = vault.root / receipt.blob
    sealed = bytearray(path.read_bytes())
    path.chmod(0o600)
    path.write_bytes(change(sealed))


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def with_(receipt: Receipt, **other: object) -> Receipt:
    names = ("blob", "size", "sha256", "sha512", "context", "key")
    return Receipt(**({name: getattr(receipt, name) for name in names} | other))


# --- What comes in goes out ------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, cipher.CHUNK, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME + 17])
def test_a_stream_comes_back_as_it_was_with_both_its_hashes(vault, size):
    data = os.urandom(size)
    receipt = seal(vault, data)

    assert read(vault, receipt) == data
    assert receipt.size == size
    assert receipt.sha256 == hashlib.sha256(data).hexdigest()
    assert receipt.sha512 == hashlib.sha512(data).hexdigest()
    vault.examine(receipt)


@given(st.lists(st.binary(max_size=2000), max_size=20))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_does_not_matter_in_which_pieces_a_stream_comes(vault, pieces):
    receipt = vault.seal(iter(pieces), context())

    assert read(vault, receipt) == b"".join(pieces)


def test_a_stream_that_gives_less_than_it_is_asked_for_is_taken_in_whole(vault):
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 0, 1000))

    data = os.urandom(FRAME + 12_345)

    assert read(vault, vault.seal(Slow(data), context())) == data


def test_a_range_is_read_without_reading_the_rest(vault):
    data = os.urandom(24 * FRAME)
    receipt = seal(vault, data)

    def read_so_far() -> int:
        return int(Path("/proc/self/io").read_text().split()[1])

    before = read_so_far()
    part = b"".join(vault.read(receipt, 11 * FRAME + 777, FRAME))
    used = read_so_far() - before

    assert part == data[11 * FRAME + 777 : 12 * FRAME + 777]
    assert used <= 1.1 * FRAME


def test_a_file_past_four_gibibytes_is_taken_in_and_found_again(vault, tmp_path):
    size = (4 << 30) + 1
    with (tmp_path / "sparse").open("wb+") as sparse:
        sparse.truncate(size)
        sparse.seek(size - 1)
        sparse.write(b"!")
        sparse.seek(0)
        receipt = vault.seal(sparse, context(), expect=size)

    assert receipt.size == size
    assert b"".join(vault.read(receipt, size - 3, 10)) == b"\x00\x00!"
    assert (vault.root / receipt.blob).stat().st_size == cipher.sealed_size(size)


def test_memory_does_not_grow_with_the_file(vault):
    pieces = (os.urandom(FRAME) for _ in range(64))
    tracemalloc.start()
    receipt = vault.seal(pieces, context())
    for _ in vault.open(receipt):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 16 * FRAME


def test_many_senders_at_once_do_not_disturb_each_other(vault):
    data = [os.urandom(3 * FRAME + n) for n in range(6)]
    receipts: list[Receipt | None] = [None] * len(data)

    def send(number: int) -> None:
        receipts[number] = seal(vault, data[number])

    threads = [threading.Thread(target=send, args=(number,)) for number in range(len(data))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [read(vault, receipt) for receipt in receipts] == data
    assert not any(thread.name.startswith("sha512") for thread in threading.enumerate())


# --- What lies on the disk -------------------------------------------------------------------------------------


def test_nothing_of_the_content_its_name_or_its_case_is_on_the_disk(vault):
    where = context()
    receipt = vault.seal(io.BytesIO(SECRET * 1000), where)
    on_disk = b"".join(path.read_bytes() for path in files_in(vault.root))
    names = " ".join(path.as_posix() for path in vault.root.rglob("*"))

    assert SECRET[:12] not in on_disk
    assert receipt.key not in on_disk
    assert hashlib.sha256(SECRET * 1000).hexdigest() not in names
    assert not any(str(one) in names for one in (where.case, where.exhibit, where.file))


def test_a_blob_lies_two_folders_deep_and_can_be_read_by_its_owner_alone(vault):
    receipt = seal(vault, b"x")
    path = vault.root / receipt.blob

    assert path.relative_to(vault.root).parts[:2] == (path.name[:2], path.name[2:4])
    assert path.stat().st_mode & 0o777 == 0o400
    assert path.parent.stat().st_mode & 0o077 == 0


def test_the_key_does_not_show_when_a_receipt_is_printed(vault):
    receipt = seal(vault, b"x")

    assert repr(receipt.key) not in repr(receipt)
    assert receipt.key.hex() not in repr(receipt)


# --- What is done to a blob is found ---------------------------------------------------------------------------


@given(st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_flipped_bit_in_a_blob_is_found(vault, data):
    receipt = seal(vault, os.urandom(40_000))
    place = data.draw(st.integers(0, cipher.sealed_size(40_000) - 1))

    def flip(sealed: bytearray) -> bytearray:
        sealed[place] ^= 0x10
        return sealed

    rewrite(vault, receipt, flip)

    with pytest.raises(BlobDamaged):
        read(vault, receipt)


@pytest.mark.parametrize("by", [1, 16, cipher.CHUNK + cipher.TAG, 40_000])
def test_a_file_cut_short_is_refused_not_shortened(vault, by):
    receipt = seal(vault, os.urandom(40_000))
    rewrite(vault, receipt, lambda sealed: sealed[:-by])

    with pytest.raises(BlobDamaged):
        next(vault.open(receipt))
    with pytest.raises(BlobDamaged):
        next(vault.read(receipt, 0, 10))


def test_a_file_made_longer_is_refused(vault):
    receipt = seal(vault, os.urandom(40_000))
    rewrite(vault, receipt, lambda sealed: sealed + b"\x00")

    with pytest.raises(BlobDamaged):
        next(vault.open(receipt))


def test_two_blobs_that_changed_places_are_refused(vault):
    one, other = seal(vault, b"one"), seal(vault, b"two")

    with pytest.raises(BlobDamaged):
        read(vault, with_(one, blob=other.blob))
    with pytest.raises(BlobDamaged):
        read(vault, with_(one, blob=other.blob, key=other.key))


def test_a_blob_does_not_open_for_another_case_exhibit_file_or_version(vault):
    receipt = seal(vault, SECRET)
    where = receipt.context

    for other in (
        BlobContext(uuid4(), where.exhibit, where.file),
        BlobContext(where.case, uuid4(), where.file),
        BlobContext(where.case, where.exhibit, uuid4()),
        BlobContext(where.case, where.exhibit, where.file, 2),
    ):
        with pytest.raises(BlobDamaged):
            read(vault, with_(receipt, context=other))


def test_bytes_that_open_but_are_not_those_of_the_row_are_withheld_at_the_end(vault):
    receipt = seal(vault, SECRET)
    out = []

    with pytest.raises(BlobDamaged):
        out.extend(vault.open(with_(receipt, sha256="0" * 64)))
    with pytest.raises(BlobDamaged):
        vault.examine(with_(receipt, sha512="0" * 128))

    assert out == []


def test_a_blob_that_is_gone_is_named(vault):
    receipt = seal(vault, b"x")
    vault.discard(receipt.blob)

    with pytest.raises(BlobGone, match=receipt.blob):
        read(vault, receipt)


@pytest.mark.parametrize(
    "name", ["../keys/master.key", "/etc/passwd", "aa/bb", "", "incoming/x.part", "aa/bb/" + "g" * 40]
)
def test_a_name_in_a_row_never_leads_out_of_the_vault(vault, name):
    receipt = seal(vault, b"x")

    with pytest.raises(BlobGone):
        read(vault, with_(receipt, blob=name))
    with pytest.raises(BlobGone):
        vault.discard("../" + name)


def test_a_link_in_place_of_a_blob_is_not_followed(vault, tmp_path):
    receipt = seal(vault, b"x")
    elsewhere = tmp_path / "elsewhere"
    (vault.root / receipt.blob).rename(elsewhere)
    (vault.root / receipt.blob).symlink_to(elsewhere)

    with pytest.raises(Unavailable):
        read(vault, receipt)


def test_all_that_is_wrong_with_a_blob_is_tampering_to_the_house():
    assert issubclass(BlobGone, Tampered)
    assert issubclass(BlobDamaged, Tampered)


# --- What breaks off leaves nothing ----------------------------------------------------------------------------


def test_more_than_the_limit_is_refused_and_nothing_is_kept(vault):
    with pytest.raises(TooLarge, match="2097152"):
        seal(vault, bytes(3 * FRAME), limit=2 * FRAME)

    assert files_in(vault.root) == []


def test_exactly_the_limit_is_taken(vault):
    assert seal(vault, bytes(2 * FRAME), limit=2 * FRAME).size == 2 * FRAME


def test_what_is_announced_as_too_large_is_refused_before_a_byte_is_read(vault):
    stream = io.BytesIO(bytes(FRAME))

    with pytest.raises(TooLarge):
        vault.seal(stream, context(), limit=10, expect=FRAME)

    assert stream.tell() == 0


@pytest.mark.parametrize("came", [0, 1, FRAME, 2 * FRAME - 1])
def test_an_upload_cut_at_any_byte_leaves_nothing(vault, came):
    with pytest.raises(CutShort):
        seal(vault, bytes(came), expect=2 * FRAME)

    assert files_in(vault.root) == []


def test_one_byte_more_than_announced_is_refused(vault):
    with pytest.raises(TooLarge, match="announced"):
        seal(vault, bytes(11), expect=10)

    assert files_in(vault.root) == []


def test_a_sender_that_fails_is_heard_and_leaves_nothing(vault):
    def cut():
        yield bytes(FRAME)
        raise ConnectionResetError(104, "the sender is gone")

    with pytest.raises(ConnectionResetError):
        vault.seal(cut(), context())

    assert files_in(vault.root) == []


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 4 MiB, or nothing where we may not mount one."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", place]
    mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    yield place if mounted else None
    if mounted:
        subprocess.run(["umount", place], check=True)


def test_a_full_disk_says_what_to_do_and_keeps_what_was_there(small_disk, tmp_path):
    if small_disk is None:
        return run_out_of_room(tmp_path)
    vault = Vault(small_disk / "vault")
    before = seal(vault, os.urandom(FRAME))

    with pytest.raises(VaultFull, match="make room"):
        seal(vault, os.urandom(8 * FRAME))

    assert [path.relative_to(vault.root).as_posix() for path in files_in(vault.root)] == [before.blob]
    vault.examine(before)
    return None


def run_out_of_room(folder: Path) -> None:
    """The same with a limit on the size of files, for accounts that may not mount."""
    program = f"""
import resource, signal
from pathlib import Path
from evidence.vault import BlobContext, Vault
from uuid import uuid4
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 20, 4 << 20))
Vault(Path({str(folder / "vault")!r})).seal((bytes(1 << 20) for _ in range(8)), BlobContext(uuid4(), uuid4(), uuid4()))
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT)

    assert "VaultFull" in said.stderr
    assert "make room" in said.stderr
    assert files_in(folder / "vault") == []


def test_a_limit_on_file_sizes_is_like_a_full_disk(tmp_path):
    run_out_of_room(tmp_path)


SENDER = """
import sys, time
from pathlib import Path
from evidence.vault import BlobContext, Vault
from uuid import uuid4
def slowly():
    for number in range(1000):
        print(number, flush=True)
        yield bytes(1 << 20)
        time.sleep(0.005)
Vault(Path(sys.argv[1])).seal(slowly(), BlobContext(uuid4(), uuid4(), uuid4()))
"""


def sender(vault: Vault) -> subprocess.Popen[str]:
    """A process of its own that is in the middle of sealing."""
    process = subprocess.Popen(
        [sys.executable, "-c", SENDER, vault.root],
        cwd=ROOT,
        env=makers.environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == "5":
            break
    return process


def test_a_process_killed_while_sealing_leaves_a_part_that_a_sweep_can_see(vault):
    kept = seal(vault, SECRET)
    process = sender(vault)
    process.send_signal(signal.SIGKILL)
    process.communicate()

    later = time.time() + 1
    strays = list(vault.strays(later))

    assert [name for name in strays if name.endswith(".part")] == [
        path.relative_to(vault.root).as_posix() for path in vault.root.glob("incoming/*")
    ]
    assert len(strays) == 2
    for name in strays:
        if name != kept.blob:
            assert vault.discard(name) > 0
    assert files_in(vault.root) == [vault.root / kept.blob]
    assert read(vault, kept) == SECRET


def test_a_part_that_a_living_process_writes_is_spared_whatever_its_age(vault):
    process = sender(vault)
    try:
        assert list(vault.strays(time.time() + 3600)) == []
    finally:
        process.kill()
        process.communicate()


def test_young_blobs_are_spared_by_a_sweep(vault):
    seal(vault, b"x")

    assert list(vault.strays(time.time() - 60)) == []
