"""The commands of whoever runs the archive: status, doctor, backup, cron.

May import: asking, cron, doctor, status, library, jobs, pipeline.
"""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

import index
from index import cron
from index.asking import index_folder
from index.doctor import Doctor
from index.jobs import JobReport, index_articles
from index.status import freshness, metrics, write_metrics
from pipeline import story
from pipeline.archive import Archive, DamageKind
from pipeline.config import Config, Health
from pipeline.console import Commands, Console, command
from pipeline.errors import ArchiveError, ExitCode, StorageError, UsageError


def mount(commands: Commands) -> None:
    """Add these commands."""
    sub = command(commands, "status", status, "Say how the archive is; fail when it is stale or cannot be searched.")
    sub.add_argument(
        "--prometheus",
        type=Path,
        metavar="FILE",
        help="write the state as metrics, too (for node_exporter's textfile collector)",
    )
    sub = command(commands, "doctor", doctor, "Look for damage, and name the command that repairs it.")
    sub.add_argument(
        "--repair",
        choices=[kind.value for kind in DamageKind],
        metavar="KIND",
        help="repair one kind of damage, as the doctor's own advice says",
    )
    sub = command(commands, "backup", back_up, "Copy the archive and its index, also while a crawl writes.")
    sub.add_argument("dest", type=Path, metavar="DEST", help="folder of the copy; an older copy there is replaced")
    sub = command(commands, "cron", print_cron, "Print what runs the archive every night.")
    sub.add_argument("action", choices=("print",), metavar="print", help="print it, for you to install")
    form = sub.add_mutually_exclusive_group(required=True)
    form.add_argument("--cron", action="store_true", help="a line for `crontab -e`")
    form.add_argument("--systemd", action="store_true", help="a service and its timer")
    sub.add_argument("--to", type=Path, metavar="DIR", help="write systemd's units into this folder instead")


def status(options: argparse.Namespace, console: Console) -> ExitCode:
    """`aimf status`: 0 when the last good crawl is recent enough and the index can be read."""
    config = console.config_or_none()
    folder = console.data_folder(config)
    indexed, index_line = _indexed(folder, config)
    with Archive.open(folder) as archive:
        record, lines = story.of_archive(archive)
        fresh = freshness(archive, (config.health if config else Health()).stale_after_hours, datetime.now(UTC))
        record |= {"indexed": indexed, "freshness": fresh.as_record()}
        if options.prometheus is not None:
            write_metrics(options.prometheus, metrics(archive, fresh, indexed))
    if console.json:
        print(json.dumps(record, ensure_ascii=False, indent=2, default=str))
    elif not console.quiet:
        print("\n".join([*lines, index_line, fresh.line()]))
    well = indexed is not None and fresh.trouble is None
    if console.quiet and not well:
        console.insist(fresh.trouble or index_line)
    return ExitCode.DONE if well else ExitCode.FAILED


def _indexed(folder: Path, config: Config | None) -> tuple[int | None, str]:
    """How many articles the index holds, and the line that says so; None when it cannot be read."""
    try:
        with index.open(folder, index_folder(config)) as library:
            return len(library), f"index      {len(library)} articles"
    except ArchiveError as wrong:
        Archive.open(folder).close()  # an archive that cannot be opened is the finding, not its index
        return None, f"index      {wrong}"


def doctor(options: argparse.Namespace, console: Console) -> ExitCode:
    """`aimf doctor`: every damage with the command that repairs it; 13 when there is one."""
    examined = Doctor(console, console.config_or_none())
    if options.repair is not None:
        console.say(examined.repair(DamageKind(options.repair)))
    found = examined.examine()
    if console.json:
        told = [{"kind": f.damage.kind.value, "what": f.damage.what, "command": f.command} for f in found]
        print(json.dumps({"damages": [f.damage.what for f in found], "findings": told}, ensure_ascii=False))
    elif found:
        for finding in found:
            print(f"{finding.damage.what}\n    {finding.command}")
    elif not console.quiet:
        print(f"All is well in {examined.folder}.")
    return ExitCode.DAMAGED if found else ExitCode.DONE


def back_up(options: argparse.Namespace, console: Console) -> ExitCode:
    """`aimf backup DEST`: the store as it is at this moment, and an index that fits it."""
    config = console.config_or_none()
    with Archive.open(console.data_folder(config)) as archive:
        archive.copy_to(options.dest)
    report = JobReport()
    with Archive.open(options.dest) as copy:
        if copy.damages():
            raise StorageError(f"The copy in {options.dest} is not whole; run aimf doctor on the archive, then again.")
        index_articles(copy, options.dest / index_folder(config), console, report)
        count = copy.counts().articles
    if not console.quiet:
        print(f"{count} articles and everything captured are in {options.dest}; aimf --data {options.dest} opens it.")
    return ExitCode.DONE


def print_cron(options: argparse.Namespace, console: Console) -> ExitCode:
    """`aimf cron print`."""
    console.config()  # what is printed must work
    if options.cron:
        if options.to is not None:
            raise UsageError("--to is for systemd's units; a line of cron's is put in by `crontab -e`.")
        print(cron.cron_line(console.config_path, console.data_named))
        return ExitCode.DONE
    for name, text in cron.units(console.config_path, console.data_named).items():
        if options.to is None:
            print(f"# /etc/systemd/system/{name}\n{text}")
            continue
        try:
            (options.to / name).write_text(text, encoding="utf-8")
        except OSError as wrong:
            raise StorageError(f"The unit {options.to / name} cannot be written: {wrong.strerror}.") from wrong
    return ExitCode.DONE
