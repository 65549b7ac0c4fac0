"""Kill a piece of work before each of its durable steps, one after the other: `python -m tests.stepping ORDERS`.

A step is whatever outlives the process: a commit of the database or of the index, and the moment right after it, and
each folder made, sync, rename, link, copy and removal of a file.  The piece of work is started again and again in a
forked child, which kills itself at its first step, then at its second, until it comes to its end.  After each kill a
second child, which may not fail, looks at what is there and sees it through.

The orders say at which step to begin and how many to go on each time (`first`, `by`); without, every step has its turn.
Children share one application that was built and in which nothing was opened, unless the orders want it `anew`.
"""

import importlib
import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy.engine.default import DefaultDialect

from search.engines.embedded import Embedded
from tests import works

_FILES = ("fsync", "fdatasync", "rename", "replace", "link", "unlink", "remove", "rmdir", "mkdir")
_WHOLE = ((shutil, "copyfile"), (Path, "write_bytes"), (Path, "write_text"))


class Steps:
    """Counts the durable steps of this process, and ends it before the one that was chosen."""

    def __init__(self, last: int) -> None:
        self.last, self.come = last, 0

    def step(self, name: str) -> None:
        """Come to a durable step: the process ends here if it is the one."""
        self.come += 1
        if self.come == self.last:
            os.write(2, f"killed before {name}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """Put a step before each call that changes what outlives the process."""
        for owner, name in [*((os, name) for name in _FILES), *_WHOLE]:
            setattr(owner, name, self._before(name, getattr(owner, name)))
        DefaultDialect.do_commit = self._around(DefaultDialect.do_commit)
        Embedded._writing = self._indexing(Embedded._writing)

    def _before(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*given: Any, **named: Any) -> Any:
            self.step(f"{name} {given[0] if given else ''}")
            return real(*given, **named)

        return stepped

    def _around(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(dialect: Any, connection: Any) -> None:
            self.step("commit")
            real(dialect, connection)
            self.step("the answer to a commit")

        return stepped

    def _indexing(self, real: Callable[..., Any]) -> Callable[..., Any]:
        @contextmanager
        def stepped(index: Embedded, tier: str) -> Iterator[Any]:
            with real(index, tier) as connection:
                yield connection
                self.step("a commit of the index")
            self.step("the answer to a commit of the index")

        return stepped


def _apart(work: Callable[[], object]) -> int:
    """Do something in a forked child and give how it ended."""
    child = os.fork()
    if child == 0:
        _alone(work)
    return os.waitpid(child, 0)[1]


def _alone(work: Callable[[], object]) -> NoReturn:
    code = 1
    try:
        work()
        code = 0
    except BaseException:
        # The child ends here whatever happens, and says why.
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def main(path: str) -> int:
    """Kill at each step of the work that the orders name; ends with 1 as soon as something did not hold."""
    orders = json.loads(Path(path).read_text())
    module = importlib.import_module(orders["module"])
    begin, work, check = (getattr(module, f"{name}_{orders['work']}") for name in ("begin", "do", "check"))

    notes, count = Path(path).with_suffix(".told"), Path(path).with_suffix(".count")
    if not orders.get("anew"):
        works.build(orders)

    def stepped(last: int, told: Any) -> None:
        steps = Steps(last)
        write = Path.write_text
        steps.watch()
        work(orders, told)
        write(count, str(steps.come))

    for number in range(orders.get("first", 1), orders["most"] + 1, orders.get("by", 1)):
        # In a child as well, so that nothing is open here that a fork would share.
        if _apart(lambda: notes.write_text(json.dumps(begin(orders)))):
            return _wrong(orders, number, "it could not begin")
        told = json.loads(notes.read_text())
        ended = _apart(lambda last=number, told=told: stepped(last, told))
        killed = os.WIFSIGNALED(ended) and os.WTERMSIG(ended) == signal.SIGKILL
        if ended and not killed:
            return _wrong(orders, number, "it ended by itself")
        if _apart(lambda told=told, killed=killed: check(orders, told, killed=killed)):
            return _wrong(orders, number, "after the kill something does not hold")
        if not killed:
            print(json.dumps({"work": orders["work"], "steps": int(count.read_text())}))
            return 0
    return _wrong(orders, orders["most"], "it has more steps than were expected")


def _wrong(orders: dict[str, Any], number: int, what: str) -> int:
    print(f"{orders['work']}, step {number}: {what}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
