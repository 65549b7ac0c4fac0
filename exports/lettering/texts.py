"""Write the maps that lead from the codes of a font back to the text they stand for."""

from collections.abc import Iterable

_PER_BLOCK = 100


def in_hex(text: str) -> str:
    """Give *text* in UTF-16 as hexadecimal digits."""
    return text.encode("utf-16-be").hex().upper()


def text_map(codes: Iterable[tuple[int, str]]) -> bytes:
    """Write the ToUnicode map: the source text of every code, in UTF-16, so that it extracts as it was written."""
    known = [(code, text) for code, (_, text) in enumerate(codes, start=1)]
    lines = [
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin",
        "begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def",
        "/CMapType 2 def",
        "1 begincodespacerange",
        "<0000> <FFFF>",
        "endcodespacerange",
    ]
    for start in range(0, len(known), _PER_BLOCK):
        block = known[start : start + _PER_BLOCK]
        lines.append(f"{len(block)} beginbfchar")
        lines.extend(f"<{code:04X}> <{in_hex(text)}>" for code, text in block)
        lines.append("endbfchar")
    lines += ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    return "\n".join(lines).encode("ascii")
