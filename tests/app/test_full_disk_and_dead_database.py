"""A full disk and a killed PostgreSQL: a clear refusal, nothing lost that was acknowledged, and the rest sent again."""

import io
import resource
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app import worker
from app.wiring import services, transaction
from core import clock
from core.ledger import entries as ledger
from evidence import fixity
from tests import makers, offices, operators
from tests.app.disks import fill, small_disk

MIB = 1 << 20
NOTE = "After the landing call +49 30 23125 999.\n"


def said_without_room(operator, *words, quota):
    """Run the real program while nothing more can be written."""
    command = [sys.executable, "-m", "app.cli", "--instance", operator.instance, *map(str, words)]
    first = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))) if quota else None
    return subprocess.run(command, cwd=Path(__file__).parents[2], env=makers.environment(), text=True,
                          capture_output=True, check=False, timeout=120, preexec_fn=first)  # fmt: skip


def test_on_a_full_disk_each_command_refuses_and_nothing_stored_is_lost(tmp_path):
    (tmp_path / "note.txt").write_text(NOTE)
    with small_disk(tmp_path / "disk") as disk:
        operator = operators.at(tmp_path / "disk" / "instance")
        operator.hire("ana", "investigator")
        operator.hire("paul", "prosecutor")
        case = operator.open_case("ana")
        operator.run("cases", "members", "add", case, "paul", "--duty", "prosecute", "--as", "ana")
        came = operator.hand_in("ana", case, tmp_path / "note.txt")
        filler = tmp_path / "disk" / "filler"
        if disk.mounted:
            fill(filler)
        search = ("search", "landing", "--purpose", "investigation", "--as", "ana")
        dossier = ("exports", "dossier", case, "--purpose", "prosecution", "--as", "paul", "-o", tmp_path / "bundle")
        add = ("evidence", "add", case, tmp_path / "note.txt", "--exhibit", came["exhibit"], "--as", "ana")
        for words in (add, ("work", "--until-idle"), search, dossier):
            said = said_without_room(operator, *words, quota=not disk.mounted)
            assert (said.returncode, said.stdout) == (4, ""), (words, said.stdout, said.stderr)
            assert "Traceback" not in said.stderr
            assert "database" in said.stderr or "room" in said.stderr
        filler.unlink(missing_ok=True)

        assert operator.told("ledger", "verify")["findings"] == []
        assert operator.told("vault", "check") == {"files": 1, "findings": []}
        get = ("evidence", "get", came["items"][0]["file"], "--purpose", "investigation", "--as", "ana", "-o")
        operator.run(*get, tmp_path / "back.txt")
        assert (tmp_path / "back.txt").read_text() == NOTE
        assert operator.told(*add)["stored"] == 1
        operator.run("work", "--until-idle")
        assert operator.told(*search)["total"] == 2
        assert operator.told(*dossier)["findings"] == []


def test_an_upload_for_which_the_vault_has_no_room_waits_with_its_reason(tmp_path):
    with small_disk(tmp_path / "disk") as disk:
        operator = operators.at(tmp_path / "instance")
        (operator.instance / "config.toml").write_text(f'vault = "{tmp_path / "disk"}"\n')
        operator.hire("ana", "investigator")
        case = operator.open_case("ana")
        (tmp_path / "big.bin").write_bytes(bytes(30 * MIB))
        (tmp_path / "note.txt").write_text(NOTE)
        assert operator.hand_in("ana", case, tmp_path / "note.txt")["stored"] == 1
        add = ["evidence", "add", case, tmp_path / "big.bin", "--as", "ana"]
        command = [sys.executable, "-m", "app.cli", "--instance", operator.instance, *map(str, add)]
        first = None if disk.mounted else lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20 * MIB, 20 * MIB))
        said = subprocess.run(command, cwd=Path(__file__).parents[2], env=makers.environment(), text=True,
                              capture_output=True, check=False, preexec_fn=first)  # fmt: skip

        assert said.returncode == 4
        assert said.stderr.startswith("VaultFull: the vault's disk has no room")
        assert list((tmp_path / "disk" / "incoming").iterdir()) == []
        told = operator.told("evidence", "list", case, "--as", "ana")
        assert (told["stored"], told["waiting"]) == (1, 1)
        assert operator.told("vault", "check") == {"files": 1, "findings": []}


# --- PostgreSQL -----------------------------------------------------------------------------------------------


@pytest.fixture
def office(tmp_path, postgres_url):
    made = offices.Office(offices.deployment(tmp_path / "instance", database_url=postgres_url))
    yield made
    with made.app.app_context():
        services().index.close()
        services().engine.dispose()


class Cutting(io.RawIOBase):
    """A file of zeros that does something when half of it has been read."""

    def __init__(self, size, at_half):
        self.size, self.at, self.at_half, self.done = size, 0, at_half, False

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=io.SEEK_SET):
        self.at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence]
        return self.at

    def tell(self):
        return self.at

    def readinto(self, buffer):
        if self.at >= self.size // 2 and not self.done:
            self.done = True
            self.at_half()
        count = min(len(buffer), self.size - self.at)
        buffer[:count] = bytes(count)
        self.at += count
        return count


def everything_holds(office):
    with office.app.app_context():
        house = services()
        with transaction() as session:
            assert list(ledger.breaks(session)) == []
        assert [one for one in fixity.check(transaction, house.vault, house.keyring) if one is not None] == []


def test_postgresql_killed_during_an_upload_and_during_work_loses_nothing(office, postgres_engine):
    exhibit = office.exhibit("ana", office.case("ana"))
    before = office.send("ana", exhibit, NOTE.encode())
    address = office.announce("ana", exhibit, "zeros.bin", size=8 * MIB)
    stream = Cutting(8 * MIB, lambda: postgres_engine.stop(at_once=True))
    try:
        cut = office.call("ana", "PUT", f"{address}/content", input_stream=stream, content_length=8 * MIB)
        away = office.call("ana", "GET", "/cases")
    finally:
        postgres_engine.start()
    assert stream.done
    assert (cut.status_code, away.status_code) == (503, 503)
    assert cut.json["error"]["message"]
    item = office.call("ana", "GET", f"/batches/{address.split('/')[2]}").json["items"][0]
    assert item["state"] == "waiting"
    assert office.call("ana", "GET", f"/files/{before['file']}/content").data == NOTE.encode()
    everything_holds(office)
    assert office.call("ana", "PUT", f"{address}/content", data=bytes(8 * MIB)).status_code == 201

    sent = [office.send("ana", exhibit, f"{number}: {NOTE}".encode())["file"] for number in range(4)]
    stopped = []

    def kill_once(_step):
        if not stopped:
            stopped.append(True)
            postgres_engine.stop(at_once=True)

    try:
        turn = worker.work(office.app, until_idle=True, told=kill_once)
    finally:
        postgres_engine.start()
    assert stopped
    assert turn.waiting
    everything_holds(office)

    # What was claimed when the database died is due again when its lease has ended.
    with clock.stopped(datetime.now(UTC) + 2 * worker.LEASE + timedelta(minutes=1)):
        later = office.work_in_this_thread()
    assert (later.failed, later.waiting) == (0, {})
    assert {office.call("ana", "GET", f"/files/{one}").json["reading"] for one in [before["file"], *sent]} == {"read"}
    assert office.call("ana", "GET", "/search", query_string={"q": "landing"}).json["total"] == 5
    everything_holds(office)
