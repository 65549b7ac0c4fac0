"""Make the sample in a folder: one sub-folder a case, one in it an exhibit, and the facts that people enter by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from app.sample import accounts, papers, words
from app.sample.story import (
    BOAT_PEOPLE,
    BORDER,
    CONSENT,
    LANDED,
    LORRY_PEOPLE,
    MEMBERS,
    ORDER,
    SEIZED,
    WARRANT,
    Sample,
    SampleCase,
    SampleExhibit,
    SamplePerson,
)
from evidence.authorities import Grant
from evidence.exhibits import Description, Number, Origin

_OFFICER: Final = "K. Lund, police sergeant"
_COAST: Final = "T. Reyes, petty officer"


@dataclass(frozen=True, slots=True)
class _Find:
    """What was found in one place: the facts of an exhibit and its files."""

    reference: str
    description: str
    place: str
    found_with: str
    officer: str
    at: datetime
    authority: Grant
    files: Mapping[str, bytes]


def make(folder: Path) -> Sample:
    """Write the sample's files under *folder* and give its cases; the bytes are the same each time."""
    lorry = _case(
        folder / "lorry", "Refrigerated lorry at the northern crossing", "2026-OP-014", LORRY_PEOPLE, _lorry()
    )
    boat = _case(folder / "boat", "Boat off the island, and the exchange shop", "2026-OP-019", BOAT_PEOPLE, _boat())
    return Sample((lorry, boat))


def _case(
    folder: Path, title: str, number: str, people: tuple[SamplePerson, ...], finds: tuple[_Find, ...]
) -> SampleCase:
    return SampleCase(title, number, folder, people, tuple(_exhibit(folder, find) for find in finds), MEMBERS)


def _exhibit(folder: Path, find: _Find) -> SampleExhibit:
    place = folder / find.reference
    for name, data in find.files.items():
        file = place / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    origin = Origin(
        place_found=find.place,
        found_by=find.officer,
        seized_from=find.found_with,
        seized_as_written=find.at.strftime("%d %B %Y, %H.%M UTC"),
        seized_at=find.at,
        officer=find.officer,
    )
    numbers = (Number("police property system", f"P-{find.at:%y%m%d}-{find.reference}", "Northern Police"),)
    return SampleExhibit(place, Description(find.reference, find.description), origin, find.authority, numbers)


_CAB: Final = "motorway service area, cab of the lorry HX 4127 K"
_SHOP: Final = "exchange shop, Harbour Street 12"
_CENTRE: Final = "reception centre"
_ANALYST: Final = "A. Moreau, financial analyst"


def _lorry() -> tuple[_Find, ...]:
    telephone = "mobile telephone, dark blue, screen cracked; its chats and pictures as exported"
    papers_of_cab = "papers from the cab: freight order, notes, and a workbook on a memory stick"
    mailbox = "mailbox of the freight office, one message as delivered"
    accounts_of_both = "account statements of Blue Lantern Travel and Halden Cold Freight, as the banks answered"
    spoken = "statement of a witness and letters of two others who were carried"
    driver, office = "Marek Olsov", "office of Halden Cold Freight"
    return (
        _Find("LR-01", telephone, _CAB, driver, _OFFICER, SEIZED, WARRANT, _telephone()),
        _Find("LR-02", papers_of_cab, _CAB, driver, _OFFICER, SEIZED, WARRANT, _papers()),
        _Find("LR-03", mailbox, office, "Viktor Halden", _OFFICER, SEIZED, WARRANT, _mailbox()),
        _Find("LR-04", accounts_of_both, "by letter from two banks", "the banks", _ANALYST, SEIZED, ORDER, _banks()),
        _Find("LR-05", spoken, _CENTRE, "the witnesses", _OFFICER, SEIZED, CONSENT, _witnesses()),
    )


def _boat() -> tuple[_Find, ...]:
    telephone = "mobile telephone in a plastic bag, found on the beach; its content as copied"
    book = "the exchange shop's book and the answers of its bank"
    spoken = "letters of two people who were carried"
    letters = {"letter 1.txt": words.BENGALI.encode(), "letter 2.txt": words.CHINESE.encode()}
    return (
        _Find("BT-01", telephone, "beach below the light", "nobody", _COAST, LANDED, BORDER, _copy()),
        _Find("BT-02", book, _SHOP, "Renata Quist", _ANALYST, LANDED, ORDER, _exchange()),
        _Find("BT-03", spoken, _CENTRE, "the witnesses", _COAST, LANDED, CONSENT, letters),
    )


def _telephone() -> dict[str, bytes]:
    gate = papers.photo("GATE 4   HX 4127 K", 54.7906, 9.4361, "2026:03:17 23:41:08")
    return {
        "chat/WhatsApp Chat with Travel desk.txt": words.LORRY_CHAT.encode(),
        "pictures/IMG_20260317_2341.jpg": gate,
    }


def _papers() -> dict[str, bytes]:
    return {
        "freight order 2026-0311.pdf": papers.pdf("Freight order 2026-0311", words.FREIGHT_ORDER),
        "notes.docx": papers.docx(words.NOTE),
        "list.xlsx": papers.xlsx({"17 March": _passengers(), "Water": [("Bottles", "24"), ("Blankets", "11")]}),
    }


def _mailbox() -> dict[str, bytes]:
    message = papers.mail(
        "Deposits for the 17th",
        "R. Quist <desk@meridian.example>",
        "V. Halden <office@haldenfreight.example>",
        "Sat, 14 Mar 2026 17:22:05 +0100",
        words.MAIL_BODY,
        {"deposits.csv": words.MAIL_LIST.encode()},
    )
    return {"inbox/deposits.eml": message}


def _banks() -> dict[str, bytes]:
    return {"blue lantern travel 2026-03.csv": accounts.travel_csv(), "halden 2026-03.sta": accounts.freight_mt940()}


def _witnesses() -> dict[str, bytes]:
    return {
        "statement of a witness.pdf": papers.pdf("Record of a statement", words.STATEMENT),
        "her own words.txt": words.TIGRINYA.encode(),
        "letter 1.txt": words.ARABIC.encode(),
        "letter 2.txt": words.DARI.encode(),
    }


def _copy() -> dict[str, bytes]:
    beach = papers.photo("21", 54.1790, 7.8900, "2026:04:02 18:04:51")
    parts = {
        "chat/WhatsApp Chat with Desk North.txt": words.BOAT_CHAT.encode(),
        "pictures/IMG_20260402_1804.jpg": beach,
    }
    return {"copy of the telephone.zip": papers.archive(parts)}


def _exchange() -> dict[str, bytes]:
    return {
        "book.xlsx": papers.xlsx({"Book": accounts.ledger()}),
        "meridian 2026-03.sta": accounts.exchange_mt940(),
        "meridian savings.xml": accounts.exchange_camt(),
    }


def _passengers() -> list[tuple[str, ...]]:
    return [
        ("No", "Name", "Paid EUR", "Desk"),
        ("1", "Selam Tesfai", "2400", "0171 3920012"),
        ("2", "Farid", "2400", "0171 3920012"),
        ("3", "Yousef al-Hamad", "2400", "0171 3920012"),
        ("4", "family, two", "4800", "cash"),
    ]
