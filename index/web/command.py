"""`aimf serve`: where to listen, who may ask. May import: pipeline; the page itself when it is started.

The page's packages are an extra (`aimf-archive[web]`): this module is imported by every command and needs none of them.
"""

from __future__ import annotations

import argparse
import os

from pipeline.archive import Archive
from pipeline.config import IndexFolder, PageRules
from pipeline.console import Commands, Console, command
from pipeline.errors import ExitCode, UsageError


def mount(commands: Commands) -> None:
    """Add the command."""
    sub = command(commands, "serve", serve, "Serve the staff's page.")
    sub.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="where to listen (default 127.0.0.1)")
    sub.add_argument("--port", type=port, default=8000, metavar="N", help="port (default 8000; 0: a free one)")
    sub.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="HOST",
        help="a host name under which the page is asked, behind a proxy; may be repeated",
    )
    sub.add_argument(
        "--no-auth",
        action="store_true",
        help="ask for no password, though one is set or others reach the address",
    )


def port(text: str) -> int:
    """A port to listen on; 0 is any free one."""
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; ports are 0 to 65535")
    return int(text)


def serve(options: argparse.Namespace, console: Console) -> ExitCode:
    """`aimf serve`, until SIGINT or SIGTERM."""
    try:
        from index.web import secret, server  # noqa: PLC0415 - see above
    except ModuleNotFoundError as missing:
        name = (missing.name or "").partition(".")[0]
        raise UsageError(
            f"The page needs packages that are not installed ({name}); run: pip install 'aimf-archive[web]'."
        ) from None
    config = console.config_or_none()
    folder = console.data_folder(config)
    Archive.open(folder).close()  # says what is missing before anybody asks
    rules = config.page if config else PageRules()
    credentials = secret.credentials_of(os.environ, rules, console.config_path.parent)
    where = server.place(options.host, options.port, options.name, credentials, no_auth=options.no_auth)
    with server.bound(where) as listening:
        host = f"[{where.host}]" if ":" in where.host else where.host
        asked = " (name and password are asked)" if where.credentials else ""
        console.say(f"The archive's page: http://{host}:{listening.getsockname()[1]}/{asked}. Ctrl-C ends it.")
        index_folder = (config.index if config else IndexFolder()).folder
        signal = server.run(listening, where, folder, index_folder, config)
    return ExitCode(128 + signal) if signal else ExitCode.DONE
