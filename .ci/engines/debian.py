"""What comes as packages of the system: the database, the browser, OCR, and tools that judge our proofs."""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import ground
import maven
import postgres

LANGUAGES = ("ara", "ben", "chi-sim", "eng", "fas", "pus", "tir")
# Elasticsearch needs Java 21; which of these a release of Debian has depends on its year.
JAVAS = ("openjdk-21-jre-headless", "openjdk-25-jre-headless")
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
    "golang-go": lambda: shutil.which("go") or shutil.which("/usr/local/go/bin/go"),
    "libarchive13": lambda: ctypes.util.find_library("archive"),
    "maven": lambda: shutil.which("mvn"),
    "openssl": lambda: shutil.which("openssl"),
    "poppler-utils": lambda: shutil.which("pdftotext"),
    "softhsm2": lambda: shutil.which("softhsm2-util"),
    "ssss": lambda: shutil.which("ssss-combine"),
    "tesseract-ocr": lambda: shutil.which("tesseract"),
    **{f"tesseract-ocr-{language}": _reads(language) for language in LANGUAGES},
}


def start() -> None:
    """Install what is missing where that is allowed; otherwise say what a person should install."""
    missing = [name for name, found in NEEDED.items() if not found()]
    if not _new_java():
        missing.append(JAVAS[0])
    if missing and not (ground.is_root() and shutil.which("apt-get")):
        raise ground.NotPossibleError("as root on Debian run: apt-get install " + " ".join(missing))
    if missing:
        _install(missing)
    ground.record({"PROBANDA_TEST_CHROMIUM": browser() or ""})
    ground.say("packages: all there")


def _install(missing: list[str]) -> None:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    patient = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"]
    ground.run([*patient, "update"], env=quiet, timeout=900)
    names = [name for name in missing if name not in JAVAS] + ([] if _new_java() else _offered(JAVAS)[:1])
    if not names:
        return  # no Java that is new enough: the engine that needs it will say so
    ground.say("packages: installing " + " ".join(names))
    ground.run([*patient, "install", "-y", "--no-install-recommends", *names], env=quiet, timeout=1800)


def _new_java() -> bool:
    try:
        return bool(maven.java_home(21))
    except ground.NotPossibleError:
        return False


def _offered(names: tuple[str, ...]) -> list[str]:
    """Those of the packages that this release of Debian has at all."""
    asked = [(name, ["apt-cache", "show", "--no-all-versions", name]) for name in names]
    return [name for name, ask in asked if subprocess.run(ask, capture_output=True, check=False).stdout.strip()]


def stop(*, at_once: bool) -> None:
    """Packages stay installed."""
    del at_once
