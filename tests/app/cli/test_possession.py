"""Possession by the command line: acts with what they need, the continuity report, statements, what waits."""

from datetime import timedelta

from core import clock
from evidence.possession.verbs import Verb


def test_an_act_is_done_with_what_it_needs_and_the_report_says_what_is_weak(desk):
    operator, exhibit = desk.operator, desk.exhibit
    acts = operator.told("evidence", "acts")["acts"]
    bare = operator.run("evidence", "act", exhibit, "move", "place=safe", "--as", "ana", code=2)
    late = (clock.now() - timedelta(days=2)).isoformat()
    words = ("place=safe", "note=no network at sea", f"occurred_at={late}")
    done = operator.told("evidence", "act", exhibit, "store", *words, "--as", "ana")
    made = operator.told("evidence", "continuity", exhibit, "--as", "ana")
    key = f"late-unsigned@{done['position']}"
    operator.told("evidence", "state", exhibit, "The ship had no network.", "--weakness", key, "--as", "ana")
    said = operator.run("evidence", "continuity", exhibit, "--as", "ana").stdout

    assert {one["act"] for one in acts} == {verb.value for verb in Verb}
    assert "reason: say why" in bare.output
    assert key in {one["key"] for one in made["weaknesses"]}
    assert "ana states" in said
    assert "The ship had no network." in said
    assert operator.told("evidence", "due", desk.case, "--as", "ana") == {"due": []}
    assert operator.told("evidence", "to-decide", "--as", "ana") == {"waiting": []}
    operator.run("evidence", "act", exhibit, "store", "shelf=4", "--as", "ana", code=2)
