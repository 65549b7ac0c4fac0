"""PostgreSQL in a cluster of our own, on a free port of the loopback address."""

from __future__ import annotations

import secrets
import subprocess
from pathlib import Path

import ground

URL = "PROBANDA_TEST_POSTGRES"
# The tests' databases need not outlive the machine, so nobody waits for the disk; what was committed is still with
# the system when only the server is killed, and tests that kill it rely on that.
SETTINGS = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
max_connections = 200
fsync = off
full_page_writes = off
timezone = 'UTC'
"""


def programs() -> Path | None:
    """The folder of the newest server's programs, where Debian keeps them."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def start() -> None:
    """Have a server: the one that runs already, or the cluster started again, or a new one."""
    place = ground.home() / "postgres"
    if _control(place, "status") == 0:
        ground.say("postgresql: runs already")
        return
    if not (place / "data" / "PG_VERSION").exists():
        _make(place)
    port = ground.free_port(ground.recorded().get(URL, ""))
    _configure(place, port)
    log = place / "log"
    code = _control(place, "start", "--wait", "--timeout=90", f"--log={log}")
    if code:
        raise ground.NotPossibleError(f"the server did not start; its log ends:\n{ground.tail(log)}")
    password = (place / "password").read_text()
    ground.record({URL: f"postgresql+psycopg://probanda:{password}@127.0.0.1:{port}/postgres"})
    ground.say(f"postgresql: runs on port {port}")


def stop(*, at_once: bool) -> None:
    """End the server that we started; *at_once* is what a power cut would do."""
    place = ground.home() / "postgres"
    if place.exists():
        _control(place, "stop", "--wait", "--mode=" + ("immediate" if at_once else "fast"))
    ground.say("postgresql: stopped")


def _control(place: Path, *words: str) -> int:
    folder = programs()
    if folder is None:
        raise ground.NotPossibleError("PostgreSQL is missing: install the package postgresql")
    done = subprocess.run(
        [folder / "pg_ctl", f"--pgdata={place / 'data'}", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        check=False,
        **ground.as_account(),  # type: ignore[call-overload]  # the three keys are spelled as subprocess wants them
    )
    return int(done.returncode)


def _make(place: Path) -> None:
    folder = programs()
    if folder is None:
        raise ground.NotPossibleError("PostgreSQL is missing: install the package postgresql")
    place.mkdir(exist_ok=True)
    (place / "password").write_text(secrets.token_urlsafe(24))
    (place / "password").chmod(0o600)
    ground.hand_over(place)
    words = ["--username=probanda", f"--pwfile={place / 'password'}", "--auth=scram-sha-256", "--encoding=UTF8"]
    ground.run(
        [str(folder / "initdb"), f"--pgdata={place / 'data'}", "--locale=C.UTF-8", *words],
        cwd="/",
        **ground.as_account(),
    )
    (place / "data" / "postgresql.conf").rename(place / "data" / "postgresql.conf.made")
    ground.hand_over(place)


def _configure(place: Path, port: int) -> None:
    settings = "include 'postgresql.conf.made'\n" + SETTINGS.format(port=port)
    (place / "data" / "postgresql.conf").write_text(settings)
    ground.hand_over(place)
