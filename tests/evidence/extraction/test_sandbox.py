"""The reader's process can reach nothing, and nothing that it does harms its parent."""

import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import pytest

from evidence.extraction import sandbox
from evidence.extraction.frames import pack
from evidence.extraction.reading import Member, Origin, State
from tests.evidence.extraction.hands import LIMITS, Hands, read, text_of, zipped

ROOT = Path(__file__).resolve().parents[3]
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="what a process may give up is Linux's to grant")


def confined(lines: str, *arguments: str) -> str:
    """What a process prints that has confined itself and then tries these lines."""
    script = f"""
        import os, socket, sys
        from pathlib import Path
        from evidence.extraction import confinement
        confinement.confine(memory=1 << 30, seconds=5, root=Path({str(ROOT)!r}))
        def attempt(what):
            try:
                return f"done: {{what()}}"
            except (OSError, MemoryError) as fault:
                return type(fault).__name__
    """
    whole = textwrap.dedent(script) + textwrap.dedent(lines)
    done = subprocess.run(
        [sys.executable, "-B", "-c", whole, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    return done.stdout.strip() or done.stderr[-2_000:]


@LINUX
def test_a_reader_cannot_open_a_socket():
    assert confined("print(attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM)))") == "PermissionError"


@LINUX
def test_a_reader_cannot_open_a_key_or_a_database(tmp_path):
    secret = tmp_path / "master.key"
    secret.write_text("secret")

    assert confined("print(attempt(lambda: open(sys.argv[1]).read()))", str(secret)) == "PermissionError"


@LINUX
def test_a_reader_cannot_write_a_byte_to_disk(tmp_path):
    lines = "print(attempt(lambda: (lambda f: (f.write('x'), f.flush()))(open(sys.argv[1], 'w'))))"

    assert confined(lines, str(tmp_path / "copy.txt")) in {"PermissionError", "OSError"}


@LINUX
def test_a_reader_cannot_take_more_memory_than_it_is_given():
    assert confined("print(attempt(lambda: len(bytearray(3 << 30))))") == "MemoryError"


@LINUX
def test_a_reader_cannot_look_into_its_parent_or_leave_its_group():
    assert confined("print(attempt(lambda: open(f'/proc/{os.getppid()}/environ').read()))") == "PermissionError"
    assert confined("print(attempt(os.setsid))") == "PermissionError"


@LINUX
def test_the_result_says_which_protections_held():
    reading, _ = read(b"plain words", "note.txt")

    held = " ".join(reading.protections)
    assert "no network" in held
    assert "bounded memory" in held
    assert "nothing written to disk" in held


def test_secrets_of_the_parent_do_not_reach_the_reader(monkeypatch):
    seen = {}
    start = subprocess.Popen

    def watching(*arguments, **words):
        seen.update(words["env"])
        return start(*arguments, **words)

    monkeypatch.setenv("PROBANDA_SECRET", "do not pass on")
    monkeypatch.setattr(subprocess, "Popen", watching)
    read(b"plain words", "note.txt")

    assert "PROBANDA_SECRET" not in seen
    assert seen["HOME"] == seen["TMPDIR"]
    assert not Path(seen["HOME"]).exists()


def test_a_file_over_the_limit_is_refused_with_the_reason():
    reading, _ = read(b"x" * 2_000, "big.txt", replace(LIMITS, extract_bytes=1_000))

    assert reading.state is State.REFUSED
    assert "1,000" in reading.because


def test_a_file_of_no_bytes_is_empty_and_says_so():
    reading, _ = read(b"", "nothing.pdf")

    assert reading.state is State.EMPTY
    assert "no bytes" in reading.because


def test_fewer_bytes_than_stored_are_not_read_as_the_file():
    with pytest.raises(sandbox.WrongSize):
        sandbox.read([b"short"], 10, "note.txt", LIMITS, Hands().take)


def test_a_receiver_that_fails_stops_the_reading_and_is_heard():
    def refuse(member: Member) -> None:
        raise OSError("the disk is full")

    content = zipped({"a.txt": "one", "b.txt": "two"})
    with pytest.raises(OSError, match="disk is full"):
        sandbox.read([content], len(content), "two.zip", LIMITS, refuse)


def test_a_receiver_may_leave_a_member_unread():
    names: list[str] = []
    content = zipped({"a.txt": "one" * 100_000, "b.txt": "two"})
    reading = sandbox.read([content], len(content), "two.zip", LIMITS, lambda member: names.append(member.name))

    assert names == ["a.txt", "b.txt"]
    assert reading.members == 2


def test_what_came_out_of_an_original_before_counts_against_its_limits():
    content = zipped({"a.txt": "one", "b.txt": "two"})
    reading, hands = read(content, "two.zip", replace(LIMITS, members=10), Origin(depth=1, members=9))

    assert list(hands.whole) == ["a.txt"]
    assert "no more than" in hands.left["b.txt"]
    assert reading.members_left == 1


ENEMIES = {
    "talks nonsense": ("os.write(out, b'nonsense' * 100)", "frame"),
    "claims a frame of four gigabytes": ("os.write(out, b'\\xff' * 8)", "longer"),
    "sends JSON of the wrong shape": ("os.write(out, frame({'frame': 'fact', 'name': 1, 'value': 'x'}))", "belongs"),
    "nests without end": ("b = b'[' * 200000; os.write(out, struct.pack('>II', len(b), 0) + b)", "frame"),
    "ends in a state of its own": (
        "os.write(out, frame({'frame': 'end', 'state': 'fine', 'because': '', 'language': ''}))",
        "state",
    ),
    "names a place that is none": (
        "os.write(out, frame({'frame': 'text', 'text': 'x', 'pinpoint': {'page': -1}}))",
        "place",
    ),
    "breaks off inside a member": (
        "os.write(out, member + frame({'frame': 'fact', 'name': 'a', 'value': 'b'}))",
        "member",
    ),
    "leaves without a word": ("sys.exit(0)", "without saying"),
    "crashes": ("os.kill(os.getpid(), 11)", "SIGSEGV"),
    "says nothing": ("time.sleep(60)", "longer than"),
    "never stops talking": (
        "f = frame({'frame': 'fact', 'name': 'a', 'value': 'b'})\nwhile True: os.write(out, f)",
        "more than",
    ),
    "never stops writing": (
        "f = frame({'frame': 'text', 'text': 'x' * 60000, 'pinpoint': {}})\nwhile True: os.write(out, f)",
        "more text",
    ),
    "never stops unpacking": (
        "os.write(out, member)\nf = frame({'frame': 'bytes'}, b'x' * 60000)\nwhile True: os.write(out, f)",
        "more bytes",
    ),
}
ENEMY = """
import json, os, struct, sys, time
order = json.loads(sys.stdin.read())
out = order["out"]
def frame(head, body=b""):
    text = json.dumps(head).encode()
    return struct.pack(">II", len(text), len(body)) + text + body
member = frame({"frame": "member", "name": "a", "method": "m", "parameters": {}, "size": -1})
"""


@pytest.mark.parametrize("what", ENEMIES)
def test_a_reader_that_has_been_taken_over_harms_nobody(what, monkeypatch):
    lines, reason = ENEMIES[what]
    start = subprocess.Popen

    def enemy(command, **words):
        return start([sys.executable, "-c", ENEMY + lines], **words)

    monkeypatch.setattr(subprocess, "Popen", enemy)
    monkeypatch.setattr(sandbox, "_GRACE", 0.2)
    monkeypatch.setattr(sandbox, "FRAMES", 20_000)
    monkeypatch.setattr(sandbox, "TEXT", 5_000_000)
    reading, _ = read(b"plain words", "note.txt", replace(LIMITS, extract_seconds=1, unpacked_bytes=2_000_000))

    assert reading.state is State.FAILED
    assert reason in reading.because


def test_no_process_is_left_behind(monkeypatch):
    started = []
    start = subprocess.Popen

    def enemy(command, **words):
        lines = "import subprocess\nsubprocess.Popen(['sleep', '60'], pass_fds=(out,))\ntime.sleep(60)"
        started.append(start([sys.executable, "-c", ENEMY + lines], **words))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", enemy)
    monkeypatch.setattr(sandbox, "_GRACE", 0.2)
    read(b"plain words", "note.txt", replace(LIMITS, extract_seconds=1))

    until = time.monotonic() + 5
    while _running(started[0].pid) and time.monotonic() < until:
        time.sleep(0.02)
    assert not _running(started[0].pid)


def _running(group: int) -> bool:
    """Whether any process of a group is still more than a name waiting to be collected."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, _, of_group = (folder / "stat").read_text().rpartition(") ")[2].split()[:3]
        except OSError:
            continue
        if int(of_group) == group and state != "Z":
            return True
    return False


def test_the_plaintext_never_has_a_name_on_disk(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    reading, _ = read(b"a phone: +49 176 12345678", "note.txt")

    assert "12345678" in text_of(reading)
    assert list(tmp_path.iterdir()) == []


def test_a_frame_that_is_too_long_is_not_sent():
    with pytest.raises(Exception, match="longer"):
        pack({"frame": "text", "text": "x" * 400_000, "pinpoint": {}})
