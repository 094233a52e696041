"""Which articles are first: the short way to them gives what the long way gives."""

import sys
import threading
from itertools import product
from operator import mul

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index import bits, pruning
from index.bits import bits_of, documents_of, intersection, union
from index.engine import EXACT, IMPACT_MAX, STEM, Card, Document, Stream
from index.evidence import Evidence
from index.memory_engine import MemoryReader
from index.opening import missing
from index.plan import Concept, Group, Plan, Reading, Variant
from index.search import Question, Searcher
from index.tuning import Tuning

DOCUMENTS = st.sets(st.integers(0, 2000), max_size=300)
WORDS = "abcdefgh"


@given(DOCUMENTS)
@example(set())
@example({0})
@example(set(range(1000)))
@example({31, 32, 63, 64, 1999})
def test_documents_are_what_their_bits_say(documents):
    assert documents_of(bits_of(documents, 2001)) == sorted(documents)


@given(st.lists(DOCUMENTS, min_size=1, max_size=4))
def test_bits_join_and_meet_as_sets_do(sets):
    bits = [bits_of(documents, 2001) for documents in sets]
    assert documents_of(union(bits)) == sorted(set.union(*sets))
    assert documents_of(intersection(bits)) == sorted(set.intersection(*sets))


def test_documents_are_the_same_however_two_threads_take_turns(monkeypatch):
    """Both stop before any of their lines; the second goes to its end after the first."""

    def stopping(line, size, found, at_line, go_on):
        def trace(frame, event, _):
            if frame.f_code is not documents_of.__code__:
                return None
            if event == "line" and frame.f_lineno == line:
                at_line.set()
                go_on.wait()
            return trace

        sys.settrace(trace)
        found[size] = documents_of((1 << size) - 1)
        at_line.set()

    lines = sorted({line for _, _, line in documents_of.__code__.co_lines() if line})
    for stops in product(lines, lines):
        monkeypatch.setattr(bits, "_numbers", [])
        found, begun = {}, []
        for line, size in zip(stops, (5, 9), strict=True):
            at_line, go_on = threading.Event(), threading.Event()
            thread = threading.Thread(target=stopping, args=(line, size, found, at_line, go_on))
            thread.start()
            at_line.wait()
            begun.append((thread, go_on))
        for thread, go_on in begun:
            go_on.set()
            thread.join()
        assert found == {5: list(range(5)), 9: list(range(9))}


def reader_of(texts):
    """A document for each text; how often a letter stands there is its impact."""

    def terms(text):
        return {letter: min(IMPACT_MAX, 9_000 * text.count(letter)) for letter in set(text)}

    return MemoryReader(
        Document(Card(str(number), "", ""), text, Stream(), Stream(), {STEM: terms(text), EXACT: terms(text.upper())})
        for number, text in enumerate(texts)
    )


letters = st.sampled_from(WORDS)
words = st.builds(
    lambda stem, exact, weight: Variant(exact and exact.upper(), stem, weight),
    letters,
    st.none() | letters,
    st.sampled_from([1, 0.4]),
)
concepts = st.builds(lambda variants: Concept("", tuple(variants)), st.lists(words, min_size=1, max_size=3))
readings = st.builds(
    lambda variants, weight, loose: Reading(tuple(variants), weight, loose),
    st.lists(words, min_size=1, max_size=2),
    st.sampled_from([1, 0.6]),
    st.booleans(),
)
groups = st.builds(
    lambda parts, others: Group(tuple(parts), tuple(others)),
    st.lists(concepts, min_size=1, max_size=2),
    st.lists(readings, max_size=2),
)
plans = st.builds(lambda found: Plan(tuple(found)), st.lists(groups, min_size=1, max_size=4))
archives = st.lists(st.text(WORDS, max_size=9), min_size=1, max_size=120)


@pytest.fixture(scope="module")
def small_steps():
    """As if every archive were large: nothing is measured before it was parted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pruning, "BATCH", 1)
        patch.setattr(pruning, "WHOLE", 1)
        yield


LITERAL_ALONE = Plan((Group((Concept("a", (Variant("C", "a"),)),)), Group((Concept("b", (Variant(None, "b"),)),))))


@given(archives, plans, st.integers(1, 9))
@example(texts=["aab", "b" * 7 + "c" * 7, *"dddd"], plan=LITERAL_ALONE, wanted=1)
def test_no_document_that_would_be_among_the_best_is_passed_over(small_steps, texts, plan, wanted):
    evidence = Evidence(reader_of(texts), Tuning(), plan)
    everyone = evidence.measure(evidence.some)
    scores = zip(map(mul, everyone.points, everyone.covered), everyone.documents, strict=True)
    best = sorted(scores, key=lambda one: (-one[0], one[1]))[:wanted]
    assert pruning.best(evidence, evidence.some, wanted) == best


@given(archives, plans)
def test_no_document_has_more_than_the_units_promise(texts, plan):
    evidence = Evidence(reader_of(texts), Tuning(), plan)
    for unit in evidence.units:
        alone = Evidence(reader_of(texts), Tuning(), Plan())
        alone.units = [unit]
        measured = alone.measure(union(each.any for each in evidence.units))
        assert all(points <= unit.most * (1 + 1e-9) for points in measured.points)
        assert all(covered <= unit.mass * (1 + 1e-9) for covered in measured.covered)
        assert not any(
            points for d, points in zip(measured.documents, measured.points, strict=True) if not unit.reached >> d & 1
        )
        held = [number for number, covered in zip(measured.documents, measured.covered, strict=True) if covered]
        assert held == documents_of(unit.any)


def test_most_documents_are_never_measured(monkeypatch):
    rare_ones = {7, 4000, 9000}
    reader = reader_of("ab" if number in rare_ones else "b" for number in range(10_000))
    evidence = Evidence(
        reader,
        Tuning(),
        Plan((Group((Concept("a", (Variant("A", "a"),)),)), Group((Concept("b", (Variant("B", "b"),)),)))),
    )
    measured = []
    monkeypatch.setattr(evidence, "measure", lambda bits: measured.append(bits) or Evidence.measure(evidence, bits))
    assert {document for _, document in pruning.best(evidence, evidence.some, 3)} == rare_ones
    assert sum(map(int.bit_count, measured)) < 100


def test_a_beginning_of_more_words_than_are_scored_finds_them_all():
    texts = [f"ma{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(600)]
    reader = MemoryReader(
        Document(Card(text, "", ""), text, Stream(), Stream(), {EXACT: {text: 9_000}, STEM: {text: 9_000}})
        for text in texts
    )
    searcher = Searcher(reader, opened=missing)
    for question in ("ma*", "+ma*", "ma* SAUF mazz"):
        page = searcher.search(Question(question, 600))
        assert (page.total, page.complete, len(page.hits)) == (600, 600, 600)
