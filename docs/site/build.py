"""From the repository to a folder of HTML that asks for nothing outside it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from docs.site.assemble import assemble

HERE = Path(__file__).parent
#: The line of the navigation that the pages of all commands take the place of.
COMMANDS = "      # The pages of all commands stand here.\n"
#: What the theme would fetch to search a site that is read from files, and what it gets instead.
FETCHED, BUNDLED = "https://unpkg.com/iframe-worker/shim", "assets/iframe-worker.js"
_COLOUR = re.compile(r"\x1b\[[\d;]*m")


class SiteError(Exception):
    """The site has a fault, such as a link that leads nowhere."""


def build(output: Path) -> int:
    """Build the site and replace what is in the output folder by it.

    Returns:
        The number of pages.

    Raises:
        SiteError: The generator warned of something, or is not installed.
    """
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        names = assemble(work / "pages")
        _configure(work, names)
        _generate(work)
        pages = sorted((work / "site").rglob("*.html"))
        for page in pages:
            _bundle(page, work / "site")
        shutil.rmtree(output, ignore_errors=True)
        shutil.copytree(work / "site", output)
    return len(pages)


def _configure(work: Path, names: list[str]) -> None:
    """Write the configuration, with a place in the navigation for each command.

    Raises:
        SiteError: A page has no place in the navigation.
    """
    commands = [name for name in names if name.startswith("reference/commands/")]
    pages = "".join(f'      "{name}",\n' for name in commands)
    text = (HERE / "zensical.toml").read_text(encoding="utf-8").replace(COMMANDS, pages)
    for name in names:
        if f'"{name}"' not in text:
            raise SiteError(f"{name} has no place in the navigation: docs/site/zensical.toml")
    (work / "zensical.toml").write_text(text, encoding="utf-8")


def _generate(work: Path) -> None:
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    if "No module named zensical" in said:
        raise SiteError("zensical is not installed: pip install -c constraints.txt -e '.[docs]'")
    if done.returncode or "Warning" in said or "No issues found" not in said:
        raise SiteError(_COLOUR.sub("", said).split("Traceback")[0])


def _bundle(page: Path, site: Path) -> None:
    """Let a page take from the site what it would ask another host for."""
    up = "../" * (len(page.relative_to(site).parts) - 1)
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace(FETCHED, up + BUNDLED), encoding="utf-8")
