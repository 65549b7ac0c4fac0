"""Java parts by their coordinates, fetched with the ordinary client and kept between runs."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import ground


def client() -> str:
    """The Maven command."""
    found = shutil.which("mvn")
    if not found:
        raise ground.NotPossibleError("Maven is missing: install the package maven, or put mvn on PATH")
    return found


def copy(coordinates: str, into: Path) -> None:
    """Put the one artifact named by *coordinates* into a folder."""
    words = ["dependency:copy", f"-Dartifact={coordinates}", f"-DoutputDirectory={into}"]
    ground.run([client(), "--batch-mode", "--quiet", *words], timeout=1200)


def java_home(at_least: int) -> Path:
    """A Java of at least this version, from ES_JAVA_HOME or where Debian keeps them; the newest one found."""
    stated = os.environ.get("ES_JAVA_HOME")
    places = [Path(stated)] if stated else sorted(Path("/usr/lib/jvm").glob("*"))
    found = [(version, place) for place in places if (version := java_version(place)) >= at_least]
    if not found:
        where = f"ES_JAVA_HOME={stated}" if stated else "/usr/lib/jvm"
        raise ground.NotPossibleError(f"no Java of version {at_least} or later in {where}")
    return max(found)[1]


def java_version(place: Path) -> int:
    """The main version of the Java in a folder, 0 where there is none."""
    try:
        said = re.search(r'JAVA_VERSION="(\d+)', (place / "release").read_text())
    except OSError:
        return 0
    return int(said[1]) if said and (place / "bin" / "java").exists() else 0
