"""How single values are written on paper: moments, amounts, sizes."""

import re

_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.\d+)?Z")
_AMOUNT = re.compile(r"([+-]?)(\d+)(\.\d+)?")
_KIB = 1024
_UNITS = ("KiB", "MiB", "GiB", "TiB")
_DIGITS = 32


def when(moment: str) -> str:
    """Write a recorded UTC moment to the second; any other text stays as it is."""
    found = _MOMENT.fullmatch(moment)
    return f"{found[1]} {found[2]} UTC" if found else moment


def amount(value: str) -> str:
    """Write a decimal with its thousands set apart and every digit kept; any other text stays as it is."""
    found = _AMOUNT.fullmatch(value)
    if found is None:
        return value
    sign = "\u2212" if found[1] == "-" else ""
    return f"{sign}{int(found[2]):,}{found[3] or ''}"


def size(count: int) -> str:
    """Write a number of bytes exactly, with a rounded figure for large ones."""
    if count < _KIB:
        return f"{count} bytes"
    step = min((count.bit_length() - 1) // 10, len(_UNITS))
    return f"{count / _KIB**step:.1f} {_UNITS[step - 1]} ({count:,} bytes)"


def digest(value: str) -> str:
    """Write a long hexadecimal value in lines of 32 digits, so that two people can read it to each other."""
    if len(value) <= _DIGITS or not set(value) <= set("0123456789abcdefABCDEF"):
        return value
    return "\n".join(value[at : at + _DIGITS] for at in range(0, len(value), _DIGITS))


def shortened(text: str, most: int) -> str:
    """Write *text* in one line and at most *most* characters, leaving out its middle."""
    flat = " ".join(text.split())
    if len(flat) <= most:
        return flat
    return f"{flat[: most * 2 // 3]} … {flat[-most // 4 :]}"


def counted(count: int, one: str, many: str) -> str:
    """Write a number with the word that fits it."""
    return f"{count:,} {one if count == 1 else many}"
