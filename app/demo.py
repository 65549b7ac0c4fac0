"""The whole main job played through on a sample or on a folder, by the same verbs and doors as in earnest.

An investigator hands in files and finds a number across cases, a prosecutor exports a dossier, a stranger's program
checks it, an auditor reads who held and who read what.
"""

import secrets
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import delivering, exporting, proving, sample, worker
from app.sample import SampleCase, SampleExhibit, watching
from app.wiring import services, transaction
from cases import access, people
from cases.access import Duty
from cases.docket import Case
from cases.handling import Sensitivity
from core import accounts, clock, jobs
from core.accounts import HOUSE, Actor, Role
from core.errors import Invalid
from core.ledger import checkpoints, reading, tree
from core.ledger import entries as ledger
from core.ledger.reading import Filter
from evidence import authorities, custody, exhibits, intake
from evidence.authorities import Grant
from evidence.exhibits import Description
from evidence.files import File
from evidence.intake import Announced
from evidence.money import layouts
from evidence.money.statements.sheets.layout import LayoutOpen
from evidence.movements import Movement, Verb
from exports.dossier import Order
from search import finder

CAST: Final = {
    "ines": (Role.INVESTIGATOR, "Inès"),
    "carl": (Role.CUSTODIAN, "Carl"),
    "petra": (Role.PROSECUTOR, "Petra"),
    "sami": (Role.SUPERVISOR, "Sami"),
    "olga": (Role.PROTECTION, "Olga"),
    "aude": (Role.AUDITOR, "Aude"),
    "adam": (Role.ADMINISTRATOR, "Adam"),
}
SHOWN: Final = ("ines", "petra", "aude")
Say = Callable[[str], None]
Bar = Callable[[int], None]


def play(app: Flask, say: Say, source: Path | None, tick: Bar = lambda _step: None) -> tuple[dict[str, str], int]:
    """Play the main job in this deployment; gives the passwords of the cast and how many findings there were."""
    with app.app_context():
        passwords = _cast(say)
        say("")
        cases = _from_folder(source, say, tick) if source else _sample(Path(app.instance_path) / "sample", say, tick)
        _work(app, say, tick)
        if source is None:
            _confirm(cases, say)
        _reckon(cases, say)
        if source is None:
            _find(say)
            _hand_over(cases[0], say)
        place = Path(app.instance_path) / "demo"
        place.mkdir(exist_ok=True)
        with watching.watched(app, Path(app.instance_path) / "demo-witness") as witness:
            findings = _export(cases[0], place, witness, say)
        findings += _audit(say)
        return passwords, findings


def _cast(say: Say) -> dict[str, str]:
    passwords = {}
    with transaction() as session:
        known = {one.name: one for one in accounts.everyone(session)}
        for name, (role, display) in CAST.items():
            passwords[name] = "-".join(secrets.token_hex(2) for _ in range(4))
            if name in known:
                accounts.change_password(session, known[name], passwords[name])
                continue
            user = accounts.add(session, name, [role], passwords[name], display=display)
            ledger.append(session, "access/house", HOUSE, "account made", subject=user.id, name=name, roles=[role])
    say(f"accounts: {', '.join(f'{name} ({role})' for name, (role, _display) in CAST.items())}")
    return passwords


def _actor(session: Session, name: str, purpose: str = "investigation") -> Actor:
    return accounts.named(session, name).actor("cli", purpose)


def _sample(folder: Path, say: Say, tick: Bar) -> list[UUID]:
    made = sample.make(folder)
    cases = []
    for one in made.cases:
        with transaction() as session:
            ines = _actor(session, "ines")
            case = access.open_case(session, ines, one.title, number=one.number)
            _admit(session, ines, case)
            _enter_people(session, ines, case, one)
        say(f"case {one.number}: {one.title}")
        cases.append(case.id)
        for exhibit in one.exhibits:
            _hand_in(case.id, exhibit, say, tick)
    return cases


def _admit(session: Session, lead: Actor, case: Case) -> None:
    for name, duty in (
        ("carl", Duty.CUSTODY),
        ("petra", Duty.PROSECUTE),
        ("sami", Duty.SUPERVISE),
        ("olga", Duty.PROTECT),
    ):
        user = accounts.named(session, name)
        access.admit(session, lead, case, user, duty, Sensitivity.C3 if duty is Duty.PROTECT else Sensitivity.C2)


def _enter_people(session: Session, actor: Actor, case: Case, one: SampleCase) -> None:
    key = services().keyring.case_key(session, case.id)
    for person in one.people:
        facts = {"kind": person.kind, "source": person.source, "event": person.event}
        entered = people.add(
            session, actor, case, person.name, person.part, key=key, protected=person.protected, **facts
        )
        for form in person.names:
            people.add_name(session, actor, case, entered, form.text, key=key, usage=form.usage, source=form.source)


def _from_folder(source: Path, say: Say, tick: Bar) -> list[UUID]:
    with transaction() as session:
        ines = _actor(session, "ines")
        case = access.open_case(
            session, ines, f"Files of the folder {source.name}", number=f"{clock.now():%Y%m%d-%H%M%S}"
        )
        _admit(session, ines, case)
    what = Description("F-01", f"the folder {source.name} as it was handed in")
    exhibit = SampleExhibit(
        source, what, exhibits.Origin(), Grant("consent", scope="a demonstration on the owner's own files")
    )
    say(f"case {case.number}: {case.title}")
    _hand_in(case.id, exhibit, say, tick)
    return [case.id]


def _hand_in(case_id: UUID, one: SampleExhibit, say: Say, tick: Bar) -> None:
    paths = sorted(path for path in one.folder.rglob("*") if path.is_file() or path.is_symlink())
    with transaction() as session:
        ines = _actor(session, "ines")
        exhibit = exhibits.register(session, ines, case_id, one.what, origin=one.origin, numbers=one.numbers)
        authorities.authorise(session, ines, exhibit.id, one.authority)
        coming = [Announced(path.relative_to(one.folder).as_posix(), path.lstat().st_size) for path in paths]
        _batch, items = intake.announce(session, ines, exhibit.id, coming, source="folder")
        waiting = [
            (item.id, path) for item, path in zip(items, paths, strict=True) if item.state == intake.Item.WAITING
        ]
    for item_id, path in waiting:
        _take_in(ines, item_id, path)
        tick(1)
    say(f"  exhibit {one.what.reference}: {len(paths)} files handed in, hashed and sealed")


def _take_in(actor: Actor, item_id: UUID, path: Path) -> None:
    if path.is_symlink():
        delivering.refuse(actor, item_id, "it is a link and not a file; hand in what it points to")
        return
    try:
        with path.open("rb") as stream:
            delivering.take_in(actor, item_id, stream)
    except PermissionError:
        delivering.refuse(actor, item_id, "it cannot be read by this account")
    except Invalid:
        # The item has its state and its reason by now, and the reckoning tells of it.
        return


def _work(app: Flask, say: Say, tick: Bar) -> None:
    turn = worker.work(app, until_idle=True, told=tick)
    say(f"read, searched for numbers and indexed: {turn.done} jobs done, {turn.failed} failed")
    for because, count in turn.waiting.items():
        say(f"  {count} wait: {because}")


def _confirm(cases: Sequence[UUID], say: Say) -> None:
    """Ines looks at how each bank table is read and confirms those that leave nothing to ask."""
    house = services()
    with transaction() as session:
        ines = _actor(session, "ines")
        tables = list(session.scalars(select(File).where(File.case_id.in_(cases), File.media_type == "text/csv")))
        for file in tables:
            try:
                stood = layouts.confirm_layout(session, ines, house.keyring, file.id)
            except (LayoutOpen, layouts.NothingToConfirm) as reason:
                say(f"  {file.shown_name}: {reason.message}")
            else:
                say(f"  {file.shown_name}: ines confirms how it is read; {len(stood)} statement stands")


def _reckon(cases: Sequence[UUID], say: Say) -> None:
    with transaction() as session:
        ines = _actor(session, "ines")
        for case_id in cases:
            counts = intake.reckon(session, ines, case_id)
            readings: dict[str, int] = {}
            for state in session.scalars(select(File.reading).where(File.case_id == case_id)):
                readings[state] = readings.get(state, 0) + 1
            told = ", ".join(f"{count} {state}" for state, count in sorted(readings.items()))
            say(
                f"  announced {counts.announced} = stored {counts.stored} + refused {counts.refused}"
                f" + waiting {counts.waiting}; {told}"
            )


def _find(say: Say) -> None:
    house = services()
    with transaction() as session:
        ines = _actor(session, "ines")
        for query in (sample.PHONE, sample.IBAN):
            found = finder.find(session, ines, house.index, house.keyring, query)
            say("")
            say(f"ines searches for {query}:")
            for line in found.lines():
                say(f"  {line}")


def _hand_over(case_id: UUID, say: Say) -> None:
    with transaction() as session:
        ines, carl = _actor(session, "ines"), _actor(session, "carl")
        exhibit = next(iter(exhibits.listed(session, ines, case_id)))
        custody.move(session, ines, exhibit.id, Verb.OFFER, Movement(to=carl.id, reason="to the store"))
    with transaction() as session:
        custody.move(session, carl, exhibit.id, Verb.ACCEPT, Movement(place="store 2, shelf 14", seal=exhibit.seal))
    say("")
    say(f"exhibit {exhibit.reference} was offered by ines and accepted by carl: two acts of two people")


def _export(case_id: UUID, folder: Path, witness: str, say: Say) -> int:
    with transaction() as session:
        petra = _actor(session, "petra", "prosecution")
        chosen = tuple(one.id for one in exhibits.listed(session, petra, case_id))
        case = session.get_one(Case, case_id)
    export_id = exporting.ask(petra, Order(case_id, chosen, case.title, "prosecution", "the court"), later=False)
    made = exporting.bind_version(petra, export_id)
    place = folder / f"{made.name}-{str(case_id)[:8]}"
    manifest, _report = exporting.write(made, petra, place)
    exporting.shelve(made)
    say("")
    say(f"petra's dossier: {len(made.dossier.pages)} pages, {len(manifest.files)} files in {place}")
    checked = _verified(place)
    result = place.with_suffix(".verification.txt")
    result.write_text(checked.stdout + checked.stderr, encoding="utf-8")
    say(f"its own verify.py says (exit code {checked.returncode}; whole text in {result.name}):")
    lines = (checked.stdout + checked.stderr).splitlines()
    for line in lines[:3] + lines[-3:]:
        say(f"  {line}")
    with transaction() as session:
        log = proving.signer(session).vkey
    named = _verified(place, "--log", log, "--witness", witness)
    say(f"asked for the office's log and its witness by their keys (exit code {named.returncode}):")
    for line in named.stdout.splitlines():
        if line.startswith(("The office's log", "Witnesses outside")):
            say(f"  {line}")
    return checked.returncode or named.returncode


def _verified(place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", str(place / "verify.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _audit(say: Say) -> int:
    with transaction() as session:
        found = list(ledger.breaks(session))
        read, _more = reading.look(session, Filter(act="file opened"), size=1)
        count = ledger.count(session)
        say("")
        say(f"aude checks {count} ledger entries: {f'{len(found)} breaks' if found else 'nothing missing or changed'}")
        torn = list(checkpoints.breaks(session, proving.signer(session).keys, proving.memory()))
        signed = checkpoints.latest(session)
        say(
            f"  the tree over {tree.size(session)} of them, signed at {signed.size if signed else 0}: "
            + (f"{len(torn)} breaks" if torn else "each checkpoint that was given out still fits")
        )
        for one in read:
            say(f"  last reading: {one.actor.partition(':')[0]} at {one.at}, for {one.purpose or 'no stated purpose'}")
        say(
            "  jobs: "
            + ", ".join(f"{done} {kind} {state}" for (kind, state), done in sorted(jobs.tally(session).items()))
        )
    return len(found) + len(torn)
