"""How words are mistyped: what is one edit, and which edits are likely slips of the hand or ear. May import: wordlists.

Knows the keyboards and the sounds of French, no words.
"""

from __future__ import annotations

from index.wordlists import rows

SWAP = 0.5
DOUBLE = 0.6
SOUND = 0.6
KEY = 0.8
MUTE = 0.7
MISSING = 0.8
EXTRA = 1.2
OTHER = 1.3
FIRST = 0.3
"""What edits cost: the likelier a slip, the less. FIRST is added when the first letter is another. Tuned one by one on
the errors of `benchmarks/spelling.py`, seeds 1 and 2 of two archives; each is flat for 0.1 on either side."""

_KEYBOARDS = (("azertyuiop", "qsdfghjklm", "wxcvbn"), ("qwertyuiop", "asdfghjkl", "zxcvbnm"))
_OFTEN_MUTE = frozenset("hestxdp")
_SIDE_BY_SIDE: set[str] = set()
_SOUND_PAIRS: set[str] = set()


def one_edit(left: str, right: str) -> bool:
    """Whether two words are the same but for one edit at most; a swap of neighbours is one.

    >>> one_edit("dechtes", "dechets"), one_edit("comune", "commune"), one_edit("maire", "marie"), one_edit("a", "bc")
    (True, True, True, False)
    """
    if len(left) > len(right):
        left, right = right, left
    same = shared_beginning(left, right)
    if len(left) < len(right):
        return len(right) - len(left) == 1 and left[same:] == right[same + 1 :]
    if left[same + 1 :] == right[same + 1 :]:
        return True
    return left[same + 2 :] == right[same + 2 :] and left[same : same + 2] == right[same : same + 2][::-1]


def two_edits(left: str, right: str) -> bool:
    """Whether two words are the same but for two edits at most.

    >>> two_edits("asainisement", "assainissement"), two_edits("commune", "comte")
    (True, False)
    """
    if len(left) > len(right):
        left, right = right, left
    longer = len(right) - len(left)
    same = shared_beginning(left, right)
    a, b = left[same:], right[same:]
    if longer > 1:
        return longer == 2 and one_edit(a, b[1:])
    if one_edit(a[1:], b[1:]) or one_edit(a, b[1:]) or (not longer and one_edit(a[1:], b)):
        return True
    return a[:2] == b[1::-1] and one_edit(a[2:], b[2:])


def shared_beginning(left: str, right: str) -> int:
    """How many letters two words have in common from the start.

    >>> shared_beginning("commune", "comte")
    3
    """
    same = 0
    for a, b in zip(left, right, strict=False):
        if a != b:
            break
        same += 1
    return same


def slip(typed: str, meant: str) -> float:
    """What it costs to type one word for another: its edits, each by how common it is.

    >>> [slip(typed, "commune") for typed in ("comune", "comumne", "commube", "commuqe", "kommune")]
    [0.6, 0.5, 0.8, 1.3, 0.9]
    """
    # Only what differs is compared.
    start = shared_beginning(typed, meant)
    most, end = min(len(typed), len(meant)) - start, 0
    while end < most and typed[-1 - end] == meant[-1 - end]:
        end += 1
    before: list[float] = []
    row = [0.0]
    for j in range(start, len(meant) - end):
        row.append(row[-1] + _missing(meant, j))
    for i in range(start, len(typed) - end):
        extra = _extra(typed, i)
        current = [row[0] + extra]
        for number, j in enumerate(range(start, len(meant) - end), 1):
            a, b = typed[i], meant[j]
            cost = min(
                row[number] + extra,
                current[number - 1] + _missing(meant, j),
                row[number - 1] + (0.0 if a == b else _other(a, b)),
            )
            if number > 1 and before and a == meant[j - 1] and typed[i - 1] == b:
                cost = min(cost, before[number - 2] + SWAP)
            current.append(cost)
        before, row = row, current
    # That a word begins with h is not heard.
    first = FIRST if typed[0] != meant[0] and "h" not in (typed[0], meant[0]) else 0.0
    return round(row[-1] + first, 2)


def _missing(meant: str, place: int) -> float:
    letter = meant[place]
    if letter in (meant[place - 1 : place], meant[place + 1 : place + 2]):
        return DOUBLE
    return MUTE if letter == "h" or (place == len(meant) - 1 and letter in _OFTEN_MUTE) else MISSING


def _extra(typed: str, place: int) -> float:
    letter, sides = typed[place], typed[max(0, place - 1) : place] + typed[place + 1 : place + 2]
    if letter in sides:
        return DOUBLE
    return KEY if any(letter + side in _side_by_side() for side in sides) else EXTRA


def _other(typed: str, meant: str) -> float:
    if not _SOUND_PAIRS:
        _SOUND_PAIRS.update(one + other for one, other in _alike() if len(one) == len(other) == 1)
    both = typed + meant
    return SOUND if both in _SOUND_PAIRS else KEY if both in _side_by_side() else OTHER


def _alike() -> list[tuple[str, str]]:
    return [pair for one, other in rows("sound_alike") for pair in ((one, other), (other, one))]


def _side_by_side() -> set[str]:
    """Pairs of letters whose keys touch, on French and English keyboards."""
    if not _SIDE_BY_SIDE:
        for lines in _KEYBOARDS:
            for row, below in zip(lines, (*lines[1:], ""), strict=True):
                for place, key in enumerate(row):
                    for other in row[place + 1 : place + 2] + below[max(0, place - 1) : place + 1]:
                        _SIDE_BY_SIDE.update((key + other, other + key))
    return _SIDE_BY_SIDE


def respelt(word: str) -> set[str]:
    """Ways to spell what sounds alike, one replacement each.

    >>> "telephone" in respelt("telefone"), "cadeau" in respelt("cado"), "environnement" in respelt("anvironnement")
    (True, True, True)
    """
    found = set()
    for one, other in _alike():
        place = word.find(one)
        while place >= 0:
            found.add(word[:place] + other + word[place + len(one) :])
            place = word.find(one, place + 1)
    found.discard(word)
    return found
