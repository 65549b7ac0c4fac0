"""How fast sealed bytes are looked over without a key, against reading and hashing a plain file of the same size."""

import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import uuid4

from flask import Flask

from app.bench.measuring import MIB, Figure, paired
from app.wiring import services
from evidence.vault import BlobContext

_TIMES: Final = 5


def measure(app: Flask, folder: Path, size: int) -> Iterator[Figure]:
    """Scrub one blob of so many bytes, and examine it in full, each against SHA-256 of a plain file."""
    plain = folder / "plain.bin"
    with plain.open("wb") as out:
        for _ in range(size // MIB):
            out.write(secrets.token_bytes(MIB))
    with app.app_context():
        vault = services().vault
        with plain.open("rb") as stream:
            kept = vault.seal(stream, BlobContext(uuid4(), uuid4(), uuid4()))
        seconds = paired(
            lambda: vault.scrub(kept.blob, kept.size, kept.sealed_sha256), lambda: _read_and_hash(plain), _TIMES
        )
        told = f"scrub a sealed blob of {size // MIB} MiB without its key"
        yield Figure(
            told, "read a plain file of that size + SHA-256", *seconds, "s", 2, "twice the time is half the rate"
        )
        seconds = paired(lambda: vault.examine(kept), lambda: _read_and_hash(plain), _TIMES)
        yield Figure("look at it in full (open, both hashes, sealed hash)", "the same", *seconds, "s", 4)
        vault.discard(kept.blob)
    plain.unlink()


def _read_and_hash(path: Path) -> str:
    digest = hashlib.sha256()
    fd = os.open(path, os.O_RDONLY)
    try:
        while piece := os.read(fd, MIB):
            digest.update(piece)
    finally:
        os.close(fd)
    return digest.hexdigest()
