"""What comes as packages of the system: the database, the browser, OCR and two small tools."""

from __future__ import annotations

import ctypes.util
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import ground
import postgres

LANGUAGES = ("ara", "ben", "chi-sim", "eng", "fas", "pus", "tir")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def browser() -> str | None:
    """The path of a Chromium."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def _reads(language: str) -> Callable[[], bool]:
    name = language.replace("-", "_") + ".traineddata"
    return lambda: any(Path("/usr/share/tesseract-ocr").glob(f"*/tessdata/{name}"))


NEEDED: dict[str, Callable[[], object]] = {
    "postgresql": postgres.programs,
    "chromium": browser,
    "libarchive13": lambda: ctypes.util.find_library("archive"),
    "maven": lambda: shutil.which("mvn"),
    "poppler-utils": lambda: shutil.which("pdftotext"),
    "tesseract-ocr": lambda: shutil.which("tesseract"),
    **{f"tesseract-ocr-{language}": _reads(language) for language in LANGUAGES},
}


def start() -> None:
    """Install what is missing where that is allowed; otherwise say what a person should install."""
    missing = [name for name, found in NEEDED.items() if not found()]
    if missing and not (ground.is_root() and shutil.which("apt-get")):
        raise ground.NotPossibleError("as root on Debian run: apt-get install " + " ".join(missing))
    if missing:
        ground.say("packages: installing " + " ".join(missing))
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        ground.run(["apt-get", "update", "-q"], env=quiet, timeout=900)
        ground.run(["apt-get", "install", "-q", "-y", "--no-install-recommends", *missing], env=quiet, timeout=1800)
    ground.record({"PROBANDA_TEST_CHROMIUM": browser() or ""})
    ground.say("packages: all there")


def stop(*, at_once: bool) -> None:
    """Packages stay installed."""
    del at_once
