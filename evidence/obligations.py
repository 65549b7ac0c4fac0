"""Obligations: what has to be done by when, in one shape for everything that has a deadline."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Due:
    """Something that has to be done about an exhibit: of what kind, by when, and in which words."""

    kind: str
    exhibit_id: UUID
    due: datetime
    words: str
