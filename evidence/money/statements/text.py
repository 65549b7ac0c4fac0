"""The bytes of a statement as text, and what had to be assumed about their encoding."""

from typing import Final

from evidence.money.statements.values import BrokenStatement, NotAStatement

_MARKS: Final = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_BINARY: Final = frozenset(range(32)) - {9, 10, 12, 13, 26, 1, 3, 14, 15, 27}
LARGEST: Final = 1 << 30


def bounded(data: bytes) -> bytes:
    """Give the bytes back when they are not nothing and not more than can be read at once; raises NotAStatement."""
    if not data:
        message = "the file is empty: there is no statement in it"
        raise NotAStatement(message)
    if len(data) > LARGEST:
        message = f"the file is larger than {LARGEST:,} bytes; ask for the statement in parts"
        raise NotAStatement(message)
    return data


def marked(data: bytes) -> str:
    """The encoding that a byte-order mark names, or ""."""
    return next((encoding for mark, encoding in _MARKS.items() if data.startswith(mark)), "")


def binary(data: bytes) -> bool:
    """Whether the first bytes hold control bytes that no text of a bank holds."""
    return not marked(data) and bool(_BINARY & set(data[:4096]))


def decode(data: bytes) -> tuple[str, str]:
    """The text and its encoding: by its mark, else UTF-8, else Windows-1252 with the rest of Latin-1.

    Raises BrokenStatement when the mark names an encoding that the bytes do not keep to.
    """
    encoding = marked(data) or "utf-8"
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError as fault:
        if marked(data):
            message = f"the file says that it is {encoding} but byte {fault.start} is not"
            raise BrokenStatement(message) from fault
    try:
        return data.decode("cp1252"), "cp1252"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"
