"""The application on a port of this machine, for those who speak to it from outside."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from werkzeug.serving import make_server


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve it until the end of the block, and give its address."""
    server = make_server("127.0.0.1", 0, _closing(app), threaded=True)
    running = threading.Thread(target=server.serve_forever, daemon=True)
    running.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    running.join()
    server.server_close()


def _closing(app: Flask) -> Any:
    """Close each answer: the development server forgets it when its reader breaks off; gunicorn does not."""

    def answer(environ: dict[str, Any], start: Any) -> Iterator[bytes]:
        made = app(environ, start)
        try:
            yield from made
        finally:
            if hasattr(made, "close"):
                made.close()

    return answer
