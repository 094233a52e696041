"""Organisations that a text makes act on what it tells: who funds, builds, signs, organises, accompanies.

Three ways to see one: it is well known, its name has the grammar of organisations' names, or the text gives it a part
(« avec le soutien de … »). May import: records, partner_names, partner_words,
gazetteer, words.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from pipeline.facts.gazetteer import default_gazetteer
from pipeline.facts.partner_names import acronym_after, known_at, listed_generic, phrase_at, proper_end, spelled_out
from pipeline.facts.partner_words import TOKEN, Mention, Text, grammar_of_names, known_organisations
from pipeline.facts.words import fold
from pipeline.records import Partner, Span

__all__ = ["find_partners"]

_NOTHING_KNOWN: Mapping[str, str] = MappingProxyType({})
# A list of partners that goes on longer is a list of something else; so is one whose items have more words.
_LIST_NAMES_MAX = 12
_LIST_FILLER_WORDS_MAX = 8
_LIST_STEPS_MAX = 40
# A shorter word may be the beginning of anything.
_SHORT_WORD_CHARS = 3
_LIST_JOINT = re.compile(r",? |'|-|/| / | [(][^()]{0,80}[)],? | [(]|[)],? ")


def _names_a_body(text: Text, first: int, end: int) -> bool:
    """Whether the acronym may be an organisation's: not « les AFEC », « le projet PAACOL », « SIM_ba »."""
    grammar, acronym = grammar_of_names(), text.written(first, first + 1)
    before, after = text.gap(first) if first else "", text.raw[text.ends[end - 1] : text.ends[end - 1] + 1]
    if acronym in grammar.no_names or text.word(first - 1) in {"les", "des"} or after == "_":
        return False
    # « le réseau des centres de lecture (CLAC) » says what stands before it.
    if "(" in before and after == ")":
        return False
    return text.word(first - 1) not in grammar.undertakings and fold(acronym) not in text.undertakings()


def _list_after(text: Text, index: int, taken: Mapping[int, Mention]) -> Iterator[Mention]:
    """Names in a list that a role opens: those taken, and acronyms with the words in capitals after them."""
    names = 0
    for _ in range(_LIST_STEPS_MAX):
        if index >= len(text.words) or names >= _LIST_NAMES_MAX:
            return
        if names and not _LIST_JOINT.fullmatch(text.gap(index)):
            return
        mention = taken.get(index) or _new_name(text, index)
        end = mention.end if mention else _passed_over(text, index)
        if end == index:
            return
        if mention:
            yield mention
        names += mention is not None or text.capital(index) or text.words[index] in grammar_of_names().town_halls
        index = end


def _new_name(text: Text, index: int) -> Mention | None:
    """An organisation that only its place in the list betrays."""
    grammar = grammar_of_names()
    if text.words[index] in grammar.determiners | grammar.town_halls:
        return None
    if text.proper(index) and (spelled := spelled_out(text, index)):
        fit = text.words[index] not in grammar.undertakings and not listed_generic(text, index, spelled.end)
        return spelled if fit else None
    end = proper_end(text, index)
    if text.capitals(index) and _names_a_body(text, index, end):
        return Mention(index, end, text.written(index, end), acronym_after(text, index, end))
    return Mention(index, end, text.written(index, end)) if _is_called_the(text, index, end) else None


def _is_called_the(text: Text, index: int, end: int) -> bool:
    """« avec la Trans Zuri Connexion »: several unknown words with an article; neither persons nor towns have one."""
    grammar = grammar_of_names()
    if text.word(index - 1) not in {"le", "la", "l"} or text.words[index] in grammar.undertakings | grammar.titles:
        return False
    several = end > index + 1 and all(text.gap(i) == " " for i in range(index + 1, end))
    unknown = text.proper(index) and text.words[index] not in grammar.heads
    return several and unknown and not default_gazetteer().knows(text.written(index, end))


def _is_one_word(text: Text, index: int) -> bool:
    """« géré par Zurix, »: one unknown word that nothing explains; a person has two, a town is in the gazetteer."""
    grammar = grammar_of_names()
    two = text.tight(index + 1) and text.capital(index + 1)
    if not text.proper(index) or two or text.gap(index) != " " or text.gap(index + 1) in {"'", "-", "' "}:
        return False
    word, written = text.words[index], text.written(index, index + 1)
    if len(word) <= _SHORT_WORD_CHARS or written.isupper() or word in grammar.heads or word in grammar.first_names:
        return False
    common = grammar.titles | grammar.undertakings | grammar.town_halls | grammar.determiners
    return word not in common and not default_gazetteer().knows(written)


def _passed_over(text: Text, index: int) -> int:
    """Where the next item of the list may begin: after an article, a town, a person, a few common words."""
    grammar, filler = grammar_of_names(), index
    if text.words[index] in grammar.determiners:
        return index + 1
    if text.words[index] in grammar.town_halls:
        return proper_end(text, text.skip(index + 1, grammar.articles))
    if text.capital(index):
        return proper_end(text, index)
    while filler - index <= _LIST_FILLER_WORDS_MAX and text.tight(filler + 1) and text.words[filler] != "et":
        if text.capital(filler):
            break
        filler += 1
    filler += text.gap(filler + 1) == ", " and not text.capital(filler)
    return filler if filler - index <= _LIST_FILLER_WORDS_MAX else index


def _mentions(text: Text, known: Mapping[str, str]) -> dict[int, Mention]:
    """All that may be an organisation, by its first word; none overlaps another."""
    found: dict[int, Mention] = {}
    (long, short), grammar = known_organisations(), grammar_of_names()
    index = 0
    while index < len(text.words):
        word, mention = text.words[index], None
        if word in long or text.raw[text.starts[index] : text.ends[index]] in short:
            mention = known_at(text, index)
        if word in grammar.heads and (phrase := phrase_at(text, index)):
            # « Institut français du Cameroun » says more than « Institut français ».
            mention = phrase if not mention or _goes_on(text, mention, phrase) else mention
        if not mention and known and text.capitals(index):
            mention = _learned_at(text, index, known)
        if mention:
            found[mention.first] = mention
        index = max(mention.end if mention else 0, index + 1)
    return found


def _goes_on(text: Text, mention: Mention, phrase: Mention) -> bool:
    """Whether a longer name says more than the known one in it: « Institut français du Cameroun »."""
    if phrase.end <= mention.end:
        return False
    word = text.word(mention.end)
    more = word in {"de", "du", "des", "d"} or (word == "pour" and not text.proper(phrase.end - 1))
    return more or phrase.acronym is not None


def _learned_at(text: Text, index: int, known: Mapping[str, str]) -> Mention | None:
    """An acronym that other articles spell out as an organisation."""
    acronym = text.written(index, index + 1)
    if acronym not in known or acronym in grammar_of_names().no_names:
        return None
    expansion = Text(known[acronym])
    kind, _ = grammar_of_names().heads.get(expansion.word(0), ("", False))
    if not kind or kind == "territory" or expansion.words[0] in grammar_of_names().undertakings:
        return None
    generic = listed_generic(expansion, 0, len(expansion.words))
    return None if generic else Mention(index, index + 1, expansion.raw, acronym)


def _found_in(text: Text, known: Mapping[str, str]) -> list[Mention]:
    """The organisations of a text in its order, those that need a role only where they have one."""
    taken = _mentions(text, known)
    listed: dict[int, Mention] = {}
    for role in grammar_of_names().role_before.finditer(text.folded):
        index = bisect_left(text.starts, role.end())
        if role[0].endswith((" par", " avec")) and index not in taken and _is_one_word(text, index):
            listed[index] = Mention(index, index + 1, text.written(index, index + 1))
        for mention in _list_after(text, index, taken):
            listed[mention.first] = mention
    found: list[Mention] = []
    for first, mention in sorted({**taken, **listed}.items()):
        apart = not found or first >= found[-1].end
        if apart and (first in listed or _acts(text, mention)):
            found.append(mention)
    return sorted([*found, *_echoes(text, taken, found)], key=lambda mention: mention.first)


def _echoes(text: Text, taken: Mapping[int, Mention], found: list[Mention]) -> Iterator[Mention]:
    """Bare names that act further on: « la présidente de l’association Zuri. Zuri a lancé … »."""
    spans = {index for mention in found for index in range(mention.first, mention.end)}
    names = {mention.name for mention in found}
    for mention in taken.values():
        if not mention.bare or mention.name in names:
            continue
        for index in range(mention.end, len(text.words) - (mention.end - mention.first) + 1):
            end = index + mention.end - mention.first
            if text.words[index] != text.words[mention.first] or text.written(index, end) != mention.name:
                continue
            again = replace(mention, first=index, end=end)
            if text.has_role(again) and spans.isdisjoint(range(index, end)):
                yield again
                break


def _acts(text: Text, mention: Mention) -> bool:
    """Whether the name is enough, or its sentence gives it a part."""
    return not mention.needs_list and (not mention.needs_role or text.has_role(mention))


def find_partners(
    title: str, text: str, *, known: Mapping[str, str] = _NOTHING_KNOWN, tagged: tuple[Partner, ...] = ()
) -> tuple[Partner, ...]:
    """The organisations of an article, each once, in the order of first mention; those that only a tag names come last.

    `known` gives the expansions of acronyms that other articles spell out.

    >>> [p.name for p in find_partners("", "Financé par l’Agence française de développement et l’ONG Eau Pure.")]
    ['Agence française de développement', 'Eau Pure']
    >>> find_partners("", "Le Syndicat des eaux du Mono (SYDEM) agit.", tagged=(Partner("GIZ"),))
    ... # doctest: +NORMALIZE_WHITESPACE
    (Partner(name='Syndicat des eaux du Mono', acronym='SYDEM', spans=(Span(start_chars=3, end_chars=28),)),
     Partner(name='GIZ', acronym=None, spans=()))
    """
    partners: dict[str, Partner] = {}
    by_acronym: dict[str, str] = {}
    for part, in_text in ((title, False), (text, True)):
        words = Text(part)
        for mention in _found_in(words, known):
            if mention.organisation and mention.organisation.own:
                continue
            key = _key(mention.organisation.name if mention.organisation else mention.name)
            key = by_acronym.get(mention.name, key)
            span = (Span(words.starts[mention.first], words.ends[mention.end - 1]),) if in_text else ()
            partners[key] = _joined(partners.get(key), mention, span)
            by_acronym.setdefault(mention.acronym or mention.name, key)
    names = {_key(name) for p in partners.values() for name in (p.name, p.acronym or p.name)} | set(partners)
    return (*partners.values(), *(partner for partner in tagged if _key(partner.name) not in names))


def _key(name: str) -> str:
    """What names of one organisation have in common: « Communauté de(s) communes du Zou »."""
    small = grammar_of_names().connectors
    return " ".join(word.rstrip("s") for word in TOKEN.findall(fold(name)) if word not in small)


def _joined(partner: Partner | None, mention: Mention, spans: tuple[Span, ...]) -> Partner:
    """The partner with one mention more; a full name says more than an acronym."""
    if partner is None:
        return Partner(mention.name, mention.acronym, spans)
    full = mention.organisation.name if mention.organisation else partner.name
    name = mention.name if mention.name == full else partner.name
    return Partner(name, partner.acronym or mention.acronym, partner.spans + spans)
