"""What every command shares: global options, one sentence an error, exit codes, progress.

stdout is data, stderr is messages. May import: config, errors.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn, TypeAlias

from tqdm import tqdm

from pipeline.config import Config, program_version
from pipeline.config_file import load_config
from pipeline.errors import ArchiveError, ExitCode, StorageError, UsageError

DEFAULT_CONFIG = Path("config.yaml")
_DEFAULT_DATA = Path("data")


@dataclass(frozen=True, slots=True)
class Console:
    """The global options of one call."""

    config_path: Path
    config_named: bool
    data_named: Path | None
    json: bool
    verbosity: int
    run_id: int | None = None

    def of_run(self, run_id: int) -> Console:
        """The same, with the run's id on every message: cron's mails and logs of many nights lie together."""
        return replace(self, run_id=run_id)

    @property
    def quiet(self) -> bool:
        """Whether to say nothing as long as all goes well (`-q`)."""
        return self.verbosity < 0

    def config(self) -> Config:
        """The configuration. Raises ConfigError."""
        return load_config(self.config_path)

    def config_or_none(self) -> Config | None:
        """The configuration for commands that can do without: None when the default file is not there."""
        if not self.config_named and not self.config_path.exists():
            return None
        return self.config()

    def data_folder(self, config: Config | None) -> Path:
        """The archive's folder: `--data`, else the configuration's, relative to its file."""
        if self.data_named is not None:
            return self.data_named
        if config is None:
            return _DEFAULT_DATA
        return (self.config_path.parent / Path(config.archive.folder).expanduser()).resolve()

    def say(self, text: str) -> None:
        """A message to the person at the keyboard, unless `-q`."""
        if not self.quiet:
            print(tagged(text, self.run_id), file=sys.stderr, flush=True)

    def insist(self, text: str) -> None:
        """A message that `-q` does not silence: something went wrong."""
        print(tagged(text, self.run_id), file=sys.stderr, flush=True)

    def say_more(self, text: str) -> None:
        """A message for `-v`: every page that was asked, and what came of it."""
        if self.verbosity > 0:
            print(tagged(text, self.run_id), file=sys.stderr, flush=True)

    @contextlib.contextmanager
    def progress(self, what: str, unit: str) -> Iterator[Callable[[int], None]]:
        """A bar on stderr when that is a terminal and `-q` was not given; a counter that shows nothing else."""
        shown = self.verbosity >= 0 and sys.stderr.isatty()
        with tqdm(desc=what, unit=f" {unit}", file=sys.stderr, disable=not shown, leave=False) as bar:

            def advance(steps: int) -> None:
                bar.update(steps)

            yield advance


def tagged(text: str, run_id: int | None) -> str:
    """A message with the run that it is about.

    >>> tagged("4 pages asked", 17), tagged("no archive", None)
    ('[run 17] 4 pages asked', 'no archive')
    """
    return text if run_id is None else f"[run {run_id}] {text}"


class _Parser(argparse.ArgumentParser):
    """argparse, in one sentence with a proposal."""

    def error(self, message: str) -> NoReturn:
        wrong = re.match(r"argument COMMAND: invalid choice: '([^']*)'", message)
        if wrong:
            known = [name for action in self._actions if action.dest == "command" for name in action.choices or ()]
            near = difflib.get_close_matches(wrong[1], known, n=1)
            proposal = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}."
            message = f"there is no command {wrong[1]!r}; {proposal}"
        raise UsageError(f"aimf: {message}" + ("" if message.endswith(("?", ".")) else f" (see `{self.prog} --help`)"))


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - the only name it has


def parser() -> tuple[argparse.ArgumentParser, Commands]:
    """The `aimf` parser and the place where commands mount themselves with `command`."""
    top = _Parser(prog="aimf", description="A polite archive of AIMF's web articles that answers in French.")
    _add_globals(top, fresh=True)
    top.add_argument("--version", action="version", version=f"aimf-archive {program_version()}")
    return top, top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)


def _add_globals(target: argparse.ArgumentParser, *, fresh: bool) -> None:
    """The global options, accepted before and after the command; a default is set once, before it."""
    keep = argparse.SUPPRESS
    options = target.add_argument_group("global options")
    options.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        default=None if fresh else keep,
        help="configuration (default ./config.yaml)",
    )
    options.add_argument(
        "--data",
        metavar="DIR",
        type=Path,
        default=None if fresh else keep,
        help="the archive's folder (default: from the configuration)",
    )
    options.add_argument("--json", action="store_true", default=False if fresh else keep, help="answer in JSON")
    options.add_argument(
        "-q",
        "--quiet",
        action="count",
        default=0 if fresh else keep,
        help="say nothing when all went well, one paragraph otherwise",
    )
    options.add_argument(
        "-v", "--verbose", action="count", default=0 if fresh else keep, help="say more: every page that is asked"
    )
    options.add_argument("--debug", action="store_true", default=False if fresh else keep, help="show tracebacks")


Handler = Callable[[argparse.Namespace, Console], ExitCode]


def command(commands: Commands, name: str, handler: Handler, summary: str) -> argparse.ArgumentParser:
    """Mount a command; its own arguments are added to what comes back."""
    sub: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=summary)
    _add_globals(sub, fresh=False)
    sub.set_defaults(handler=handler)
    return sub


def run(top: argparse.ArgumentParser, arguments: list[str] | None) -> int:
    """Parse, call the command, turn what happens into an exit code; never a traceback for a user's mistake."""
    debug = "--debug" in (arguments if arguments is not None else sys.argv)
    try:
        with _output(sys.stdout):
            options = top.parse_args(arguments)
            if options.command is None:
                top.print_help(sys.stderr)
                return ExitCode.USAGE
            console = Console(
                config_path=options.config or DEFAULT_CONFIG,
                config_named=options.config is not None,
                data_named=options.data,
                json=options.json,
                verbosity=options.verbose - options.quiet,
            )
            handler: Handler = options.handler
            return handler(options, console)
    except ArchiveError as wrong:
        if debug:
            raise
        print(tagged(str(wrong), wrong.run_id), file=sys.stderr)
        return wrong.exit_code
    except KeyboardInterrupt:
        print("Interrupted; what was archived is safe, the next run goes on.", file=sys.stderr)
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has left (`| head`): nothing to say, and nothing left to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE
    except OSError as wrong:
        if debug:
            raise
        print(
            StorageError(
                f"{wrong.strerror or wrong}: {wrong.filename or 'the disk'}; free or allow it, then run again."
            ),
            file=sys.stderr,
        )
        return ExitCode.FAILED


@contextlib.contextmanager
def _output(stream: IO[str]) -> Iterator[None]:
    """UTF-8 out, whatever the locale of cron says."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure:
        reconfigure(encoding="utf-8", errors="replace")
    yield
    stream.flush()


@contextlib.contextmanager
def stop_on_signals(ask: Callable[[int], None]) -> Iterator[None]:
    """SIGINT and SIGTERM call `ask` once; a second one of them interrupts at once."""

    def handle(number: int, _frame: FrameType | None) -> None:
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, previous[name])
        ask(number)

    previous = {name: signal.signal(name, handle) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for name, old in previous.items():
            signal.signal(name, old)


def colour(stream: IO[str]) -> bool:
    """Whether a stream takes colour: a terminal, and NO_COLOR unset (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?:in)?)?(?:(\d+)s?)?")


def duration_s(text: str) -> float:
    """Seconds of « 2h », « 90m », « 1h30m », « 45s » or a plain number.

    >>> duration_s("2h"), duration_s("1h30m"), duration_s("45")
    (7200.0, 5400.0, 45.0)
    """
    found = _DURATION.fullmatch(text.strip().lower())
    if not text.strip() or found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration; write 2h, 90m or 45s")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(hours * 3600 + minutes * 60 + seconds)


def jobs_option(command: argparse.ArgumentParser) -> None:
    """Add `--jobs` to a command that reads pages."""
    command.add_argument(
        "--jobs",
        type=positive,
        default=0,
        metavar="N",
        help="processes that read pages (default: the configuration's, else one a processor)",
    )


def positive(text: str) -> int:
    """A whole number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1")
    return int(text)


def pause_s(text: str) -> float:
    """A pause in seconds, 0 to 3600."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 3600:
        raise argparse.ArgumentTypeError(f"{text!r} is no pause in seconds between 0 and 3600")
    return value


def page_url(text: str) -> str:
    """The address of a page."""
    if not re.match(r"https?://[^/\s]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no web address; write it with https://")
    return text
