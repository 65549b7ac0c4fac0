"""The story of the sample: two invented cases whose people, numbers and accounts meet in one telephone and one IBAN.

Nobody in it exists.  The telephone numbers lie in ranges that regulators keep free for films, and the account numbers
are the examples of the IBAN standard.  Those who were carried are witnesses and speak for themselves.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cases.access import Duty
from cases.people import Part
from core.accounts import Role
from evidence.authorities import Grant
from evidence.exhibits import Description, Number, Origin

# The travel desk's telephone and the account of the exchange shop stand in both cases.
PHONE: Final = "+491713920012"
IBAN: Final = "GB82WEST12345698765432"

DRIVER: Final = "+46701740605"
DISPATCHER: Final = "+46701740612"
SKIPPER: Final = "+61491570006"
SHOP: Final = "+33199001234"
COUSIN: Final = "+12025550143"

TOURS: Final = "DE02120300000000202051"
FREIGHT: Final = "NL91ABNA0417164300"
SAVINGS: Final = "FR1420041010050500013M02606"
# Accounts of those who paid, and of firms that have nothing to do with it.
PAYERS: Final = ("BE71096123456769", "AT483200000012345864", "SE7280000810340009783242", "FI1410093000123458")
FIRMS: Final = "DK9520000123456789"


@dataclass(frozen=True, slots=True)
class Name:
    """One way in which a name is written, how it is used, and where that stands."""

    text: str
    usage: str
    source: str


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """A person or organisation of a case: the name as first met, more ways of writing it, and the part played."""

    name: str
    part: Part
    names: tuple[Name, ...] = ()
    kind: str = "person"
    protected: bool = False
    source: str = ""
    event: str = ""


@dataclass(frozen=True, slots=True)
class SampleExhibit:
    """An exhibit with its facts, the authority under which it was taken, and the folder that holds its files."""

    folder: Path
    what: Description
    origin: Origin
    authority: Grant
    numbers: tuple[Number, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who works on a case: an account name, its role in the office, and the duty in this case."""

    name: str
    role: Role
    duty: Duty


@dataclass(frozen=True, slots=True)
class SampleCase:
    """One case of the sample with everything that is entered by hand."""

    title: str
    number: str
    folder: Path
    people: tuple[SamplePerson, ...]
    exhibits: tuple[SampleExhibit, ...]
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """Two cases, and what they share without knowing it."""

    cases: tuple[SampleCase, SampleCase]
    phone: str = PHONE
    iban: str = IBAN


MEMBERS: Final = (
    Member("ines", Role.INVESTIGATOR, Duty.LEAD),
    Member("carl", Role.CUSTODIAN, Duty.CUSTODY),
    Member("petra", Role.PROSECUTOR, Duty.PROSECUTE),
    Member("sami", Role.SUPERVISOR, Duty.SUPERVISE),
)

LORRY_PEOPLE: Final = (
    SamplePerson(
        "Viktor Halden",
        Part.SUSPECT,
        source="company register, extract of 2 March 2026",
        event="organised the transport",
    ),
    SamplePerson(
        "Marek Olsov",
        Part.SUSPECT,
        (Name("M. Olsov", "signature", "freight order of 11 March 2026"),),
        source="freight order",
        event="drove the lorry",
    ),
    SamplePerson(
        "Blue Lantern Travel", Part.FACILITATOR, kind="organisation", source="bank statement", event="took payments"
    ),
    SamplePerson(
        "Selam Tesfay",
        Part.WITNESS,
        (
            Name("ሰላም ተስፋይ", "own script", "her statement of 19 March 2026"),
            Name("Selam Tesfai", "transliteration", "passenger list in the cab"),
        ),
        protected=True,
        source="her statement of 19 March 2026",
        event="was carried in the lorry on 17 March 2026",
    ),
    SamplePerson(
        "Farid Noori",
        Part.SMUGGLED_MIGRANT,
        (Name("فرید نوری", "own script", "his letter of 20 March 2026"),),
        source="his letter",
        event="was carried in the lorry on 17 March 2026",
    ),
    SamplePerson(
        "Yousef al-Hamad",
        Part.SMUGGLED_MIGRANT,
        (Name("يوسف الحمد", "own script", "his letter of 20 March 2026"),),
        source="his letter",
        event="was carried in the lorry on 17 March 2026",
    ),
)

BOAT_PEOPLE: Final = (
    SamplePerson("Renata Quist", Part.SUSPECT, source="lease of the exchange shop", event="ran the exchange shop"),
    SamplePerson(
        "Meridian Exchange", Part.FACILITATOR, kind="organisation", source="bank statement", event="received payments"
    ),
    SamplePerson(
        "Rahima Khatun",
        Part.WITNESS,
        (Name("রহিমা খাতুন", "own script", "her letter of 6 April 2026"),),
        source="her letter",
        event="was carried in the boat on 2 April 2026",
    ),
    SamplePerson(
        "Lin Meihua",
        Part.WITNESS,
        (Name("林美华", "own script", "her letter of 7 April 2026"),),
        source="her letter",
        event="was carried in the boat on 2 April 2026",
    ),
)

SEIZED: Final = datetime(2026, 3, 18, 4, 25, tzinfo=UTC)
LANDED: Final = datetime(2026, 4, 2, 22, 40, tzinfo=UTC)
WARRANT: Final = Grant(
    "warrant",
    "17 Gs 204/26",
    "Local Court, duty judge",
    "search of the lorry and its cab, telephones and papers found in them",
    datetime(2026, 3, 17, 21, 0, tzinfo=UTC),
    datetime(2026, 6, 17, 21, 0, tzinfo=UTC),
)
ORDER: Final = Grant(
    "order",
    "PO 88/2026",
    "Local Court",
    "account statements of 1 to 31 March 2026",
    datetime(2026, 3, 10, 8, 0, tzinfo=UTC),
    datetime(2026, 12, 31, 23, 0, tzinfo=UTC),
)
CONSENT: Final = Grant("consent", "", "the witness, with counsel", "what was said and written for these proceedings")
BORDER: Final = Grant("border power", "Section 23", "Coast Guard", "boat, and telephones found on the beach")
