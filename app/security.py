"""What every answer carries and every request must bear: headers, CSRF, limits, and no plaintext on disk."""

import os
import secrets
import tempfile
from contextlib import suppress
from datetime import timedelta
from io import RawIOBase
from pathlib import Path
from typing import IO, Any, Final, cast

from Crypto.Cipher import AES
from Crypto.Util import Counter
from flask import Flask, Request, Response, request
from flask_wtf.csrf import CSRFProtect

from core.config import MIB, Config

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
BODY_LIMIT: Final = 2 * MIB
_BLOCK: Final = 16
csrf = CSRFProtect()


class SealedSpool(RawIOBase):
    """A temporary file that only ever holds ciphertext, under a key that lives in this object alone.

    Needed for forms that send files without a script: their parts arrive one behind the other and have to wait
    somewhere, and evidence never waits on disk in the clear.
    """

    def __init__(self, folder: str | None = None) -> None:
        super().__init__()
        self._key = secrets.token_bytes(32)
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by close() below
        self._at = 0
        self._size = 0

    def readable(self) -> bool:
        """It can be read."""
        return True

    def writable(self) -> bool:
        """It can be written."""
        return True

    def seekable(self) -> bool:
        """It can be wound to any place."""
        return True

    def tell(self) -> int:
        """Where the next byte is read or written."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def write(self, data: Any) -> int:
        """Take bytes, encrypted on their way to the file."""
        given = bytes(data)
        self._file.seek(self._at)
        self._file.write(self._crypt(given))
        self._at += len(given)
        self._size = max(self._size, self._at)
        return len(given)

    def readinto(self, buffer: Any) -> int:
        """Give bytes back, decrypted on their way from the file."""
        self._file.seek(self._at)
        found = self._crypt(self._file.read(len(buffer)))
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)

    def close(self) -> None:
        """Forget the key and give the file up."""
        self._key = b""
        self._file.close()
        super().close()

    def _crypt(self, data: bytes) -> bytes:
        first, within = divmod(self._at, _BLOCK)
        cipher = AES.new(self._key, AES.MODE_CTR, counter=Counter.new(128, initial_value=first + 1))
        return cipher.encrypt(bytes(within) + data)[within:]


class SealingRequest(Request):
    """A request whose uploaded parts wait encrypted, never in the clear."""

    def _get_file_stream(self, *_args: Any, **_more: Any) -> IO[bytes]:
        return cast("IO[bytes]", SealedSpool())


def set_up(app: Flask, config: Config) -> None:
    """Put the guards on the application."""
    app.request_class = SealingRequest
    app.config.update(
        SECRET_KEY=cookie_key(config.keys),
        MAX_CONTENT_LENGTH=BODY_LIMIT,
        MAX_FORM_PARTS=10_000,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.secure_cookies,
        SESSION_COOKIE_NAME="probanda",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=config.secure_cookies,
    )
    csrf.init_app(app)
    app.after_request(_harden)


def cookie_key(keys: Path) -> bytes:
    """The key that signs cookies; made once, beside the other keys, also when several servers start at once."""
    path = keys / "cookie.key"
    if not path.exists():
        keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        own = keys / f".cookie.{secrets.token_hex(8)}"
        with os.fdopen(os.open(own, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
            out.write(secrets.token_bytes(32))
        with suppress(FileExistsError):
            path.hardlink_to(own)
        own.unlink()
    return path.read_bytes()


def _harden(answer: Response) -> Response:
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    if not request.path.startswith("/static/"):
        answer.headers.setdefault("Cache-Control", "no-store")
    return answer
