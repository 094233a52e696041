"""The nightly run as cron's line and as systemd's units, with the absolute paths of the installation that prints them.

May import: pipeline.
"""

from __future__ import annotations

import getpass
import shlex
import sys
from pathlib import Path

MAX_DURATION = "5h"
NIGHTLY = "30 2 * * *"
UNIT = "aimf-archive"

_SERVICE = """\
[Unit]
Description=Bring the archive of the site up to date
Documentation=https://www.freedesktop.org/software/systemd/man/systemd.service.html
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
User={user}
WorkingDirectory={folder}
ExecStart={command}
# 3: done, but some pages failed; the archive is valid
SuccessExitStatus=3
# SIGTERM ends a run within seconds, with everything stored
TimeoutStopSec=60
Nice=10
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=full
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictSUIDSGID=yes
"""

_TIMER = """\
[Unit]
Description=Every night: bring the archive of the site up to date

[Timer]
OnCalendar=*-*-* 02:30:00
RandomizedDelaySec=10min
# a night that the machine slept through is made up for
Persistent=yes

[Install]
WantedBy=timers.target
"""


def program() -> list[str]:
    """How the running installation is called by its full path."""
    script = Path(sys.executable).with_name("aimf")
    return [str(script)] if script.exists() else [sys.executable, "-m", "index"]


def crawl_command(config: Path, data: Path | None) -> list[str]:
    """The nightly command; quiet, so that cron's mail means that something happened."""
    named = ["--data", str(data.resolve())] if data else []
    return [*program(), "--config", str(config.resolve()), *named, "-q", "crawl", "--max-duration", MAX_DURATION]


def cron_line(config: Path, data: Path | None) -> str:
    """A line of a crontab. cron reads % as the end of the command."""
    return f"{NIGHTLY} {shlex.join(crawl_command(config, data))}".replace("%", r"\%")


def units(config: Path, data: Path | None) -> dict[str, str]:
    """Unit files by their names."""
    command = " ".join(_quoted(word) for word in crawl_command(config, data))
    folder = str(config.resolve().parent).replace("%", "%%")
    service = _SERVICE.format(user=getpass.getuser(), folder=folder, command=command)
    return {f"{UNIT}.service": service, f"{UNIT}.timer": _TIMER}


def _quoted(word: str) -> str:
    """A word of an ExecStart line: % begins a specifier there, $ a variable.

    >>> _quoted("/srv/aimf"), _quoted("/srv/50 % $x")
    ('/srv/aimf', '"/srv/50 %% $$x"')
    """
    safe = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{safe}"' if any(sign in word for sign in " \t'\"%$;\\") else safe
