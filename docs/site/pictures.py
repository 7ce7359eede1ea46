"""The pictures of the page of `tpc report` in README and in the documentation, made in Chromium.

python -m docs.site.pictures TREC.tpir NER.tpir
"""

from __future__ import annotations

import sys
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

import tpc
from tpc.report.page import page

ROOT = Path(__file__).parent.parent.parent
_COLOURS = 96
_QUESTION = "<s> What city 's newspaper is called `` The Enquirer '' ? </s>"
_SENTENCE = "<s> The German striker Klinsmann left Tottenham for Bayern Munich in July . </s>"
_SIZES = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}


def main(trec: str, ner: str) -> None:
    """Write all of them."""
    programs = ROOT / "programs"
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        camera = Camera(browser, Path(folder))
        camera.shoot(
            "page-sort", programs / "sort/sort.tpir", "node=count_2&input=<s> 3 1 4 1 2 </s>"
        )
        camera.shoot("page-hist", programs / "hist/hist.tpir", "input=<s> 3 0 3 4 3", size="phone")
        brackets = "view=attention&node=attn_2_0&position=7&input=<s> ( ( ) ) ( ) ) ( ( ( ) ) ( ) )"
        camera.shoot("page-dyck1", programs / "dyck1/dyck1.tpir", brackets, "dark")
        camera.shoot("page-trec", Path(trec), f"view=why&input={_QUESTION}")
        camera.shoot("page-ner", Path(ner), f"position=4&input={_SENTENCE}", "dark")
        browser.close()


class Camera:
    """Takes pictures of pages of programs."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self.browser = browser
        self.folder = folder

    def shoot(
        self,
        name: str,
        program: Path,
        fragment: str,
        scheme: Literal["light", "dark"] = "light",
        size: Literal["wide", "phone"] = "wide",
    ) -> None:
        """One picture of the first screen, in few colours: it is text on plain ground."""
        file = self.folder / f"{name}.html"
        file.write_text(page(tpc.load(program).ir), encoding="utf-8")
        window = {"viewport": _SIZES[size], "color_scheme": scheme}
        shown = self.browser.new_page(**window)  # type: ignore[arg-type]
        shown.goto(f"{file.as_uri()}#{fragment}")
        picture = Image.open(BytesIO(shown.screenshot())).convert("RGB")
        small = picture.quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        small.save(ROOT / "docs" / "figures" / f"{name}.png", optimize=True)
        shown.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
