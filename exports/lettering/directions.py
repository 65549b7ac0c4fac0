"""Which way each character of a line runs: the implicit part of the Unicode bidirectional algorithm (UAX #9).

Explicit controls are refused here.  They can make a line say something else than what stands in the file, so the
setting shows them as text before it asks for levels; what remains are rules P2-P3, W1-W7, N0-N2, I1-I2 and L1-L2.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import TypeVar

from core.errors import Invalid

CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_STRONG = {"L": "L", "R": "R", "AL": "R", "EN": "R", "AN": "R"}
_NEUTRAL = frozenset({"B", "S", "WS", "ON"})
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_DEEPEST = 63

Item = TypeVar("Item")


class HiddenDirection(Invalid):
    """The text holds a control that turns the reading direction; it must be shown, not obeyed."""


def base_level(text: str) -> int:
    """Give 1 if the first strong character runs right to left, else 0 (rules P2 and P3)."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in {"L", "R", "AL"}:
            return int(kind != "L")
    return 0


def levels(text: str, base: int | None = None) -> tuple[int, list[int]]:
    """Give the base level of *text* and the level of each character; odd levels run right to left.

    Needs one paragraph without line feeds; *base* overrules the first strong character.  Raises HiddenDirection.
    """
    hidden = CONTROLS.intersection(text)
    if hidden:
        message = f"the text holds the hidden direction control U+{ord(min(hidden)):04X}"
        raise HiddenDirection(message)
    floor = base_level(text) if base is None else base
    if floor == 0 and text.isascii():
        return 0, [0] * len(text)
    kinds = [unicodedata.bidirectional(character) or "L" for character in text]
    around = "R" if floor else "L"
    weak = _resolve_weak(kinds, around)
    _resolve_brackets(text, kinds, weak, around)
    _resolve_neutral(weak, around)
    return floor, [_implicit(kind, floor) for kind in weak]


def trailing(text: str, given: Sequence[int], base: int) -> list[int]:
    """Give the levels of one line with the white space at its end back at the base level (rule L1)."""
    kept = len(text.rstrip())
    return list(given[:kept]) + [base] * (len(text) - kept)


def in_sight(runs: Sequence[tuple[int, Item]]) -> list[tuple[int, Item]]:
    """Put (level, anything) pairs from reading order into the order seen from left to right (rule L2)."""
    ordered = list(runs)
    odd = [level for level, _ in ordered if level % 2]
    if not odd:
        return ordered
    for level in range(max(level for level, _ in ordered), min(odd) - 1, -1):
        for start, end in _stretches(ordered, level):
            ordered[start:end] = ordered[start:end][::-1]
    return ordered


def _stretches(runs: Sequence[tuple[int, Item]], level: int) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(runs):
        end = start
        while end < len(runs) and runs[end][0] >= level:
            end += 1
        if end > start:
            yield start, end
        start = end + 1


def _resolve_weak(kinds: Sequence[str], around: str) -> list[str]:
    """Apply W1 to W7, with a boundary neutral (such as a joiner) going with what stands before it."""
    weak = list(kinds)
    strong = last = around
    for at, kind in enumerate(weak):
        if kind in {"NSM", "BN"}:
            weak[at] = last
        elif kind == "EN" and strong == "AL":
            weak[at] = "AN"
        if weak[at] in {"L", "R", "AL"}:
            strong = weak[at]
        last = weak[at]
    weak = ["R" if kind == "AL" else kind for kind in weak]
    _join_separators(weak)
    _join_terminators(weak)
    strong = around
    for at, kind in enumerate(weak):
        if kind in {"ES", "ET", "CS"}:
            weak[at] = "ON"
        elif kind == "EN" and strong == "L":
            weak[at] = "L"
        elif kind in {"L", "R"}:
            strong = kind
    return weak


def _join_separators(weak: list[str]) -> None:
    """Apply W4: one separator between two numbers of a kind belongs to them."""
    for at in range(1, len(weak) - 1):
        before, kind, after = weak[at - 1 : at + 2]
        if before == after and ((kind == "ES" and before == "EN") or (kind == "CS" and before in {"EN", "AN"})):
            weak[at] = before


def _join_terminators(weak: list[str]) -> None:
    """Apply W5: signs such as % or € beside a European number belong to it."""
    at = 0
    while at < len(weak):
        end = at
        while end < len(weak) and weak[end] == "ET":
            end += 1
        beside = (at > 0 and weak[at - 1] == "EN") or (end < len(weak) and weak[end] == "EN")
        if end > at and beside:
            weak[at:end] = ["EN"] * (end - at)
        at = max(end, at + 1)


def _closing(character: str) -> str:
    """Give the bracket that closes *character*, or nothing if it opens none."""
    if character in _BRACKETS:
        return _BRACKETS[character]
    if unicodedata.category(character) != "Ps" or not unicodedata.mirrored(character):
        return ""
    following = chr(ord(character) + 1)
    return following if unicodedata.category(following) == "Pe" else ""


def _pairs(text: str, weak: Sequence[str]) -> list[tuple[int, int]]:
    """Find the bracket pairs (BD16) in the order of their opening brackets."""
    waiting: list[tuple[str, int]] = []
    found = []
    for at, character in enumerate(text):
        if weak[at] != "ON":
            continue
        closing = _closing(character)
        if closing:
            if len(waiting) == _DEEPEST:
                break
            waiting.append((closing, at))
        for depth in range(len(waiting) - 1, -1, -1):
            if waiting[depth][0] == character:
                found.append((waiting[depth][1], at))
                del waiting[depth:]
                break
    return sorted(found)


def _resolve_brackets(text: str, kinds: Sequence[str], weak: list[str], around: str) -> None:
    """Apply N0: the two brackets of a pair take one direction."""
    for start, end in _pairs(text, weak):
        inside = {_STRONG[kind] for kind in weak[start + 1 : end] if kind in _STRONG}
        if not inside:
            continue
        turn = around
        if around not in inside:
            before = next((_STRONG[kind] for kind in reversed(weak[:start]) if kind in _STRONG), around)
            turn = before
        for at in (start, end):
            weak[at] = turn
            mark = at + 1
            while mark < len(kinds) and kinds[mark] == "NSM":
                weak[mark] = turn
                mark += 1


def _resolve_neutral(weak: list[str], around: str) -> None:
    """Apply N1 and N2: what is neutral goes with its neighbours if they agree, else with the paragraph."""
    at = 0
    while at < len(weak):
        end = at
        while end < len(weak) and weak[end] in _NEUTRAL:
            end += 1
        if end > at:
            before = _STRONG[weak[at - 1]] if at else around
            after = _STRONG[weak[end]] if end < len(weak) else around
            weak[at:end] = [before if before == after else around] * (end - at)
        at = max(end, at + 1)


def _implicit(kind: str, floor: int) -> int:
    """Apply I1 and I2."""
    if floor % 2:
        return floor + (kind != "R")
    return floor + {"L": 0, "R": 1}.get(kind, 2)
