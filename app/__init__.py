"""The front desk: the only place that speaks HTTP, reads the command line, runs the worker, and commits."""

import os
from pathlib import Path

from flask import Flask

from app import api, auth, errors, pages, security, wiring
from core.config import Config
from search.folding import runs


def create_app(instance: str | Path | None = None, *, doors: bool = True) -> Flask:
    """Build the application on one deployment's folder; the ``flask`` command and gunicorn find it by this name.

    The folder comes from the caller or from ``PROBANDA_INSTANCE``, else it is ``instance`` below the working folder.
    Who speaks no HTTP, as a command, wants it without its doors, since putting them up takes longer than most commands.
    """
    folder = Path(instance or os.environ.get("PROBANDA_INSTANCE", "instance")).absolute()
    app = Flask(__name__, instance_path=str(folder))
    config = Config.load(folder, os.environ)
    app.extensions[wiring.EXTENSION] = wiring.build(config)
    if not doors:
        return app
    security.set_up(app, config)
    auth.set_up(app)
    errors.set_up(app)
    api.set_up(app)
    pages.set_up(app)
    runs.make_ready()
    return app
