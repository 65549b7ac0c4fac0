"""What an exhibit holds of things online, in the words of a dossier; addresses are text and lead nowhere (COC-14)."""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from evidence.exhibits import Exhibit
from evidence.keyring import Keyring
from evidence.online import addresses, identities, items
from evidence.online.rows import OnlineItem
from exports.gathering.pieces import Piece


def of_exhibit(
    session: Session, keyring: Keyring, exhibit: Exhibit, laid: Sequence[Piece]
) -> Iterator[tuple[str, str]]:
    """Yield labelled sentences about each online item of an exhibit.

    The network identity is named only where somebody has decided that; else it is said whether it is recorded.
    """
    numbers = {piece.file.id: piece.number for piece in laid}
    for item in items.of_exhibit(session, exhibit):
        yield f"online item {item.number}", "; ".join(_collected(item, _identity(session, keyring, exhibit, item)))
        for row, file in items.parts(session, item):
            if file.id in numbers:
                yield f"its {row.role}", f"{numbers[file.id]}, SHA-256 {file.sha256}"
        said = items.reasons(session, item)
        for one in items.missing(session, item):
            yield f"its {one.value}", f"not here: {said.get(one) or 'no reason is recorded'}"


def _collected(item: OnlineItem, identity: str) -> Iterator[str]:
    yield f"address as typed {_address(item.typed)}"
    yield f"after redirects {_address(item.final)}" if item.final else "no other address after redirects is recorded"
    yield f"collected by {item.collector} {item.collected_local} with {item.tool} {item.tool_version}"
    yield f"network identity {identity}"
    if item.context:
        yield f"context: {item.context}"


def _address(text: str) -> str:
    host = addresses.host_in_ascii(text)
    return f"{text} (its host in ASCII letters: {host})" if host else text


def _identity(session: Session, keyring: Keyring, exhibit: Exhibit, item: OnlineItem) -> str:
    if not item.sealed:
        return "not recorded"
    return identities.opened(session, keyring, exhibit, item) if item.disclosed else "recorded and withheld"
