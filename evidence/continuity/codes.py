"""The weaknesses that a record can have: their codes, which never change, and what each of them is in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """Of what a weakness is one."""

    POSSESSION = "possession"
    TIME = "time"
    BYTES = "bytes"
    PROOF = "proof"


class Code(StrEnum):
    """What is weak; the value is stable for machines."""

    NO_ENTRIES = "no-entries"
    CHAIN_BROKEN = "chain-broken"
    BEFORE_FIRST_ENTRY = "before-first-entry"
    SEIZURE_TIME_UNKNOWN = "seizure-time-unknown"
    NO_CUSTODIAN = "no-custodian"
    OFFER_UNANSWERED = "offer-unanswered"
    OFFER_REFUSED = "offer-refused"
    OFFER_WITHDRAWN = "offer-withdrawn"
    SEAL_DIFFERS = "seal-differs"
    RECEIPT_MISSING = "receipt-missing"
    INCIDENT = "incident"
    LATE_UNSIGNED = "late-unsigned"
    LATE_NOT_SIGNED = "late-refused"
    TIMES_RUN_BACK = "times-run-back"
    CLOCK_RAN_BACK = "clock-ran-back"
    CLOCK_FAULT = "clock-fault"
    SILENCE = "silence"
    INTEGRITY_FAILURE = "integrity-failure"
    HASH_MISSING_AT_RECEIPT = "hash-missing-at-receipt"
    HASH_MISSING_AT_TRANSFER = "hash-missing-at-transfer"
    HASH_MISSING_BEFORE_EXPORT = "hash-missing-before-export"
    TOOL_WITHOUT_VERSION = "tool-without-version"
    ONLINE_INCOMPLETE = "online-incomplete"
    NOT_WITNESSED = "not-witnessed"
    NOT_TIME_STAMPED = "not-time-stamped"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code is about and how a page calls it."""

    kind: Kind
    title: str


_HAD, _WHEN, _BYTES, _PROOF = Kind.POSSESSION, Kind.TIME, Kind.BYTES, Kind.PROOF
MEANINGS: Final[dict[Code, Meaning]] = {
    Code.NO_ENTRIES: Meaning(_HAD, "Nothing is written down"),
    Code.CHAIN_BROKEN: Meaning(_PROOF, "The record does not hold"),
    Code.BEFORE_FIRST_ENTRY: Meaning(_HAD, "Nobody on record before the first entry"),
    Code.SEIZURE_TIME_UNKNOWN: Meaning(_WHEN, "When it was taken is not known"),
    Code.NO_CUSTODIAN: Meaning(_HAD, "Nobody is on record"),
    Code.OFFER_UNANSWERED: Meaning(_HAD, "Offered and not accepted"),
    Code.OFFER_REFUSED: Meaning(_HAD, "Offered and refused"),
    Code.OFFER_WITHDRAWN: Meaning(_HAD, "Offered and taken back"),
    Code.SEAL_DIFFERS: Meaning(_HAD, "The seal differs"),
    Code.RECEIPT_MISSING: Meaning(_HAD, "A receipt is missing"),
    Code.INCIDENT: Meaning(_HAD, "Incident"),
    Code.LATE_UNSIGNED: Meaning(_WHEN, "Entered late and not signed by a supervisor"),
    Code.LATE_NOT_SIGNED: Meaning(_WHEN, "Entered late, and the supervisor did not sign"),
    Code.TIMES_RUN_BACK: Meaning(_WHEN, "Times run back"),
    Code.CLOCK_RAN_BACK: Meaning(_WHEN, "The clock of the house ran back"),
    Code.CLOCK_FAULT: Meaning(_WHEN, "The clock of the house was wrong"),
    Code.SILENCE: Meaning(_WHEN, "The house was silent"),
    Code.INTEGRITY_FAILURE: Meaning(_BYTES, "A file did not hold"),
    Code.HASH_MISSING_AT_RECEIPT: Meaning(_BYTES, "No hash at receipt"),
    Code.HASH_MISSING_AT_TRANSFER: Meaning(_BYTES, "No hash at a transfer"),
    Code.HASH_MISSING_BEFORE_EXPORT: Meaning(_BYTES, "No hash before an export"),
    Code.TOOL_WITHOUT_VERSION: Meaning(_BYTES, "A tool without its version"),
    Code.ONLINE_INCOMPLETE: Meaning(_BYTES, "Something of what was collected online is missing"),
    Code.NOT_WITNESSED: Meaning(_PROOF, "Not yet witnessed"),
    Code.NOT_TIME_STAMPED: Meaning(_PROOF, "Not yet time-stamped"),
}


@dataclass(frozen=True, slots=True)
class Weakness:
    """A stretch or a point of a record that somebody may ask about; people explain it, nothing fills it in.

    `since` and `until` are UTC texts; an empty `until` means still so.  `positions` are the entries that show it.
    """

    code: Code
    since: str
    until: str
    positions: tuple[int, ...]
    because: str

    @property
    def key(self) -> str:
        """The name by which statements are tied to it: the code and the first entry that shows it, else its time."""
        return f"{self.code.value}@{self.positions[0] if self.positions else self.since[:19] or 0}"

    @property
    def title(self) -> str:
        """What it is in a few words."""
        return MEANINGS[self.code].title

    @property
    def kind(self) -> Kind:
        """Of what it is a weakness."""
        return MEANINGS[self.code].kind


def in_order(found: Sequence[Weakness]) -> list[Weakness]:
    """Weaknesses in the order of time."""
    return sorted(found, key=lambda one: (one.since, one.positions, one.because))
