"""How much longer sealing takes than hashing and copying, on disk and through HTTP, and what a small read costs."""

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from flask import Flask

from app.bench.measuring import MIB, Figure, fill, hash_and_copy, paired
from app.wiring import services, transaction
from cases import access
from core import accounts
from core.accounts import Role
from core.config import GIB
from evidence import exhibits, intake
from evidence.exhibits import Description
from evidence.intake import Announced
from evidence.vault import BlobContext

_TIMES: Final = 3
_WAIT: Final = 60


def measure(app: Flask, folder: Path, size: int) -> Iterator[Figure]:
    """Seal a random file of so many bytes, on disk and through the server, and read one MiB out of its middle."""
    source = folder / "source.bin"
    fill(source, size)
    with app.app_context():
        yield _seal(source, folder)
        yield _middle(source)
    yield from _through_http(app, source, folder)
    source.unlink()


def _seal(source: Path, folder: Path) -> Figure:
    vault = services().vault

    def ours() -> None:
        with source.open("rb") as stream:
            kept = vault.seal(stream, BlobContext(uuid4(), uuid4(), uuid4()))
        vault.discard(kept.blob)

    seconds = paired(ours, lambda: hash_and_copy(source, folder / "copy.bin"), _TIMES)
    told = f"seal a {_words(source)} file (both hashes, encrypted, synced)"
    return Figure(told, "SHA-256 + copy with fsync", *seconds, "s", 1.25)


def _middle(source: Path) -> Figure:
    vault = services().vault
    with source.open("rb") as stream:
        kept = vault.seal(stream, BlobContext(uuid4(), uuid4(), uuid4()))
    _forget_pages(vault.root / kept.blob)
    before = _read_so_far()
    got = sum(map(len, vault.read(kept, kept.size // 2, MIB)))
    took = _read_so_far() - before
    vault.discard(kept.blob)
    told = "read 1 MiB from the middle of that file"
    return Figure(told, "the bytes asked for", took / MIB, got / MIB, "MiB", 1.1, "bytes read by the process")


def _through_http(app: Flask, source: Path, folder: Path) -> Iterator[Figure]:
    token, exhibit = _prepare(app)
    with _server(Path(app.instance_path)) as (port, pid):
        _upload(port, token, _announce(app, token, exhibit, 1), folder / "small.bin")
        before = _resident(pid)

        def ours() -> None:
            _upload(port, token, _announce(app, token, exhibit, source.stat().st_size), source)

        seconds = paired(ours, lambda: hash_and_copy(source, folder / "copy.bin"), _TIMES)
        grown = _resident(pid) - before
    told = f"the same through HTTP on loopback, gunicorn ({_words(source)})"
    yield Figure(told, "SHA-256 + copy with fsync", *seconds, "s", 1.5)
    yield Figure("growth of the server's memory meanwhile", "64 MiB", max(grown, 0.1), 64, "MiB", 1)


def _prepare(app: Flask) -> tuple[str, UUID]:
    with app.app_context(), transaction() as session:
        name = f"bench-{secrets.token_hex(4)}"
        user = accounts.add(session, name, [Role.INVESTIGATOR], secrets.token_urlsafe(16))
        actor = user.actor("cli", "investigation")
        case = access.open_case(session, actor, "Measurement")
        exhibit = exhibits.register(session, actor, case.id, Description("B1", "measured bytes"))
        _token, shown = accounts.issue_token(session, user, "bench", ["see", "add"], timedelta(hours=2))
        return shown, exhibit.id


def _announce(app: Flask, token: str, exhibit: UUID, size: int) -> str:
    with app.app_context(), transaction() as session:
        found = accounts.find_token(session, token)
        if found is None:
            raise RuntimeError("the token of this measurement ended before it")
        who = found[1].actor("cli", "investigation")
        batch, items = intake.announce(session, who, exhibit, [Announced("measured.bin", size)], source="api")
        return f"/api/v1/batches/{batch.id}/items/{items[0].id}/content"


def _upload(port: int, token: str, address: str, source: Path) -> None:
    if not source.exists():
        source.write_bytes(b"x")
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=600, blocksize=MIB)
    with source.open("rb") as body:
        head = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/octet-stream",
            "Content-Length": str(source.stat().st_size),
        }
        link.request("PUT", address, body=body, headers=head)
        answer = link.getresponse()
        said = answer.read()
    link.close()
    if answer.status != http.client.CREATED:
        raise RuntimeError(f"the server answered {answer.status}: {said[:200]!r}")


@contextmanager
def _server(instance: Path) -> Iterator[tuple[int, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "app.cli",
        "--instance",
        str(instance),
        "serve",
        "--port",
        str(port),
        "--processes",
        "1",
        "--no-worker",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        yield port, int(children[0]) if children else process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=_WAIT)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _WAIT
    while time.monotonic() < until and process.poll() is None:
        try:
            link = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            link.request("GET", "/api/v1/openapi.json")
            link.getresponse().read()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("the server did not come up")


def _forget_pages(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(fd)


def _read_so_far() -> int:
    told = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(told["rchar"])


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def _words(source: Path) -> str:
    gib, rest = divmod(source.stat().st_size, GIB)
    return f"{gib} GiB" if gib and not rest else f"{source.stat().st_size // MIB} MiB"
