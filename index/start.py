"""Where `aimf` begins: one plain search is answered here, everything else is handed to `cli`.

A search from the shell is a process of its own, and most of such a process is importing. So `aimf search WORDS` with
nothing out of the ordinary (an index that is there, a configuration that was read before, no option but --limit, --json
and --data) imports what answers it and no more. Whatever is out of the ordinary is left to `cli`, which says what is
wrong; the answers are the same. May import: answers, opening, pointer, search; cli where it hands over.
"""

from __future__ import annotations

import os
import sys

from index.answers import FACETS_SHOWN, colour, lines
from index.pointer import DATA, FORMAT, INDEX, config_mark, read_pointer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from index.search import Page

CONFIG = "config.yaml"


def main() -> int:
    """Run one command; what comes back is the exit code (`pipeline.errors.ExitCode`)."""
    arguments = sys.argv[1:]
    asked = _plain_search(arguments)
    if asked is not None and _answer(*asked):
        return 0
    # Only here: it imports what all the other commands need, ten times as much as a search.
    from index.cli import main as every_command  # noqa: PLC0415 - see above

    return every_command(arguments)


def _plain_search(arguments: list[str]) -> tuple[str, str | None, int, bool] | None:
    """Words, data folder, limit and whether as JSON; None for any other command line."""
    folder, limit, as_json = None, 10, False
    words: list[str] = []
    waiting = iter(arguments)
    started = False
    for argument in waiting:
        if argument == "--data":
            folder = next(waiting, None)
            if folder is None:
                return None
        elif argument == "--json":
            as_json = True
        elif argument == "search" and not started:
            started = True
        elif argument == "--limit" and started:
            number = next(waiting, "")
            if not (number.isascii() and number.isdigit()) or not int(number):
                return None
            limit = int(number)
        elif argument.startswith("-") or not started:
            return None
        else:
            words.append(argument)
    text = " ".join(words)
    return (text, folder, limit, as_json) if text.strip() else None


def _answer(text: str, folder: str | None, limit: int, as_json: bool) -> bool:
    """Print the answer; False when this is no plain case."""
    place = _index_folder(folder)
    if place is None:
        return False
    from time import perf_counter  # noqa: PLC0415 - after it is clear that a search is asked

    from index.opening import open_index  # noqa: PLC0415
    from index.search import Question  # noqa: PLC0415

    start = perf_counter()
    try:
        page = open_index(place).searcher.search(Question(text, limit, facets=FACETS_SHOWN))
    except Exception:  # noqa: BLE001 - whatever is wrong, cli meets it again and says it
        return False
    try:
        _print(page, (perf_counter() - start) * 1000, as_json=as_json)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output has left (`| head`): nothing to say, and nothing left to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return True


def _print(page: Page, took_ms: float, *, as_json: bool) -> None:
    if as_json:
        from json import dumps  # noqa: PLC0415 - programs wait for it, people do not

        print(dumps(page.to_dict() | {"ms": round(took_ms, 1)}, ensure_ascii=False, indent=2))
        return
    print("\n".join(lines(page, colour=colour())))


def _index_folder(named: str | None) -> str | None:
    """Where the index is; None unless the configuration is one that was read when the index was published."""
    try:
        with open(CONFIG, "rb") as file:  # noqa: PTH123 - pathlib takes 4 ms to import
            written = file.read()
    except FileNotFoundError:
        written = b""
    except OSError:
        return None
    # The folder's name is only guessed here; the mark in the index says whether the guess was right.
    folder = _guessed_folder(written)
    pointer = None
    if folder is not None:
        try:
            pointer = read_pointer(f"{named or folder}/{INDEX}")
        except Exception:  # noqa: BLE001 - whatever is wrong, cli says it
            return None
    if pointer is None or pointer.format != FORMAT or pointer.config != config_mark(written, folder or "", INDEX):
        return None
    return f"{named or folder}/{INDEX}"


def _guessed_folder(config: bytes) -> str | None:
    """The archive's folder as a configuration usually names it."""
    if not config:
        return DATA
    for line in config.decode("utf-8", "replace").splitlines():
        key, _, value = line.partition(":")
        if key == "  folder" and not value.isspace():
            return value.partition("#")[0].strip()
    return DATA


if __name__ == "__main__":
    sys.exit(main())
