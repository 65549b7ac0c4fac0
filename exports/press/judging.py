"""Judge a document against the rules of PDF/A by a part of it that stands for the whole.

The full check (`pikepdf.pdfa`) reads every operator in turn.  Pages whose drawing is plain (`exports.press.plain`) use
the same few fonts, states and images again and again; of all pages with the same resources one is checked, which shows
every letter in every font and mode, sets every state and draws everything that any of them does.  A page that is not
plain is checked as it is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pikepdf
import pikepdf.pdfa
from pikepdf import Dictionary, Name, Pdf, Stream

from exports.press.forms import add_page
from exports.press.plain import Uses, read

FLAVOUR: Final = "3b"
_KNOWN: Final = frozenset({"/Type", "/Subtype", "/FormType", "/BBox", "/Matrix", "/Resources", "/Group", "/Length"})
_TWO_BYTES: Final = frozenset({Name("/Identity-H"), Name("/Identity-V")})
# These work together across graphics states, or bring a font with them.
_JOINED: Final = frozenset({"/OP", "/op", "/OPM", "/Font"})
_SLICE: Final = 12_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether pages keep the rules, and whether something had to be put right in the part that was checked."""

    passed: bool
    repaired: bool


def judge(forms: Iterable[Any]) -> Verdict:
    """Tell whether pages that each show one of *forms* keep the rules of PDF/A; the forms are left as they are."""
    with Pdf.new() as sample:
        for form, content in _standing(forms):
            copied = sample.copy_foreign(form)
            if content is not None:
                copied.write(content)
            add_page(sample, copied)
        done = pikepdf.pdfa.prepare(sample, FLAVOUR)
        passed = pikepdf.pdfa.check(sample, FLAVOUR, deterministic_id=True).passed
    # Colour profile and description are made for the dossier as a whole; all else concerns what the pages hold.
    mended = replace(done, output_intent_replaced=False, xmp_dropped=(), dates_zoned=0, pdfa_declared=False)
    return Verdict(passed, mended.changed)


@dataclass(slots=True)
class _Alike:
    """Plain pages with the same resources: the form of the first, and what they use together."""

    form: Any
    uses: Uses = field(default_factory=Uses)


def _standing(forms: Iterable[Any]) -> Iterator[tuple[Any, bytes | None]]:
    """Give the forms that stand for all, each with the drawing that stands for its like; None leaves it as it is."""
    groups: dict[bytes, _Alike] = {}
    for form in forms:
        uses = _uses(form)
        if uses is None:
            yield form, None
        else:
            groups.setdefault(_key(form), _Alike(form)).uses.add(uses)
    for alike in groups.values():
        yield alike.form, _drawing(alike)


def _key(form: Any) -> bytes:
    """Give all that *form* says of itself besides its drawing."""
    held = [form.get(name) for name in (Name.Resources, Name.Group, Name.BBox, Name.Matrix)]
    return b"|".join(b"" if value is None else value.unparse() for value in held)


def _uses(form: Any) -> Uses | None:
    """Tell what the page of *form* uses, or None where it has to be checked as it is."""
    if not _KNOWN.issuperset(form.keys()):
        return None
    try:
        uses = read(form.read_bytes())
    except pikepdf.PdfError:
        return None
    if uses is None or any(_joins(form, state) for state in uses.states):
        return None
    return uses


def _joins(form: Any, state: bytes) -> bool:
    held = _resource(form, Name.ExtGState, state)
    return not isinstance(held, Dictionary) or not _JOINED.isdisjoint(held.keys())


def _resource(form: Any, kind: Name, name: bytes) -> Any:
    resources = form.get(Name.Resources)
    table = resources.get(kind) if isinstance(resources, Dictionary) else None
    return (
        table.get("/" + name.decode("ascii"))
        if isinstance(table, Dictionary) and not isinstance(table, Stream)
        else None
    )


def _drawing(alike: _Alike) -> bytes:
    """Write a drawing that does once whatever the pages do: their like in the eyes of the rules."""
    code = [b"0 g 0 G 0 0 0 rg 0 0 0 RG"]
    code += [b"/%b gs" % state for state in sorted(alike.uses.states)]
    for (font, mode), strings in sorted(alike.uses.shown.items()):
        shown = _shortened(_resource(alike.form, Name.Font, font), strings)
        code += [b"q BT /%b 1 Tf %d Tr" % (font, mode)]
        code += [b"<%b> Tj" % string.hex().encode("ascii") for string in shown]
        code += [b"ET Q"]
    for name, font, mode, depth in sorted(alike.uses.drawn):
        face = b"/%b 1 Tf" % font if font else b""
        code.append(b"q %b %d Tr %b/%b Do %bQ" % (face, mode, b"q " * depth, name, b"Q " * depth))
    return b"\n".join(code)


def _shortened(font: Any, strings: set[bytes]) -> list[bytes]:
    """Give strings with the same codes in *font* as all *strings*: few where it is known how it divides them."""
    if not isinstance(font, Dictionary):
        return sorted(strings)
    if font.get(Name.Subtype) != Name.Type0:
        return [bytes(sorted(set().union(*strings)))]
    if font.get(Name.Encoding) not in _TWO_BYTES or any(len(string) % 2 for string in strings):
        return sorted(strings)
    codes = {string[at : at + 2] for string in strings for at in range(0, len(string), 2)}
    whole = b"".join(sorted(codes))
    return [whole[at : at + _SLICE] for at in range(0, len(whole), _SLICE)]
