"""What an order for data can be, which data it can be about, how it is answered, and by when.

The deadlines of Regulation (EU) 2023/1543 are counted from receipt by the addressee, from instant to instant: a rule
that counts to the end of a day, or on to a working day, ends later and never earlier.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

EU_BASIS: Final = "Regulation (EU) 2023/1543"
EU_SINCE: Final = datetime(2026, 8, 18, tzinfo=UTC)


class Kind(StrEnum):
    """What the addressee is to do."""

    PRODUCTION = "production"
    PRESERVATION = "preservation"


class Law(StrEnum):
    """Under which law it is made; another law brings its own basis and its own deadline."""

    EU = "eu"
    OTHER = "other"


class Category(StrEnum):
    """Which data is asked for (article 3 of the Regulation)."""

    SUBSCRIBER = "subscriber"
    IDENTIFYING = "identifying"
    TRAFFIC = "traffic"
    CONTENT = "content"


class Outcome(StrEnum):
    """How the addressee has answered."""

    DATA = "data"
    PART = "part"
    PRESERVED = "preserved"
    REFUSED = "refused"
    NOTHING = "nothing held"


class State(StrEnum):
    """How far an order has come."""

    RECORDED = "recorded"
    RECEIVED = "received"
    PART = "answered in part"
    PRESERVED = "preserved"
    ANSWERED = "answered"
    REFUSED = "refused"
    NOTHING = "nothing held"
    FOLLOWED = "followed"
    ENDED = "ended"


CATEGORY_WORDS: Final = {
    Category.SUBSCRIBER: "subscriber data",
    Category.IDENTIFYING: "data asked for solely to identify the user",
    Category.TRAFFIC: "traffic data",
    Category.CONTENT: "content data",
}
OUTCOME_WORDS: Final = {
    Outcome.DATA: "all of the data came",
    Outcome.PART: "a part of the data came",
    Outcome.PRESERVED: "the data is preserved",
    Outcome.REFUSED: "it was refused",
    Outcome.NOTHING: "the addressee holds no such data",
}
ANSWERS: Final = {
    Kind.PRODUCTION: (Outcome.DATA, Outcome.PART, Outcome.REFUSED, Outcome.NOTHING),
    Kind.PRESERVATION: (Outcome.PRESERVED, Outcome.REFUSED, Outcome.NOTHING),
}
AFTER: Final = {
    Outcome.DATA: State.ANSWERED,
    Outcome.PART: State.PART,
    Outcome.PRESERVED: State.PRESERVED,
    Outcome.REFUSED: State.REFUSED,
    Outcome.NOTHING: State.NOTHING,
}
# In these something is still to be done by the deadline; data that is preserved is lost after it.
OPEN: Final = frozenset({State.RECORDED, State.RECEIVED, State.PART, State.PRESERVED})
PRODUCTION: Final = timedelta(days=10)
EMERGENCY: Final = timedelta(hours=8)
PRESERVATION: Final = timedelta(days=60)
EXTENSION: Final = timedelta(days=30)


def deadline(kind: Kind, received: datetime, *, urgent: bool, extended: bool) -> tuple[datetime, str]:
    """Until when an order under EU law is to be done, and in words why (articles 10 and 11 of the Regulation)."""
    if kind is Kind.PRESERVATION:
        if extended:
            return received + PRESERVATION + EXTENSION, "60 days from receipt, extended by 30"
        return received + PRESERVATION, "60 days from receipt"
    if urgent:
        return received + EMERGENCY, "8 hours from receipt, in an emergency"
    return received + PRODUCTION, "10 days from receipt"
