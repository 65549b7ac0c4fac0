"""A witness over real sockets: it signs what fits, and nothing else, whatever is sent and whenever it is killed."""

import http.client
import os
import random
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.cli import main
from app.witness import memory
from app.witness.answering import MOST_BYTES, Witness, read
from app.witness.memory import Folder, Seen, WitnessBroken, WitnessBusy, WitnessThere
from app.witness.serving import Post
from core.ledger import merkle, notes
from core.ledger.notes import NoteWrong
from tests.witnesses import ORIGIN, Log, answering, asked, last, post

LOG = Log()
FORK = Log(word="other")
FORK.leaves[:10] = LOG.leaves[:10]


@pytest.fixture
def folder(tmp_path):
    made = Folder.make(tmp_path / "witness", "court.example/w1")
    made.add_log(LOG.vkey)
    return made


@pytest.fixture
def address(folder):
    # Real sockets, and in this process: only what is killed needs a process of its own.
    with memory.held(folder.path, "serving.lock"), Post(("127.0.0.1", 0), Witness(folder)) as served:
        thread = threading.Thread(target=served.serve_forever, args=(0.02,))
        thread.start()
        yield served.server_address
        served.shutdown()
        thread.join()


def cosigned_by(folder: Folder, note: str, line: str) -> int:
    (signature,) = notes.open_note(note + line, [folder.key]).signatures
    assert signature.time is not None
    return signature.time


# --- What fits is signed -----------------------------------------------------------------------------------------


def test_a_log_that_only_grows_is_signed_each_time_with_the_time(folder, address):
    before = int(time.time())
    for old, new in [(0, 0), (0, 5), (5, 5), (5, 9), (9, 64), (64, 65), (65, 300)]:
        said = post(address, LOG.request(old, new))

        assert (said.status, said.kind.split(";")[0]) == (200, "text/plain")
        assert before <= cosigned_by(folder, LOG.note(new), said.text) <= time.time()

    kept = last(address)
    assert kept.status == 200
    assert notes.open_note(kept.text, [folder.key, notes.read_vkey(LOG.vkey)]).body == LOG.checkpoint(300).body()


def test_several_requests_pass_over_one_connection(address):
    connection = http.client.HTTPConnection(*address, timeout=20)
    for old, new in [(0, 5), (5, 9), (9, 12)]:
        connection.request("POST", "/add-checkpoint", LOG.request(old, new))
        answer = connection.getresponse()
        assert (answer.status, bool(answer.read())) == (200, True)
    connection.close()


def test_signatures_of_strangers_are_passed_over(folder, address):
    stranger = Log(seed=bytes(32), origin=ORIGIN).note(5).splitlines(keepends=True)[-1]

    assert post(address, asked(0, [], LOG.note(5) + stranger)).status == 200
    assert stranger not in last(address).text


# --- What does not fit is refused, each with its own status ------------------------------------------------------


def test_an_unknown_log_is_not_found(address):
    assert post(address, Log(origin="elsewhere.example/log").request(0, 5)).status == 404


def test_a_checkpoint_without_a_good_signature_of_the_log_is_forbidden(address):
    assert post(address, Log(seed=bytes(32)).request(0, 5)).status == 403
    assert post(address, LOG.request(0, 5).replace(b"\n5\n", b"\n6\n")).status == 403


def test_an_old_size_that_is_not_the_last_one_is_answered_with_the_last_one(address):
    assert post(address, LOG.request(0, 20)).status == 200
    for old, new in [(0, 30), (10, 30), (19, 30), (21, 30), (0, 20), (0, 10), (5, 10)]:
        said = post(address, LOG.request(old, new))
        assert (said.status, said.kind, said.text) == (409, "text/x.tlog.size", "20\n")


def test_an_old_size_beyond_the_checkpoint_is_a_bad_request(address):
    assert post(address, asked(6, [], LOG.note(5))).status == 400


def test_a_proof_that_does_not_hold_signs_nothing_and_is_kept_as_evidence(folder, address):
    assert post(address, LOG.request(0, 20)).status == 200

    assert post(address, FORK.request(20, 30)).status == 422
    assert post(address, asked(20, LOG.proof(20, 30)[:-1], LOG.note(30))).status == 422
    assert post(address, asked(20, [*LOG.proof(20, 30), bytes(32)], LOG.note(30))).status == 422
    assert post(address, asked(20, [], LOG.note(30))).status == 422
    assert last(address).text.startswith(LOG.checkpoint(20).body())
    assert any(FORK.note(30) in path.read_text() for path in folder.forks())
    assert post(address, LOG.request(20, 30)).status == 200


def test_two_trees_of_one_size_are_a_conflict(folder, address):
    assert post(address, LOG.request(0, 20)).status == 200

    said = post(address, FORK.request(20, 20))

    assert (said.status, said.text) == (409, "20\n")
    assert FORK.note(20) in folder.forks()[0].read_text()


def test_nothing_is_proved_from_nothing(address):
    assert post(address, asked(0, [bytes(32)], LOG.note(5))).status == 422
    wrong = Log()
    wrong.leaves = []
    assert post(address, wrong.request(0, 0)).status == 200


def test_the_tree_of_no_entries_has_one_root(folder):
    other = notes.Checkpoint(ORIGIN, 0, bytes(32))
    line = notes.sign_line(ORIGIN, lambda text: memory.cipher.sign(LOG.seed, text),
                           memory.cipher.public_key(LOG.seed), other.body())  # fmt: skip

    assert Witness(folder).add_checkpoint(asked(0, [], notes.note(other.body(), [line]))).status == 422


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n\n",
        b"old 0",
        b"old 0\n",
        LOG.request(0, 5).replace(b"old 0", b"old 00"),
        LOG.request(0, 5).replace(b"old 0", b"old  0"),
        LOG.request(0, 5).replace(b"old 0", b"old -1"),
        LOG.request(0, 5).replace(b"old 0", b"new 0"),
        LOG.request(0, 5).replace(b"old 0", b"old"),
        LOG.request(0, 5).replace(b"old 0", f"old {10**30}".encode()),
        LOG.request(0, 5).replace(b"\n", b"\r\n"),
        LOG.request(0, 5).replace(b"old 0\n", b"old 0\nAAAA\n"),
        LOG.request(0, 5).replace(b"old 0\n", b"old 0\nnot base64\n"),
        LOG.request(0, 5).replace(b"old 0\n", b"old 0\n" + b"A" * 43 + b"=\n" * 1 + b"A" * 43 + b"=\n" * 63),
        asked(0, [bytes(32)] * 64, LOG.note(5)),
        LOG.request(0, 5)[:-1],
        LOG.request(0, 5).replace(b"office", b"off\xffice"),
        asked(0, [], LOG.note(5).replace("\n5\n", "\n05\n")),
        asked(0, [], LOG.note(5).replace("\n5\n", "\n5\nmore\n")),
        bytes(MOST_BYTES),
    ],
)
def test_what_is_no_request_is_a_bad_one(address, body):
    assert post(address, body).status == 400


def test_a_request_that_is_too_long_or_of_unknown_length_is_not_read(address):
    assert post(address, bytes(MOST_BYTES + 1)).status == 413
    for heads in ("Transfer-Encoding: chunked", "Content-Length: -5", "Content-Length: x", "X: y"):
        with socket.create_connection(address, timeout=10) as line:
            line.sendall(f"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\n{heads}\r\n\r\n".encode())
            assert line.recv(100).startswith(b"HTTP/1.1 411")


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/", 404), ("GET", "/add-checkpoint", 404), ("GET", "/../witness.key/checkpoint", 404),
    ("POST", "/", 404), ("DELETE", "/add-checkpoint", 501), ("GET", f"/{memory.named(ORIGIN)}/checkpoint", 404),
])  # fmt: skip
def test_there_is_nothing_else_to_be_had(address, method, path, status):
    connection = http.client.HTTPConnection(*address, timeout=20)
    connection.request(method, path, b"x" if method == "POST" else None)

    assert connection.getresponse().status == status
    connection.close()


def test_hostile_lines_do_not_keep_the_witness_from_its_work(address):
    noise = random.Random(7)
    lines = [socket.create_connection(address, timeout=10) for _ in range(40)]
    for line in lines:
        line.sendall(noise.randbytes(noise.randrange(1, 3000)))
    slow = [socket.create_connection(address, timeout=10) for _ in range(15)]
    for line in slow:
        line.sendall(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 60000\r\n\r\nold")

    assert post(address, LOG.request(0, 5)).status == 200
    for line in lines + slow:
        line.close()


@given(st.integers(0, len(LOG.request(10, 20)) - 1), st.integers(0, 255), st.binary(max_size=4))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_changed_request_makes_a_witness_sign_another_tree(folder, place, byte, more):
    folder.keep(ORIGIN, Seen(10, LOG.checkpoint(10).root, LOG.note(10)))
    raw = bytearray(LOG.request(10, 20))
    raw[place] = byte
    raw[place:place] = more
    answer = Witness(folder).add_checkpoint(bytes(raw))

    if answer.status == 200:
        assert read(bytes(raw)).checkpoint == LOG.checkpoint(20)
        assert folder.seen(ORIGIN).root == LOG.checkpoint(20).root


@given(st.binary(max_size=500))
@settings(max_examples=100, deadline=None)
def test_no_bytes_at_all_break_the_reader(body):
    with pytest.raises(NoteWrong):
        read(body)


# --- Two at once, and killed in between --------------------------------------------------------------------------


def test_of_many_forks_sent_at_once_exactly_one_is_signed(address):
    assert post(address, LOG.request(0, 10)).status == 200
    winner = LOG
    for turn in range(5):
        forks = [Log(word=f"{turn} {number}") for number in range(8)]
        size = 10 + turn
        for fork in forks:
            fork.leaves[:size] = winner.leaves[:size]
        start = threading.Barrier(8)

        def send(fork, size=size, start=start):
            start.wait()
            return post(address, fork.request(size, size + 1)).status

        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(send, forks))
        assert sorted(statuses) == [200] + [409] * 7
        winner = forks[statuses.index(200)]


def test_killed_at_any_moment_it_never_forgets_what_it_gave_out(folder):
    noise = random.Random(11)
    given, deaths = 0, 0
    for _ in range(6):
        with answering(folder.path) as (where, process):
            timer = threading.Timer(noise.uniform(0.05, 0.3), process.kill)
            timer.start()
            try:
                while given < 290:
                    said = post(where, LOG.request(given, given + 1))
                    if said.status == 409:  # it was signed and kept, and the answer was lost with the process
                        assert int(said.text) == given + 1
                    else:
                        assert said.status == 200
                        cosigned_by(folder, LOG.note(given + 1), said.text)
                    given += 1
            except (OSError, http.client.HTTPException):
                deaths += 1
            timer.join()
        assert folder.seen(ORIGIN).size in {given, given + 1}
    assert deaths == 6


class Killed(BaseException):
    """Stands for the end of the process at one step."""


def test_killed_between_any_two_steps_of_writing_it_remembers_the_old_or_the_new(folder, monkeypatch):
    folder.keep(ORIGIN, Seen(10, LOG.checkpoint(10).root, LOG.note(10)))
    steps = [(os, "open"), (os, "fsync"), (memory.Path, "replace"), (os, "close")]
    died = 0
    for owner, name in steps:
        for after in (False, True):
            folder.keep(ORIGIN, Seen(10, LOG.checkpoint(10).root, LOG.note(10)))
            with monkeypatch.context() as patch:
                real = getattr(owner, name)

                def dies(*args, real=real, after=after, **more):
                    if after:
                        real(*args, **more)
                    raise Killed

                patch.setattr(owner, name, dies)
                with pytest.raises(Killed):
                    Witness(folder).add_checkpoint(LOG.request(10, 20))
            died += 1
            size = folder.seen(ORIGIN).size
            fork = Witness(Folder(folder.path)).add_checkpoint(FORK.request(size, 21))
            assert (size, fork.status) in {(10, 200), (20, 422)}
    assert died == len(steps) * 2


def test_one_witness_is_one_process(folder, address):
    with pytest.raises(WitnessBusy), memory.held(folder.path, "serving.lock"):
        pass  # another process answers for this folder


# --- Its folder --------------------------------------------------------------------------------------------------


def test_a_witness_that_lost_its_memory_signs_nothing(folder):
    place = folder.path / f"{memory.named(ORIGIN)}.json"
    for damage in (place.unlink, lambda: place.write_bytes(b"{}"), lambda: place.write_bytes(b'{"size": 3')):
        folder.keep(ORIGIN, Seen())
        damage()
        with pytest.raises(WitnessBroken, match="not known"):
            Witness(folder).add_checkpoint(LOG.request(0, 5))


def test_a_witness_without_room_signs_nothing(folder, address):
    assert post(address, LOG.request(0, 5)).status == 200
    (folder.path / f"{memory.named(ORIGIN)}.json.new").mkdir()

    assert post(address, LOG.request(5, 9)).status == 500
    (folder.path / f"{memory.named(ORIGIN)}.json.new").rmdir()
    assert post(address, LOG.request(5, 9)).status == 200


def test_adding_a_second_key_of_a_log_keeps_what_was_signed(folder):
    folder.keep(ORIGIN, Seen(10, LOG.checkpoint(10).root, LOG.note(10)))
    newer = Log(seed=bytes(range(50, 82)))

    folder.add_log(newer.vkey)

    assert folder.seen(ORIGIN).size == 10
    assert Witness(folder).add_checkpoint(newer.request(10, 20)).status == 200


def test_a_witness_is_made_once_and_only_its_own_account_reads_its_key(folder):
    with pytest.raises(WitnessThere):
        Folder.make(folder.path, "court.example/w2")
    key = folder.path / memory.KEY
    assert key.stat().st_mode & 0o077 == 0
    key.chmod(0o644)
    with pytest.raises(memory.Unavailable, match="chmod"):
        Folder(folder.path)


def test_it_takes_nothing_of_the_house_but_formats_proofs_and_signatures():
    parts = [name for name in sys.modules if name.startswith("app.witness")]
    allowed = {"core", "core.cipher", "core.clock", "core.errors", "core.ledger", "core.ledger.merkle",
               "core.ledger.notes"}  # fmt: skip
    taken = {getattr(value, "__module__", "") or "" for name in parts for value in vars(sys.modules[name]).values()}
    floors = ("core", "cases", "evidence", "search", "exports", "app")
    foreign = {one for one in taken if one.split(".")[0] in floors and not one.startswith("app.witness")}

    assert foreign <= allowed


def test_the_commands_make_a_witness_tell_it_of_a_log_and_show_what_it_signed(tmp_path):
    path, run = str(tmp_path / "w"), CliRunner()
    made = run.invoke(main, ["witness", "init", path, "--name", "court.example/w1"])
    assert made.exit_code == 0
    assert notes.read_vkey(made.stdout.strip()).kind == notes.COSIGNATURE
    assert run.invoke(main, ["witness", "add-log", path, LOG.vkey]).exit_code == 0
    assert run.invoke(main, ["witness", "add-log", path, LOG.vkey]).exit_code == 2
    assert run.invoke(main, ["witness", "add-log", path, "nonsense"]).exit_code == 2
    Witness(Folder(tmp_path / "w")).add_checkpoint(LOG.request(0, 7))
    shown = run.invoke(main, ["witness", "show", path])
    assert f"{ORIGIN}: size 7" in shown.stdout
    assert '"size": 7' in run.invoke(main, ["witness", "show", path, "--json"]).stdout
    assert run.invoke(main, ["witness", "show", str(tmp_path)]).exit_code == 2
    assert merkle.EMPTY.hex() not in shown.stdout
