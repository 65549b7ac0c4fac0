"""veraPDF, the judge of PDF/A, as one file that a Java runs."""

from __future__ import annotations

import ground
import maven

VERSION = "1.28.2"


def start() -> None:
    """Have the program on disk; it is run once per file and never stays."""
    place = ground.home() / "verapdf"
    program = place / f"greenfield-apps-{VERSION}.jar"
    if not program.exists():
        ground.say(f"verapdf: fetching {VERSION}")
        maven.copy(f"org.verapdf.apps:greenfield-apps:{VERSION}", place)
    java = maven.java_home(17) / "bin" / "java"
    ground.record({"PROBANDA_TEST_VERAPDF": str(program), "PROBANDA_TEST_JAVA": str(java)})
    ground.say(f"verapdf: {VERSION}")


def stop(*, at_once: bool) -> None:
    """Nothing of it stays running, so there is nothing to end, at once or otherwise."""
    del at_once
