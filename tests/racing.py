"""Two at once in an order that a test chooses: the second acts while the first stands in the middle of its act."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import pytest

# SQLite lets nobody write while one does, and where a lock is right the second one waits: then it is not waited for.
_PATIENCE = 0.5


def meanwhile(
    monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, act: Callable[[], Any], *, before: bool = False
) -> Callable[[], Any]:
    """Have *act* done by another thread once, after the next call of *owner.name* (or before it).

    Gives what to call for what the act gave or raised, when the first one has ended.
    """
    original, pool = getattr(owner, name), ThreadPoolExecutor(1)
    begun: list[Future[Any]] = []

    def second() -> None:
        begun.append(pool.submit(act))
        wait(begun, _PATIENCE)

    def stopped(*args: Any, **words: Any) -> Any:
        monkeypatch.setattr(owner, name, original)
        if before:
            second()
        made = original(*args, **words)
        if not before:
            second()
        return made

    def outcome() -> Any:
        pool.shutdown()
        return begun[0].result()

    monkeypatch.setattr(owner, name, stopped)
    return outcome
