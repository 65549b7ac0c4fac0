"""Every setting of one deployment, read once, frozen, with all faults reported together."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from core.errors import Unavailable
from core.ledger.outside import settings
from core.ledger.outside.settings import AuthorityAt, WitnessAt

MIB = 1024 * 1024
GIB = 1024 * MIB


class ConfigError(Unavailable):
    """The settings cannot be used; the message lists every fault."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one piece of hostile or heavy input may take; sizes in bytes, times in seconds."""

    file_bytes: int = 1024 * GIB
    extract_bytes: int = 512 * MIB
    extract_seconds: int = 120
    extract_memory: int = 2 * GIB
    depth: int = 4
    members: int = 10_000
    unpacked_bytes: int = 4 * GIB
    part_bytes: int = 16 * MIB


@dataclass(frozen=True, slots=True)
class Config:
    """What one deployment runs on: its folder, database, index, vault, keys and limits."""

    instance: Path
    database_url: str
    vault: Path
    keys: Path
    index_url: str = "embedded"
    index_prefix: str = "probanda"
    office: str = "Probanda"
    idle_minutes: int = 30
    secure_cookies: bool = False
    sweep_hours: int = 24
    heartbeat_minutes: int = 60
    stamp_minutes: int = 60
    witness_quorum: int = 1
    witnesses: tuple[WitnessAt, ...] = ()
    time_authorities: tuple[AuthorityAt, ...] = ()
    fixity_days: int = 90
    late_hours: int = 24
    offer_hours: int = 48
    upload_days: int = 14
    key_provider: str = "file"
    pkcs11_module: str = ""
    pkcs11_token: str = ""
    # Where the worker makes backups by itself; nothing: it makes none.  Nothing is removed unless a number is set.
    backup_folder: str = ""
    backup_hours: int = 24
    backup_keep: int = 0
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def load(cls, instance: Path, environ: Mapping[str, str]) -> "Config":
        """Read ``config.toml`` of the instance folder, then ``PROBANDA_…`` of the environment over it.

        Gives the frozen settings; raises `ConfigError` with every unknown name and unusable value at once.
        """
        instance = instance.absolute()
        given = _from_file(instance / "config.toml") | _from_environment(environ)
        faults: list[str] = []
        beside = settings.witnesses(given.pop("witnesses", []), faults)
        times = settings.authorities(given.pop("time_authorities", []), instance, faults)
        plain = _checked(_PLAIN, {k: v for k, v in given.items() if k in _PLAIN}, faults)
        limits = _checked(_LIMITS, {k[7:]: v for k, v in given.items() if k.startswith("limits_")}, faults)
        known = {*_PLAIN, *(f"limits_{name}" for name in _LIMITS)}
        faults += [f"{name}: no such setting" for name in sorted(given) if name not in known]
        if faults:
            raise ConfigError("settings that cannot be used: " + "; ".join(faults))
        vault, keys = (Path(plain.pop(name, instance / name)) for name in ("vault", "keys"))
        url = plain.pop("database_url", f"sqlite:///{instance / 'probanda.db'}")
        plain |= {"witnesses": beside, "time_authorities": times}
        return cls(instance, url, vault, keys, limits=Limits(**limits), **plain)


_PLAIN: dict[str, type] = {
    "database_url": str,
    "vault": str,
    "keys": str,
    "index_url": str,
    "index_prefix": str,
    "office": str,
    "idle_minutes": int,
    "secure_cookies": bool,
    "sweep_hours": int,
    "heartbeat_minutes": int,
    "stamp_minutes": int,
    "witness_quorum": int,
    "fixity_days": int,
    "late_hours": int,
    "offer_hours": int,
    "upload_days": int,
    "key_provider": str,
    "pkcs11_module": str,
    "pkcs11_token": str,
    "backup_folder": str,
    "backup_hours": int,
    "backup_keep": int,
}
_LIMITS: dict[str, type] = {one.name: int for one in fields(Limits)}
_WORDS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def _from_file(path: Path) -> dict[str, Any]:
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as fault:
        message = f"{path} cannot be read: {fault.strerror}"
        raise ConfigError(message) from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        message = f"{path} cannot be read as TOML: {fault}"
        raise ConfigError(message) from fault
    limits = read.pop("limits", {})
    if not isinstance(limits, dict):
        message = f"{path}: limits are a table of their own, [limits]"
        raise ConfigError(message)
    return read | {f"limits_{name}": value for name, value in limits.items()}


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    known = {*_PLAIN, *(f"limits_{name}" for name in _LIMITS)}
    names = {f"PROBANDA_{name.upper()}": name for name in known}
    return {names[name]: value for name, value in environ.items() if name in names}


def _checked(kinds: Mapping[str, type], given: Mapping[str, Any], faults: list[str]) -> dict[str, Any]:
    good: dict[str, Any] = {}
    for name, value in given.items():
        kind = kinds.get(name)
        if kind is None:
            continue
        try:
            good[name] = _as(kind, value)
        except (KeyError, TypeError, ValueError):
            faults.append(f"{name}: {value!r} is not {_SAID[kind]}")
    return good


_SAID = {int: "a whole number above zero", bool: "yes or no", str: "a text"}


def _as(kind: type, value: object) -> object:
    if kind is bool:
        return value if isinstance(value, bool) else _WORDS[str(value).lower()]
    if kind is int:
        if isinstance(value, bool) or int(str(value)) <= 0:
            raise ValueError(value)
        return int(str(value))
    if not isinstance(value, str) or not value:
        raise ValueError(value)
    return value
