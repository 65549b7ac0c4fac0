"""The whole main job played through on a sample or on a folder: by the same verbs and doors as in earnest.

An investigator hands in files and finds a number across cases, a prosecutor exports a dossier, a stranger's program
checks it, an auditor reads who held and who read what.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from core.accounts import Role

CAST = {
    "ines": (Role.INVESTIGATOR, "Inès, investigator"),
    "carl": (Role.CUSTODIAN, "Carl, custodian of exhibits"),
    "petra": (Role.PROSECUTOR, "Petra, prosecutor"),
    "sami": (Role.SUPERVISOR, "Sami, supervisor"),
    "aude": (Role.AUDITOR, "Aude, auditor"),
    "adam": (Role.ADMINISTRATOR, "Adam, administrator"),
}
SHOWN = ("ines", "petra", "aude")
Say = Callable[[str], None]


@dataclass(slots=True)
class Played:
    """What was done, for whoever wants to look."""

    passwords: dict[str, str] = field(default_factory=dict)
    cases: list[UUID] = field(default_factory=list)
    bundle: Path | None = None
    findings: list[str] = field(default_factory=list)
