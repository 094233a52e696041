"""The French chain: what a text becomes, and that every token stays tied to its place in the original."""

from __future__ import annotations

import doctest
import importlib
import pickle
import pkgutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import index
from index import tokens
from index.french import Token, analyze, analyze_passages, fold, streams
from index.languages import chain
from index.languages import stems as stems_of
from index.stem import stem, stem_english

FRENCH = st.text(alphabet="abcdeéèêrmàùçœæ ÉÀŒ'’-‑._,&/0123456789AIMFN\u0301\u00a0\u202f\u00ad\n«»!", max_size=80)
WORDS = st.lists(
    st.sampled_from(
        "l’eau N’Djaména N'zérékoré aujourd’hui d’abord presqu'île A.I.M.F. e.g. COP27 98e ème 1 000 35 3,5 2.5 12-13 "
        "« eau, » (ville) vivre-ensemble d'Huế Đà – ’ ' œuvre l' qu’ Qu’elle _a_ a_b R&D er 東京 ភ្នំពេញ المدينة e\u0301te\u0301".split()
    ),
    max_size=8,
).map(" ".join)
ROOT = Path(index.__file__).parent.parent
SLOW_TO_IMPORT = "re dataclasses functools collections importlib.resources typing enum json pathlib".split()


def exact(text: str) -> list[str]:
    return [t.exact for t in analyze(text)]


def stems(text: str) -> list[str]:
    return [t.stem for t in analyze(text) if t.stem is not None]


# One verb a line: the forms that only the list of irregular verbs brings together with the regular ones.
VERBS = """
conduire conduit conduisait conduira
construire construite construisent
suivre suivi suivait suivra
écrire écrit écrivait
interdire interdit interdisait
obtenir obtient obtenu obtenait obtiendra
devenir devient devenue devenait
apprendre apprend apprenait
transmettre transmet transmis transmettait
recevoir reçoit reçu recevait
prévoir prévoit prévue prévoyait
connaître connaît connue connaissait
atteindre atteint atteignait
parcourir parcourt parcouru parcourait
découvrir découvre découvert découvrait
accueillir accueille accueillie accueil
répondre répond répondu répondait
combattre combattu combattait
interrompre interrompu interrompait
inclure inclus incluse incluait
résoudre résolu résolvait
établir établit établissait établissant
build built
hold held
grow grown
teach taught
""".split("\n")[1:-1]


@pytest.mark.parametrize("forms", VERBS)
def test_the_forms_of_an_irregular_verb_meet(forms):
    stem_of = stem_english if forms.isascii() and forms.split()[0] in "build hold grow teach" else stem
    assert len({stem_of(fold(form)) for form in forms.split()}) == 1


MODULES = [m.name for m in pkgutil.iter_modules(index.__path__, "index.") if not m.name.endswith((".cli", ".web"))]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_docstrings_are_true(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_every_step_has_an_example():
    assert all(">>>" in (step.__doc__ or "") for step in tokens.STEPS)


def test_a_plain_question_imports_no_patterns():
    script = f"""if True:
        import sys
        sys.path.insert(0, {str(ROOT)!r})
        from index.french import analyze
        analyze("L’eau potable des élues à Huế, projets œuvre 2019 ?")
        print(*[name for name in {SLOW_TO_IMPORT} if name in sys.modules])
    """
    done = subprocess.run([sys.executable, "-S", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@given(st.one_of(FRENCH, WORDS, st.text(max_size=40)), st.sampled_from(["fr", "en", "other"]))
def test_plain_words_are_read_as_the_patterns_read_them(text, language):
    """All of a text by the patterns at once, and piece by piece with what is remembered, plain words by themselves."""
    assert [tuple(token) for token in analyze(text, language=language)] == tokens.read(text, language)


@given(st.one_of(FRENCH, WORDS))
def test_streams_hold_what_tokens_say(text):
    held, joins = streams(text)
    found = analyze(text)
    plain = [token for token in found if not token.joined]
    assert [(exact, stem, end) for exact, stem, _, end in held] == [(t.exact, t.stem, t.end) for t in plain]
    assert all(start <= token.start for (_, _, start, _), token in zip(held, plain, strict=True))
    for first, count, exact, root in joins:
        assert 0 <= first < first + count <= len(held)
        assert (exact, root, plain[first].position) in {(t.exact, t.stem, t.position) for t in found if t.joined}


def test_a_compound_covers_its_words_and_a_name_begins_with_its_elision():
    assert streams("au vivre-ensemble")[1] == [(1, 2, "vivreensemble", "vivreensembl")]
    held, joins = streams("à N'Djaména")
    assert held[1] == ("djamena", "djamena", 2, 11)
    assert joins == [(1, 1, "ndjamena", "ndjamena")]


def test_tokens_are_values():
    token = analyze("communes")[0]
    assert token == Token("communes", "commun", 0, 8, 0)
    assert pickle.loads(pickle.dumps(token)) == token
    with pytest.raises(AttributeError):
        token.exact = "ville"


def test_straight_and_typographic_apostrophes_elide_alike():
    assert exact("l'eau") == exact("l’eau") == ["eau"]
    assert exact("jusqu’à Qu'elle") == ["a", "elle"]
    assert exact("aujourd’hui") == exact("aujourd'hui") == ["aujourdhui"]


def test_a_compound_is_its_parts_and_one_word():
    assert exact("vivre-ensemble") == ["vivre", "ensemble", "vivreensemble"]
    assert "esport" in exact("l’e-sport")
    assert exact("esport") == ["esport"]
    assert "ndjamena" in exact("N’Djaména")
    assert "djamena" in exact("N'Djaména")
    assert exact("SIM_Ba") == ["sim", "ba", "simba"]


def test_the_joined_reading_stands_where_the_compound_stands():
    first, second, joined, after = analyze("vivre-ensemble ici")
    assert (first.position, second.position, joined.position, after.position) == (0, 1, 0, 2)
    assert joined.joined
    assert not first.joined


def test_acronyms_are_one_term_and_met_in_small_letters():
    assert exact("A.I.M.F.") == exact("AIMF") == ["aimf"]
    assert stems("ODD") == ["odd"]
    assert stems("ADEME") == stems("ademe") == stems("A.D.E.M.E.")
    assert stems("COP27") == ["cop", "27", "cop27"]


def test_a_line_in_capitals_holds_words_not_acronyms():
    assert stems("LES VILLES DURABLES") == stems("les villes durables")


def test_numbers_ordinals_and_thousands():
    assert exact("35 000") == exact("35\u202f000") == exact("35000") == ["35000"]
    assert exact("98ème")[0] == exact("98e")[0] == exact("98è")[0] == "98e"
    assert exact("98 ème")[0] == exact("98\u00a0ème")[0] == "98e"
    assert exact("1er") == exact("1ère") == exact("1 er")
    assert exact("35\n000") == ["35", "000"]
    assert exact("mai 2022 300 personnes") == ["mai", "2022", "300", "personnes"]


def test_stop_words_are_told_by_their_accents():
    assert stems("sur") == []
    assert stems("sûr") == ["sur"]
    assert stems("du") == []
    assert stems("dû") == ["du"]


def test_decomposed_accents_change_nothing():
    text = "Développement à Huê"
    assert exact(unicodedata.normalize("NFD", text)) == exact(text) == ["developpement", "a", "hue"]


@given(FRENCH)
def test_spans_lie_in_the_text_and_hold_the_token(text):
    for token in analyze(text):
        assert 0 <= token.start < token.end <= len(text)
        assert token.exact
        assert any(sign.isalnum() for sign in text[token.start : token.end])


@given(st.text())
def test_any_text_has_terms_that_are_folded_already(text):
    for token in analyze(text):
        assert fold(token.exact) == token.exact
        assert token.position >= 0


@given(FRENCH)
def test_positions_never_go_back_except_for_joined_readings(text):
    positions = [t.position for t in analyze(text) if not t.joined]
    assert positions == sorted(positions)


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_line_break_keeps_two_texts_apart(left, right):
    together = [t.exact for t in analyze(f"{left}\n.\n{right}")]
    assert together == exact(left) + exact(right)


@pytest.mark.parametrize(
    ("language", "used"),
    [
        (None, "fr"),
        ("", "fr"),
        ("fr-CA", "fr"),
        ("und", "fr"),
        ("EN", "en"),
        ("en-GB", "en"),
        ("vi", "other"),
        ("ar", "other"),
    ],
)
def test_every_language_has_a_chain(language, used):
    assert chain(language) == used


@pytest.mark.parametrize(
    "forms",
    ["city cities", "plan plans planning planned", "train training trained", "manage managed managing", "study studies",
     "box boxes", "church churches", "child children", "house houses housing"],
)  # fmt: skip
def test_english_words_meet(forms):
    assert len({stem_english(word) for word in forms.split()}) == 1


@pytest.mark.parametrize(
    "pair", ["string strong", "news new", "business busy", "need net", "community commune", "king kin"]
)
def test_english_words_stay_apart(pair):
    left, right = pair.split()
    assert stem_english(left) != stem_english(right)


def test_a_language_has_its_own_stop_words():
    assert [t.stem for t in analyze("the on of la", language="en")] == [None, None, None, "en:la"]
    assert [t.stem for t in analyze("los de la", language="es")] == ["los", "de", "la"]


def test_other_scripts_become_words():
    assert [t.exact for t in analyze("Thành phố Huế, Đà Nẵng", language="vi")] == ["thanh", "pho", "hue", "da", "nang"]
    assert [t.exact for t in analyze("مُدُن المدينة، 2019", language="ar")] == ["مدن", "المدينة", "2019"]
    assert [t.exact for t in analyze("Київ і Львів", language="uk")] == ["київ".replace("ї", "і"), "і", "львів"]
    assert len([t for t in analyze("ភ្នំពេញ", language="km") if not t.joined]) == 3
    assert [t.exact for t in analyze("東京都")] == ["東", "京", "都", "東京都"]


def test_a_word_of_a_question_has_a_stem_in_each_language_of_the_archive():
    assert stems_of("Trainings", ["fr", "en"]) == ("training", "en:train")
    assert stems_of("élues", ["fr", None, "fr-CA"]) == ("elu",)


@given(
    FRENCH,
    st.lists(st.tuples(st.integers(-5, 90), st.integers(-5, 90), st.sampled_from(["en", "vi", None])), max_size=4),
)
def test_passages_leave_every_token_at_its_place(text, passages):
    positions = [t.position for t in analyze_passages(text, passages) if not t.joined]
    assert positions == sorted(positions)
    for token in analyze_passages(text, passages):
        assert 0 <= token.start < token.end <= len(text)
    held, _ = streams(text, "fr", passages)
    assert [one[0] for one in held] == [t.exact for t in analyze_passages(text, passages) if not t.joined]


def test_a_passage_is_read_in_its_own_language():
    text = "Les villes. Training the mayors. Les maires."
    found = analyze_passages(text, [(12, 32, "en")])
    assert [t.stem for t in found] == [None, "vill", "en:train", None, "en:mayor", None, "mair"]
    assert [t.position for t in found] == list(range(7))
    assert [text[t.start : t.end] for t in found][2:5] == ["Training", "the", "mayors"]
