"""What any test may ask for: the real engines, where they are, and a plain reason where they are not."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask
from hypothesis import settings
from jinja2.bccache import Bucket, BytecodeCache
from playwright.sync_api import Browser, Page, sync_playwright

from core import accounts

ROOT = Path(__file__).resolve().parents[1]
ENGINES = ROOT / ".ci" / "engines"
REQUIRED = os.environ.get("REQUIRE_ENGINES", "") not in {"", "0", "no"}


def _facts() -> dict[str, str]:
    """What `make engines` wrote down; the environment has the last word."""
    record = ROOT / ".engines" / "env"
    lines = record.read_text().splitlines() if record.exists() else []
    return {key: value for key, _, value in (line.partition("=") for line in lines)} | dict(os.environ)


FACTS = _facts()


# To hash a password as it should be takes a quarter of a second of the processor for each person that a test makes.
# tests/core/test_accounts.py looks at the real thing in a process of its own.
accounts._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class _Compiled(BytecodeCache):
    """The templates as compiled code, kept for all applications that a run makes; a changed one has another key."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


Flask.jinja_options = {"bytecode_cache": _Compiled()}

# How long one example takes says nothing on a busy machine; a failure in CI must come again on the next run.
settings.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("house")


def leave_out(reason: str) -> NoReturn:
    """Leave a test out and say why; where every engine is required, that is a failure."""
    if REQUIRED:
        pytest.fail(f"required, but {reason}", pytrace=False)
    pytest.skip(reason)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under REQUIRE_ENGINES nothing may be left out, by whatever way it was skipped."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if REQUIRED and reporter and reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List what was left out, once per reason."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(_reason(report) for report in skipped)
    if not reasons:
        return
    terminalreporter.section("left out" + (" (a failure, for every engine is required)" if REQUIRED else ""))
    for reason, count in reasons.most_common():
        terminalreporter.line(f"{count} test{'s' if count > 1 else ''}: {reason}")


def _reason(report: pytest.TestReport) -> str:
    place = report.longrepr
    words = place[2] if isinstance(place, tuple) else str(place)
    return words.removeprefix("Skipped: ")


# --- Databases ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[sa.Engine]:
    """A connection to the server itself, for making and dropping databases."""
    url = FACTS.get("PROBANDA_TEST_POSTGRES", "")
    if not url:
        leave_out("PostgreSQL is not there: run `make engines`, or set PROBANDA_TEST_POSTGRES")
    server = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        server.connect().close()
    except sa.exc.OperationalError as because:
        leave_out(f"PostgreSQL does not answer: {str(because.orig).splitlines()[0]}")
    yield server
    server.dispose()


@contextmanager
def _empty_database(postgres_server: sa.Engine) -> Iterator[str]:
    name = f"probanda_{secrets.token_hex(6)}"
    with postgres_server.connect() as server:
        server.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE template0"))
    yield postgres_server.url.set(database=name).render_as_string(hide_password=False)
    with postgres_server.connect() as server:
        server.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def postgres_url(postgres_server: sa.Engine) -> Iterator[str]:
    """The address of an empty database that lives as long as the test."""
    with _empty_database(postgres_server) as url:
        yield url


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def module_database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """As `database_url`, for all tests of a module together, which make things of their own in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('database') / 'probanda.db'}"
        return
    with _empty_database(request.getfixturevalue("postgres_server")) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'probanda.db'}"
    return str(request.getfixturevalue("postgres_url"))


# --- Elasticsearch --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Server:
    """An engine of ours that a test may stop and start again."""

    name: str
    url: str

    def stop(self, *, at_once: bool = False) -> None:
        """End it politely, or as a power cut would."""
        self._run("stop", *(["--at-once"] if at_once else []))

    def start(self) -> None:
        """Start it again at the same address, and wait until it is well."""
        self._run("start")

    def _run(self, *words: str) -> None:
        command = [sys.executable, ENGINES, *words, self.name]
        said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        assert said.returncode == 0, said.stdout + said.stderr


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_cluster/health", timeout=10) as answer:
            return bool(json.load(answer)["number_of_nodes"])
    except (OSError, ValueError):
        return False


@pytest.fixture(scope="session")
def elasticsearch_url() -> str:
    """The address of a real Elasticsearch."""
    url = FACTS.get("PROBANDA_TEST_ELASTICSEARCH", "")
    if not url:
        leave_out("Elasticsearch is not there: run `make engines`, or set PROBANDA_TEST_ELASTICSEARCH")
    if not _answers(url):
        leave_out(f"Elasticsearch does not answer at {url}")
    return url


@pytest.fixture
def index_prefix(elasticsearch_url: str) -> Iterator[str]:
    """A beginning for index names that no other test uses; what was made with it is deleted afterwards."""
    prefix = f"t{secrets.token_hex(6)}-"
    yield prefix
    with urllib.request.urlopen(f"{elasticsearch_url}/_cat/indices/{prefix}*?h=index", timeout=30) as answer:
        names = answer.read().decode().split()
    for name in names:
        urllib.request.urlopen(
            urllib.request.Request(f"{elasticsearch_url}/{name}", method="DELETE"), timeout=30
        ).close()


@pytest.fixture
def elasticsearch_server(elasticsearch_url: str) -> Iterator[Server]:
    """The real Elasticsearch, to stop and start; it runs again when the test ends."""
    if "PROBANDA_TEST_ELASTICSEARCH" in os.environ:
        leave_out("this Elasticsearch is not ours to stop: it was named by PROBANDA_TEST_ELASTICSEARCH")
    server = Server("elasticsearch", elasticsearch_url)
    yield server
    server.start()


@pytest.fixture
def postgres_engine(postgres_server: sa.Engine) -> Iterator[Server]:
    """The real PostgreSQL, to stop and start; it runs again when the test ends."""
    if "PROBANDA_TEST_POSTGRES" in os.environ:
        leave_out("this PostgreSQL is not ours to stop: it was named by PROBANDA_TEST_POSTGRES")
    server = Server("postgresql", FACTS["PROBANDA_TEST_POSTGRES"])
    yield server
    server.start()
    postgres_server.dispose()


# --- Browser --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a real browser."""
    path = FACTS.get("PROBANDA_TEST_CHROMIUM", "")
    if not Path(path).is_file():
        leave_out("Chromium is not there: run `make engines`, or set PROBANDA_TEST_CHROMIUM")
    return path


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for the session; each test gets a page of its own."""
    # Chromium's own sandbox does not work for root, and what it is shown here we made ourselves.
    words = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        program = playwright.chromium.launch(executable_path=chromium, args=words)
        yield program
        program.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page with no memory of any other."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


# --- Judges and material --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """What veraPDF says of one file; the failures name clauses and reasons."""

    passed: bool
    failures: tuple[str, ...]


@dataclass(frozen=True)
class VeraPDF:
    """Calling it judges a file against a flavour of PDF/A."""

    java: str
    program: str

    def __call__(self, path: Path, flavour: str = "3b") -> Verdict:
        words = ["-cp", self.program, "org.verapdf.apps.GreenfieldCliWrapper", "--format", "json", "-f", flavour, path]
        said = subprocess.run([self.java, *words], capture_output=True, text=True, check=False, timeout=300)
        if not said.stdout.strip():
            pytest.fail(f"veraPDF said nothing: {said.stderr}")
        job = json.loads(said.stdout)["report"]["jobs"][0]
        results = job.get("validationResult") or []
        rules = [rule for result in results for rule in result["details"]["ruleSummaries"]]
        failures = [f"{rule['clause']}: {rule['description']}" for rule in rules]
        return Verdict(
            passed=bool(results) and all(result["compliant"] for result in results),
            failures=tuple(failures or ([] if results else [f"not judged: {job.get('taskException')}"])),
        )


@pytest.fixture(scope="session")
def verapdf() -> VeraPDF:
    """The judge of PDF/A: `verapdf(path, "3b").passed`."""
    java, program = FACTS.get("PROBANDA_TEST_JAVA", "java"), FACTS.get("PROBANDA_TEST_VERAPDF", "")
    if not Path(program).is_file():
        leave_out("veraPDF is not there: run `make engines`, or set PROBANDA_TEST_VERAPDF")
    return VeraPDF(java, program)


@pytest.fixture(scope="session")
def corpus() -> Path:
    """A folder of real public files of all kinds, hostile ones included."""
    path = Path(FACTS.get("PROBANDA_CORPUS", ROOT.parent / "shared" / "corpus"))
    if not (path / "MANIFEST.csv").is_file():
        leave_out("the corpus is not there: lay it beside the checkout, or set PROBANDA_CORPUS")
    return path
