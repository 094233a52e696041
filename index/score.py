"""What a score is made of, for who asks why an article stands where it stands. May import: record."""

from __future__ import annotations

from index.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Share(Record):
    """What one term gives a document: the word as it was typed, the term that stands for it, its field, points."""

    word: str
    term: str
    field: str
    points: float


class Explanation(Record):
    """A hit's score: `(points of all shares * coverage + nearness) * freshness`, the largest share first.

    >>> told = Explanation(0.71, (Share("eau", "eau", "title", 1.0),), 0.5, 0.2, 1.01)
    >>> print(told)
    0.7100 = (1.0000 x coverage 0.50 + nearness 0.2000) x freshness 1.010
        1.0000  title      « eau » as eau
    """

    score: float
    shares: tuple[Share, ...]
    coverage: float
    nearness: float
    freshness: float

    @property
    def points(self) -> float:
        """Of all shares."""
        return sum(share.points for share in self.shares)

    def __str__(self) -> str:
        covered = f"({self.points:.4f} x coverage {self.coverage:.2f} + nearness {self.nearness:.4f})"
        lines = [f"{self.score:.4f} = {covered} x freshness {self.freshness:.3f}"]
        lines += [f"{s.points:10.4f}  {s.field:<9}  « {s.word} » as {s.term}" for s in self.shares]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """The explanation as JSON values."""
        return {
            "coverage": round(self.coverage, 4),
            "nearness": round(self.nearness, 4),
            "freshness": round(self.freshness, 4),
            "shares": [
                {"word": s.word, "term": s.term, "field": s.field, "points": round(s.points, 4)} for s in self.shares
            ],
        }
