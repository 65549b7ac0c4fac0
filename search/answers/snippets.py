"""The piece of a passage that shows why it was found, in its own script, with what was asked for marked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from search.asking import Every, Question, Some, Text
from search.folding.runs import joined
from search.folding.terms import Term, locate

LENGTH: Final = 240
_LEAD: Final = 60


@dataclass(frozen=True, slots=True)
class Stretch:
    """A run of characters, marked or not."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Snippet:
    """Stretches that read on from one another, and whether text was left out before and after them."""

    stretches: tuple[Stretch, ...]
    cut_before: bool
    cut_after: bool

    def __str__(self) -> str:
        """The text with its marks in brackets, for places without colour."""
        inside = "".join(f"[{one.text}]" if one.marked else one.text for one in self.stretches)
        return f"{'… ' * self.cut_before}{inside}{' …' * self.cut_after}"


def snippet(text: str, question: Question, *, length: int = LENGTH) -> Snippet:
    """About *length* characters of *text* where most of what was asked for stands close together."""
    words = list(locate(text))
    marks = _merged(_marks(text, words, list(_wanted(question))))
    start, end = _window(marks, len(text), length)
    start, end = _at_words(words, marks, start, end, len(text))
    return Snippet(tuple(_stretches(text, marks, start, end)), start > 0, end < len(text))


def _wanted(question: Question) -> Iterator[Text]:
    """The words that were asked for; not those that were to be left out."""
    match question:
        case Text():
            yield question
        case Every(parts) | Some(parts):
            for part in parts:
                yield from _wanted(part)


def _marks(text: str, words: list[Term], wanted: list[Text]) -> Iterator[tuple[int, int]]:
    extra = list(joined(text)) if any(one.column == "joined" for one in wanted) else []
    for one in wanted:
        yield from _phrases(extra if one.column == "joined" else words, one)


def _phrases(terms: list[Term], wanted: Text) -> Iterator[tuple[int, int]]:
    length, last = len(wanted.terms), wanted.terms[-1]
    for at in range(len(terms) - length + 1):
        end = terms[at + length - 1]
        fits = end.text.startswith(last) if wanted.prefix else end.text == last
        if fits and all(terms[at + n].text == wanted.terms[n] for n in range(length - 1)):
            yield terms[at].start, end.end


def _merged(marks: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(marks):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _window(marks: list[tuple[int, int]], total: int, length: int) -> tuple[int, int]:
    """The stretch of that length that holds the most marks, the first of those; the beginning if there are none."""
    if total <= length:
        return 0, total
    first = max(
        range(len(marks)),
        key=lambda at: sum(marks[at][0] <= start and end <= marks[at][0] + length - _LEAD for start, end in marks),
        default=None,
    )
    start = max(0, min(marks[first][0] - _LEAD, total - length)) if first is not None else 0
    return start, start + length


def _at_words(words: list[Term], marks: list[tuple[int, int]], start: int, end: int, total: int) -> tuple[int, int]:
    """The same stretch moved to the edges of words, so that no letter loses its marks and no word its half."""
    if start > 0:
        start = next((word.start for word in words if word.start >= start), start)
    if end < total:
        whole = [word.end for word in words if start < word.end <= end]
        end = whole[-1] if whole else end
        # One mark longer than the window is shown whole.
        end = max([end, *(mark_end for mark_start, mark_end in marks if mark_start < end < mark_end)])
    return start, end


def _stretches(text: str, marks: list[tuple[int, int]], start: int, end: int) -> Iterator[Stretch]:
    at = start
    for mark_start, mark_end in marks:
        if mark_start < start or mark_start >= end:
            continue
        if mark_start > at:
            yield Stretch(text[at:mark_start], marked=False)
        yield Stretch(text[mark_start:mark_end], marked=True)
        at = mark_end
    if at < end:
        yield Stretch(text[at:end], marked=False)
