"""How an archive writes a word: the commonest spelling among some of its articles. May import: engine."""

from __future__ import annotations

from index.engine import EXACT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from index.engine import Reader

ARTICLES_MAX = 5
"""So many articles that use the word most are looked at."""


def written(reader: Reader, exact: str) -> str:
    """The word with the accents and capitals that the articles give it; as it came when none holds it."""
    postings = reader.postings(EXACT, exact)
    most = sorted(zip(postings.impacts, postings.documents, strict=True), reverse=True)[:ARTICLES_MAX]
    finder = reader.finder([[(EXACT, exact)]])
    counts: dict[str, int] = {}
    for _, document in most:
        text = reader.text(document)
        for one in finder.found(document)[1]:
            spelling = text[one.start : one.end]
            counts[spelling] = counts.get(spelling, 0) + 1
    # At the head of a sentence a word has a capital that is not its own; in a title it is all capitals.
    plain = {spelling: number for spelling, number in counts.items() if spelling.islower()} or {
        spelling: number for spelling, number in counts.items() if not spelling.isupper()
    }
    chosen = plain or counts
    return min(chosen, key=lambda spelling: (-chosen[spelling], spelling)) if chosen else exact
