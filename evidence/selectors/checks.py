"""Check digits and checksums, each of which says whether a number can be what it looks like."""

import hashlib
import itertools

from Crypto.Hash import keccak

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_MRZ_WEIGHTS = (7, 3, 1)
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_SUMS = {1, 0x2BC830A3}


def luhn(digits: str) -> bool:
    """Whether the last digit of a payment card or handset number fits the ones before it."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def imo(digits: str) -> bool:
    """Whether the seventh digit of a ship's IMO number fits the six before it."""
    weighted = sum(int(digit) * weight for digit, weight in zip(digits, range(7, 1, -1), strict=False))
    return len(digits) == 7 and weighted % 10 == int(digits[6])


def mrz(field: str, check: str) -> bool:
    """Whether a check digit of a machine-readable zone (ICAO 9303) fits its field."""
    total = sum(_mrz_value(one) * weight for one, weight in zip(field, itertools.cycle(_MRZ_WEIGHTS), strict=False))
    return total % 10 == (0 if check == "<" else int(check) if check.isdigit() else -1)


def _mrz_value(one: str) -> int:
    return int(one) if one.isdigit() else 0 if one == "<" else ord(one) - ord("A") + 10


def base58(address: str) -> bytes | None:
    """The version and body of a Base58Check address, or None if its checksum does not fit."""
    number = 0
    for letter in address:
        number = number * 58 + _BASE58.index(letter)
    body = number.to_bytes((number.bit_length() + 7) // 8, "big")
    whole = bytes(len(address) - len(address.lstrip("1"))) + body
    if len(whole) < 5 or hashlib.sha256(hashlib.sha256(whole[:-4]).digest()).digest()[:4] != whole[-4:]:
        return None
    return whole[:-4]


def bech32(address: str) -> bool:
    """Whether the checksum of a bech32 or bech32m address fits."""
    prefix, _, data = address.lower().rpartition("1")
    values = [ord(one) >> 5 for one in prefix] + [0] + [ord(one) & 31 for one in prefix]
    values += [_BECH32.index(one) for one in data]
    total = 1
    for value in values:
        top = total >> 25
        total = (total & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATORS):
            total ^= generator if top >> place & 1 else 0
    return total in _BECH32_SUMS


def ethereum(address: str) -> bool:
    """Whether the capitals of an Ethereum address fit it (EIP-55); one in a single case has no check to fail."""
    letters = address[2:]
    if letters in {letters.lower(), letters.upper()}:
        return True
    digest = keccak.new(digest_bits=256, data=letters.lower().encode()).hexdigest()
    return all(
        one.isdigit() or one.isupper() == (int(mark, 16) > 7) for one, mark in zip(letters, digest, strict=False)
    )
