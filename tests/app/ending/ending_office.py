"""An office in which something has to end: two cases, their people, and marks that can be looked for afterwards."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from time import sleep
from typing import Any
from uuid import UUID

from flask import g
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.ending import carrying_out
from app.wiring import services, transaction
from cases import access
from cases.access import Duty
from cases.handling import Sensitivity
from core import accounts, clock
from core.accounts import Actor, Role
from core.jobs import Job
from evidence.ending import orders
from evidence.ending.orders import Ruling
from evidence.ending.rows import Order, Scope, State
from tests.makers import PASSWORD
from tests.offices import Office

# Words and numbers that stand nowhere else, so that a grep over raw files proves something.
MARK = "Zwielichtkahn"
PHONE = "+49 30 23125 999"
SHARED = f"the {MARK} left at night, call {PHONE}".encode()


class ManyCallers(Office):
    """An office whose calls are made inside one application context, each by somebody else."""

    def call(self, name: str, method: str, path: str, **more: Any) -> TestResponse:
        """One call, with nothing left of who called before."""
        for kept in list(g):
            g.pop(kept)
        return super().call(name, method, path, **more)


class Desk:
    """Somebody at the desk, in one application context with others: nothing is left of who called before."""

    def __init__(self, ending, name):
        self.client = ending.office.app.test_client()
        self.post("/sign-in", name=name, password=PASSWORD)

    def get(self, path):
        for kept in list(g):
            g.pop(kept)
        return self.client.get(path)

    def post(self, path, shown="", **sent):
        page = self.get(shown or path).text
        found = re.search('name="csrf_token" value="([^"]+)"', page)
        assert found, page
        for kept in list(g):
            g.pop(kept)
        return self.client.post(path, data={**sent, "csrf_token": found[1]})


@dataclass
class Ending:
    """The office with its two cases, and shortcuts for what every test does."""

    office: Office
    folder: Path
    case: str = ""
    other: str = ""
    exhibit: str = ""
    files: dict[str, str] = field(default_factory=dict)

    def actor(self, name: str, purpose: str = "investigation") -> Actor:
        """A person who has a token already."""
        with transaction() as session:
            return accounts.named(session, name).actor("test", purpose)

    def admit(self, name: str, case: str, duty: Duty, clearance: Sensitivity = Sensitivity.C3) -> None:
        """Make somebody a member of a case of ana's."""
        lead = self.actor("ana")
        with transaction() as session:
            found = access.fetch(session, lead, UUID(case), to=access.Act.MANAGE)
            access.admit(session, lead, found, accounts.named(session, name), duty, clearance)

    def order(self, scope: Scope = Scope.CASE, things: tuple[str, ...] = (), **more: object) -> Order:
        """A final order, registered by the supervisor."""
        told: dict[str, object] = {"number": "12 Qs 3/26", "court": "the district court", "dated": "20 November 2026"}
        ruling = Ruling(scope=scope, things=tuple(map(UUID, things)), **{**told, "reason": "acquittal"} | more)
        with transaction() as session:
            return orders.register(session, self.actor("sofia"), UUID(self.case), ruling)

    def approve(self, order: Order, *names: str) -> None:
        """Propose and have two others grant."""
        proposal = carrying_out.propose(self.actor("sofia"), order.id, "final since yesterday")
        for name in names or ("sam", "kurt"):
            with transaction() as session:
                orders.decide(session, self.actor(name), proposal, grants=True, reason="read and agreed")

    def carry_out(self, order: Order) -> None:
        """Begin, and let the worker end it."""
        carrying_out.begin(self.actor("kurt"), order.id, copies_until=clock.now().date() + timedelta(days=90))
        self.work(order)

    def work(self, order: Order) -> None:
        """Work until the order is done; Elasticsearch keeps what was dropped for half a minute for its copies."""
        self.office.work()
        for minutes in range(1, 30):
            if self.again(order.id).state != State.RUNNING or not self.jobs():
                return
            sleep(2 if minutes > 1 else 0)
            with clock.stopped(clock.now() + timedelta(minutes=3 * minutes)):
                self.office.work_in_this_thread()

    def jobs(self) -> list[tuple[str, str]]:
        """Why the carrying out waits, or has failed."""
        with transaction() as session:
            rows = session.scalars(select(Job).where(Job.kind == carrying_out.JOB, Job.state != "done")).all()
            return [(one.state, one.because) for one in rows]

    def end(self, scope: Scope = Scope.CASE, things: tuple[str, ...] = (), **more: object) -> Order:
        """All of it."""
        order = self.order(scope, things, **more)
        self.approve(order)
        self.carry_out(order)
        return self.again(order.id)

    def again(self, order_id: UUID) -> Order:
        """The order as it stands now."""
        with transaction() as session:
            return session.get_one(Order, order_id)

    def hits(self, query: str, name: str = "ana") -> int:
        """How many hits this person gets."""
        answer = self.office.call(name, "GET", "/search", query_string={"q": query})
        return int(answer.json["total"])

    def close(self) -> None:
        """Let go of everything."""
        services().index.close()
        services().engine.dispose()


def furnish(office: Office, folder: Path) -> Ending:
    """Two cases of ana's: the same content in both, something of its own in each; needs an application context."""
    made = Ending(office, folder)
    people = {
        "ana": (Role.INVESTIGATOR, None), "sofia": (Role.SUPERVISOR, Duty.SUPERVISE),
        "sam": (Role.SUPERVISOR, Duty.SUPERVISE), "kurt": (Role.CUSTODIAN, Duty.CUSTODY),
        "pia": (Role.PROSECUTOR, Duty.PROSECUTE), "ivo": (Role.INVESTIGATOR, Duty.INVESTIGATE),
        "aude": (Role.AUDITOR, None), "stranger": (Role.SUPERVISOR, None),
    }  # fmt: skip
    for name, (role, _) in people.items():
        office.token(name, role)
    made.case, made.other = office.case("ana", "The landing"), office.case("ana", "Another boat")
    for name, (_, duty) in people.items():
        if duty is not None:
            made.admit(name, made.case, duty)
    made.exhibit = office.exhibit("ana", made.case)
    elsewhere = office.exhibit("ana", made.other)
    made.files["own"] = office.send("ana", made.exhibit, f"only here: {MARK} {PHONE}".encode(), f"{MARK}.txt")["file"]
    made.files["shared"] = office.send("ana", made.exhibit, SHARED, "shared.txt")["file"]
    made.files["there"] = office.send("ana", elsewhere, SHARED, "shared.txt")["file"]
    office.work()
    return made
