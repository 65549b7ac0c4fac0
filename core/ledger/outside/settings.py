"""Who outside the house vouches for its log: the witnesses and the time-stamp authorities that the settings name."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from core.ledger import notes
from core.ledger.notes import COSIGNATURE, KeyWrong, NoteKey
from core.ledger.rfc3161 import signers
from core.ledger.rfc3161.tokens import Authority

_WITNESS: Final = {"url", "key"}
_AUTHORITY: Final = {"name", "url", "root", "policies"}


@dataclass(frozen=True, slots=True)
class WitnessAt:
    """A witness: where it answers, and the key that its signatures are checked with."""

    url: str
    key: NoteKey

    @property
    def name(self) -> str:
        """Its name in signatures."""
        return self.key.name


@dataclass(frozen=True, slots=True)
class AuthorityAt:
    """A time-stamp authority: where it answers, the file of its pinned root, and the policies that are allowed."""

    name: str
    url: str
    root: Path
    policies: frozenset[str]

    def believed(self) -> Authority:
        """Whom to believe; raises `WrongRoot` or `OSError` when the file of the root is not one."""
        return Authority(self.name, signers.roots(self.root.read_bytes()), self.policies)


def witnesses(given: Any, faults: list[str]) -> tuple[WitnessAt, ...]:
    """Read the settings ``[[witnesses]]``; what cannot be used is added to the faults."""
    found: list[WitnessAt] = []
    for number, table in enumerate(_tables("witnesses", given, _WITNESS, faults), 1):
        try:
            key = notes.read_vkey(str(table.get("key", "")))
        except KeyWrong as fault:
            faults.append(f"witnesses {number}: {fault.message}")
            continue
        if key.kind != COSIGNATURE:
            faults.append(f"witnesses {number}: {key.name} is the key of a log, not that of a witness")
        elif _is_address(f"witnesses {number}", table.get("url"), faults):
            found.append(WitnessAt(str(table["url"]).rstrip("/"), key))
    if len({one.name for one in found}) < len(found):
        faults.append("witnesses: two bear the same name")
    return tuple(found)


def authorities(given: Any, folder: Path, faults: list[str]) -> tuple[AuthorityAt, ...]:
    """Read the settings ``[[time_authorities]]``; what cannot be used is added to the faults."""
    found: list[AuthorityAt] = []
    for number, table in enumerate(_tables("time_authorities", given, _AUTHORITY, faults), 1):
        here, name, policies = f"time_authorities {number}", table.get("name"), table.get("policies")
        if not isinstance(name, str) or not name or not isinstance(table.get("root"), str):
            faults.append(f"{here}: say its name, and the file of its root (PEM)")
        elif not isinstance(policies, list) or not policies or not all(_is_policy(one) for one in policies):
            faults.append(f"{here}: name the policies that are allowed, such as policies = ['1.2.3.4']")
        elif _is_address(here, table.get("url"), faults):
            found.append(AuthorityAt(name, str(table["url"]), folder / str(table["root"]), frozenset(policies)))
    if len({one.name for one in found}) < len(found):
        faults.append("time_authorities: two bear the same name")
    return tuple(found)


def _tables(name: str, given: Any, known: set[str], faults: list[str]) -> list[Mapping[str, Any]]:
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        faults.append(f"{name}: each is a table of its own, [[{name}]]")
        return []
    for one in given:
        faults += [f"{name}: no such setting: {word}" for word in sorted(one.keys() - known)]
    return given


def _is_address(here: str, url: object, faults: list[str]) -> bool:
    try:
        parts = urlsplit(str(url))
        good = isinstance(url, str) and parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        faults.append(f"{here}: {url!r} is no address; write https://…")
    return good


def _is_policy(text: object) -> bool:
    return isinstance(text, str) and len(text.split(".")) > 1 and all(one.isdecimal() for one in text.split("."))
