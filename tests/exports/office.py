"""A maker for the tests of dossiers: an office with one case, a protected witness, exhibits, files and people."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from cases import people
from cases.access import Duty
from cases.docket import Case
from cases.handling import Sensitivity
from cases.people import Part
from core import clock
from core.accounts import Actor, Role
from evidence import authorities, custody, exhibits, files, text
from evidence.authorities import Grant
from evidence.exhibits import Arrival, Description, Exhibit, Number, Origin
from evidence.extraction.reading import Passage
from evidence.files import File, Reading
from evidence.keyring import Keyring
from evidence.pinpoints import Pinpoint
from evidence.vault import BlobContext, Receipt, Vault
from exports import bundle, dossier, register
from exports.contents import Dossier
from exports.dossier import Order
from exports.register import Export
from tests import makers

NAME = "Selam Tesfay"
FORMS = (NAME, "ሰላም ተስፋይ")
PDF = b"%PDF-1.7\nas far as these tests go\n"


@dataclass
class Office:
    """A house with keys and a vault, and one case with its people."""

    house: makers.House
    keyring: Keyring
    vault: Vault
    lead: Actor
    prosecutor: Actor
    supervisor: Actor
    case: Case
    witness: str = ""

    def fresh(self) -> "Office":
        """The same people with a new case, so that tests can share what is slow to make."""
        case = self.house.case(self.lead)
        self.house.admit(self.lead, case, self.prosecutor, Duty.PROSECUTE, Sensitivity.C2)
        self.house.admit(self.lead, case, self.supervisor, Duty.SUPERVISE, Sensitivity.C3)
        return replace(self, case=case, witness="")

    def exhibit(self, reference: str, *, authority: bool = True, **more: Any) -> Exhibit:
        """A registered exhibit, with a warrant unless told otherwise."""
        what = Description(reference, more.pop("description", f"what was found as {reference}"), **more)
        origin = Origin(place_found="Quay 4", seized_at=clock.now() - timedelta(hours=1), officer=self.lead.name)
        # A seal is used once; the number that the office gave is another thing, and is the same for all of them here.
        arrival = Arrival(received_from=self.lead.name, seal=f"S-{uuid4().hex[:8]}")
        with self.house.transaction() as session:
            numbers = (Number("seal", "B-1042"),)
            made = exhibits.register(
                session, self.lead, self.case.id, what, origin=origin, numbers=numbers, arrival=arrival
            )
            if authority:
                authorities.authorise(session, self.lead, made.id, Grant("warrant", "17/26", "Regional court"))
        return made

    def file(
        self,
        exhibit: Exhibit,
        name: str,
        data: bytes,
        *passages: str,
        parent: File | None = None,
        media_type: str = "text/plain",
    ) -> File:
        """A stored file that was read: sealed, entered in custody, with its passages."""
        context = BlobContext(self.case.id, exhibit.id, uuid4())
        receipt = self.vault.seal([data], context)
        with self.house.transaction() as session:
            made = self._row(session, exhibit, receipt, name, parent)
            written = [Passage(one, Pinpoint(row=at)) for at, one in enumerate(passages, 1)]
            text.keep(session, made, written, text.key_of(session, self.keyring, made))
            files.set_reading(session, made, Reading.READ if passages else Reading.EMPTY, media_type=media_type)
        return made

    def _row(self, session: Session, exhibit: Exhibit, receipt: Receipt, name: str, parent: File | None) -> File:
        if parent is not None:
            made = files.Derived(name, receipt, {"name": "unpack", "tool": "zipfile"})
            return files.derive(session, self.lead, self.keyring, parent, [made])[0]
        file = files.add(session, self.lead, self.keyring, exhibit, receipt, name=name)
        told = {"file": str(file.id), "name": file.shown_name, "sha256": file.sha256}
        custody.note_files(session, self.lead, exhibit, "receive file", told)
        return file

    def protect(self) -> None:
        """Enter a protected witness under two forms of the name."""
        with self.house.transaction() as session:
            case = session.merge(self.case)
            key = self.keyring.case_key(session, case.id)
            person = people.add(session, self.lead, case, FORMS[0], Part.WITNESS, key=key, protected=True)
            people.add_name(session, self.lead, case, person, FORMS[1], key=key)
            self.witness = person.pseudonym

    def gather(self, *chosen: Exhibit, actor: Actor | None = None, **more: Any) -> Dossier:
        """A dossier of these exhibits, as the prosecutor orders it."""
        order = Order(self.case.id, tuple(one.id for one in chosen), more.pop("title", "For the court"), **more)
        with self.house.transaction() as session:
            return dossier.gather(
                session, actor or self.prosecutor, order, keyring=self.keyring, office="Regional Prosecutor"
            )  # fmt: skip

    def order(self, *chosen: Exhibit, pages: int = 3, **more: Any) -> tuple[Export, Dossier]:
        """A dossier that is entered in the register, with its pages numbered."""
        gathered = self.gather(*chosen, **more)
        with self.house.transaction() as session:
            export = register.enter(session, self.prosecutor, self.keyring, gathered)
        with self.house.transaction() as session:
            numbered = register.number_pages(session, self.prosecutor, self.keyring, export.id, [("dossier", pages)])
        return export, numbered

    def write(self, folder: Path, of: Dossier, *, actor: Actor | None = None) -> bundle.Manifest:
        """The bundle of a dossier, streamed out of the vault."""
        with self.house.transaction() as session:
            found = dossier.receipts(session, actor or self.prosecutor, self.keyring, of)
        opened: Iterator[Any] = ((path, self.vault.open(receipt)) for path, receipt in found.items())
        return bundle.write(folder, of, PDF, opened, bundle.Signer(self.keyring.public, self.keyring.sign))


def office(url: str, folder: Path) -> Office:
    """An office in this database and folder: a lead, a prosecutor and a supervisor in one case."""
    house = makers.house(url)
    config = makers.config(folder)
    lead = house.actor("lena", Role.INVESTIGATOR, Role.SUPERVISOR)
    prosecutor = house.actor("paul", Role.PROSECUTOR, purpose="prosecution")
    supervisor = house.actor("sara", Role.SUPERVISOR, purpose="prosecution")
    case = house.case(lead)
    return Office(house, Keyring.make(config), Vault(config.vault), lead, prosecutor, supervisor, case).fresh()
