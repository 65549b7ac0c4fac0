"""One contract for every engine: the same hits, in the same order, as a plain reading of the question gives."""

import random
import threading
from collections import Counter
from uuid import UUID, uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.pinpoints import Pinpoint
from search import asking
from search.asking import Among, Between, Every, Not, Some, Text
from search.engines.elastic import Elastic
from search.engines.embedded import Embedded
from search.engines.protocol import TIERS, Hit
from search.passages import CARD, Piece, Source, documents
from tests.search.library import on_both_engines

ROOT = UUID(int=7)
WORDS = (
    "boat night money guide karim Abdi ʿAbdi al-Rashid alrashid Gebre-Egziabher gebreegziabher 5000 ৫০০০ ০৯১২ "
    "0912345678 "
    "مُحَمَّد محمد أحمد احمد کریم كريم می‌روم ኣስመራ አስመራ 北京 北海 京 মোঃ য়া য\u09bcা İstanbul istanbul ığdır 🐔 한국 สวัสดี "
    "Nguyễn nguyen O'Brien obrien B12 x"
).split()
NUMBERS = ["+98 912 345 6789", "0912 345 6789", "۰۹۱۲۳۴۵۶۷۸۹", "DE89 3704 0044 0532 0130 00", "DE89370400440532013000"]
CASES = [uuid5(ROOT, f"case {number}") for number in range(5)]
SCOPE = {"open": frozenset(CASES[:3]), "restricted": frozenset(CASES[1:4]), "sealed": frozenset()}


def corpus():
    chosen = random.Random(2026)
    held = []
    for number in range(40):
        file = uuid5(ROOT, f"file {number}")
        source = Source(
            file=file,
            exhibit=uuid5(ROOT, f"exhibit {number // 3}"),
            case=chosen.choice(CASES),
            tier=chosen.choice(TIERS),
            name=f"{chosen.choice(WORDS)} {number}.pdf",
            kind=chosen.choice(["pdf", "chat"]),
            language=chosen.choice(["", "ar", "bn"]),
            day=chosen.choice(["", "2025-12-31", "2026-03-01"]),
        )
        pieces = [
            Piece(
                uuid5(file, str(place)),
                place,
                " ".join(chosen.choices(WORDS + NUMBERS, k=chosen.randint(0, 9))),
                Pinpoint(),
            )
            for place in range(1, 11)
        ]
        held += documents(source, pieces, str)
    return held


CORPUS = corpus()


def answers(question, one):  # noqa: PLR0911 - one answer for each kind of question
    """Whether a document answers, by the plainest reading of the question."""
    match question:
        case Text(column, terms, prefix):
            held = getattr(one, column).split()
            spans = (tuple(held[at : at + len(terms)]) for at in range(len(held)))
            if prefix:
                return any(
                    span[:-1] == terms[:-1] and len(span) == len(terms) and span[-1].startswith(terms[-1])
                    for span in spans
                )
            return terms in spans
        case Every(parts):
            return all(answers(part, one) for part in parts)
        case Some(parts):
            return any(answers(part, one) for part in parts)
        case Not(part):
            return not answers(part, one)
        case Among(field, values):
            return str(getattr(one, field)) in values
        case Between(since, until):
            return bool(one.day) and since <= one.day <= (until or "9")
    raise AssertionError(question)


def expected(question, scope=SCOPE, held=CORPUS):
    seen = [one for one in held if one.case in scope.get(one.tier, ()) and answers(question, one)]
    return sorted(Hit(one.file, one.ordinal, one.day) for one in seen)


@pytest.fixture(scope="module")
def both(elasticsearch_url, tmp_path_factory):
    """Both engines with the same documents, for tests that only ask."""
    prefix = f"t{random.SystemRandom().randrange(10**9)}"
    engines = [Embedded(tmp_path_factory.mktemp("index")), Elastic(elasticsearch_url, prefix)]
    for engine in engines:
        assert engine.put(CORPUS) == len(CORPUS)
    yield engines
    engines[1].remove()
    for engine in engines:
        engine.close()


TYPED = [
    "boat",
    "abdi",
    '"abdi"',
    "boat night",
    "boat OR night",
    "boat -night",
    "-boat",
    '"boat night"',
    "bo*",
    '"boat ni*"',
    "alrashid",
    "al-rashid",
    '"al rashid"',
    "gebre*",
    "O'Brien",
    "obrien",
    "5000",
    "0912",
    "+98 912 345 6789",
    "(0912) 345-6789",
    "DE89 3704 0044 0532 0130 00",
    "de89370400440532013000",
    "احمد",
    "مُحَمَّد",
    "کریم",
    "میروم",
    "አስመራ",
    "北京",
    "京",
    "北*",
    "মোঃ",
    "য়া",
    "ISTANBUL",
    "IĞDIR",
    "🐔",
    "한국",
    "สวัสดี",
    "Nguyễn",
    "nguyen",
    "type:pdf",
    "lang:ar,bn boat",
    "from:2026",
    "to:2025 boat",
    "name:boat",
    "name:boat -boat",
    "(boat OR karim) (night OR 京) NOT type:chat",
    "nothing-at-all",
    "boat NOT (night OR NOT money)",
]


@pytest.mark.parametrize("typed", TYPED)
def test_both_engines_give_the_same_hits_as_a_plain_reading(both, typed):
    question = asking.read(typed).question
    wanted = expected(question)
    for engine in both:
        assert list(engine.ask(question, SCOPE)) == wanted
        assert engine.tally(question, SCOPE) == Counter((hit.file, hit.day[:7]) for hit in wanted)


def test_most_of_these_queries_have_hits():
    assert sum(bool(expected(asking.read(typed).question)) for typed in TYPED) >= len(TYPED) * 0.8


TERMS = sorted({term for one in CORPUS for term in one.terms.split()})
LEAVES = (
    st.builds(
        Text, st.just("terms"), st.lists(st.sampled_from(TERMS), min_size=1, max_size=3).map(tuple), st.booleans()
    )
    | st.builds(
        Text, st.sampled_from(["joined", "name"]), st.sampled_from(TERMS).map(lambda term: (term,)), st.booleans()
    )
    | st.builds(Among, st.just("kind"), st.frozensets(st.sampled_from(["pdf", "chat", "image"])))
    | st.builds(Among, st.just("case"), st.frozensets(st.sampled_from([str(case) for case in CASES])))
    | st.builds(Between, st.sampled_from(["", "2026-01-01"]), st.sampled_from(["", "2026-02-01", "2026-03-01"]))
)
QUESTIONS = st.recursive(
    LEAVES,
    lambda parts: (
        st.builds(Not, parts)
        | st.builds(Every, st.lists(parts, min_size=1, max_size=3).map(tuple))
        | st.builds(Some, st.lists(parts, max_size=3).map(tuple))
    ),
    max_leaves=8,
)
SCOPES = st.dictionaries(st.sampled_from(TIERS), st.frozensets(st.sampled_from(CASES)))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(QUESTIONS, SCOPES)
def test_any_question_gives_the_same_hits_on_both(both, question, scope):
    wanted = expected(question, scope)
    for engine in both:
        assert list(engine.ask(question, scope)) == wanted


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(QUESTIONS, st.integers(1, 3), st.integers(0, 400))
def test_files_first_hits_and_what_follows_are_cut_alike(both, question, each, place):
    wanted = expected(question)
    files = sorted({hit.file for hit in wanted})[::2]
    firsts = [hit for file in files for hit in [one for one in wanted if one.file == file][:each]]
    start = wanted[place % len(wanted)] if wanted else Hit(ROOT, 1, "")
    for engine in both:
        assert list(engine.ask(question, SCOPE, files=files, each=each)) == firsts
        assert list(engine.ask(question, SCOPE, after=(start.file, start.ordinal))) == [
            hit for hit in wanted if hit > start
        ]


@pytest.mark.parametrize("case", CASES)
def test_nothing_of_a_case_outside_the_scope_is_ever_proposed(both, case):
    everything = Not(Some(()))
    scope = {tier: frozenset({case}) for tier in TIERS}
    mine = {one.file for one in CORPUS if one.case == case}
    for engine in both:
        assert {hit.file for hit in engine.ask(everything, scope)} == mine
        assert set(engine.tally(everything, {})) == set()


def test_the_census_tells_what_is_held(both):
    wanted = sorted((one.tier, one.file, one.case) for one in CORPUS if one.ordinal == CARD)
    for engine in both:
        held = list(engine.census())
        assert sorted((kept.tier, kept.file, kept.case) for kept in held) == wanted
        assert {kept.documents for kept in held} == {11}
        assert engine.ready().documents == len(CORPUS)


def small(text="the boat left", *, tier="open", file="file", places=3):
    source = Source(uuid5(ROOT, file), ROOT, CASES[0], tier, "log.txt", "text")
    pieces = [Piece(uuid5(source.file, str(place)), place, text, Pinpoint()) for place in range(1, places + 1)]
    return list(documents(source, pieces, str))


ALL = {tier: frozenset(CASES) for tier in TIERS}
BOAT = asking.read("boat").question


@on_both_engines
def test_putting_a_document_again_replaces_it(index):
    index.put(small("the boat left"))
    index.put(small("the truck left"))

    assert list(index.ask(BOAT, ALL)) == []
    assert index.ready().documents == 4


@on_both_engines
def test_a_file_that_moves_to_a_stricter_tier_leaves_the_other(index):
    index.put(small())
    strict = small(tier="sealed")
    index.put(strict)
    index.drop(strict[0].file, keep=[one.id for one in strict], tier="sealed")

    assert [kept.tier for kept in index.census()] == ["sealed"]
    assert list(index.ask(BOAT, {"open": frozenset(CASES), "restricted": frozenset(CASES)})) == []
    assert len(list(index.ask(BOAT, ALL))) == 3


@on_both_engines
def test_dropping_keeps_what_is_still_there_and_other_files(index):
    index.put([*small(), *small(file="other")])
    kept = small()[:2]

    assert index.drop(kept[0].file, keep=[one.id for one in kept], tier="open") == 2
    assert len(list(index.ask(BOAT, ALL))) == 1 + 3
    assert index.drop(kept[0].file) == 2
    assert index.drop(kept[0].file) == 0
    assert len(list(index.ask(BOAT, ALL))) == 3


@on_both_engines
def test_hits_beyond_ten_thousand_are_all_given_once_and_in_order(index):
    held = small("the boat left", places=10_500)
    index.put(held)

    hits = list(index.ask(BOAT, ALL))

    assert [hit.ordinal for hit in hits] == list(range(1, 10_501))
    assert index.tally(BOAT, ALL) == {(held[0].file, ""): 10_500}
    late = list(index.ask(BOAT, ALL, after=(held[0].file, 10_400)))
    assert [hit.ordinal for hit in late] == list(range(10_401, 10_501))


@on_both_engines
def test_many_threads_may_put_and_ask_at_once(index):
    faults = []

    def work(number):
        try:
            for turn in range(3):
                index.put(small(f"the boat left {turn}", file=f"file {number}"))
                assert list(index.ask(BOAT, ALL))
        except Exception as fault:  # noqa: BLE001 - whatever a thread meets is what the test is about
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert len(list(index.ask(BOAT, ALL))) == 18
