"""A desk that serves real people in a real browser: one deployment with a sample for the whole session."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy.orm import Session

from app import create_app, delivering, exporting, migrations, worker
from app.wiring import services, transaction
from cases import access, people
from cases.access import Duty
from cases.handling import Sensitivity
from cases.people import Part
from core import accounts, clock, db
from core.accounts import Actor, Role
from core.config import Config
from evidence import authorities, exhibits, intake
from evidence.authorities import Grant
from evidence.data_orders import answers, orders
from evidence.data_orders.answers import Reply
from evidence.data_orders.orders import Wanted
from evidence.data_orders.rules import Category, Kind, Outcome
from evidence.exhibits import Arrival, Description, Number, Origin
from evidence.intake import Announced
from evidence.keyring import Keyring
from evidence.online import items
from evidence.online.items import Collected
from evidence.storeroom import seals
from exports.dossier import Order
from tests import databases
from tests.serving import served

PASSWORD = "a long enough password"
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
PHONE = "+39 06 6982 1234"
CAST = {
    "ines": (Role.INVESTIGATOR, "Inès Okafor"),
    "carl": (Role.CUSTODIAN, "Carl Lindqvist"),
    "petra": (Role.PROSECUTOR, "Petra Mbeki"),
    "sami": (Role.SUPERVISOR, "Sami Haddad"),
    "prisca": (Role.PROTECTION, "Prisca Ferro"),
    "aude": (Role.AUDITOR, "Aude Rossi"),
    "adam": (Role.ADMINISTRATOR, "Adam Novak"),
    "olga": (Role.INVESTIGATOR, "Olga Brandt"),
}
STATEMENT = (
    "Booking date;Value date;Counterparty;Purpose;Amount;Balance;Currency\n"
    "01.03.2026;01.03.2026;A. Conti;seats;1.000,00;1.000,00;EUR\n"
    "02.03.2026;02.03.2026;Trasporti Blu;boat fuel;-250,50;749,50;EUR\n"
    "25.03.2026;25.03.2026;A. Conti;seats;1.200,00;1.949,50;EUR\n"
)
ASKED = STATEMENT.replace("25.03.", "05.03.")


@dataclass
class Sample:
    """What stands in the deployment: two cases, an exhibit with files of each kind, a dossier."""

    cases: list[UUID] = field(default_factory=list)
    exhibit: UUID | None = None
    bare: UUID | None = None
    batch: UUID | None = None
    files: dict[str, UUID] = field(default_factory=dict)
    person: UUID | None = None
    conflict: UUID | None = None
    dossier: UUID | None = None
    order: UUID | None = None
    item: UUID | None = None


@dataclass
class Desk:
    """The address of the running desk, what stands in it, and how to come in."""

    url: str
    app: Flask
    sample: Sample

    def actor(self, name: str, purpose: str = "investigation") -> Actor:
        """Somebody of the cast."""
        with self.app.app_context(), transaction() as session:
            return accounts.named(session, name).actor("test", purpose)

    def work(self) -> None:
        """Let the worker do all that is due."""
        worker.work(self.app, until_idle=True)


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The desk, served on a free port of this machine."""
    app = _deployment(tmp_path_factory.mktemp("desk") / "instance")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with app.app_context():
        sample = _sample()
    worker.work(app, until_idle=True)
    with served(app) as address:
        yield Desk(address, app, sample)
    with app.app_context():
        services().index.close()
        services().engine.dispose()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that remembers nothing of any other test."""
    made = browser.new_context(timezone_id="Africa/Nairobi", viewport={"width": 1280, "height": 900})
    made.set_default_timeout(10_000)
    yield made
    made.close()


@pytest.fixture
def come_in(desk: Desk, context: BrowserContext) -> Any:
    """Sign somebody in and give the page, at the start; a purpose is chosen when one is named."""

    def enter(name: str, purpose: str = "") -> Page:
        page = context.new_page()
        page.goto(f"{desk.url}/sign-in")
        page.fill("#name", name)
        page.fill("#password", PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{desk.url}/")
        if purpose:
            page.goto(f"{desk.url}/purpose")
            page.check(f"input[value={purpose}]")
            page.get_by_role("button", name="Go on").click()
            page.wait_for_url(f"{desk.url}/")
        return page

    return enter


def _deployment(folder: Path) -> Flask:
    """A whole deployment on SQLite and the embedded index, empty."""
    folder.mkdir()
    settings = Config.load(folder, {})
    Keyring.make(settings)
    engine = db.connect(settings.database_url)
    databases.furnish(engine, migrations.upgrade)
    engine.dispose()
    return create_app(folder)


def _sample() -> Sample:
    sample, actors = Sample(), {}
    with transaction() as session:
        for name, (role, display) in CAST.items():
            actors[name] = accounts.add(session, name, [role], PASSWORD, display=display).actor("test", "investigation")
    ines, petra = actors["ines"], actors["petra"]
    with transaction() as session:
        for title, number in (("Landing at Pozzallo", "K-118"), ("Lorry at the pass", "K-204")):
            case = access.open_case(session, ines, title, number=number)
            sample.cases.append(case.id)
            for name, duty in (
                ("carl", Duty.CUSTODY),
                ("petra", Duty.PROSECUTE),
                ("sami", Duty.SUPERVISE),
                ("prisca", Duty.PROTECT),
            ):
                user = session.get_one(accounts.User, actors[name].id)
                access.admit(session, ines, case, user, duty, Sensitivity.C3)
        key = services().keyring.case_key(session, sample.cases[0])
        case = access.fetch(session, ines, sample.cases[0], to=access.Act.PEOPLE)
        guarded = people.add(
            session, ines, case, "تسفاي جبر", Part.WITNESS, key=key, protected=True, source="passport in ZP-14"
        )
        people.add(session, ines, case, "Yonas Haile", Part.SUSPECT, key=key, source="statement of 4 March")
        sample.person = guarded.id
        phone = Description("ZP-14", "Telephone, black, cracked screen")
        origin = Origin(
            place_found="Pozzallo, pier 3", officer="Insp. Bianchi", seized_as_written="2 March, about 14:30"
        )
        numbers = [Number("property register", "2026/4471", "Questura")]
        one = exhibits.register(
            session, ines, sample.cases[0], phone, origin=origin, numbers=numbers, arrival=Arrival(seal="A-1001")
        )
        authorities.authorise(session, ines, one.id, Grant("warrant", "W-77", "Tribunale di Ragusa"))
        sample.exhibit = one.id
        sample.bare = exhibits.register(
            session, ines, sample.cases[0], Description("ZP-15", "Notebook of تسفاي جبر")
        ).id
        bare = session.get_one(exhibits.Exhibit, sample.bare)
        twice = seals.claim(session, ines, bare, "A-1001", "found on it when تسفاي جبر handed it over")
        sample.conflict = twice.id if twice else None
        _collect(session, ines, sample)
        lorry = exhibits.register(session, ines, sample.cases[1], Description("L-1", "Papers of the driver"))
        authorities.authorise(session, ines, lorry.id, Grant("consent"))
        other = lorry.id
    sample.batch = _hand_in(ines, sample, sample.exhibit, {
        "notes.txt": f"Call {PHONE} before the boat leaves. تسفاي جبر knows the driver.\n\nThen the pier.".encode(),
        "رسالة.txt": "اتصل قبل أن يغادر القارب".encode(),
        "statement.csv": STATEMENT.encode(),
        "asked.csv": ASKED.encode(),
        "broken.pdf": b"%PDF-1.7\nnot a document at all",
    })  # fmt: skip
    _hand_in(ines, sample, sample.bare, {"page.txt": b"not to be read yet", "تسفاي جبر.txt": b"a page"})
    _hand_in(ines, sample, other, {"driver.txt": f"The driver's number is {PHONE}.".encode()})
    sample.dossier = exporting.ask(
        petra.for_purpose("prosecution"), Order(sample.cases[0], (sample.exhibit,), "For the hearing"), later=True
    )
    return sample


def _collect(session: Session, who: Actor, sample: Sample) -> None:
    """An order for data that was answered in part, and something that was collected online."""
    assert sample.bare is not None
    keyring, then = services().keyring, clock.now() - timedelta(days=8)
    wanted = Wanted("EPOC 12/26", Kind.PRODUCTION, "Tribunale di Ragusa", "Example Mail", Category.TRAFFIC, then,
                    received=then, target="the account of تسفاي جبر")  # fmt: skip
    sample.order = orders.record(session, who, keyring, sample.cases[0], wanted).id
    reply = Reply(Outcome.PART, clock.now(), came="the mailbox of تسفاي جبر")
    answers.answer(session, who, keyring, sample.order, reply)
    typed = "https://ex\u0430mple.org/" + "boats-to-the-north/" * 12
    what = Collected(typed, "ines", "Hunchly", "2.5", then, context="posts of تسفاي جبر", identity="a persona")
    sample.item = items.record(session, who, keyring, sample.bare, what).id


def _hand_in(who: Actor, sample: Sample, exhibit: UUID, contents: dict[str, bytes]) -> UUID:
    with transaction() as session:
        coming = [Announced(name, len(content)) for name, content in contents.items()]
        batch, items = intake.announce(session, who, exhibit, coming, source="folder")
        made, known = batch.id, [(item.id, item.name) for item in items]
    for item_id, name in known:
        sample.files[name] = delivering.take_in(who, item_id, [contents[name]])[0].id
    return made
