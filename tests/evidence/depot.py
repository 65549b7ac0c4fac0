"""A depot to test in: a house with its vault and keys, one case, and the few acts that most tests begin with."""

import io
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cases.access import Duty
from cases.docket import Case
from core.accounts import Actor, Role
from evidence import authorities, exhibits, intake
from evidence.authorities import Grant
from evidence.exhibits import Description, Exhibit
from evidence.files import File, Stated
from evidence.intake import Announced
from evidence.keyring import Keyring
from evidence.vault import Vault
from tests import makers
from tests.makers import House


@dataclass
class Depot:
    """Everything a piece of evidence needs around it."""

    house: House
    vault: Vault
    keyring: Keyring
    lead: Actor
    case: Case

    def colleague(self, name: str, role: Role = Role.CUSTODIAN, duty: Duty = Duty.CUSTODY) -> Actor:
        """Another member of the case."""
        actor = self.house.actor(name, role)
        self.house.admit(self.lead, self.case, actor, duty)
        return actor

    def exhibit(self, reference: str = "E-1", *, authorised: bool = True, **more: object) -> Exhibit:
        """A registered exhibit in the hands of the lead."""
        what = Description(reference, "a telephone, black")
        with self.house.transaction() as session:
            made = exhibits.register(session, self.lead, self.case.id, what, **more)
            if authorised:
                authorities.authorise(session, self.lead, made.id, Grant("warrant", "W 7/26", "the district court"))
        return made

    def announce(self, exhibit: Exhibit, *coming: Announced) -> list[UUID]:
        """Items that wait."""
        with self.house.transaction() as session:
            return [one.id for one in intake.announce(session, self.lead, exhibit.id, coming, source="api")[1]]

    def deliver(self, item: UUID, data: bytes, *, stated: tuple[Stated, ...] = (), actor: Actor | None = None) -> File:
        """Take in an announced file in its three steps."""
        who = actor or self.lead
        with self.house.transaction() as session:
            delivery = intake.expect(session, who, item, limit=1 << 30)
        receipt = self.vault.seal(io.BytesIO(data), delivery.context, limit=delivery.limit, expect=delivery.size)
        with self.house.transaction() as session:
            return intake.accept(session, who, self.keyring, delivery, receipt, stated=stated)

    def file(self, exhibit: Exhibit, data: bytes = b"as it was found", name: str = "note.txt") -> File:
        """A stored file."""
        return self.deliver(self.announce(exhibit, Announced(name, len(data)))[0], data)


def depot(url: str, folder: Path) -> Depot:
    """A depot on an empty database."""
    house = makers.house(url)
    config = makers.config(folder)
    lead = house.actor("lena", Role.INVESTIGATOR)
    return Depot(house, Vault(config.vault), Keyring.make(config), lead, house.case(lead))
