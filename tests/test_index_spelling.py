"""Typing errors: what is near, what was probably meant, what is proposed, and what is left alone."""

from __future__ import annotations

import json
import lzma
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.edits import one_edit, respelt, slip, two_edits
from index.french import analyze
from index.proposal import Proposer
from index.spelling import Counted, Speller, edits_allowed
from index.stem import stem

WORD = st.text(alphabet="abcde", max_size=8)
GLOSSARY = Path(__file__).resolve().parent.parent / "index" / "data" / "glossary.txt"
LAB = Path(__file__).resolve().parent.parent.parent / "shared" / "search-lab"
OFTEN = """
    eau 300 assainissement 200 ville 400 villes 500 maire 300 maires 400 commune 200 communes 150 patrimoine 120
    developpement 450 durable 200 urbain 150 urbaine 140 dechets 120 biodiversite 60 telepherique 9 mobilite 90 climat 80
    association 300 egalite 90 formation 200 jeunesse 70 culture 120 environnement 110 numerique 100 association 300
    gouvernance 90 budget 80 marche 60 ecole 70 sante 140 transport 60 voirie 30 cadastre 12 fiscalite 25 tourisme 40
    cotonou 60 ouagadougou 40 bangangte 12 decentralisation 60 cooperation 150 concretes 40 ensemble 200 vivreensemble 20
"""


@pytest.fixture(scope="module")
def archive() -> Speller:
    """Words of municipal French: those of the glossary, some of them frequent."""
    counts = {}
    for line in GLOSSARY.read_text(encoding="utf-8").splitlines():
        french = line.replace("~", "=").partition("=")[2] if not line.startswith("#") else ""
        counts.update({token.exact: 3 for token in analyze(french) if token.exact.isalpha()})
    often = OFTEN.split()
    counts.update(zip(often[::2], map(int, often[1::2]), strict=True))
    return Speller(Counted(counts))


@pytest.fixture(scope="module")
def proposer(archive) -> Proposer:
    stems = {stem(word) for text in archive.lists().values() for word in text.split()}
    accents = {"developpement": "développement", "cotonou": "Cotonou", "telepherique": "téléphérique"}
    return Proposer(archive, lambda _, root: root in stems, lambda exact: accents.get(exact, exact))


def by_definition(left: str, right: str) -> int:
    """Edits of two words, neighbours swapped counting once (optimal string alignment)."""
    table = {(i, 0): i for i in range(len(left) + 1)} | {(0, j): j for j in range(len(right) + 1)}
    for i, a in enumerate(left, 1):
        for j, b in enumerate(right, 1):
            table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and b == left[i - 2]:
                table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
    return table[len(left), len(right)]


@given(WORD, WORD)
def test_one_and_two_edits_are_what_their_definition_says(left, right):
    edits = by_definition(left, right)
    assert one_edit(left, right) == (edits <= 1)
    assert two_edits(left, right) == (edits <= 2)


@given(WORD.filter(bool), WORD.filter(bool))
def test_only_the_same_word_costs_nothing(left, right):
    assert (slip(left, right) == 0) == (left == right)


@pytest.mark.parametrize(
    ("likely", "unlikely", "meant"),
    [
        ("comune", "commne", "commune"),  # a doubled letter, any letter
        ("cmomune", "cxmmune", "commune"),  # neighbours swapped, a letter far on the keyboard
        ("vulle", "vxlle", "ville"),  # the key beside
        ("abitat", "haitat", "habitat"),  # a mute letter
        ("ennvironnement", "enxvironnement", "environnement"),
    ],
)
def test_a_likely_slip_costs_less(likely, unlikely, meant):
    assert slip(likely, meant) <= slip(unlikely, meant)


@given(WORD)
def test_a_respelling_can_be_undone(word):
    assert all(word in respelt(other) for other in respelt(word))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        *(("asainissement", "assainissement"), ("teleferique", "telepherique"), ("dechtes", "dechets")),
        *(("biodivresite", "biodiversite"), ("patrimone", "patrimoine"), ("mubilite", "mobilite")),
        *(("anvironnement", "environnement"), ("developement", "developpement"), ("clmat", "climat")),
        *(("gouvernence", "gouvernance"), ("fromation", "formation"), ("bangante", "bangangte")),
        *(("qulture", "culture"), ("decentralistaion", "decentralisation"), ("ouagadugu", "ouagadougou")),
    ],
)
def test_the_word_that_was_meant_comes_first(archive, typed, meant):
    guesses = archive.guesses(typed)
    assert guesses[0].word == meant
    assert all(0 < guess.weight <= 1 for guess in guesses)


def test_of_two_words_as_near_the_more_frequent_one_comes_first():
    speller = Speller(Counted({"marche": 50, "marbre": 2, "marge": 1}))
    assert [guess.word for guess in speller.guesses("marhe")][:1] == ["marche"]


@pytest.mark.parametrize("typed", ["eua", "2019", "cop27", "", "x" * 200, "été’", "\u0645\u062f"])
def test_short_words_numbers_and_noise_are_left_alone(archive, typed):
    assert archive.guesses(typed) == ()


@given(st.text(max_size=40))
def test_no_text_makes_it_fail(archive, proposer, text):
    archive.guesses(text)
    archive.resembling(text)
    archive.apart(text)
    found = proposer.propose(text)
    assert found is None or found.changes


@given(
    st.dictionaries(st.text("abc", min_size=1, max_size=8), st.integers(1, 9)), st.text("abc", min_size=4, max_size=8)
)
def test_every_word_one_edit_away_is_found(counts, typed):
    words = {guess.word for guess in Speller(Counted(counts)).guesses(typed)}
    near = {word for word in counts if word != typed and by_definition(word, typed) == 1}
    assert near <= words or len(words) == 20
    assert all(edits_allowed(typed) for _ in words)


def test_what_resembles_shares_most_letter_triples():
    speller = Speller(Counted(dict.fromkeys(["zoologique", "geologie", "communication", "eau"], 1)))
    assert speller.resembling("zoologie") == ["zoologique"]
    assert speller.resembling("communes") == []


@pytest.mark.parametrize(
    ("typed", "proposed"),
    [
        ("assainisement", "assainissement"),
        ("Dévelopement durable", "Développement durable"),
        ("biodivresité ET climat", "biodiversite ET climat"),
        ("« patrimone urbain » SAUF tourisme", "« patrimoine urbain » SAUF tourisme"),
        ("(dechtes OU voirie) date:2019", "(dechets OU voirie) date:2019"),
        ("TELEFERIQUE", "TÉLÉPHÉRIQUE"),
        ("assainissementurbain", "assainissement urbain"),
        ("lassociation", "l’association"),
        ("dassainissement", "d’assainissement"),
        ("dévelop pement durable", "développement durable"),
        ("marché Cotnou", "marché Cotonou"),
    ],
)
def test_a_mistyped_question_is_proposed_as_it_was_meant(proposer, typed, proposed):
    found = proposer.propose(typed)
    assert found is not None
    assert found.text == proposed
    for change in found.changes:
        assert typed[change.start : change.end] == change.typed


@pytest.mark.parametrize(
    "typed",
    [
        *("assainissement", "communes", "urbaines", "l’eau", "les maires de Cotonou", "2019", "98e", "COP", "AIMX"),
        *("ville:Cotnou", "assainiss*", "transporter", "développements", "", "-", "l’", "A.I.M.F.", "100 000 €"),
        *("rivière", "orchestre", "vaccination", "tramway", "papillons", "bibliobus", "portefeuille", "demeurer"),
    ],
)
def test_right_words_known_or_not_are_left_alone(proposer, typed):
    assert proposer.propose(typed) is None


def test_a_rare_word_of_the_archive_is_questioned_only_beside_a_far_more_frequent_one(archive):
    counts = {word: archive.frequency(word) for text in archive.lists().values() for word in text.split()}
    proposer = Proposer(Speller(Counted({**counts, "developpemment": 1})), lambda *_: True)
    assert proposer.propose("developpemment").text == "developpement"
    proposer = Proposer(Speller(Counted({**counts, "developpemment": 3})), lambda *_: True)
    assert proposer.propose("developpemment") is None


RIGHT_FLOOR = 0.88
SILENT_FLOOR = 0.995
"""Measured 0.92 and 1.0 on seeds that nothing was tuned on; benchmarks/spelling.py says more."""


@pytest.mark.replay
@pytest.mark.skipif(not LAB.exists(), reason="needs ../shared/search-lab: French texts")
def test_errors_are_repaired_and_right_words_kept_on_french_texts():
    counts: dict[str, int] = {}
    with lzma.open(LAB / "docs.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            for word in {token.exact for token in analyze(json.loads(line)["text"]) if not token.joined}:
                counts[word] = counts.get(word, 0) + 1
    stems = {stem(word) for word in counts}
    proposer = Proposer(Speller(Counted(counts)), lambda _, root: root in stems)
    chance = random.Random(41)
    words = sorted(w for w, n in counts.items() if n > 2 and len(w) > 4 and w.isalpha() and w.isascii())
    errors = []
    while len(errors) < 300:
        word = chance.choice(words)
        at = chance.randrange(1, len(word) - 1)
        typed = chance.choice(
            [
                word[:at] + word[at + 1 :],
                word[:at] + word[at] + word[at:],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            ]
        )
        if typed not in counts and stem(typed) not in stems:
            errors.append((typed, word))
    right = sum((found := proposer.propose(typed)) is not None and found.text == word for typed, word in errors)
    assert right / len(errors) >= RIGHT_FLOOR
    silent = sum(proposer.propose(word) is None for word in chance.sample(words, 500))
    assert silent / 500 >= SILENT_FLOOR
