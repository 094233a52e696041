"""Whether a run took away too much to be believed. Pure: counts in, a sentence out. May import: config."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from pipeline.config import Guard

# When most of what was looked at is lost, the rest is likely to be lost as well, though nobody looked.
MOST_SHARE = 0.5
_EXAMPLES = 3


@dataclass(slots=True)
class Losses:
    """Articles of one site that one stage of a run looked at, and those that it lost, by kind."""

    known: int
    looked_at: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    @property
    def lost(self) -> int:
        """How many were lost."""
        return self.kinds.total()

    def add(self, url: str, kind: str | None) -> None:
        """Count one article that was looked at; `kind` None: it is well."""
        self.looked_at += 1
        if kind is not None:
            self.kinds[kind] += 1
            if len(self.examples) < _EXAMPLES:
                self.examples.append(url)

    @property
    def are_most(self) -> bool:
        """Whether more than half of what was looked at is lost."""
        return self.lost > MOST_SHARE * self.looked_at

    def alarm(self, limits: Guard, site: str, what: str) -> str | None:
        """The paragraph that says why the run is not believed; None if it may be.

        >>> losses = Losses(known=40, looked_at=9, kinds=Counter({"not_found": 8}))
        >>> losses.alarm(Guard(), "ville", "pages").split(":")[0]
        '8 of the 9 articles of ville that were looked at are lost'
        >>> Losses(known=40, looked_at=9, kinds=Counter({"not_found": 2})).alarm(Guard(), "ville", "pages") is None
        True
        """
        if self.lost < limits.lost_least or (self.lost <= limits.lost_share * self.known and not self.are_most):
            return None
        kinds = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in self.kinds.most_common())
        return (
            f"{self.lost} of the {self.looked_at} articles of {site} that were looked at are lost: {what} say {kinds}; "
            f"for example {', '.join(self.examples)}."
        )
