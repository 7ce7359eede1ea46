"""The pictures of the page of `tpc report`, made in Chromium: those to look at, those of the docs.

    python -m docs.site.pictures SHARED FOLDER

`SHARED` holds the runs on TREC and CoNLL-2003 in `zoo/`. Written are five programs wide and as on a
phone, light and dark, into `FOLDER`; of these, `docs/figures` has one of each program.
"""

from __future__ import annotations

import sys
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, ViewportSize

import tpc
from tests.acceptance.browser import browsing, opened
from tpc.report.page import page

ROOT = Path(__file__).parent.parent.parent
_COLOURS = 96
_QUESTION = "<s> What city 's newspaper is called `` The Enquirer '' ? </s>"
_SENTENCE = "<s> The German striker Klinsmann left Tottenham for Bayern Munich in July . </s>"
_SIZES: dict[str, ViewportSize] = {
    "wide": {"width": 1440, "height": 1000},
    "phone": {"width": 390, "height": 844},
}
_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

#: What each page shows.
_SHOWN = {
    "sort": "node=count_2&input=<s> 3 1 4 1 2 </s>",
    "hist": "input=<s> 3 0 3 4 3",
    "dyck1": "view=attention&node=attn_2_0&position=7&input=<s> ( ( ) ) ( ) ) ( ( ( ) ) ( ) )",
    "trec": f"view=why&source=0&input={_QUESTION}",
    "ner": f"position=4&input={_SENTENCE}",
}

#: Which pictures the documentation has, of each program.
_FIGURES = {
    "sort": ("wide", "light"),
    "hist": ("phone", "light"),
    "dyck1": ("wide", "dark"),
    "trec": ("wide", "light"),
    "ner": ("wide", "dark"),
}


def main(shared: str, folder: str) -> None:
    """Write all of them."""
    runs = {"trec": "trec", "ner": "conll_ner"}
    with browsing() as browser:
        for name in _SHOWN:
            if name in runs:
                run = Path(shared) / "zoo" / runs[name]
                program = tpc.import_run(run, vocabulary=run / "expected.json")
            else:
                program = tpc.load(ROOT / "programs" / name / f"{name}.tpir")
            file = Path(folder) / f"{name}.html"
            file.write_text(page(program.ir), encoding="utf-8")
            _shoot(browser, name, file)


def _shoot(browser: Browser, name: str, file: Path) -> None:
    """The first screen of a page, in few colours: it is text on plain ground."""
    for size, scheme in product(_SIZES, _SCHEMES):
        window = {"viewport": _SIZES[size], "color_scheme": scheme}
        with opened(browser, file, f"#{_SHOWN[name]}", **window) as shown:
            picture = Image.open(BytesIO(shown.screenshot())).convert("RGB")
        small = picture.quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        small.save(file.with_name(f"{name}-{size}-{scheme}.png"), optimize=True)
        if _FIGURES[name] == (size, scheme):
            small.save(ROOT / "docs" / "figures" / f"page-{name}.png", optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
