"""Puts the site's pages together: written ones, generated ones, and files of the repository."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from docs.site import commands, ir, lists, python_api

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
#: Pages of the site that are files elsewhere in the repository, which has its one copy of them.
BORROWED = {
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
    "ir_specs/SPEC.md": "reference/spec.md",
    "programs/README.md": "programs.md",
}
_LINK = re.compile(r"\[([^\]\n]+)\]\(([^)\s]+)\)")


def assemble(folder: Path) -> list[str]:
    """Write the source of every page, and what pages show, to a folder.

    Returns:
        The pages, by their place in the folder.
    """
    pages = sources()
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for part in ("figures", "site/assets"):
        shutil.copytree(ROOT / "docs" / part, folder / part.removeprefix("site/"))
    return list(pages)


def sources() -> dict[str, str]:
    """The Markdown of every page, by its place on the site."""
    written = {path.name: f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}
    page_names = {source: place for place, source in written.items()} | BORROWED
    pages = {
        place: linked((ROOT / source).read_text(encoding="utf-8"), source, page_names)
        for source, place in page_names.items()
        if (ROOT / source).exists()
    }
    return pages | commands.pages() | ir.pages() | lists.pages() | python_api.pages()


def linked(text: str, source: str, page_names: dict[str, str]) -> str:
    """A page whose links to other pages lead to where these are on the site.

    Links to other files of the repository become their text: the site has no copy of them.

    Args:
        text: The page.
        source: Its place in the repository.
        page_names: The place on the site of each file that is a page.
    """

    def replaced(found: re.Match[str]) -> str:
        label, target = found[1], found[2]
        if target.startswith(("#", "http:", "https:", "mailto:")):
            return found[0]
        path, _, anchor = target.partition("#")
        name = _from_root(Path(source).parent / path)
        up = "../" * page_names[source].count("/")
        if name in page_names:
            return f"[{label}]({up}{page_names[name]}{'#' * bool(anchor)}{anchor})"
        if name.startswith("docs/") and not (ROOT / name).exists():
            return f"[{label}]({target})"  # a generated page
        return found[0] if name.startswith("docs/figures/") else label

    return _LINK.sub(replaced, text)


def _from_root(path: Path) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)
