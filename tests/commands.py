"""What tests of the commands share: a small configuration, what was said, what was archived."""

import json
import subprocess
import sys
from pathlib import Path

import index

ROOT = Path(__file__).resolve().parent.parent
PROSE = (
    "<p>Le conseil municipal a réuni hier les habitants du quartier pour présenter le projet de station d’épuration.</p>"
    "<p>Les travaux commenceront au printemps, et la commune formera douze agents à l’entretien des ouvrages.</p>"
)


def config_for(url, folder, *, more=None, **site):
    """A configuration of one site, with keys of its own; `more` are sections beside the site's."""
    settings = {"name": "Ville", "base_url": url, "kinds": [{"kind": "page", "path": "^/[a-z]"}], "listings": ["^/$"]}
    text = json.dumps(
        {
            "archive": {"folder": str(folder / "data")},
            "sites": {"ville": settings | site},
            "politeness": {"delay_s": 0, "tries": 1, "retry_pause_s": 0},
            **(more or {}),
        }
    )
    file = folder / "config.yaml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def said(capsys):
    """The one sentence on stderr; nothing of Python's in it."""
    text = capsys.readouterr().err
    assert "Traceback" not in text
    return text


def told(capsys):
    """Everything that was said, on stdout and stderr; nothing of Python's in it."""
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return captured.out + captured.err


def archived(config):
    with index.open(Path(config).parent / "data") as archive:
        return {hit.url: hit.article.text for hit in archive.search("conseil", 100)}


def run(config, *arguments, timeout=120, **options):
    command = [sys.executable, "-m", "index", "--config", config, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False, **options)
