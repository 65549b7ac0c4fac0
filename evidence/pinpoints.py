"""The place inside a file where a text, a row or a selector stands."""

import json
from dataclasses import dataclass, fields
from typing import Self

from core.errors import Invalid


class BadPinpoint(Invalid):
    """A text that should name a place in a file does not."""


@dataclass(frozen=True, slots=True)
class Pinpoint:
    """A place inside a file, exact enough for another person to find it again.

    Pages, rows and messages count from 1.  *at* is the time as the file writes it, never
    converted.  *path* names a place in a tree: an XML path, a table, a member.
    """

    page: int | None = None
    sheet: str | None = None
    row: int | None = None
    message: str | None = None
    at: str | None = None
    path: str | None = None

    @property
    def kind(self) -> str:
        """Name what this pinpoint counts: page, sheet, message, path, row, time or whole."""
        for name in ("page", "sheet", "message", "path", "row"):
            if getattr(self, name) is not None:
                return name
        return "time" if self.at is not None else "whole"

    def words(self) -> str:
        """Say the place as a person would: "page 3", "sheet Ledger, row 12"."""
        parts = [
            f"{word}{value}"
            for word, value in (
                ("page ", self.page),
                ("sheet ", self.sheet),
                ("", self.path),
                ("row ", self.row),
                ("message ", self.message),
                ("", self.at),
            )
            if value is not None
        ]
        return ", ".join(parts) or "whole file"

    def to_json(self) -> str:
        """Write the pinpoint as one short JSON text with sorted names."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        kept = {name: value for name, value in given.items() if value is not None}
        return json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote; raises BadPinpoint for a text of another shape."""
        try:
            found = json.loads(text)
        except ValueError as fault:
            raise BadPinpoint(_BAD) from fault
        if not isinstance(found, dict) or not all(_fits(name, value) for name, value in found.items()):
            raise BadPinpoint(_BAD)
        return cls(**found)


_BAD = "this is not a place in a file as it is written here"
_KINDS: dict[str, type] = {"page": int, "sheet": str, "row": int, "message": str, "at": str, "path": str}


def _fits(name: str, value: object) -> bool:
    """Whether a field of this name may hold this value; true is not the number 1."""
    return type(value) is _KINDS.get(name)
