"""Anything anywhere: whatever stands in a forged record, the verifier gives findings and never an accident."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exports import verifier
from exports.contents import to_json
from tests.exports import bundles

ODD = st.sampled_from([None, True, 0, -1, 2**53 - 1, "", "x", "\u202e", "0" * 64, [], {}, [1], [[]], {"a": 1}])
GONE = object()


def places(value: object, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a piece of JSON, the whole of it left aside."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        yield (*at, name)
        yield from places(one, (*at, name))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle whose dossier record the tests write over."""
    folder = tmp_path_factory.mktemp("bundle") / "bundle"
    bundles.made(folder)
    return folder


def document() -> dict[str, Any]:
    """The dossier record as it should be, with its wrapping."""
    held: dict[str, Any] = json.loads(to_json(bundles.dossier()))
    return held


EVERYWHERE = list(places(document()))


@given(st.lists(st.tuples(st.sampled_from(EVERYWHERE), ODD | st.just(GONE)), min_size=1, max_size=3))
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_record_altered_anywhere_gives_findings_and_no_accident(
    whole: Path, changes: list[tuple[tuple[Any, ...], object]]
) -> None:
    altered = copy.deepcopy(document())
    for place, value in changes:
        held: Any = altered
        try:
            for name in place[:-1]:
                held = held[name]
            if value is GONE:
                del held[place[-1]]
            else:
                held[place[-1]] = value
        except (KeyError, IndexError, TypeError):
            continue
    data = verifier.canonical(altered)
    same = data == verifier.canonical(document())
    (whole / verifier.DOSSIER).write_bytes(data)
    report = verifier.check(str(whole))

    assert list(verifier.words(report))
    assert json.loads(verifier.as_json(report))["holds"] is same
    assert report.code == int(not same)


@given(
    st.sampled_from([*verifier.LISTS, *verifier.TAG_LISTS, "bag-info.txt", verifier.KEY, verifier.STATEMENT]),
    st.binary(max_size=300),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_in_place_of_a_text_of_the_bundle_are_a_finding(whole: Path, name: str, data: bytes) -> None:
    bundles_own = (whole / name).read_bytes()
    try:
        (whole / name).write_bytes(data)
        report = verifier.check(str(whole))
    finally:
        (whole / name).write_bytes(bundles_own)

    assert name in {one.file for one in report.findings}
    assert list(verifier.words(report))
