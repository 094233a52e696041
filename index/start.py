"""Where `aimf` begins: one plain search is answered here, everything else is handed to `cli`.

A search from the shell is a process of its own, and most of such a process is importing. So `aimf search WORDS` with
nothing out of the ordinary (an index that is there, no configuration or one that was read before, no option but
--limit, --json, --config and --data) imports what answers it and no more. Whatever is out of the ordinary is left to
`cli`, which says what is wrong; the answers are the same. May import: answers, opening, pointer, record, search; cli
where it hands over.
"""

from __future__ import annotations

import gc
import os
import sys

from index.answers import FACETS_SHOWN, colour, lines
from index.pointer import DATA, FORMAT, INDEX, config_mark, read_pointer
from index.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from index.search import Page

CONFIG = "config.yaml"


class _Asked(Record):
    """One plain search as it was typed."""

    text: str
    limit: int
    as_json: bool
    data: str | None
    config: str | None


def main() -> int:
    """Run one command; what comes back is the exit code (`pipeline.errors.ExitCode`)."""
    arguments = sys.argv[1:]
    asked = _plain_search(arguments)
    if asked is not None:
        # Nothing becomes garbage that matters within one answer.
        gc.disable()
        if _answer(asked):
            # The answer is out. To take the interpreter down in good order costs a fifth of the whole search.
            os._exit(0)
        gc.enable()
    # Only here: it imports what all the other commands need, ten times as much as a search.
    from index.cli import main as every_command  # noqa: PLC0415 - see above

    return every_command(arguments)


def _plain_search(arguments: list[str]) -> _Asked | None:
    """The search that is asked; None for any other command line."""
    given: dict[str, str] = {}
    words: list[str] = []
    started = as_json = False
    waiting = iter(arguments)
    for argument in waiting:
        if argument in ("--data", "--config") or (argument == "--limit" and started):
            given[argument] = next(waiting, "")
        elif argument == "--json":
            as_json = True
        elif argument == "search" and not started:
            started = True
        elif argument.startswith("-") or not started:
            return None
        else:
            words.append(argument)
    text, limit = " ".join(words), given.get("--limit", "10")
    if not text.strip() or "" in given.values() or not (limit.isascii() and limit.isdigit() and int(limit)):
        return None
    return _Asked(text, int(limit), as_json, given.get("--data"), given.get("--config"))


def _answer(asked: _Asked) -> bool:
    """Print the answer; False when this is no plain case."""
    place = _index_folder(asked)
    if place is None:
        return False
    from time import perf_counter  # noqa: PLC0415 - after it is clear that a search is asked

    from index.opening import open_index  # noqa: PLC0415
    from index.search import Question  # noqa: PLC0415

    start = perf_counter()
    try:
        page = open_index(place).searcher.search(Question(asked.text, asked.limit, facets=FACETS_SHOWN))
    except Exception:  # noqa: BLE001 - whatever is wrong, cli meets it again and says it
        return False
    try:
        _print(page, (perf_counter() - start) * 1000, as_json=asked.as_json)
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


def _index_folder(asked: _Asked) -> str | None:
    """Where the index is; None where only `cli` can tell."""
    try:
        with open(asked.config or CONFIG, "rb") as file:  # noqa: PTH123 - pathlib takes 4 ms to import
            written = file.read()
        # The name is only guessed here; the mark in the index says whether the guess was right.
        named = _guessed_folder(written)
        beside = os.path.join(os.path.dirname(asked.config or ""), named)  # noqa: PTH118, PTH120 - see above
        folder, mark = f"{asked.data or beside}/{INDEX}", config_mark(written, named, INDEX)
    except FileNotFoundError:
        if asked.config is not None:
            return None
        folder, mark = f"{asked.data or DATA}/{INDEX}", None
    except OSError:
        return None
    try:
        pointer = read_pointer(folder)
    except Exception:  # noqa: BLE001 - whatever is wrong, cli says it
        return None
    served = pointer is not None and pointer.format == FORMAT and mark in (None, pointer.config)
    return folder if served else None


def _guessed_folder(config: bytes) -> str:
    """The archive's folder as a configuration usually names it."""
    for line in config.decode("utf-8", "replace").splitlines():
        key, _, value = line.partition(":")
        if key == "  folder" and not value.isspace():
            return value.partition("#")[0].strip()
    return DATA


if __name__ == "__main__":
    sys.exit(main())
