"""Real engines for the tests: `python3 .ci/engines start|stop|status [NAME…] [--at-once]`."""

from __future__ import annotations

import argparse
import sys

import debian
import elastic
import ground
import postgres
import verapdf

ENGINES = {"packages": debian, "postgresql": postgres, "elasticsearch": elastic, "verapdf": verapdf}


def start(names: list[str]) -> int:
    """Start each engine; one that cannot be had does not keep the others from starting."""
    failed = 0
    for name in names:
        try:
            ENGINES[name].start()
        except ground.NotPossibleError as because:
            failed += 1
            ground.say(f"{name}: NOT THERE. {because}")
    if not failed:
        ground.say(f"what the tests read: {ground.RECORD}")
    return 1 if failed else 0


def stop(names: list[str], *, at_once: bool) -> int:
    """Stop each engine that we started."""
    for name in reversed(names):
        ENGINES[name].stop(at_once=at_once)
    return 0


def status() -> int:
    """Print what is written down for the tests."""
    for key, value in sorted(ground.recorded().items()):
        ground.say(f"{key}={value}")
    return 0


def main() -> int:
    """Read the command line and do as it says."""
    words = argparse.ArgumentParser(prog="engines", description=__doc__)
    words.add_argument("verb", choices=["start", "stop", "status"])
    words.add_argument("names", nargs="*", metavar="NAME", help="one of: " + ", ".join(ENGINES))
    words.add_argument("--at-once", action="store_true", help="end a server as a power cut would")
    said = words.parse_intermixed_args()
    unknown = set(said.names) - set(ENGINES)
    if unknown:
        words.error("no such engine: " + ", ".join(sorted(unknown)))
    names = said.names or list(ENGINES)
    if said.verb == "start":
        return start(names)
    return stop(names, at_once=said.at_once) if said.verb == "stop" else status()


if __name__ == "__main__":
    sys.exit(main())
