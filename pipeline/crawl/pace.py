"""How fast a host is asked: never faster than it allows, slower while it has trouble, and back again.

May import: nothing of the project.
"""

from __future__ import annotations

import math

# Every trouble doubles the pause, every good answer halves what was added: an accident costs one long pause, a host
# that is overloaded is soon asked once a minute.
_FACTOR = 2.0
_SLOWEST_S = 60.0


class Pace:
    """The pauses of one host; times are of a monotonic clock."""

    def __init__(self) -> None:
        self._last_start_s = -math.inf
        self._slower = 1.0

    def wait_s(self, delay_s: float, now_s: float) -> float:
        """How long to wait before the next request may start.

        >>> pace = Pace()
        >>> pace.started(100.0)
        >>> pace.wait_s(1.0, 100.0)
        1.0
        >>> pace.answered(well=False); pace.wait_s(1.0, 100.0)
        2.0
        """
        pause_s = min(delay_s * self._slower, max(delay_s, _SLOWEST_S))
        return max(0.0, self._last_start_s + pause_s - now_s)

    def started(self, now_s: float) -> None:
        """A request starts."""
        self._last_start_s = now_s

    def answered(self, *, well: bool) -> None:
        """It was answered; `well` is false for what another try may mend (an error of the server, a silence)."""
        self._slower = max(1.0, self._slower / _FACTOR) if well else min(self._slower * _FACTOR, _SLOWEST_S * 1000)
