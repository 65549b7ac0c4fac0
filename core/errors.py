"""The six ways in which the house says no, each a sentence to a person.

The wings subclass one of the kinds and name the reason; the name of the class is the machine code that the
API and the command line give.  Only ``app`` knows statuses and exit codes.
"""

from collections.abc import Mapping


class Refusal(Exception):
    """Something that was asked for is not done, and the message says why, what was kept and what to do."""

    def __init__(self, message: str, *, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = dict(fields or {})

    @property
    def code(self) -> str:
        """The name of the reason, stable for machines."""
        return type(self).__name__


class Missing(Refusal):
    """There is no such thing, or none that this person may know of."""


class Forbidden(Refusal):
    """The person may know of the thing but may not do this with it."""


class Invalid(Refusal):
    """What came in cannot be taken as it stands; ``fields`` names each fault."""


class Conflict(Refusal):
    """What was asked for does not fit the state that things are in now."""


class Tampered(Refusal):
    """Stored bytes are not what they were when they were sealed."""


class Unavailable(Refusal):
    """Something that the work needs is out of reach now; nothing stored is lost."""
