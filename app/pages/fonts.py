"""The faces of the desk, served from the same files that the dossier is set in."""

from pathlib import Path
from typing import Final

from flask import Response, send_from_directory

import exports
from app.pages.counter import desk
from core.errors import Missing

_FOLDER: Final = Path(exports.__file__).parent / "fonts"
_YEAR: Final = 365 * 24 * 3600
_KIND: Final = ".ttf"


class NoSuchFace(Missing):
    """There is no face of that name."""


@desk.shows("/fonts/<name>")
def font(name: str) -> Response:
    """One face by its file name; nothing else that lies in the folder."""
    if not name.endswith(_KIND):
        raise NoSuchFace("there is no such face")
    return send_from_directory(_FOLDER, name, mimetype="font/ttf", max_age=_YEAR)
