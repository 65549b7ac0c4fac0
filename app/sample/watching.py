"""A witness beside the demonstration, in place of one that stands at another office under other people."""

import dataclasses
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from flask import Flask

from app import proving
from app.wiring import EXTENSION, Services, services, transaction
from app.witness.answering import Witness
from app.witness.memory import Folder
from app.witness.serving import Post
from core.ledger import notes
from core.ledger.outside.settings import WitnessAt

NAME: Final = "demo.example/witness"


@contextmanager
def watched(app: Flask, folder: Path) -> Iterator[str]:
    """Let a real witness with a key of its own watch the log of this deployment meanwhile; gives its verifier key.

    Needs an application context.  It answers on this machine alone, and ends with the block.
    """
    witness = Folder(folder) if folder.exists() else Folder.make(folder, NAME)
    with transaction() as session:
        own = notes.read_vkey(proving.signer(session).vkey)
    if own.name not in witness.logs():
        witness.add_log(str(own))
    before: Services = services()
    with Post(("127.0.0.1", 0), Witness(witness)) as post:
        thread = threading.Thread(target=post.serve_forever, args=(0.1,), name="witness", daemon=True)
        thread.start()
        at = WitnessAt(f"http://127.0.0.1:{post.server_address[1]}", witness.key)
        config = dataclasses.replace(before.config, witnesses=(*before.config.witnesses, at))
        app.extensions[EXTENSION] = dataclasses.replace(before, config=config)
        try:
            yield str(witness.key)
        finally:
            app.extensions[EXTENSION] = before
            post.shutdown()
            thread.join()
