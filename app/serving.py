"""Serve the desk with gunicorn, and keep a worker beside it."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

_THREADS = 8


class Desk(BaseApplication):  # type: ignore[misc] # gunicorn ships no types
    """Gunicorn on the application: it streams request bodies and never writes them to disk."""

    def __init__(self, make: Callable[[], Flask], options: dict[str, Any]) -> None:
        self._make = make
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """Hand our settings to gunicorn."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Make the application, once in each server process."""
        return self._make()


def serve(
    instance: Path,
    make: Callable[[], Flask],
    work: Callable[[Path], None],
    *,
    address: str,
    processes: int,
    worker: bool,
) -> None:
    """Serve until interrupted; with ``worker``, promised work is done by a process of its own beside the desk."""
    beside = _start_worker(instance, work) if worker else None
    options = {
        "bind": address,
        "workers": processes,
        "worker_class": "gthread",
        "threads": _THREADS,
        "timeout": 120,
        "graceful_timeout": 20,
        "accesslog": None,
        "errorlog": "-",
        "loglevel": "warning",
        "proc_name": "probanda",
        "limit_request_line": 8190,
        "control_socket_disable": True,
    }
    try:
        Desk(make, options).run()
    finally:
        if beside is not None and beside.is_alive():
            beside.terminate()
            beside.join(timeout=20)


def _start_worker(instance: Path, work: Callable[[Path], None]) -> BaseProcess:
    process = multiprocessing.get_context("spawn").Process(
        target=_work, args=(work, instance, os.getpid()), name="probanda-worker"
    )
    process.start()
    return process


def _work(work: Callable[[Path], None], instance: Path, desk: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if os.getppid() == desk:
        work(instance)
