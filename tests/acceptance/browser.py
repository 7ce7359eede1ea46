"""A real browser for pages: Debian's Chromium, without a window, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

PAGE_SOURCE = Path(__file__).parent.parent.parent / "tpc" / "report" / "web"

#: Where the browser is, if there is one.
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser, which is there as long as it is used. As root it runs without its sandbox."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, file: Path, fragment: str = "", **options: Any) -> Iterator[Page]:
    """A page of a file. That it says nothing on the console and fetches nothing is checked.

    Args:
        browser: Where it is opened.
        file: What it shows.
        fragment: Of its address.
        options: Of the window: `viewport`, `color_scheme`.
    """
    page, said = browser.new_page(**options), []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    page.on("request", lambda request: said.append(f"request: {request.url}"))
    address = f"{file.resolve().as_uri()}{fragment}"
    page.goto(address)
    yield page
    # Its own address, and once more for each time that it is loaded anew, is all that it asks for.
    assert [line for line in said if not line.startswith(f"request: {file.as_uri()}")] == []
    page.close()


def typed(page: Page, text: str) -> None:
    """Type an input in the place of the one that there is."""
    page.locator("#line").fill(text)


def labels(page: Page) -> list[str]:
    """The labels that the page shows."""
    return page.locator("button.label").all_text_contents()
