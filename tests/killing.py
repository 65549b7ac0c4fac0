"""Mixed work in a process that is killed at a random moment, again and again: `python -m tests.killing ORDERS`.

The nursery has the application built and nothing opened; each child it forks connects by itself, works in several
threads, and tells through a pipe what was acknowledged to it, one line for each.  What came through the pipe is what a
person may rely on.
"""

import json
import os
import random
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask

from app import create_app, worker
from app.outside import attesting
from app.wiring import transaction
from core.ledger import checkpoints
from tests.offices import Office

THREADS = 3
# How long a child lives at most after its first answer, in times of what that took: the same work on any machine.
LONGEST = 2
AT_THE_START = 0.1
RARELY = 0.1
WORDS = ("landing", "truck", "engine", "harbour", "payment", "night")


class Child:
    """Works on a deployment until it is killed."""

    def __init__(self, app: Flask, orders: dict[str, Any], seed: int, out: int) -> None:
        self.orders, self.out, self.lock = orders, out, threading.Lock()
        self.dice = random.Random(seed)
        self.office = Office(app, dict(orders["tokens"]))

    def tell(self, **what: Any) -> None:
        """Say that something was acknowledged; a line this short reaches the pipe whole or not at all."""
        with self.lock:
            os.write(self.out, json.dumps(what).encode() + b"\n")

    def work(self) -> None:
        """Do one thing after the other, each chosen by the dice, until the end."""
        if self.dice.random() < self.orders.get("reading", 0.2):
            reading = {"until_idle": True, "threads": 1}
            threading.Thread(target=worker.work, args=(self.office.app,), kwargs=reading).start()
        hands = [threading.Thread(target=self.hand, args=(self.dice.randrange(2**32),)) for _ in range(THREADS)]
        for one in hands:
            one.start()
        for one in hands:
            one.join()

    def hand(self, seed: int) -> None:
        """One person's work."""
        dice = random.Random(seed)
        while True:
            ACTS[dice.choice(self.orders["acts"])](self, dice)


def send(child: Child, dice: random.Random) -> None:
    """Hand in a file of a random size."""
    exhibit, office = dice.choice(child.orders["exhibits"]), child.office
    content = f"{dice.choice(WORDS)} {dice.getrandbits(64):x} ".encode() * dice.choice((1, 30, 3_000, 20_000))
    items = {"items": [{"name": f"n{dice.getrandbits(32):x}.txt", "size": len(content)}]}
    made = office.call("ana", "POST", f"/exhibits/{exhibit}/batches", json=items)
    if made.status_code != HTTPStatus.CREATED:
        child.tell(act="refused", what="announce", status=made.status_code, said=made.text[:500])
        return
    address = f"/batches/{made.json['id']}/items/{made.json['items'][0]['id']}"
    child.tell(act="announced", address=address)
    answer = office.call("ana", "PUT", f"{address}/content", data=content)
    if answer.status_code != HTTPStatus.CREATED:
        child.tell(act="refused", what="send", status=answer.status_code, said=answer.text[:500])
        return
    proof = {name: answer.json[name] for name in ("file", "position", "digest")}
    child.tell(act="stored", sha256=sha256(content).hexdigest(), exhibit=exhibit, **proof)


def move(child: Child, dice: random.Random) -> None:
    """Put an exhibit on another shelf, or hand it over as far as its state allows."""
    exhibit, who = dice.choice(child.orders["exhibits"]), dice.choice(("ana", "ben"))
    told = {
        "store": {"place": f"shelf {dice.randrange(99)}"},
        "offer": {"to": "ben" if who == "ana" else "ana", "reason": "shift"},
        "accept": {"note": "as it is", "place": "counter"},
        "withdraw": {"reason": "not today"},
        "note": {"note": "looked at"},
    }
    verb = dice.choice(list(told))
    answer = child.office.call(who, "POST", f"/exhibits/{exhibit}/custody/{verb}", json=told[verb])
    if answer.status_code == HTTPStatus.CREATED:
        child.tell(act="moved", exhibit=exhibit, position=answer.json["position"], digest=answer.json["digest"])


def read(child: Child, dice: random.Random) -> None:
    """Read a file that was handed in before the killing began."""
    file = dice.choice(child.orders["files"])
    answer = child.office.call("ana", "GET", f"/files/{file}/content")
    if answer.status_code == HTTPStatus.OK:
        child.tell(act="read", file=file, sha256=sha256(answer.data).hexdigest())


def search(child: Child, dice: random.Random) -> None:
    """Search across cases."""
    answer = child.office.call("ana", "GET", "/search", query_string={"q": dice.choice(WORDS)})
    child.tell(act="searched", status=answer.status_code)


def attest(child: Child, dice: random.Random) -> None:
    """Take what is new into the tree and sign it; what was signed may be in anybody's hands from then on."""
    with child.office.app.app_context():
        done = attesting.attest_now(stamp=dice.random() < RARELY)
        with transaction() as session:
            row = checkpoints.latest(session)
            note = row.note if row else ""
    child.tell(act="signed", size=done.size, note=note)


def read_about(child: Child, dice: random.Random) -> None:
    """Look at the custody of an exhibit, which must never be half of anything."""
    answer = child.office.call("ben", "GET", f"/exhibits/{dice.choice(child.orders['exhibits'])}/custody")
    steps = [one["position"] for one in answer.json["steps"]]
    assert steps == list(range(1, len(steps) + 1)), steps
    child.tell(act="looked", entries=len(steps))


ACTS: dict[str, Callable[[Child, random.Random], None]] = {
    "send": send, "move": move, "read": read, "search": search, "attest": attest, "look": read_about,
}  # fmt: skip


def kill_one(app: Flask, orders: dict[str, Any], seed: int, told: Any) -> int:
    """Fork a child, kill it and all that it has started at a random moment, and keep what it had told."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        os.setsid()
        try:
            made = Child(app, orders, seed, theirs)
            read_about(made, random.Random(seed))
            made.work()
        finally:
            os._exit(3)
    os.close(theirs)
    dice, began = random.Random(seed), time.monotonic()
    if dice.random() < AT_THE_START:
        time.sleep(dice.uniform(0, 0.05))
    else:
        select.select([ours], [], [], 60)
        time.sleep(dice.uniform(0, LONGEST) * (time.monotonic() - began))
    # Before its first line the child may not have its own group yet.
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        os.kill(child, signal.SIGKILL)
    _pid, status = os.waitpid(child, 0)
    with os.fdopen(ours, "rb") as pipe:
        told.writelines(line for line in pipe if line.endswith(b"\n"))
    return status


def main(path: str) -> int:
    """Kill as often as the orders say; ends with 1 if a child ended by itself, which none may."""
    orders = json.loads(Path(path).read_text())
    app, ended = create_app(orders["instance"]), 0
    with Path(orders["told"]).open("ab") as told:
        for number in range(orders["rounds"]):
            status = kill_one(app, orders, orders["seed"] + number, told)
            ended += not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL)
    return int(ended > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
