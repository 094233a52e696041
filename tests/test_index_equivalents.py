"""Words that mean the same: names, translations, acronyms, synonyms, staff's list, aliases of filters."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.french import analyze, fold
from index.vocabulary import lexicon
from index.vocabulary.aliases import names_of, same_name
from index.vocabulary.expansions import Learned, from_lines, learned, to_lines
from index.vocabulary.expressions import Expressions, english_forms
from index.vocabulary.synonyms import MEMBERS_MAX, parse_synonyms
from pipeline.facts.acronyms import find_acronyms, learn

LISTS = Expressions()
GROUPS = ("acronyms", "exonyms", "synonyms_field", "country_names")


def read(question, lists=LISTS):
    """What is recognised: the words of the question → the alternatives, words in one string."""
    tokens = [token.exact for token in analyze(question) if not token.joined]
    return {
        " ".join(tokens[one.start : one.end]): [" ".join(other.words) for other in one.alternatives]
        for one in lists.expressions(tokens)
    }


@pytest.mark.parametrize(
    ("question", "expression", "meant"),
    [
        ("Saigon", "saigon", "ho chi minh ville"),
        ("mairie de Hô Chi Minh-Ville", "ho chi minh ville", "saigon"),
        ("marchés de Tananarive", "tananarive", "antananarivo"),
        ("Ivory Coast", "ivory coast", "cote ivoire"),
        ("écoles en RDC", "rdc", "republique democratique du congo"),
        ("Fort-Lamy", "fort lamy", "ndjamena"),
        ("Le Cap", "cap", "cape town"),
        ("Fonds vert pour le climat", "fonds vert pour le climat", "gcf"),
        ("AIMF", "aimf", "association internationale des maires francophones"),
        ("Association internationale des maires francophones", None, "aimf"),
        ("les objectifs du développement durable", "objectifs du developpement durable", "odd"),
        ("budgets participatifs ODD", "odd", "sdg"),
        ("tri des déchets", "tri des dechets", "tri selectif"),
        ("tri sélectif", "tri selectif", "tri des dechets"),
        ("sans-abri", "abri", "sans domicile fixe"),
        ("mairesse", "mairesse", "maire"),
        ("waste management", "waste management", "gestion des dechets"),
        ("fecal sludge", "fecal sludge", "boues de vidange"),
        ("the city council of Dakar", "city council", "conseil municipal"),
        ("access to drinking water", "access to drinking water", "acces a eau potable"),
        ("mayors", "mayors", "maire"),
        ("secondary cities", "secondary cities", "ville secondaire"),
        ("recycled paper", "recycled", "recycler"),
        ("planning of cities", "planning", "planification"),
        ("car parks", "parks", "stationnement"),
    ],
)
def test_an_expression_leads_to_what_else_it_is_called(question, expression, meant):
    found = read(question)
    assert meant in found[expression or fold(question)]


@pytest.mark.parametrize(
    "question",
    [
        "planning des réunions",
        "plan de formation",
        "accueil des enfants à la cantine",
        "les taxes et les impôts de 2019",
        "stratégies, énergies et technologies",
        "location de salles",
        "eau",
        "cap",
        "abri",
        "maire",
        "un hôtel à Nice",
        "réunion du bureau",
        "42",
        "",
    ],
)
def test_french_is_not_taken_for_english(question):
    assert not [
        other
        for one in LISTS.expressions([token.exact for token in analyze(question) if not token.joined])
        for other in one.alternatives
        if other.kind == "translation"
    ]


@pytest.mark.parametrize("word", ["cap", "abri", "habitat", "eau", "reunion", "est", "un", "nord"])
def test_a_common_word_is_no_name_and_no_acronym(word):
    assert not [
        other for one in LISTS.expressions([word]) for other in one.alternatives if other.kind in {"exonym", "acronym"}
    ]


def test_the_longest_expression_wins_and_expressions_do_not_overlap():
    assert list(read("solid waste management in Lagos")) == ["solid waste management"]
    found = LISTS.expressions("women entrepreneurs and waste management in cape town".split())
    assert [(one.start, one.end) for one in found] == [(0, 2), (3, 5), (6, 8)]


def test_a_translation_counts_more_in_a_question_that_is_english():
    def weight(question):
        return LISTS.expressions(question.split())[0].alternatives[0].weight

    assert weight("landfill of dakar") == 1.0
    assert weight("landfill de dakar") == 0.7


def test_the_usual_translation_comes_first():
    first, second = LISTS.expressions(["loan"])[0].alternatives
    assert (first.words, second.words) == (("pret",), ("emprunt",))
    assert first.weight > second.weight


def test_other_lists_never_name_the_words_of_the_question_again():
    for question in ("Bénin", "objectifs de développement durable", "Viêt Nam", "déchets ménagers", "stratégie"):
        for expression, others in read(question).items():
            assert expression not in others


@given(st.lists(st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789éà=~: ", max_size=12), max_size=12))
def test_any_words_can_be_asked(tokens):
    for one in LISTS.expressions(tokens):
        assert 0 <= one.start < one.end <= len(tokens)
        assert one.alternatives
        assert all(other.words and 0 < other.weight <= 1 for other in one.alternatives)


@pytest.mark.parametrize(
    ("word", "bare"),
    [
        ("communities", "community"),
        ("branches", "branch"),
        ("mayors", "mayor"),
        ("sharing", "share"),
        ("planned", "plan"),
    ],
)
def test_english_endings_are_taken_off(word, bare):
    assert bare in english_forms(word)


# what an archive teaches

TAUGHT = [
    "La gestion des boues de vidange (GBV) avance.",
    "Un projet de gestion des boues de vidange (GBV).",
    "L’Association des maires de Mauritanie (AMM) se réunit.",
    "L’Association des Maires de Mauritanie (AMM) à Atar.",
    "L’Association des municipalités du Mali (AMM) aussi.",
    "Le plan climat (PC) de la ville.",
]


def taught():
    return learned(learn(find_acronyms(text) for text in TAUGHT))


def test_an_acronym_of_the_archive_works_both_ways():
    lists = Expressions(learned=to_lines(taught()))
    assert read("projets GBV", lists) == {"gbv": ["gestion des boues de vidange"]}
    assert "gbv" in read("gestion de boues de vidange", lists)["gestion de boues de vidange"]


def test_homonyms_share_the_weight():
    found = Expressions(learned=to_lines(taught())).expressions(["amm"])[0].alternatives
    assert [one.words[-1] for one in found] == ["mauritanie", "mali"]
    assert found[0].weight == pytest.approx(0.7 * 0.67)


def test_two_letters_need_more_than_one_article():
    assert "pc" not in {one.acronym for one in taught()}


def test_what_the_archive_means_excludes_what_others_mean():
    assert "violences basees sur le genre" in read("GBV")["gbv"]
    assert "violences basees sur le genre" not in read("GBV", Expressions(learned=to_lines(taught())))["gbv"]


def test_what_is_learned_is_kept_as_lines():
    assert from_lines(to_lines(taught())) == taught()
    assert list(taught()) == sorted(taught(), key=lambda one: (one.acronym, -one.articles))


@given(st.text())
def test_damaged_lines_are_left_out(text):
    assert all(isinstance(one, Learned) and one.words for one in from_lines(text))


# staff's list


def test_staff_say_what_is_the_same_and_what_leads_to_what():
    text = "# nos mots\nbenne = point d’apport volontaire  # tri\nCSV => comité de suivi, comité local\n"
    found = parse_synonyms(text)
    lists = Expressions(synonyms=found.text)
    assert (found.groups, found.bad) == (2, ())
    assert read("la benne", lists)["benne"] == ["point apport volontaire"]
    assert read("points d’apport volontaires", lists)["points apport volontaires"] == ["benne"]
    assert read("CSV", lists)["csv"] == ["comite de suivi", "comite local"]
    assert not read("comité local", lists)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("compost", "rien n’est dit"),
        ("ANC =", "Il manque un mot"),
        ("= ANC", "Il manque un mot"),
        ("=> ANC", "Il manque un mot"),
        ("ANC => ", "Il manque un mot"),
        ("a => b => c", "Un seul"),
        ("a => b = c", "Un seul"),
        ("Hué = Hue", "le même mot"),
        (" = ".join("abcdefghijklmnopqrstuvw"[: MEMBERS_MAX + 1]), "Trop de mots"),
        ("x" * 300 + " = y", "trop longue"),
        ("!? = …", "Il manque un mot"),
    ],
)
def test_a_bad_line_is_told_with_its_number(line, reason):
    found = parse_synonyms(f"un = deux\n\n{line}\ntrois = quatre")
    assert found.groups == 2
    assert [bad.number for bad in found.bad] == [3]
    assert reason in found.bad[0].reason


@given(st.text())
def test_any_file_can_be_read(text):
    found = parse_synonyms(text)
    Expressions(synonyms=found.text).expressions(["boues", "de", "vidange"])
    assert found.groups + len(found.bad) <= len(text.splitlines()) + 1


def test_what_is_written_is_found_again():
    words = st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=5, max_size=9).filter(lambda w: len(set(w)) > 2)

    @given(words, words)
    def check(one, other):
        found = parse_synonyms(f"{one} = {other}")
        if found.groups and one[:-2] != other[:-2]:
            lists = Expressions(synonyms=found.text)
            assert other in [o for others in read(one, lists).values() for o in others] or not read(one, lists)

    check()


# filters


@pytest.mark.parametrize(
    ("field", "value", "wanted"),
    [
        ("country", "RDC", {"cd"}),
        ("country", "Congo", {"cd", "cg"}),
        ("country", "République du Congo", {"cg"}),
        ("country", "rci", {"ci"}),
        ("country", "Ivory Coast", {"ci"}),
        ("country", "Côte d’Ivoire", {"ci"}),
        ("country", "CIV", {"ci"}),
        ("country", "vietnam", {"vn"}),
        ("country", "Viêt-Nam", {"vn"}),
        ("country", "USA", {"us"}),
        ("country", "Corée", {"kr", "kp"}),
        ("country", "la Réunion", {"re"}),
        ("city", "Saïgon", {"hochiminhville"}),
        ("city", "Tananarive", {"antananarivo"}),
        ("city", "Fort-Lamy", {"ndjamena"}),
        ("language", "anglais", {"en"}),
        ("language", "French", {"fr"}),
        ("kind", "news", {"actualite"}),
        ("kind", "projets", {"actions"}),
        ("kind", "Évènement", {"evenement"}),
        ("partner", "AFD", {"agencefrancaisededeveloppement"}),
        ("theme", "gender", {"genre"}),
    ],
)
def test_a_filter_understands_other_names(field, value, wanted):
    assert wanted <= names_of(field, value)


def test_a_name_of_one_country_is_not_that_of_another():
    assert "gw" not in names_of("country", "Guinée")
    assert "cg" not in names_of("country", "RDC")
    assert "cd" not in names_of("country", "Brazzaville")


@given(st.sampled_from(["country", "city", "language", "kind", "theme", "partner"]), st.text())
def test_any_value_is_at_least_its_own_name(field, value):
    assert names_of(field, value) >= ({same_name(value)} - {""})


# the lists themselves


def members(name):
    for line in lexicon.list_text(name).split("\n"):
        entry = line.strip("= ")
        if entry and not entry.startswith("#"):
            names = entry.split(" : ")[1] if name == "country_names" else entry
            yield [m.split() for part in names.split(" => ") for one in part.split(" = ") for m in one.split(",")]


@pytest.mark.parametrize("name", GROUPS)
def test_lists_have_the_terms_of_the_analysis(name):
    for group in members(name):
        for member in group:
            assert member, group
            assert [token.exact for token in analyze(" ".join(member)) if not token.joined] == member


def test_every_english_word_is_folded_and_stands_once():
    seen = set()
    for line in lexicon.glossary_text().split("\n"):
        if line and not line.startswith("#"):
            english = line.replace(" ~ ", " = ").split(" = ")
            assert len(english) == 2, line
            assert english[0] == " ".join(lexicon.plain_words(english[0])), line
            assert english[0] not in seen, line
            assert all(part.strip() for part in english[1].split(",")), line
            seen.add(english[0])
    assert len(seen) > 1000


def test_every_country_has_two_codes_of_its_own():
    codes = []
    for line in lexicon.list_text("country_names").split("\n"):
        entry = line.strip("= ")
        if entry and not entry.startswith("#"):
            two, three = entry.split(" : ")[0].split()
            assert (len(two), len(three)) == (2, 3), entry
            codes += [two, three]
    assert len(codes) == len(set(codes)) > 2 * 195


def test_nothing_heavy_is_imported():
    heavy = {"re", "dataclasses", "enum", "json", "pathlib", "typing"}
    modules = "index.vocabulary.expressions, index.vocabulary.expansions, index.vocabulary.synonyms"
    own = "import sys; sys.modules['index.wordlists'] = type(sys)('w'); sys.modules['index.wordlists'].words = set"
    package = "p = sys.modules['index'] = type(sys)('index'); p.__path__ = ['index']"
    code = f"{own}; {package}; before = set(sys.modules); import {modules}; print(*(set(sys.modules) - before))"
    told = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True).stdout
    assert not heavy & set(told.split())
