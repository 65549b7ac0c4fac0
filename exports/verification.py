"""Check a bundle with our own copy of the verifier, so that a forged copy inside the bundle has no say."""

from pathlib import Path
from typing import Final

from core.errors import Unavailable
from exports import verifier
from exports.contents import NotADossier, from_json

NOBODY: Final = verifier.Asked()


class NotReadable(Unavailable):
    """The folder of the bundle cannot be read at all."""


def verify(folder: Path, key: str = "", trusted: verifier.Asked = NOBODY) -> verifier.Report:
    """Check the bundle in *folder* and give the report; *key* is the office's public key or fingerprint (hex).

    *trusted* names the log, the witnesses and the root of time stamps that are believed.  Runs the module that lies in
    every bundle as verify.py, from our own installation, and reads the dossier once more as strictly as we write it.
    Raises NotReadable when there is no folder to read.
    """
    try:
        report = verifier.check(str(folder), key, trusted)
    except OSError as fault:
        raise NotReadable(f"{folder} cannot be read: {fault.strerror}") from fault
    if not report.findings:
        try:
            from_json((folder / verifier.DOSSIER).read_text("utf-8"))
        except NotADossier as fault:
            report.wrong(verifier.DOSSIER, str(fault))
    return report
