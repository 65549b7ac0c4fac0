"""Where the engines live, who runs them, and how they are started, watched and stopped."""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RECORD = ROOT / ".engines" / "env"
ACCOUNT = "probanda-engines"
TAIL_LINES = 40


class NotPossibleError(Exception):
    """What a person must do before this engine can be had."""


def say(words: str) -> None:
    """Print one line at once, so that a log shows where a run stands."""
    print(words, flush=True)


def is_root() -> bool:
    """Whether this run may install packages and change accounts."""
    return os.geteuid() == 0


def home() -> Path:
    """The folder of all engines: in the checkout, or outside it where an unprivileged account could not reach it."""
    inside = ROOT / ".engines"
    reachable = not is_root() or all(parent.stat().st_mode & 0o001 for parent in (ROOT, *ROOT.parents))
    if not reachable:
        inside = Path("/var/tmp") / ("probanda-engines-" + hashlib.sha256(str(ROOT).encode()).hexdigest()[:12])
    for folder in (inside, RECORD.parent):
        folder.mkdir(mode=0o755, exist_ok=True)
        folder.chmod(0o755)
    return inside


def account() -> tuple[int, int] | None:
    """The user and group that servers run as; None when we are unprivileged already."""
    if not is_root():
        return None
    try:
        entry = pwd.getpwnam(ACCOUNT)
    except KeyError:
        if not shutil.which("useradd"):
            raise NotPossibleError(f"servers do not run as root: add an account named {ACCOUNT}") from None
        subprocess.run(["useradd", "--system", "--no-create-home", "--shell", "/bin/false", ACCOUNT], check=True)
        entry = pwd.getpwnam(ACCOUNT)
    return entry.pw_uid, entry.pw_gid


def hand_over(folder: Path) -> None:
    """Give *folder* and all in it to the account that runs servers."""
    owner = account()
    if owner is None:
        return
    os.chown(folder, *owner)
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(parent) / name, *owner, follow_symlinks=False)


def as_account() -> dict[str, object]:
    """The arguments of subprocess that make a child run as the servers' account."""
    owner = account()
    return {} if owner is None else {"user": owner[0], "group": owner[1], "extra_groups": []}


def free_port(before: str = "") -> int:
    """A TCP port of the loopback address that nobody listens on: the one used before, if it is free."""
    used = re.search(r":(\d+)(/|$)", before)
    if used and _is_free(int(used[1])):
        return int(used[1])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the servers do themselves: connections that linger from before do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def launch(command: Sequence[str], log: Path, environ: Mapping[str, str], folder: Path) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, so that it outlives the run that started it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=dict(environ),
            cwd=folder,
            start_new_session=True,
            **as_account(),  # type: ignore[call-overload]  # the three keys are spelled as subprocess wants them
        )


def wait_until(ready: Callable[[], bool], seconds: float, log: Path, server: subprocess.Popen[bytes]) -> None:
    """Wait until *ready* says yes; give up with the end of the log when the server dies or time runs out."""
    last = time.monotonic() + seconds
    while not ready():
        died = server.poll() is not None
        if died or time.monotonic() > last:
            because = "ended at once" if died else f"was not ready after {seconds:.0f} s"
            raise NotPossibleError(f"the server {because}; its log ends:\n{tail(log)}")
        time.sleep(0.5)


def tail(log: Path) -> str:
    """The last lines of a log, or that there is none."""
    if not log.exists():
        return f"(no log at {log})"
    return "\n".join(log.read_text(errors="replace").splitlines()[-TAIL_LINES:])


def end(pid: int, *, at_once: bool, seconds: float = 30) -> None:
    """End one process by its id: politely, and by force when it does not go."""
    for sign in [signal.SIGKILL] if at_once else [signal.SIGTERM, signal.SIGKILL]:
        try:
            os.kill(pid, sign)
        except ProcessLookupError:
            return
        last = time.monotonic() + seconds
        while runs(pid) and time.monotonic() < last:
            time.sleep(0.1)


def runs(pid: int) -> bool:
    """Whether a process of this id is alive; one that has ended and was not yet collected is not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        threads = len(list(Path(f"/proc/{pid}/task").iterdir()))
    except (FileNotFoundError, ProcessLookupError):
        return False
    # A killed process of many threads shows as ended while some still hold its sockets.
    return state != "Z" or threads > 1


def recorded() -> dict[str, str]:
    """The facts that an earlier run wrote down."""
    if not RECORD.exists():
        return {}
    pairs = (line.partition("=") for line in RECORD.read_text().splitlines() if "=" in line)
    return {key: value for key, _, value in pairs}


def record(facts: Mapping[str, str]) -> None:
    """Write facts down for the tests, beside those already known; an empty value takes one away."""
    merged = {key: value for key, value in {**recorded(), **facts}.items() if value}
    fresh = RECORD.with_suffix(".new")
    RECORD.parent.mkdir(mode=0o755, exist_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text("".join(f"{key}={value}\n" for key, value in sorted(merged.items())))
    fresh.replace(RECORD)


def run(command: Sequence[str], **settings: object) -> None:
    """Run a step to its end without standard input, and show what it said only when it fails."""
    done = subprocess.run(  # type: ignore[call-overload]  # callers pass subprocess's own keywords
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **settings
    )
    if done.returncode:
        sys.stdout.write(done.stdout + done.stderr)
        raise NotPossibleError(f"this failed with {done.returncode}: {' '.join(command)}")
