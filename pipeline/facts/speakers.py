"""Who is named in a clause: persons with their honours, offices, and the verbs by which they speak.

French first, with the English and German words of data/quotes_*.txt. May import: the standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

# How far a clause that names somebody is read.
CLAUSE_CHARS = 200
_LOOK_BACK_CHARS = 520
_FURTHER_CHARS = 60
_ROLE_CHARS = 60
_ROLE_WORDS = 4
_OFFICE_CHARS = 160
BLANK = " \t\u00a0\u202f\u2009"


@cache
def _lists(name: str) -> dict[str, frozenset[str]]:
    text = files("pipeline.facts").joinpath("data", name).read_text(encoding="utf-8")
    found: dict[str, set[str]] = {}
    section = ""
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[] ")
        elif not line.startswith("#"):
            found.setdefault(section, set()).update(line.split())
    return {name: frozenset(words) for name, words in found.items()}


@cache
def verbs() -> frozenset[str]:
    """All forms of the verbs of saying."""
    lists = _lists("quotes_verbs.txt")
    return lists["forms"] | {form for verb in lists["er"] for form in _forms(verb)}


def _forms(infinitive: str) -> Iterator[str]:
    """The forms of a regular verb in -er in which a text says that somebody speaks.

    >>> sorted(_forms("lancer"))[:4], "rappelle" in set(_forms("rappeler")), "répète" in set(_forms("répéter"))
    (['lance', 'lancent', 'lancèrent', 'lancé'], True, True)
    """
    stem = infinitive.removesuffix("er")
    soft = {"c": "ç", "g": "ge"}.get(stem[-1], stem[-1])
    before_a = stem[:-1] + soft
    mute = stem
    if stem.endswith("pel"):
        mute = stem + "l"
    elif accent := re.fullmatch(r"(.*)[ée]([^aeiouyéè]+)", stem):
        mute = f"{accent[1]}è{accent[2]}" if accent[2] in ("t", "l", "r", "d", "gn", "n", "s", "v") else stem
    yield from (mute + "e", mute + "ent")
    yield from (stem + ending for ending in ("é", "ée", "és", "ées", "èrent"))
    yield from (before_a + ending for ending in ("a", "ait", "aient", "ant"))


def is_word(word: str, section: str) -> bool:
    """Whether a word stands in a list of data/quotes_words.txt."""
    return word.lower().replace("’", "'") in _lists("quotes_words.txt")[section]


_CAPITAL = r"[^\W\d_a-zß-ÿ]"
_NAME_WORD = re.compile(
    rf"(?:{_CAPITAL}\.?|[dDlL][’']{_CAPITAL}[\w’'-]*|{_CAPITAL}[\w’'-]+)(?:-{_CAPITAL}[\w’'-]*)*\.?"
)
WORD = re.compile(r"[^\s,;:()«»“”\"]+")
_ARTICLES = frozenset("le la les l un une des the der die das ce cette son sa ses notre nos leur leurs du au".split())
_BLANKS = re.compile(r"[ \u00a0]*")
PRONOUNS = frozenset(("il", "elle", "ils", "elles", "on", "he", "she", "they", "er", "sie", "t-il", "t-elle"))
_NAME_WORDS = 6
# A full stop ends a clause, but not behind « M. », « Dr. » or an initial.
CLAUSE_END = re.compile(r"[;:!?\n«“\"]|(?<!\b[^\W\d_])(?<!\bMM)(?<!\bDr)(?<!\bPr)(?<!\bMr)\.(?:\s|$)")
# What may stand between a verb and its subject: « explique ainsi le Pr X ».
_LEAD = re.compile(
    r"^(?:(?:ainsi|aussi|encore|également|notamment|alors|donc|enfin|pour sa part|de son côté|quant à (?:lui|elle))"
    r"[\s,]+)?"
    r"(?:(?:le|la)\s+(?=(?:Dr|Pr|Professeur|Docteur|Colonel|Général)\b))?",
    re.IGNORECASE,
)


def name_at(text: str, at: int) -> tuple[str, int] | None:
    """A person's name that begins at a place, without its honours, and where it ends."""
    position = at
    words: list[tuple[int, int]] = []
    while len(words) < _NAME_WORDS:
        blanks = _BLANKS.match(text, position)
        word = WORD.match(text, blanks.end() if blanks else position)
        if word is None:
            break
        position = word.end()
        if not words and _is_honour(word[0]):
            continue
        inside = words and is_word(word[0], "inside names") and _next_is_capital(text, position)
        if not inside and not _in_name(word[0], first=not words):
            break
        words.append(word.span())
        if word[0].endswith(".") and len(word[0]) > 2:
            break
    if not words:
        return None
    name = text[words[0][0] : words[-1][1]].rstrip(".,’'")
    return (name, words[-1][1]) if len(name) > 2 else None


def _is_honour(word: str) -> bool:
    return is_word(word, "honours") or is_word(word.rstrip("."), "honours")


def _in_name(token: str, *, first: bool) -> bool:
    """Whether a word may be a part of a name: a capital, no office, and no word that happens to begin a sentence."""
    if not _NAME_WORD.fullmatch(token) or (first and re.match("[dDlL][’']", token)):
        return False
    word = token.rstrip(".")
    return not is_word(word, "roles") and (token.endswith(".") or not is_word(word, "no names"))


def _next_is_capital(text: str, at: int) -> bool:
    """Whether a name goes on behind a small word, or two of them (« Jean de la Tour »)."""
    for _ in range(2):
        word = WORD.match(text, at + 1)
        if word is None or not is_word(word[0], "inside names"):
            break
        at = word.end()
    return bool(word and word[0][:1].isupper())


def subject_at(text: str, at: int) -> str | None:
    """Who is named at a place: a person, also behind an office (« le maire de X, Y »), else the office itself."""
    clause = CLAUSE_END.split(text[at : at + CLAUSE_CHARS], maxsplit=1)[0].lstrip(BLANK + ",")
    clause = _LEAD.sub("", clause)
    name = name_at(clause, 0)
    return name[0] if name else office_in(clause)


def role_in(clause: str) -> str | None:
    """The first word of office near the beginning of a clause."""
    for word in WORD.findall(clause[:_ROLE_CHARS])[:_ROLE_WORDS]:
        name = bare(str(word))
        if any(is_word(part, "roles") for part in (name, *name.split("-"))):
            return name
    return None


def office_in(clause: str) -> str | None:
    """Who a clause that begins with an office names: the person who holds it, else the office."""
    return (_person_behind(clause) or _office(clause)) if role_in(clause) else None


def _person_behind(clause: str) -> str | None:
    """« le maire de Nantes, Johanna Rolland », « le président Azali », « la mairesse de Montréal Mme Plante »."""
    for part in re.finditer(r",\s*|\b(?:M\.|Mme|Dr|Pr|Mr|Me)\s+", clause[:_OFFICE_CHARS]):
        comma = part[0].startswith(",")
        name = name_at(clause, part.end() if comma else part.start())
        if name and (" " in name[0] or not comma):
            return name[0]
        if comma and not name:
            break
    words = list(WORD.finditer(clause[:_OFFICE_CHARS]))
    role = next((number for number, word in enumerate(words[:_ROLE_WORDS]) if is_word(bare(word[0]), "roles")), None)
    # « le président sénégalais Macky Sall », but not « le maire de Nouvelle Orléans ».
    for word in words[role + 1 : role + _ROLE_WORDS] if role is not None else ():
        if name := name_at(clause, word.start()):
            return name[0] if " " in name[0] else None
        if word[0].lower() in _ARTICLES or is_word(word[0], "inside names"):
            return None
    return None


def bare(word: str) -> str:
    """A word without its elided article: « l’élue » is an élue."""
    return re.sub(r"^[dlDL][’']", "", word).rstrip(".")


_OFFICE_END = re.compile(
    r"[,(]|\s+(?:a|ont|est|sont|se|s[’']est|qui|lors|dans|en|à l[’']|ce|cet|pour|devant|avec|sur|face|après|avant|lundi"
    r"|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\b"
)
_OFFICE_WORDS = 12


def _office(clause: str) -> str | None:
    """The words of an office without a name, up to the first comma or verb: « le maire de Québec »."""
    part = _OFFICE_END.split(clause, maxsplit=1)[0]
    words = part.split()[:_OFFICE_WORDS]
    while words and (words[-1].lower() in verbs() | _ARTICLES or is_word(words[-1], "inside names")):
        words.pop()
    office = " ".join(words).strip(" .,")
    return office if office and role_in(office) else None


def person_further_on(tail: str, at: int) -> str | None:
    """« a expliqué vendredi sur une radio locale Arlette Alemoka »."""
    clause = CLAUSE_END.split(tail[at : at + _FURTHER_CHARS], maxsplit=1)[0].partition(",")[0]
    for word in WORD.finditer(clause):
        name = name_at(clause, word.start())
        if name and " " in name[0]:
            return name[0]
    return None


def last_person(clause: str) -> str | None:
    """The last name of two words or more in a clause that a title, an office or a comma makes a person's."""
    first = name_at(clause, 0)
    if first and " " in first[0] and clause[first[1] : first[1] + 1] == ",":
        # « Mounir Mouakhar, président de la Chambre de Commerce, rappelle » names one person.
        return first[0]
    best = None
    position = 0
    while position < len(clause):
        word = WORD.search(clause, position)
        if word is None:
            break
        name = name_at(clause, word.start())
        if name is None:
            position = word.end()
            continue
        honoured = _is_honour(word[0])
        follows_role = role_in(clause[max(0, word.start() - 25) : word.start()]) is not None
        beside = clause[name[1] : name[1] + 2]
        if honoured or (" " in name[0] and (follows_role or beside[:1] in (",", " ", "") or word.start() == 0)):
            best = name[0]
        position = max(name[1], word.end())
    return best


def person_before(text: str, at: int) -> str:
    """The person whom « il » and « elle » mean: the last one with an honour or an office before; "" when none."""
    head = text[max(0, at - _LOOK_BACK_CHARS) : at]
    for sentence in reversed(re.split(r"[.!?…]\s|\n", head)):
        for found in reversed(list(re.finditer(r"\b(?:M\.|Mme|Dr|Pr|Monsieur|Madame)\s|,\s", sentence))):
            name = name_at(sentence, found.start() if found[0].strip(", ") else found.end())
            if name and " " in name[0]:
                return name[0]
        name = name_at(sentence.lstrip(), 0)
        if name and " " in name[0]:
            return name[0]
    return ""
