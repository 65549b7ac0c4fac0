"""What the scripts of the pages say for themselves is what the house says: sizes, names, hashes, states, limits."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from app.api import tus
from app.api.deliveries import NewBatch
from app.pages.views import words
from evidence.uploads.rows import State
from tests.journeys.conftest import Desk

SCRIPTS = Path(words.__file__).parents[2] / "static" / "desk"
SIZES = [0, 1, 2, 1023, 1024, 1536, 1024**2 - 1, 5 * 1024**2, 7 * 1024**3 + 1, 3 * 1024**4, 4096 * 1024**4]
NAMES = ["plain.txt", "a\u202egnp.exe", *(f"x{chr(code)}y" for code in (*range(0x250), *range(0x600, 0x620),
         *range(0x2000, 0x2070), 0xFEFF))]  # fmt: skip


def script(name: str) -> str:
    return (SCRIPTS / name).read_text(encoding="utf-8")


def test_scripts_write_sizes_names_and_states_as_the_pages_do(desk: Desk, come_in: Any) -> None:
    page = come_in("ines")
    said = page.evaluate(
        """([sizes, names]) => import("/static/desk/words.js").then((words) => ({
            sizes: sizes.map(words.size), names: names.map(words.plain), short: words.SHORT, shapes: words.SHAPES,
        }))""",
        [SIZES, NAMES],
    )
    states = {word: [words.STATES[word].tone, words.STATES[word].shape] for word in said["shapes"] if word != "sending"}

    assert said["sizes"] == [words.size(count) for count in SIZES]
    assert said["names"] == [words.plain(name) for name in NAMES]
    assert said["short"] == words.SHORT
    assert {word: shape for word, shape in said["shapes"].items() if word != "sending"} == states


def test_a_delivery_is_announced_in_pieces_that_the_api_takes() -> None:
    (at_once,) = (int(one) for one in re.findall(r"AT_ONCE = (\d+)", script("deliver.js")))
    limit = NewBatch.model_json_schema()["properties"]["items"]["maxItems"]

    assert 0 < at_once <= limit


def test_an_upload_is_followed_by_the_states_and_answers_that_there_are() -> None:
    named = set(re.findall(r'state [!=]== "(\w+)"', script("upload.js").replace("told.state", "state")))
    own = {"ready", "sending", "paused", "ended"}  # of the buttons

    assert named - own <= set(State), named
    assert {"open", "whole", "stored"} <= named
    assert f"{tus._MISMATCH}]" in script("upload.js")
