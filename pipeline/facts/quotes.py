"""What an article quotes, and who says it: French, English and German marks and ways of naming a speaker.

A quotation counts when somebody says it, or when it is a sentence of its own; names of programmes, themes and labels
stand between the same marks and are none. May import: records, speakers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.facts.speakers import (
    BLANK,
    CLAUSE_CHARS,
    PRONOUNS,
    WORD,
    bare,
    is_word,
    last_person,
    name_at,
    office_in,
    person_before,
    person_further_on,
    role_in,
    subject_at,
    verbs,
)
from pipeline.records import Quote, Span

# Without a speaker, shorter ones are mottoes, names and single words. Set on 120 quotations of French municipal
# articles read one by one.
_ALONE_CHARS = 60
# With a speaker named right beside it, shorter ones are single words that the writer marks.
_SAID_CHARS = 15
# How far from its marks the speaker of a quotation is looked for.
_BEFORE_CHARS = 260
# A line that is a signature is a name and an office, no sentence.
_SIGNATURE_CHARS = 160
_SHORT_SIGNATURE_CHARS = 80
_TITLE_NOUN_WORDS = 5
_QUE_CHARS = 45
_LINE_CHARS = 20_000

_MARK = re.compile('[«»“”„‟"″]')
_INNER_EDGES = " \t\u00a0\u202f\u2009"
_SENTENCE_END = re.compile(r"[.!?…]['’)\]]*$")


@dataclass(frozen=True, slots=True)
class _Marked:
    """A stretch between marks: the text inside is begin to end, the marks stand at open_at and before close_at."""

    begin: int
    end: int
    open_at: int
    close_at: int


def find_quotes(text: str) -> tuple[Quote, ...]:
    """The quotations of a text (one block a line) in its order, each with its speaker where the text names one.

    >>> [(q.text, q.speaker) for q in find_quotes("« Nous ouvrirons six écoles », a déclaré Awa Diop, maire de Niébé.")]
    [('Nous ouvrirons six écoles', 'Awa Diop')]
    >>> find_quotes("Le projet « Eau pour tous » commence.")
    ()
    """
    if not _MARK.search(text):
        return ()
    found: list[Quote] = []
    last: tuple[int, str] | None = None  # where the last quotation with a speaker ended, and the speaker
    for marked in _marked(text):
        inside = text[marked.begin : marked.end]
        who = _speaker(text, marked, last)
        if who is None and not _stands_alone(text, marked):
            continue
        if len(inside) < (_SAID_CHARS if who else _ALONE_CHARS // 2) or " " not in inside:
            continue
        speaker = who or (last[1] if last and _goes_on(text[last[0] : marked.open_at]) else None)
        found.append(Quote(inside, speaker or None, Span(marked.begin, marked.end)))
        if speaker:
            last = (marked.close_at, speaker)
    return tuple(found)


# --- marks -----------------------------------------------------------------------------------------------------------


def _marked(text: str) -> Iterator[_Marked]:
    """Stretches between opening and closing marks, the outermost of nested ones; marks are often mistyped."""
    start = 0
    for line in text.split("\n"):
        if len(line) <= _LINE_CHARS:
            for open_at, close_at in _pairs(line):
                begin, end = open_at + 1, close_at - 1 if line[close_at - 1] in '«»“”„‟"″' else close_at
                inside = line[begin:end]
                begin += len(inside) - len(inside.lstrip(_INNER_EDGES))
                # American English puts the comma of the sentence inside.
                end = begin + len(inside.strip(_INNER_EDGES).rstrip(","))
                if end > begin:
                    yield _Marked(start + begin, start + end, start + open_at, start + close_at)
        start += len(line) + 1


def _pairs(line: str) -> Iterator[tuple[int, int]]:
    """Places of an opening mark and behind its closing one."""
    marks = [found.start() for found in _MARK.finditer(line)]
    german = _is_german(line, marks)
    depth, open_at = 0, -1
    for number, at in enumerate(marks):
        following = line[marks[number + 1]] if number + 1 < len(marks) else ""
        if _opens(line, at, following, depth=depth, german=german):
            if depth == 0:
                open_at = at
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                yield open_at, at + 1
    # A quotation of several paragraphs is closed in the last one only.
    if depth and not line[:open_at].strip():
        yield open_at, len(line)


def _is_german(line: str, marks: list[int]) -> bool:
    """»So« stehen sie im Deutschen."""
    first = next((at for at in marks if line[at] in "«»"), None)
    if first is None or line[first] == "«":
        return False
    return not line[:first].strip(BLANK) or line[first - 1] in BLANK if line[first + 1 : first + 2].strip() else False


def _opens(line: str, at: int, following: str, *, depth: int, german: bool) -> bool:
    mark = line[at]
    before = line[at - 1] if at else " "
    after = line[at + 1] if at + 1 < len(line) else " "
    tied_left = not before.isspace() and before not in "([’'-–—:/"
    tied_right = not after.isspace() and after not in ".,;:!?)]…"
    if mark in "“„‟":
        return not (mark == "“" and depth and tied_left)
    if mark in "”″":
        return False
    if mark == '"':
        return depth == 0 and (not tied_left or tied_right)
    if german:
        return mark == "»"
    if mark == "»":
        # « Il a dit : »Voilà » — the mark is turned round.
        return depth == 0 and tied_right and not tied_left
    closes_instead = depth and (tied_left or (not tied_right and following in ("", "«")))
    return not closes_instead


# --- speakers --------------------------------------------------------------------------------------------------------

_AUX = r"(?P<has>(?:a|ont|avait|avaient|est|sont|has|had|hat)(?P<aux>-t-(?:il|elle|on)|-(?:ils|elles))?\s+)?"
_ADVERB = (
    r"(?:(?:notamment|également|aussi|encore|ainsi|alors|ensuite|toutefois|enfin|quant à (?:lui|elle)|pour sa part"
    r"|de son côté|en outre|par ailleurs|also)\s+)?"
)
_REFLEXIVE = r"(?:(?:s[’']|se\s+|l[’']|le\s+|nous\s+|leur\s+|lui\s+|en\s+|y\s+|n[’']|ne\s+){0,2})"
_IDIOM = (
    r"(?:fait|fit|faisait)\s+(?:savoir|valoir|remarquer|observer|part)|laiss(?:e|é|ait)\s+entendre"
    r"|(?:met|mis)\s+en\s+garde"
    r"|(?:tient|tenu|tenait)\s+à\s+\w+|prend\s+pour\s+exemple"
)
_PARTICIPLES = ("é", "ée", "és", "ées")
_SAYING_AFTER = re.compile(
    rf"[\s\u00a0,.…!?–—-]*(?:(?:comme|tel(?:le)?\s+que|ainsi)\s+)?{_REFLEXIVE}{_AUX}{_ADVERB}(?P<verb>{_IDIOM}|[^\W\d_]+)"
    r"(?P<pronoun>(?:-t)?-(?:il|elle|on|ils|elles))?(?![\w’'])",
    re.IGNORECASE,
)
_ACCORDING = re.compile(r"\b(?:selon|d[’']après|pour|according\s+to|laut)\s+(?=\S)", re.IGNORECASE)
_ACCORDING_AFTER = re.compile(r"[\s\u00a0,.]*(?:selon|d[’']après|according\s+to|laut)\s+", re.IGNORECASE)
_SIGNATURE = re.compile(r"[\s\u00a0,.]*?(?:\n[–—(-]?\s*|[–—-]\s+|\(\s*|[.,]?[ \u00a0]+(?![(–—-]))")


def _speaker(text: str, marked: _Marked, last: tuple[int, str] | None) -> str | None:
    """Who says it: "" = somebody whose name is not told, None = nobody is said to speak."""
    after = _said_after(text, marked, last)
    if after is not None:
        return after
    return _signed(text, marked) or _said_before(text, marked, last)


def _said_after(text: str, marked: _Marked, last: tuple[int, str] | None) -> str | None:
    """« … », souligne X · « … », a-t-elle ajouté · « … », selon X · "…", X said."""
    tail = text[marked.close_at : marked.close_at + CLAUSE_CHARS]
    saying = _SAYING_AFTER.match(tail)
    if saying and (" " in saying["verb"] or saying["verb"].lower() in verbs()):
        if not saying["has"] and saying["verb"].endswith(_PARTICIPLES):
            # « l’opération « X », lancée par Y » is no speech.
            return None
        if saying["pronoun"] or saying["aux"]:
            return last[1] if last else person_before(text, marked.open_at)
        return subject_at(tail, saying.end()) or person_further_on(tail, saying.end())
    according = _ACCORDING_AFTER.match(tail)
    if according:
        return subject_at(tail, according.end())
    if tail[:1] in ", " or tail[:2].strip():
        name = name_at(tail, len(tail) - len(tail.lstrip(", \u00a0")))
        verb = WORD.match(tail, name[1] + 1) if name else None
        if name and verb and verb[0].lower().rstrip(".") in verbs() and " " in name[0]:
            return name[0]
    return None


def _said_before(text: str, marked: _Marked, last: tuple[int, str] | None) -> str | None:
    """X a déclaré : « … » · Selon X, « … » · X, maire de Y : « … » · X assure que « … »."""
    head = text[max(0, marked.open_at - _BEFORE_CHARS) : marked.open_at].rstrip(BLANK + "\n")
    sentence = re.split(r"[.!?…»”]\s|\n", head)[-1].strip()
    colon = sentence.endswith(":")
    if not sentence or (colon and _names_something(sentence)):
        return None
    according = max(_ACCORDING.finditer(sentence), key=re.Match.start, default=None)
    if according and (colon or sentence.endswith(",")) and (named := subject_at(sentence, according.end())):
        return named
    words = list(WORD.finditer(sentence))
    saying = next((word for word in reversed(words) if word[0].lower().removeprefix("l’") in verbs()), None)
    if saying is not None and (colon or _leads_on(sentence[saying.end() :])):
        named = _subject_of(sentence, saying.start(), saying.end())
        told = any(word[0].lower() in PRONOUNS for word in words if word.start() < saying.start())
        known = (last[1] if last else person_before(text, marked.open_at - len(sentence))) if told else ""
        return known if named is None else named
    alone = colon and len(sentence) <= _SIGNATURE_CHARS and _begins_with_speaker(sentence)
    return subject_at(sentence, 0) if alone else None


def _leads_on(rest: str) -> bool:
    """Between the verb and the quotation stands no more than « que »."""
    return len(rest) <= _QUE_CHARS and re.search(r"\b(?:que|qu[’'])\s*$|^\s*,?\s*$", rest) is not None


def _begins_with_speaker(sentence: str) -> bool:
    """« Sami Kanaan, maire de Genève : », « Le maire : », but no heading that happens to begin with a capital."""
    name = name_at(sentence, 0)
    if name and " " in name[0]:
        rest = sentence[name[1] :].strip(BLANK + ":")
        return not rest or rest.startswith((",", "(", "–", "-"))
    role = role_in(sentence)
    return role is not None and len(sentence.split()) <= 6


def _subject_of(sentence: str, verb_at: int, verb_end: int) -> str | None:
    """The subject of a verb of saying: the nearest person or office before it, else one right behind it."""
    before = sentence[:verb_at]
    if named := last_person(before):
        return named
    office = re.search(r"(?:^|[\s,])((?:le|la|les|l[’'])\s*\S.*)$", before, re.IGNORECASE)
    if office and (named := office_in(office[1])):
        return named
    single = re.search(r"(?:^|[.,]\s)(?P<name>\S+)\s+(?:a\s+|ont\s+)?$", before)
    if single and (name := name_at(single["name"], 0)):
        return name[0]
    if sentence[verb_end : verb_end + 1] not in " \u00a0":
        return None
    return subject_at(sentence, verb_end) or person_further_on(sentence, verb_end)


def _signed(text: str, marked: _Marked) -> str | None:
    """« … » and then a line, a dash or a bracket with a name and an office."""
    tail = text[marked.close_at : marked.close_at + CLAUSE_CHARS]
    mark = _SIGNATURE.match(tail)
    line = re.split(r"[\n)]", tail[mark.end() :], maxsplit=1)[0].strip(BLANK + ".") if mark else ""
    name = name_at(line, 0) if len(line) <= _SIGNATURE_CHARS else None
    if mark is None or name is None or " " not in name[0]:
        return None
    rest = line[name[1] :].strip(BLANK + ".")
    if rest.startswith((",", "–", "-", "(")) and role_in(rest.strip(",–-( ")):
        return name[0]
    # Without an office it must be a line of its own, and no call to read on in capitals.
    alone = mark[0].lstrip(BLANK + ".,").startswith(("\n", "(")) or (mark[0].startswith(".") and not rest)
    short = not rest or (rest.startswith((",", "–", "-")) and len(line) <= _SHORT_SIGNATURE_CHARS)
    return name[0] if alone and short and not name[0].isupper() else None


# --- without a speaker -----------------------------------------------------------------------------------------------


def _stands_alone(text: str, marked: _Marked) -> bool:
    """A sentence between marks that begins where a sentence may, and is no name of something."""
    inside = text[marked.begin : marked.end]
    if len(inside) < _ALONE_CHARS or not inside[0].isupper():
        return False
    head = text[max(0, marked.open_at - _BEFORE_CHARS) : marked.open_at].rstrip(BLANK)
    if head and head[-1] not in "\n.!?…:»”":
        return False
    if head.endswith(":") and _names_something(re.split(r"[.!?…\n]", head)[-1]):
        return False
    after = text[marked.close_at : marked.close_at + 3]
    return bool(_SENTENCE_END.search(inside) or re.match(r"[ \u00a0]*(?:[.!?\n]|$)", after))


def _names_something(sentence: str) -> bool:
    """« sous le thème : », « le projet : »: what follows is a name, unless somebody says it."""
    near = WORD.findall(sentence)[-_TITLE_NOUN_WORDS:]
    return any(is_word(bare(word), "titles") for word in near) and not any(word.lower() in verbs() for word in near)


def _goes_on(between: str) -> bool:
    """Between two quotations stands no more than who says the first: the second is the same speaker's."""
    return "\n" not in between and len(between) <= CLAUSE_CHARS
