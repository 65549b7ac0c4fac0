"""A master key that never leaves a PKCS#11 token (a hardware module, or SoftHSM): AES-256-GCM inside the token.

Needs the optional library `python-pkcs11` (`pip install probanda[pkcs11]`) and the module of the token's maker.
"""

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Final

from core import cipher
from core.errors import Unavailable
from evidence.keys import files
from evidence.keys.files import KeysMissing, KeysWrong
from evidence.keys.providers import NEXT, Master

try:
    import pkcs11
    from pkcs11 import exceptions as faults
except ImportError:  # the optional library is not installed
    pkcs11 = None  # type: ignore[assignment] # asked for before it is used

FILE: Final = "master.token"


class TokenAway(Unavailable):
    """The token with the master key cannot be reached, or does not do what it is asked."""


class TokenMaster:
    """One master key inside the token."""

    def __init__(self, session: Any, key: Any, name: str, alone: Lock) -> None:
        self.id = name
        self._session = session
        self._key = key
        self._alone = alone

    def wrap(self, key: bytes, *, context: bytes) -> bytes:
        """Encrypt a key inside the token: a random nonce, the bytes, the tag."""
        nonce = secrets.token_bytes(cipher.NONCE)
        with self._alone, _answering():
            sealed = self._key.encrypt(key, mechanism=pkcs11.Mechanism.AES_GCM, mechanism_param=_gcm(nonce, context))
        return nonce + bytes(sealed)

    def unwrap(self, wrapped: bytes, *, context: bytes) -> bytes:
        """Decrypt a key inside the token; raises SealBroken for another key, context or text."""
        nonce, sealed = wrapped[: cipher.NONCE], wrapped[cipher.NONCE :]
        broken = "this wrapped key was changed, or is not opened by this key"
        if len(sealed) <= cipher.TAG:
            raise cipher.SealBroken(broken)
        try:
            with self._alone:
                return bytes(
                    self._key.decrypt(sealed, mechanism=pkcs11.Mechanism.AES_GCM, mechanism_param=_gcm(nonce, context))
                )
        except (faults.DeviceError, faults.DeviceRemoved, faults.SessionHandleInvalid, faults.UserNotLoggedIn) as away:
            raise TokenAway(f"the token does not answer ({type(away).__name__}); look at it and try again") from away
        except faults.PKCS11Error as fault:
            # Tokens differ in what they say of a wrong tag: the text is not theirs, whatever it is called.
            raise cipher.SealBroken(broken) from fault

    def plain(self) -> bytes | None:
        """Nothing: the key cannot leave the token."""
        return None


class TokenProvider:
    """Keeps the master key in a PKCS#11 token; a small file beside says under which label."""

    name = "pkcs11"

    def __init__(self, folder: Path, module: str, token: str, ask: Callable[[], str]) -> None:
        if pkcs11 is None:
            raise KeysMissing("key_provider is pkcs11, and its library is not installed: pip install python-pkcs11")
        if not module or not token:
            raise KeysMissing("key_provider is pkcs11: set pkcs11_module (the maker's library) and pkcs11_token")
        self.file = folder / FILE
        self._next = folder / f"{FILE}{NEXT}"
        self._where = (module, token)
        self._ask = ask
        self._session: Any = None
        self._alone = Lock()

    def make(self) -> Master:
        """Make the first master key inside the token."""
        return self._made(self.file)

    def present(self) -> Master:
        """The master key in use."""
        return self._found(self.file)

    def next(self) -> Master | None:
        """The master key that comes."""
        return self._found(self._next) if self._next.exists() else None

    def begin(self) -> Master:
        """Make the next master key inside the token, once."""
        return self._found(self._next) if self._next.exists() else self._made(self._next)

    def finish(self) -> None:
        """Let the next key be the present one, and destroy the old one inside the token."""
        if not self._next.exists():
            return
        old, new = _told(self.file), _told(self._next)
        if old != new:
            with self._alone, _answering():
                for key in self._opened().get_objects(_label(old)):
                    key.destroy()
        self._next.rename(self.file)
        files.sync(self.file.parent)

    def _made(self, path: Path) -> Master:
        name = secrets.token_hex(8)
        with self._alone, _answering():
            attribute = pkcs11.Attribute
            hidden = {attribute.SENSITIVE: True, attribute.EXTRACTABLE: False}
            self._opened().generate_key(
                pkcs11.KeyType.AES, 256, label=f"probanda-{name}", store=True, template=hidden,
                capabilities=pkcs11.MechanismFlag.ENCRYPT | pkcs11.MechanismFlag.DECRYPT,
            )  # fmt: skip
        files.write(path, json.dumps({"v": 1, "token": self._where[1], "master": name}).encode())
        return self._found(path)

    def _found(self, path: Path) -> Master:
        name = _told(path)
        with self._alone, _answering():
            session = self._opened()
            keys = list(session.get_objects(_label(name)))
        if not keys:
            raise KeysWrong(f"the token {self._where[1]} does not hold master key {name}; put in the right token")
        return TokenMaster(session, keys[0], name, self._alone)

    def _opened(self) -> Any:
        if self._session is None:
            module, label = self._where
            try:
                token = pkcs11.lib(module).get_token(token_label=label)
                self._session = _in(token, self._ask())
            except faults.PKCS11Error:
                raise  # a RuntimeError, too, but the token's own word
            except RuntimeError as fault:
                raise TokenAway(f"{module} cannot be loaded: it is no PKCS#11 module of this machine") from fault
        return self._session


def _in(token: Any, pin: str) -> Any:
    """A session in which keys can be used; a process comes in once, and its later sessions with it."""
    try:
        return token.open(rw=True, user_pin=pin)
    except faults.UserAlreadyLoggedIn:
        return token.open(rw=True)


def _label(name: str) -> dict[Any, Any]:
    return {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY, pkcs11.Attribute.LABEL: f"probanda-{name}"}


def _gcm(nonce: bytes, context: bytes) -> Any:
    return pkcs11.GCMParams(nonce, context, cipher.TAG * 8)


def _told(path: Path) -> str:
    try:
        return str(json.loads(files.read(path))["master"])
    except (ValueError, KeyError, TypeError) as fault:
        raise KeysWrong(f"{path} does not name a key of a token: it is cut or changed") from fault


@contextmanager
def _answering() -> Iterator[None]:
    """Turn what a token refuses into words that say what to do."""
    try:
        yield
    except (faults.PinIncorrect, faults.PinInvalid, faults.PinLenRange) as wrong:
        raise KeysWrong("this is not the PIN of the token; a token locks itself after a few wrong ones") from wrong
    except faults.PinLocked as locked:
        raise TokenAway("the token has locked itself after wrong PINs; its security officer can open it") from locked
    except faults.NoSuchToken as away:
        raise TokenAway("there is no token of that label in the machine; put it in, or set pkcs11_token") from away
    except faults.PKCS11Error as fault:
        raise TokenAway(f"the token does not do what it is asked ({type(fault).__name__}); look at it") from fault
