"""Where the name of an organisation begins and ends: well-known names, and the grammar of French ones.

« Syndicat interdépartemental pour l’assainissement de l’agglomération parisienne (SIAAP) » begins with a head noun
and goes on while its words may stand within a name. May import: partner_words, words.
"""

from __future__ import annotations

import re

from pipeline.facts.partner_words import (
    ADJECTIVE,
    TOKEN,
    Mention,
    Organisation,
    Text,
    grammar_of_names,
    known_organisations,
    within_name,
)
from pipeline.facts.words import fold

__all__ = ["acronym_after", "known_at", "listed_generic", "phrase_at", "proper_end", "spelled_out"]

# The longest ministries have as many words; past it a sentence has been taken for a name.
_NAME_WORDS_MAX = 18
_WORDS_BEFORE_LAST_MAX = 5

_BROKEN = re.compile(r"[\n.;:()\[\]!?«»“”…/]|\s[–—-]\s")
_ACRONYM_AFTER = re.compile(r"\s?[»”]?\s?[(]\s*[«“\"]?\s*([A-Z][\w&-]{1,14})\s*[»”\"]?\s*[)]")


def known_at(text: Text, index: int) -> Mention | None:
    """A well-known organisation named from this word on."""
    (long, short), second = known_organisations(), text.word(index + 1)
    for spelling in long.get(text.words[index], ()):
        end = index + len(spelling.words)
        if spelling.words[1] != second or tuple(text.words[index:end]) != spelling.words:
            continue
        written = text.written(index, end)
        if not _BROKEN.search(written) and ("," not in written or spelling.commas) and written != written.lower():
            return _mention_of(text, index, end, spelling.organisation)
    organisation = short.get(text.written(index, index + 1))
    joined = text.gap(index + 1) == "-" and text.proper(index + 1) and text.written(index + 1, index + 2) not in short
    if organisation and joined and not organisation.own:
        # « REFELA-Cam » is not the REFELA.
        return Mention(index, index + 2, text.written(index, index + 2))
    return _mention_of(text, index, index + 1, organisation) if organisation else None


def _mention_of(text: Text, first: int, end: int, organisation: Organisation) -> Mention:
    written = text.written(first, end)
    short = end - first == 1 or fold(written) == fold(organisation.acronym or "")
    acronym = written if short else acronym_after(text, first, end) or organisation.acronym
    name = organisation.acronym if short and organisation.by_acronym and organisation.acronym else organisation.name
    acronym = None if acronym == organisation.name else acronym
    return Mention(first, end, name, acronym, organisation.needs_role, organisation=organisation)


def acronym_after(text: Text, first: int, end: int) -> str | None:
    """The acronym in brackets right after a name whose words spell it."""
    match = _ACRONYM_AFTER.match(text.raw, text.ends[end - 1])
    if not match or sum(c.isupper() for c in match[1]) < 2:
        return None
    return match[1] if _spells(text.words[first:end], "".join(TOKEN.findall(fold(match[1])))) else None


def _spells(words: list[str], letters: str) -> bool:
    """Whether the words give the letters in order by their beginnings; of five, the last may be missing."""
    if words[0][0] != letters[0]:
        return False
    position = 0
    for word in words:
        count = 0
        while position < len(letters) and count < len(word) and word[count] == letters[position]:
            position, count = position + 1, count + 1
            if len(letters) < 5:
                break
    return position >= len(letters) - (len(letters) >= 5)


def _begins_another(text: Text, index: int) -> bool:
    """Whether another name begins here: « … et la Ville de Paris », « … et l’Institut français »."""
    grammar = grammar_of_names()
    if text.word(index) in {"le", "la", "l", "les"}:
        return True
    index = text.skip(index, grammar.determiners)
    word = text.word(index)
    if not word or text.capitals(index) or known_at(text, index):
        return True
    # « l’Institut de géographie et Amandine Diener »
    if word in grammar.first_names and text.proper(index + 1) and text.gap(index + 1) == " ":
        return True
    return text.capital(index) and (word in grammar.heads or word in grammar.town_halls)


def _capital_follows(text: Text, index: int) -> bool:
    """Whether a capitalised word comes next, after articles and prepositions."""
    following = text.skip(index + 1, grammar_of_names().connectors) if text.tight(index + 1) else index
    return text.tight(following) and text.capital(following) and following > index


def _stops_name(text: Text, index: int, kind: str, capitals: int) -> bool:
    """Whether the name of so many capitalised words cannot go on with this word."""
    grammar, word = grammar_of_names(), text.words[index]
    if word in grammar.connectors:
        return _stops_at_connector(text, index, kind, capitals)
    # « … la Ville de Paris » is another name, « Union mondiale des Villes olympiques » goes on.
    members = word.endswith("s") and text.words[index - 1] in {"de", "des"}
    if word in grammar.town_halls and not members and _capital_follows(text, index):
        return True
    if not text.capital(index):
        return not within_name(word)
    after_name = capitals > 0 and text.words[index - 1] not in grammar.connectors
    if word in grammar.openers or (after_name and (word in grammar.heads or word in grammar.labels)):
        return True
    if text.words[index - 1] in {"la", "le", "du"} and text.written(index, index + 1) in grammar.no_names:
        return True  # « la Direction de la santé de la CUA »
    return kind == "ministry" and capitals > 0 and _names_its_country(text, index)


def _stops_at_connector(text: Text, index: int, kind: str, capitals: int) -> bool:
    word = text.words[index]
    if word in {"et", "and"}:
        common = not text.capital(index + 1) and text.word(index + 1) not in grammar_of_names().articles
        return _begins_another(text, index + 1) or (common and text.proper(index - 1))
    if word not in {"pour", "contre"} or text.capital(index):
        return False
    return kind == "bare" or (capitals > 0 and not _capital_follows(text, index))


def _names_its_country(text: Text, index: int) -> bool:
    """« Ministère de la Culture du Mali » stops before the country, « … et de la Francophonie » does not."""
    before = index - 1
    while text.words[before] in grammar_of_names().articles:
        before -= 1
    return text.proper(index) and text.words[before] != "et"


def _name_end(text: Text, first: int, kind: str) -> tuple[int, int]:
    """Where the name that begins with a head noun ends, and how many capitalised words it has after the head."""
    connectors = grammar_of_names().connectors
    end, capitals, before_comma, conjunction = first + 1, 0, 0, False
    for index in range(first + 1, min(len(text.words), first + _NAME_WORDS_MAX)):
        word = text.words[index]
        if kind == "ministry" and text.gap(index) == ", " and (word in {"de", "du", "des", "d"} or within_name(word)):
            before_comma = before_comma or end
        elif not text.tight(index) and not (text.gap(index) == " & " and text.capital(index)):
            break
        if _stops_name(text, index, kind, capitals):
            break
        if word not in connectors:
            end, capitals = index + 1, capitals + text.capital(index)
        conjunction = conjunction or word == "et"
    return (before_comma if before_comma and not conjunction else end), capitals


def spelled_out(text: Text, first: int) -> Mention | None:
    """A name that ends with its own acronym in brackets: « Syndicat des communes de la Menoua (SYCOME) »."""
    breakers = grammar_of_names().breakers
    for end in range(first + 1, min(len(text.words), first + _NAME_WORDS_MAX) + 1):
        if text.raw[text.ends[end - 1] : text.ends[end - 1] + 2] in {" (", "\u00a0("} and end > first + 1:
            acronym = acronym_after(text, first, end)
            return Mention(first, end, text.named(first, end), acronym) if acronym else None
        if not (text.tight(end) or text.gap(end) == ", ") or text.word(end) in breakers:
            return None
    return None


def listed_generic(text: Text, first: int, end: int) -> bool:
    """Whether the words name a kind of body or an organ of a house."""
    grammar = grammar_of_names()
    words = [w for w in text.words[first:end] if w not in grammar.connectors]
    return any(tuple(words[:count]) in grammar.generic for count in (2, 3)) or "aimf" in words


def _is_kind_only(text: Text, first: int, end: int) -> bool:
    """Whether nothing but adjectives follows the head noun: « l’Office National »."""
    connectors = grammar_of_names().connectors
    places = [i for i in range(first + 1, end) if text.words[i] not in connectors]
    # « Affaires », after « des », is none.
    adjectives = (ADJECTIVE.match(text.words[i]) and text.words[i - 1] not in connectors for i in places)
    return all(adjective and not text.proper(i) for i, adjective in zip(places, adjectives, strict=True))


def _has_adjective(text: Text, index: int) -> bool:
    """Whether an adjective, then a complement follows: « (Association) vietnamienne des architectes »."""
    complement = text.tight(index + 1) and text.word(index + 1) in {"de", "du", "des", "d"}
    return complement and ADJECTIVE.match(text.word(index)) is not None


def _says_little(text: Text, first: int, end: int) -> bool:
    """Whether the name has no proper noun and hardly a capital: « l’Institut de Recherche », « l’Agence du Sport »."""
    if grammar_of_names().heads[text.words[first]][0] in {"ministry", "house"}:
        return False
    return sum(text.capital(i) + text.proper(i) for i in range(first + 1, end)) < 2


def phrase_at(text: Text, index: int) -> Mention | None:
    """A name that begins, or in English ends, with the head noun at this word."""
    grammar, word = grammar_of_names(), text.words[index]
    kind, small = grammar.heads[word]
    if not (text.capital(index) or small) or word in grammar.undertakings:
        return None
    if spelled := spelled_out(text, index):
        return None if listed_generic(text, index, spelled.end) else spelled
    small_bare = not text.capital(index) and kind in {"weak", "house"}
    if kind in {"organ", "last"}:
        mention = _state_secretariat(text, index)
    elif kind == "territory":
        mention = _territory(text, index)
    elif kind == "bare" or small_bare:
        mention = _bare_name(text, index)
    else:
        in_small = word == "association" and not text.capital(index)
        mention = (_bare_name(text, index) if in_small else None) or _named_body(text, index)
    return _name_ending_at(text, index) or mention


def _named_body(text: Text, index: int) -> Mention | None:
    """« Association nationale des communes du Bénin », « ministère de l’Eau et de l’Énergie »."""
    grammar, word, capital = grammar_of_names(), text.words[index], text.capital(index)
    kind, _ = grammar.heads[word]
    end, capitals = _name_end(text, index, kind)
    if listed_generic(text, index, end) or (text.word(index - 1) in grammar.undertakings and "«" in text.gap(index)):
        return None
    if capital and kind == "strong" and (introduced := _introduced(text, index, end)):
        return introduced
    complement = text.words[index + 1 : end]
    if kind == "ministry" and not grammar.articles.intersection(complement):
        return None
    if word == "organisation" and text.word(index + 1) in grammar.articles:
        return None
    # « l’Association vietnamienne des architectes » is a name at least in a list of partners.
    said = capitals or (capital and (kind == "ministry" or (kind == "strong" and _has_adjective(text, index + 1))))
    if not said or len(text.words[end - 1]) == 1 or _is_kind_only(text, index, end):
        return None
    if word in {"ambassade", "universite"} and text.word(end) in {"au", "en", "a", "aux"} and text.tight(end + 1):
        # « Ambassade de France au Cameroun », « Université du Québec à Montréal ».
        end = proper_end(text, end + 1) if text.capital(end + 1) and text.tight(end) else end
    return Mention(
        index,
        end,
        text.named(index, end),
        acronym_after(text, index, end),
        needs_role=kind in {"weak", "house"} or not (capital or kind == "ministry"),
        needs_list=_says_little(text, index, end),
    )


def _introduced(text: Text, first: int, end: int) -> Mention | None:
    """« Association ivoirienne de valorisation des déchets (AIVD) »: a bracket says that it is a name."""
    match = _ACRONYM_AFTER.match(text.raw, text.ends[end - 1])
    if not match or match[1][0].lower() != text.words[first][0] or not match[1].isupper() or len(match[1]) < 3:
        return None
    return None if listed_generic(text, first, end) else Mention(first, end, text.named(first, end), match[1])


def _state_secretariat(text: Text, index: int) -> Mention | None:
    if text.words[index : index + 3] != ["secretariat", "d", "etat"]:
        return None
    first = index + 3 if text.word(index + 3) in {"a", "au", "aux"} else index + 2
    end, _ = _name_end(text, first, "ministry")
    return Mention(index, end, text.named(index, end), None, True) if end > first + 1 else None


def _bare_name(text: Text, index: int) -> Mention | None:
    """The proper name after « l’ONG camerounaise », « la société nationale des eaux, »."""
    grammar, first = grammar_of_names(), index + 1
    while text.tight(first) and not text.capital(first):
        if not within_name(text.words[first]) and text.words[first] not in grammar.articles:
            return None
        first += 1
    if not text.capital(first) or text.words[first - 1] in grammar.articles or text.words[first] in grammar.heads:
        return None
    if known_at(text, first) or text.words[first] in grammar.openers:
        return None
    end, _ = _name_end(text, first, "bare")
    while text.gap(end) == "." and text.capital(end):
        end += 1  # « l’ONG Cercle.Zuri »
    apposition = text.gap(first) == ", " and text.gap(end).startswith(",")
    if not apposition and text.gap(first) not in {" ", " « ", " “", ' "', " : "}:
        return None
    acronym = acronym_after(text, first, end)
    return Mention(first, end, text.written(first, end), acronym, text.words[index] != "ong", bare=True)


def _may_end_name(text: Text, index: int) -> bool:
    """Whether the noun may be the last of a name: « Bordeaux Métropole », « le Ouaddai Racing Association a … »."""
    word = text.words[index]
    if grammar_of_names().heads[word][0] == "last" or word == "metropole" or text.word(index + 1) == "of":
        return True
    if word != "association" or not index or text.gap(index) != " " or not text.proper(index - 1):
        return False
    follows = text.capital(index + 1) or text.word(index + 1) in grammar_of_names().connectors
    return not (text.tight(index + 1) and follows) and not within_name(text.word(index + 1))


def _name_ending_at(text: Text, index: int) -> Mention | None:
    """« Bordeaux Métropole », « Urban Land Institute », « Young Entrepreneurs Association of Cambodia »."""
    grammar, first = grammar_of_names(), index
    if not _may_end_name(text, index):
        return None
    while first and index - first < _WORDS_BEFORE_LAST_MAX and text.gap(first) in {" ", "-"}:
        if not text.capital(first - 1) or text.words[first - 1] in grammar.determiners | grammar.openers:
            break
        first -= 1
    if first == index or not (text.capital(index) or text.words[index] == "metropole"):
        return None
    end = proper_end(text, index + 2) if text.word(index + 1) in {"of", "for"} and text.tight(index + 2) else index + 1
    return Mention(first, end, text.written(first, end), None, needs_role=True)


def _territory(text: Text, index: int) -> Mention | None:
    """« la Région Nouvelle-Aquitaine », « le Département de la Gironde », « la Communauté de communes du Zou »."""
    first = index + 1
    if text.words[index] == "communaute":
        if text.words[first : first + 2] not in (["de", "communes"], ["des", "communes"], ["d", "agglomeration"]):
            return None
        first += 2
    direct = text.word(first) not in grammar_of_names().articles
    first = text.skip(first, grammar_of_names().articles)
    # « l’agglomération de Vientiane », « la région des Lacs »: in small letters these are places.
    small = text.words[index] != "departement" or text.word(index - 1) == "dans"
    if not (direct or text.capital(index) or not small) or not text.tight(first) or not text.proper(first):
        return None
    end = proper_end(text, first)
    if text.words[index] == "departement" and text.word(end) == "de" and text.capital(end + 1) and text.tight(end + 1):
        end = proper_end(text, end + 1) if text.tight(end) else end
    return Mention(index, end, text.named(index, end), None, needs_list=not direct or text.words[index] == "region")


def proper_end(text: Text, index: int) -> int:
    """Where a proper name ends: capitalised words, and what hyphens or « d’ » join to them."""
    end, stops = index + 1, grammar_of_names().openers | grammar_of_names().labels
    while text.tight(end):
        if text.gap(end) == "-" or (text.capital(end) and text.words[end] not in stops):
            end += 1
        elif text.words[end] == "d" and text.gap(end + 1) == "'" and text.capital(end + 1):
            end += 2
        else:
            break
    return end
