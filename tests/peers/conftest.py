"""Programs of other people that judge what we give out."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import leave_out

HERE = Path(__file__).parent


@dataclass(frozen=True)
class TlogCheck:
    """Go's own transparency log code, with thirty lines of ours around it."""

    program: Path

    def __call__(self, *words: object) -> subprocess.CompletedProcess[str]:
        """Judge; exit code 0 and «OK …» when it agrees, 1 and the reason when it refuses."""
        return subprocess.run([self.program, *map(str, words)], capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(scope="session")
def tlogcheck(tmp_path_factory) -> TlogCheck:
    """The program in tests/peers/tlogcheck, built from its locked module."""
    go = shutil.which("go") or shutil.which("/usr/local/go/bin/go")
    if go is None:
        leave_out("Go is not there: run `make engines`, or install Go 1.18 or later")
    program = tmp_path_factory.mktemp("tlogcheck") / "tlogcheck"
    environ = os.environ | {"GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
    words = [go, "build", "-mod=readonly", "-o", str(program), "."]
    said = subprocess.run(words, cwd=HERE / "tlogcheck", env=environ, capture_output=True, text=True, check=False,
                          timeout=300)  # fmt: skip
    if said.returncode:
        leave_out(f"Go cannot build tests/peers/tlogcheck: {said.stderr.strip()[-300:]}")
    return TlogCheck(program)


@pytest.fixture(scope="session")
def openssl() -> str:
    """The path of OpenSSL's command."""
    found = shutil.which("openssl")
    if found is None:
        leave_out("openssl is not there: run `make engines`, or install openssl")
    return found
