"""The documentation site builds without a warning, leads nowhere wrong, and needs no network."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from docs.site.build import FETCHED, build

#: What a browser fetches by itself to show a page: tags, and the attribute with the address.
FETCHING = {
    ("script", "src"),
    ("img", "src"),
    ("iframe", "src"),
    ("source", "src"),
    ("video", "src"),
    ("audio", "src"),
    ("object", "data"),
    ("embed", "src"),
    ("link", "href"),
}


class Page(HTMLParser):
    """The anchors of a page, its links, and what it fetches."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.classes: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.anchors.add(value)
            if name == "class" and value:
                self.classes.update(value.split())
            if tag == "a" and name == "href" and value:
                self.links.append(value)
            if (tag, name) in FETCHING and value:
                self.fetched.append(value)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs") / "site"
    build(folder)  # Raises where the generator warns of anything.
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in sorted(site.rglob("*.html"))}


def local(page: Path, site: Path, address: str) -> tuple[Path, str] | None:
    """The file and the anchor that an address leads to; None if it leads outside."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return None
    path = unquote(parts.path)
    base = site if path.startswith("/") else page.parent
    target = (base / path.lstrip("/")).resolve() if path else page
    return (target / "index.html" if target.is_dir() else target), unquote(parts.fragment)


def test_every_link_and_anchor_exists(site: Path, pages: dict[Path, Page]) -> None:
    checked = 0
    for path, page in pages.items():
        if path.name == "404.html":
            continue  # It may be shown at any address, so that its links are absolute.
        for address in page.links:
            found = local(path, site, address)
            if found is None:
                continue
            target, anchor = found
            assert target.is_file(), f"{path.relative_to(site)}: {address}"
            if anchor and target in pages:
                assert anchor in pages[target].anchors, f"{path.relative_to(site)}: {address}"
            checked += 1
    assert checked > 1000
    assert len(pages) >= 30


def test_no_page_asks_for_anything_outside(site: Path, pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        for address in page.fetched:
            found = local(path, site, address)
            assert found is not None, f"{path.relative_to(site)}: {address}"
            assert path.name == "404.html" or found[0].is_file(), f"{path}: {address}"
        # The theme would fetch a renderer from outside for drawings of this kind.
        assert not page.classes & {"mermaid", "arithmatex"}, path
        assert FETCHED not in path.read_text(encoding="utf-8")
    for sheet in site.rglob("*.css"):
        for address in re.findall(r"url\(([^)]+)\)", sheet.read_text(encoding="utf-8")):
            assert address.strip("'\"").startswith(("data:", "#")), f"{sheet}: {address}"


def test_every_page_is_in_the_navigation(site: Path, pages: dict[Path, Page]) -> None:
    home = site / "index.html"
    linked = {local(home, site, address) for address in pages[home].links}
    targets = {found[0] for found in linked if found is not None}
    missing = [path for path in pages if path not in targets and path.name != "404.html"]
    assert not missing


def test_it_can_be_searched(site: Path) -> None:
    assert (site / "search.js").stat().st_size > 100_000
    assert (site / "assets" / "iframe-worker.js").is_file()
