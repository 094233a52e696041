"""One state of an index, ready for questions: a question in, a page of hits out.

May import: every module of the way of a search (bits, query, plan, selection, ranking, facets, snippets, reading),
neither pipeline nor an engine.
"""

from __future__ import annotations

from index.bits import documents_of
from index.facets import Facets, all_of
from index.grammar.tree import MUST_NOT, DateRange, Part, Value, Word
from index.plan import Planner
from index.query import TEXT_MAX, read
from index.ranking import Ranker
from index.reading import reading
from index.record import Record
from index.selection import Selector
from index.snippets import Snippet, marks, snippet
from index.tuning import Tuning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from typing import Any

    from index.engine import Card, Finder, Found, Reader
    from index.facets import FacetValue
    from index.grammar.tree import Query
    from index.plan import Plan
    from index.proposal import Proposer
    from index.ranking import Ranking, RawHit
    from index.score import Explanation
    from index.selection import Selection
    from index.vocabulary.expressions import Expressions
    from pipeline.records import Article

SORTS = ("relevance", "newest", "oldest")
PUBLISHED = "published"
"""The filter by the day of publication, beside those of the facets."""
ALWAYS = DateRange(PUBLISHED)
TOGETHER_TOKENS = 3
"""Words of one expression are at most so far apart: « gestion des boues de vidange »."""
COPIES_LOOKED_AT = 400
"""How far a page of grouped results looks for near copies."""


class Hit(Record):
    """An article that answers.

    `complete`: it holds every word of the question; `copies`: near copies of it that answer as well, when they were
    asked to be grouped; `explanation`: where the score comes from, when that was asked for.
    """

    card: Card
    score: float
    snippet: Snippet
    title: Snippet
    complete: bool
    document: int
    opened: Callable[[str], Article]
    copies: tuple[Card, ...] = ()
    explanation: Explanation | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return self.card.url

    @property
    def article(self) -> Article:
        """The article, from the archive; read when it is asked for. KeyError when it is no longer there."""
        return self.opened(self.card.url)

    def to_dict(self) -> dict[str, Any]:
        """The hit as JSON values."""
        card = self.card
        told: dict[str, Any] = {
            "url": card.url,
            "title": card.title,
            "kind": card.kind,
            "language": card.language or None,
            "date_published": card.date or None,
            "score": self.score,
            "complete": self.complete,
            "snippet": self.snippet.plain(),
        }
        if self.copies:
            told["copies"] = [copy.url for copy in self.copies]
        if self.explanation is not None:
            told["explanation"] = self.explanation.to_dict()
        return told


class Page(Record):
    """Some of the answers to a question.

    `total` articles answer: those that hold all its words or, if there are none, any of them. Hits go on with `others`,
    articles that hold some of the words, where the limit reaches beyond the total. `proposal`: the question as it was
    probably meant, "" when nothing seems wrong.
    """

    query: Query
    reading: str
    total: int
    complete: int
    others: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, tuple[FacetValue, ...]]
    offset: int = 0
    proposal: str = ""

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    def __len__(self) -> int:
        return len(self.hits)

    def __getitem__(self, place: int) -> Hit:
        return self.hits[place]

    def to_dict(self) -> dict[str, Any]:
        """The page as JSON values; `results` are best first."""
        return {
            "query": str(self.query),
            "reading": self.reading,
            "proposal": self.proposal or None,
            "total": self.total,
            "others": self.others,
            "results": [hit.to_dict() for hit in self.hits],
            "facets": {
                name: [{"code": value.code, "label": value.label, "count": value.count} for value in values]
                for name, values in self.facets.items()
            },
        }

    def _repr_html_(self) -> str:
        """For notebooks: titles that lead to the pages, with date and passage."""
        from index.snippets import escaped  # noqa: PLC0415 - only notebooks ask

        rows = "".join(
            f'<li><a href="{escaped(hit.url)}">{hit.title.html()}</a> {escaped(hit.card.date)}<br>'
            f"{hit.snippet.html()}</li>"
            for hit in self.hits
        )
        return f"<p>{escaped(self.reading)}</p><p>{self.total}</p><ol>{rows}</ol>"


class Question(Record):
    """What is asked for, beside the words: which page, which articles, in which order."""

    text: str
    limit: int = 10
    offset: int = 0
    filters: Mapping[str, Sequence[str | int] | str | int] = {}
    facets: Sequence[str] = ()
    sort: str = "relevance"
    group: bool = False
    published: DateRange = ALWAYS


class Answer(Record):
    """A question looked up: what it means, who may answer (`passing`: by filter, as bits), and in which order."""

    query: Query
    note: str
    plan: Plan
    selection: Selection
    ranking: Ranking
    passing: Mapping[str, int]


class _Matches:
    """The words of a question in documents; words that mean it only together are matches only together."""

    def __init__(self, finder: Finder, together: AbstractSet[int]) -> None:
        self._finder = finder
        self._together = together

    def of(self, document: int) -> tuple[list[Found], list[Found]]:
        """Those of the title, and of the text."""
        in_title, in_text = self._finder.found(document)
        return (self._kept(in_title), self._kept(in_text)) if self._together else (in_title, in_text)

    def _kept(self, found: list[Found]) -> list[Found]:
        places: dict[int, list[int]] = {}
        for one in found:
            if one.group in self._together:
                places.setdefault(one.group, []).append(one.token)
        return [
            one
            for one in found
            if one.group not in places
            or any(0 < abs(one.token - other) <= TOGETHER_TOKENS for other in places[one.group])
        ]


class Searcher:
    """Answers questions from one reader."""

    def __init__(
        self,
        reader: Reader,
        *,
        tuning: Tuning | None = None,
        expressions: Expressions | None = None,
        opened: Callable[[str], Article],
    ) -> None:
        """`opened` gives the article of an address."""
        self.tuning = tuning or Tuning()
        self.reader = reader
        self.facets = Facets(reader)
        self._opened = opened
        self._planner = Planner(reader, self.tuning, expressions)
        self._selector = Selector(reader, self.facets)
        self._ranker = Ranker(reader, self.tuning)
        self._proposer: Proposer | None = None

    def search(self, question: Question) -> Page:
        """The articles that answer, best first. Any text is a question."""
        answer = self.answer(question)
        ranking = answer.ranking
        first, count = max(0, question.offset), max(0, question.limit)
        wanted, together = answer.plan.wanted()
        matches = _Matches(self.reader.finder(wanted), together)
        if question.group:
            hits = self._grouped(answer, question, matches)[first : first + count]
        else:
            raw = self._ordered(ranking, question.sort, first + count)[first:]
            hits = [self._hit(one, answer, matches) for one in raw]
        answers = ranking.answers()
        return Page(
            answer.query,
            self._told(answer),
            answers.bit_count(),
            ranking.complete.bit_count(),
            ranking.some.bit_count() - answers.bit_count(),
            tuple(hits),
            self._counted(question, answer),
            first,
            self._proposal(question, answer),
        )

    def urls(self, question: Question) -> list[str]:
        """The addresses alone: for programs that ask many questions, or for all answers, and need no text."""
        hits = self._ordered(self.answer(question).ranking, question.sort, max(0, question.limit))
        return [self.reader.card(hit.document).url for hit in hits]

    def answer(self, question: Question) -> Answer:
        """A question looked up; what `search` makes a page of."""
        understood = read(question.text)
        query = understood.query
        selection = self._selector.select(query)
        if selection.unknown:
            query = _as_words(query, selection)
        plan = self._planner.plan(query)
        passing = self.facets.passing(question.filters)
        if question.published != ALWAYS:
            passing[PUBLISHED] = self._selector.published(question.published)
        allowed = _both(selection.documents, all_of(passing))
        ranking = self._ranker.rank(plan, allowed, selection.choices)
        if plan.groups and not ranking.some and selection.documents is None:
            # Nothing holds any of the words: rather what resembles them, said as a correction, than an empty page.
            plan = self._planner.plan(query, far=True)
            ranking = self._ranker.rank(plan, allowed, selection.choices)
        return Answer(query, understood.note, plan, selection, ranking, passing)

    def _proposal(self, question: Question, answer: Answer) -> str:
        """The question as it was probably meant."""
        if not answer.plan.doubtful or len(question.text) > TEXT_MAX:
            # What is longer is a pasted page: read in part, and not to be corrected word by word.
            return ""
        if self._proposer is None:
            # Letters are counted and words compared; questions of known words must not wait for it.
            from index.proposal import Proposer  # noqa: PLC0415 - see above

            self._proposer = Proposer(self._planner.speller, self._planner.knows, self._written)
        proposal = self._proposer.propose(question.text)
        return proposal.text if proposal is not None else ""

    def _written(self, exact: str) -> str:
        from index.writing import written  # noqa: PLC0415 - only corrections need it

        return written(self.reader, exact)

    def _told(self, answer: Answer) -> str:
        """How the question was understood, and what was done about what was not."""
        told = [reading(answer.query, answer.plan.passed_over)]
        told += [answer.note] if answer.note else []
        told += [
            f"« {c.typed} » est inconnu ; cherché aussi « {self._written(c.meant)} »." for c in answer.plan.corrections
        ]
        told += [f"« {text} » ne se trouve pas tel quel ; cherché de près." for text in answer.selection.loosened]
        told += [
            f"Aucun article n’a la valeur « {value.value} » ; cherchée comme mot." for value in answer.selection.unknown
        ]
        ranking = answer.ranking
        if answer.plan.groups and not ranking.complete and ranking.some:
            told.append("Aucun article n’a tous les mots ; voici ceux qui en ont le plus.")
        return " ".join(told)

    def _counted(self, question: Question, answer: Answer) -> Mapping[str, tuple[FacetValue, ...]]:
        """Facets among the answers; a facet's own filter does not narrow its own counts."""
        counted = {}
        answers = documents_of(answer.ranking.answers()) if question.facets else []
        for name in question.facets:
            found = answers
            if name in answer.passing:
                others = all_of(answer.passing, but=name)
                found = documents_of(answer.ranking.answers_among(_both(answer.selection.documents, others)))
            counted[name] = self.facets.count(name, found)
        return counted

    def _ordered(self, ranking: Ranking, sort: str, count: int) -> list[RawHit]:
        if sort == "relevance":
            return ranking.best(count)
        days, newest = self.reader.days(), sort == "newest"
        hits = ranking.best(self.reader.bound())
        hits.sort(key=lambda hit: (not days[hit.document], -days[hit.document] if newest else days[hit.document]))
        # By date, an article with one word of five must not stand above those that answer.
        complete = set(documents_of(ranking.complete))
        hits.sort(key=lambda hit: hit.document not in complete)
        return hits[:count]

    def _grouped(self, answer: Answer, question: Question, matches: _Matches) -> list[Hit]:
        """Hits with their near copies behind them."""
        from index.likeness import alike  # noqa: PLC0415 - only asked for here

        likenesses = self.reader.likenesses()
        firsts: list[RawHit] = []
        copies: dict[int, list[Card]] = {}
        for hit in self._ordered(answer.ranking, question.sort, COPIES_LOOKED_AT):
            same = next((f for f in firsts if alike(likenesses[f.document], likenesses[hit.document])), None)
            if same is not None:
                copies.setdefault(same.document, []).append(self.reader.card(hit.document))
            elif len(firsts) < question.offset + question.limit:
                firsts.append(hit)
        return [self._hit(one, answer, matches, tuple(copies.get(one.document, ()))) for one in firsts]

    def shown(self, raw: RawHit) -> Hit:
        """A document as a hit of no question: the beginning of its text, nothing marked."""
        card, text = self.reader.card(raw.document), self.reader.text(raw.document)
        title = Snippet(card.title)
        passage = snippet(text, ()) if text.strip() else title
        return Hit(card, round(raw.score, 4), passage, title, True, raw.document, self._opened)

    def _hit(self, raw: RawHit, answer: Answer, matches: _Matches, copies: tuple[Card, ...] = ()) -> Hit:
        card, text = self.reader.card(raw.document), self.reader.text(raw.document)
        in_title, in_text = matches.of(raw.document)
        title = Snippet(card.title, marks(in_title))
        passage = snippet(text, in_text) if text.strip() else title
        complete = bool(answer.ranking.complete >> raw.document & 1)
        return Hit(card, round(raw.score, 4), passage, title, complete, raw.document, self._opened, copies)


def _both(left: int | None, right: int | None) -> int | None:
    if left is None or right is None:
        return right if left is None else left
    return left & right


def _as_words(query: Query, selection: Selection) -> Query:
    """The question with values nobody has as plain words; signs in them are no part of a word."""
    parts: list[Part] = []
    for part in query.parts:
        if isinstance(part.node, Value) and part.node in selection.unknown and part.role != MUST_NOT:
            parts += (Part(Word(word)) for word in read(part.node.value).query.words())
        else:
            parts.append(part)
    return query.replace(parts=tuple(parts))
