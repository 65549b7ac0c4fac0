"""Write a paper to a new file of its own, never over another."""

import os
from pathlib import Path

from core.errors import Conflict


class FileThere(Conflict):
    """There is something at this path already."""


def write_new(output: Path, content: bytes) -> None:
    """Write a file that this account alone may read; raises FileThere when there is something already."""
    try:
        out = os.open(output, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError as there:
        raise FileThere(f"{output} exists; nothing was written over it") from there
    with os.fdopen(out, "wb") as file:
        file.write(content)
