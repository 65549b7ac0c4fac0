"""What a sender says beforehand about bytes that are to come, and how they are cut into parts; plain values."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.config import MIB
from core.errors import Invalid
from evidence.files import Stated, Target

PART: Final = 16 * MIB
LEAST_PART: Final = 1024
# A part is what is lost at most when a line breaks, and what one sender may hold open; more helps nobody.
MOST_PART: Final = 1024 * MIB
MOST_PARTS: Final = 100_000
DIGEST: Final = 32
# What a whole hash can be a hash of: the file that is sent, or the data inside an image (domain.md 2.2).
TARGETS: Final = (Target.CONTAINER_FILE, Target.SOURCE_DATA, Target.LOGICAL_FILE, Target.TRANSFER)
_HEX: Final = re.compile("[0-9a-f]{64}")


class BadPlan(Invalid):
    """An upload cannot be begun like this; `fields` names each fault."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to come: size in bytes, the whole hash with its target and who states it, and the hash of each part.

    `parts` has 32 bytes for each part in order, or nothing when the sender made no sheet.
    """

    size: int
    sha256: str = ""
    target: Target = Target.CONTAINER_FILE
    stated_by: str = ""
    part_bytes: int = PART
    parts: bytes = b""
    # By which key the sender's sheet was signed, if there was one.
    sheet_key: str = ""
    # Other hashes that somebody states, such as a tool's own hash of the data inside an image (R-INT-01).
    also: tuple[Stated, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of an upload: where it starts, how long it is, and the number of the part in which it lies, from 1."""

    start: int
    length: int
    number: int

    @property
    def end(self) -> int:
        """The first byte behind it."""
        return self.start + self.length


def count(size: int, part_bytes: int) -> int:
    """How many parts *size* bytes make."""
    return -(-size // part_bytes)


def part(size: int, part_bytes: int, number: int) -> Span:
    """The stretch of the part of this number (from 1); raises `BadPlan` for a number that there is not."""
    if not 1 <= number <= count(size, part_bytes):
        raise BadPlan(f"there is no part {number}: this upload has the parts 1 to {count(size, part_bytes)}")
    start = (number - 1) * part_bytes
    return Span(start, min(part_bytes, size - start), number)


def at(size: int, part_bytes: int, offset: int) -> Span:
    """What is left, from an offset on, of the part in which it lies."""
    whole = part(size, part_bytes, offset // part_bytes + 1)
    return Span(offset, whole.end - offset, whole.number)


def fitting(size: int, part_bytes: int) -> int:
    """A size of parts, *part_bytes* or a doubling of it, with which *size* bytes do not make too many of them."""
    while count(size, part_bytes) > MOST_PARTS:
        part_bytes *= 2
    return part_bytes


def packed(hashes: Sequence[str]) -> bytes:
    """The hashes of all parts, 32 bytes each, from their hex; raises `BadPlan`."""
    wrong = {f"part {number}": "a SHA-256 is 64 characters from 0-9 and a-f"
             for number, one in enumerate(hashes, start=1) if not _HEX.fullmatch(one)}  # fmt: skip
    if wrong:
        raise BadPlan("the hashes of some parts are none", fields=dict(list(wrong.items())[:20]))
    return bytes.fromhex("".join(hashes))


def whole_of(parts: Sequence[str]) -> str:
    """One value for all part hashes in order, so that a paper can name them in one line."""
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def check(plan: Plan) -> None:
    """Say nothing for a plan that can be carried out; raises `BadPlan` with every fault."""
    wrong: dict[str, str] = {}
    if plan.size < 0:
        wrong["size"] = "it is below zero"
    if not LEAST_PART <= plan.part_bytes <= MOST_PART:
        wrong["part_bytes"] = f"a part has between {LEAST_PART} and {MOST_PART} bytes"
    elif count(plan.size, plan.part_bytes) > MOST_PARTS:
        least = fitting(plan.size, plan.part_bytes)
        wrong["part_bytes"] = f"this makes more than {MOST_PARTS} parts; make them {least} bytes long"
    elif plan.parts and len(plan.parts) != count(plan.size, plan.part_bytes) * DIGEST:
        made = count(plan.size, plan.part_bytes)
        wrong["part_sha256"] = f"{plan.size} bytes make {made} parts, and {len(plan.parts) // DIGEST} hashes were given"
    if plan.sha256 and not _HEX.fullmatch(plan.sha256):
        wrong["sha256"] = "a SHA-256 is 64 characters from 0-9 and a-f"
    if plan.target not in TARGETS:
        wrong["target"] = "a whole hash is one of: " + ", ".join(TARGETS)
    if wrong:
        raise BadPlan("; ".join(f"{name}: {why}" for name, why in wrong.items()), fields=wrong)


def seconds_left(missing: int, rate: float) -> float | None:
    """How long *missing* bytes take at *rate* bytes in a second, if nothing breaks; nothing when none come."""
    return missing / rate if rate > 0 else None


def lasting(seconds: float) -> str:
    """A time to wait in the words of people: days with a decimal, hours, minutes."""
    for unit, length in (("days", 86_400.0), ("hours", 3_600.0), ("minutes", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{max(1, round(seconds))} seconds"
