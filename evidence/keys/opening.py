"""Opens the keeper of the master key that the settings name, and finds the passphrase or PIN that it needs.

A secret is looked for in this order: a credential that systemd hands over, a file descriptor, the environment, and a
person at the terminal.
"""

import getpass
import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from core.config import Config, ConfigError
from evidence.keys.providers import FileProvider, PassphraseMissing, PassphraseProvider, Provider
from evidence.keys.token import TokenProvider

_READ: dict[int, str] = {}


def open_provider(config: Config) -> Provider:
    """The keeper that `config.key_provider` names; raises ConfigError for an unknown one."""
    makers: dict[str, Callable[[], Provider]] = {
        "file": lambda: FileProvider(config.keys),
        "passphrase": lambda: PassphraseProvider(config.keys, partial(secret, "passphrase", os.environ)),
        "pkcs11": lambda: TokenProvider(
            config.keys, config.pkcs11_module, config.pkcs11_token, partial(secret, "pin", os.environ)
        ),
    }
    if config.key_provider not in makers:
        message = f"key_provider: «{config.key_provider}» is none of {', '.join(makers)}"
        raise ConfigError(message)
    return makers[config.key_provider]()


def secret(what: str, environ: Mapping[str, str]) -> str:
    """The passphrase or PIN; raises PassphraseMissing with all the ways in which it can be given."""
    name = f"PROBANDA_{what.upper()}"
    if folder := environ.get("CREDENTIALS_DIRECTORY"):
        path = Path(folder) / f"probanda-{what}"
        if path.is_file():
            return _line(path.read_text(encoding="utf-8"))
    if number := environ.get(f"{name}_FD"):
        return _from_descriptor(number, f"{name}_FD")
    if name in environ:
        return environ[name]
    if sys.stdin.isatty():
        return getpass.getpass(f"{what} of the master key: ")
    message = (
        f"the master key needs its {what}: give it as systemd credential probanda-{what}, by {name}_FD, by {name}, or "
        "start this at a terminal"
    )
    raise PassphraseMissing(message)


def _from_descriptor(number: str, name: str) -> str:
    """Read a descriptor once; the same process may ask again."""
    try:
        fd = int(number)
        if fd not in _READ:
            with os.fdopen(fd, encoding="utf-8") as pipe:
                _READ[fd] = _line(pipe.read())
    except (ValueError, OSError) as fault:
        raise PassphraseMissing(f"{name} names no descriptor that can be read") from fault
    return _READ[fd]


def _line(text: str) -> str:
    return text.removesuffix("\n").removesuffix("\r")
