"""The page of `tpc report` in Chromium: its answers, and all that a reader does with it."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from playwright.sync_api import Browser, Page

import tpc
from tests.acceptance.browser import CHROMIUM, PAGE_SOURCE, browsing, labels, opened, typed
from tests.backends.conftest import acceptable_words
from tests.conftest import SHARED
from tests.strategies import HOSTILE
from tpc.passes.steps import optimised_in_steps
from tpc.report.page import BUNDLE, page
from tpc.semantics.encoding import encode
from tpc.semantics.interpreter import Interpreter

ROOT = Path(__file__).parent.parent.parent
PROGRAMS = {path.stem: path for path in sorted((ROOT / "programs").glob("*/*.tpir"))}
CORPUS = ROOT / "tests" / "corpus"
TEXT = {name: CORPUS / f"{name}.tpir" for name in ("embedded_words", "hostile")}
#: Real runs on text, which only some machines have.
ZOO = {"trec": SHARED / "zoo" / "trec", "ner": SHARED / "zoo" / "conll_ner"}
RUN = ["hist", "sort", "dyck1", "double_hist", "most_freq", "reverse", *TEXT, *ZOO]
INPUTS = 200


def programs(*names: str) -> list[ParameterSet]:
    """Names of programs as parameters; a real run is skipped where it is not."""
    absent = {name for name, run in ZOO.items() if not run.is_dir()}
    why = "the real runs on text are not here"
    return [pytest.param(n, marks=pytest.mark.skipif(n in absent, reason=why)) for n in names]


VIEWS = ("values", "attention", "dataflow", "tables", "why", "compare", "about")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


def load(name: str) -> tpc.Program:
    if name in ZOO:
        return tpc.import_run(ZOO[name], vocabulary=ZOO[name] / "expected.json")
    return tpc.load((PROGRAMS | TEXT)[name])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page of each program, and one of two."""
    folder = tmp_path_factory.mktemp("pages")
    names = [name for name in RUN if name not in ZOO or ZOO[name].is_dir()]
    texts = {name: page(load(name).ir) for name in names}
    sort, double = load("sort").ir, load("reverse").ir
    assert sort.vocabulary == double.vocabulary
    texts["two"] = page(sort, inputs=[["<s>", "3", "1", "4", "</s>"]], against=double)
    texts["optimised"] = page(tpc.load(CORPUS / "kitchen_sink.tpir").ir, level=1)
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in texts}


@pytest.fixture
def sort(browser: Browser, files: dict[str, Path]) -> Iterator[Page]:
    with opened(browser, files["sort"]) as page:
        typed(page, "<s> 3 1 4 </s>")
        yield page


#: Types each input in the page and reads off what it then shows, and what it computed.
READ = """(inputs) => inputs.map((words) => {
  const line = document.getElementById("line");
  line.value = JSON.stringify(words);
  line.dispatchEvent(new Event("input"));
  const rows = [...document.querySelectorAll("tr[data-row]")];
  const shown = (row) => [...row.querySelectorAll("td")].map((td) => td.firstChild.textContent);
  return {
    labels: [...document.querySelectorAll("button.label")].map((button) => button.textContent),
    shown: Object.fromEntries(rows.map((row) => [row.dataset.row, shown(row)])),
    computed: window.tpc.run(words),
  };
})"""


def random_inputs(program: tpc.Program) -> list[list[str]]:
    words, stream = acceptable_words(program.ir), random.Random(7)
    lengths = range(1, program.max_length + 1)
    return [[stream.choice(words) for _ in range(stream.choice(lengths))] for _ in range(INPUTS)]


@pytest.mark.parametrize("name", programs(*RUN))
def test_its_answers_are_the_interpreters(
    name: str, browser: Browser, files: dict[str, Path]
) -> None:
    program = load(name)
    interpreter, inputs = Interpreter(program.ir), random_inputs(program)
    with opened(browser, files[name]) as page:
        found = page.evaluate(READ, inputs)
    for words, read in zip(inputs, found, strict=True):
        expected = interpreter.evaluate(encode(program.ir, words))
        computed = read["computed"]
        assert computed["columns"] == expected.columns
        assert computed["patterns"] == expected.patterns
        assert computed["logits"] == expected.logits
        answer = interpreter.run(words)
        assert computed["labels"] == ([answer] if isinstance(answer, str) else answer)
        if name != "hostile":
            assert read["labels"] == computed["labels"]
            for node, column in interpreter.trace(words).items():
                if node in read["shown"] and not any(isinstance(v, float) for v in column):
                    assert read["shown"][node] == [str(value) for value in column]


def test_stepping_computes_node_by_node(sort: Page) -> None:
    nodes = sort.locator("tr[data-row]").count()
    sort.get_by_role("button", name="Start").click()
    hidden = sort.locator("tr[data-row] td", has_text="\u00b7").count()
    assert hidden == 5 * (nodes - 1)
    sort.get_by_role("button", name="Next").click()
    assert sort.locator("tr[data-row] td", has_text="\u00b7").count() == 5 * (nodes - 2)
    assert sort.locator(".steps .said").inner_text().startswith(f"Node 2 of {nodes}. ones")
    sort.get_by_role("button", name="Back").click()
    assert sort.locator(".steps .said").inner_text().startswith(f"Node 1 of {nodes}. positions")
    sort.get_by_role("button", name="All", exact=True).click()
    assert sort.locator("tr[data-row] td", has_text="\u00b7").count() == 0


def test_editing_a_token_lights_up_what_changed(sort: Page) -> None:
    assert labels(sort) == ["<s>", "1", "3", "4", "</s>"]
    sort.get_by_label("Token 1; arrow keys change it").fill("0")
    assert labels(sort) == ["<s>", "0", "1", "4", "</s>"]
    assert sort.locator("button.label.changed").all_text_contents() == ["0", "1"]
    assert sort.locator("tr[data-row='count_3'] td.changed").count() == 5
    assert sort.locator("tr[data-row='positions'] td.changed").count() == 0


def test_a_bad_input_is_said(sort: Page) -> None:
    typed(sort, "<s> 9")
    assert sort.locator(".status").first.inner_text() == "not in its vocabulary: 9"
    typed(sort, "1 2")
    assert "not in its input language" in sort.locator(".status").first.inner_text().lower()


def test_a_label_is_explained(sort: Page) -> None:
    sort.get_by_role("button", name="Label of token 2: 3. Why?").click()
    assert sort.get_by_role("tab", name="Why?").get_attribute("aria-selected") == "true"
    title = sort.locator("#view h3").first.inner_text()
    assert title.startswith("Why the label of token 2, 1, is 3 and not")
    amounts = [
        float(text.replace("\u2212", "-")) for text in sort.locator(".amount").all_text_contents()
    ]
    lead = sort.locator("#view p b").first.inner_text()
    assert sum(amounts) == pytest.approx(float(lead), abs=0.01)
    sort.locator("details").first.locator("summary").click()
    # It is filled when the browser says that it is open, which is after the click.
    sort.locator("details ul li").first.wait_for()
    sort.get_by_role("button", name="Try every change of one token").click()
    flips = sort.locator(".flips button").all_text_contents()
    assert flips
    program = load("sort")
    for flip in flips:
        place, rest = flip.split(": ", 1)
        word, label = rest.split(" \u2192 ")[1].split(" gives ")
        words = ["<s>", "3", "1", "4", "</s>"]
        words[int(place)] = word
        assert program.run(words, raw=True, unchecked=True)[2] == label != "3"
    why = program.explain(["<s>", "3", "1", "4", "</s>"], 2)
    assert [len(flips), why.forcing.sets] == [len(why.flips.flips), ((1, 2, 3),)]
    forced = sort.locator(".forced").inner_text()
    assert forced.startswith("It is forced by 3 (1), 1 (2), 4 (3): every input of 5 tokens")


def test_a_table_is_searched_and_sorted(sort: Page) -> None:
    sort.get_by_role("tab", name="Tables").click()
    rows = sort.locator(".sorted tbody tr")
    assert rows.count() == 12
    sort.get_by_role("searchbox").fill("count_")
    assert rows.count() == 4
    sort.get_by_role("searchbox").fill("")
    sort.locator(".sorted th button", has_text="4").click()
    column = sort.locator(".sorted tbody tr td:last-child")
    numbers = [float(text) for text in column.all_text_contents()]
    assert numbers == sorted(numbers)
    sort.locator(".sorted th button", has_text="4").click()
    assert [float(text) for text in column.all_text_contents()] == numbers[::-1]


def test_a_variable_is_marked_everywhere(sort: Page) -> None:
    sort.locator("tr[data-row='count_1'] th").hover()
    marked = sort.locator(".marked").all_text_contents()
    assert len(marked) >= 3
    assert {text.strip("% ") for text in marked} <= {"count_1", "count_1_pattern"}
    for form in ("Python", "RASP", "IR"):
        pane = sort.get_by_role("region", name=form, exact=True)
        assert pane.locator(".marked").count() >= 2, form
    sort.locator("#source .var", has_text="%count_2").first.click()
    assert sort.locator("tr.chosen").get_attribute("data-row") == "count_2"
    assert sort.locator("#source .current").count() >= 3


def test_the_forms_of_the_program_are_side_by_side_where_there_is_room(
    browser: Browser, files: dict[str, Path]
) -> None:
    for width, count in ((1440, 3), (390, 1)):
        with opened(browser, files["sort"], viewport={"width": width, "height": 900}) as page:
            panes = page.locator("#source .pane")
            boxes = [box for pane in panes.all() if (box := pane.bounding_box())]
            assert len(boxes) == count
            assert len({box["y"] for box in boxes}) == 1
            page.get_by_role("tab", name="RASP").click()
            assert [pane.is_visible() for pane in panes.all()] == [False, True, False]
            page.reload()
            assert [pane.is_visible() for pane in panes.all()] == [False, True, False]


def test_attention_is_drawn(sort: Page) -> None:
    sort.get_by_role("tab", name="Attention").click()
    sort.locator("button.thumb", has_text="count_3").click()
    picture = sort.locator("svg.arcs")
    assert picture.get_attribute("aria-label").startswith("count_3. <s> looks at 3 (1); 3 looks at")
    assert sort.locator(".edge").count() == 5


def test_what_each_pass_did_is_shown(browser: Browser, files: dict[str, Path]) -> None:
    program = tpc.load(CORPUS / "kitchen_sink.tpir").ir
    steps = optimised_in_steps(program, 1)[1]
    with opened(browser, files["optimised"], "#view=about") as page:
        rows = page.locator(".sorted tbody tr")
        assert [row.locator("td").first.inner_text() for row in rows.all()] == [
            step.to_json()["name"] for step in steps
        ]
        assert "\u2192" in rows.first.inner_text()


def test_two_programs_are_compared(browser: Browser, files: dict[str, Path]) -> None:
    with opened(browser, files["two"], "#view=compare") as page:
        assert page.get_by_text("They differ at").inner_text() == "They differ at 3 of 3 labels."
        exact = tpc.diff(load("sort"), load("reverse")).answers
        assert exact.method == "exhaustive"
        said = page.locator("#view p").first.inner_text()
        assert said.startswith(f"Of all {exact.inputs:,} inputs of the language they differ on")
        assert f" {exact.different:,}. " in said
        page.locator("[data-key=smallest]").click()
        assert page.locator("#line").input_value() == " ".join(exact.smallest.tokens)
        page.get_by_role("button", name="Try 1,000 random inputs").click()
        found = page.get_by_text("Of 1,000 random inputs").inner_text()
        assert int(found.split()[-1].strip(".").replace(",", "")) > 500
        page.locator(".changes button").first.click()
        assert "They differ at" in page.locator("#view p[role=status]").first.inner_text()
        page.locator("[data-key=program]").select_option("reverse")
        typed(page, "<s> 3 1 4 </s>")
        assert labels(page) == ["<s>", "4", "1", "3", "</s>"]


def test_the_address_says_what_is_shown(sort: Page, browser: Browser) -> None:
    sort.get_by_role("button", name="Label of token 2: 3. Why?").click()
    with opened(
        browser,
        Path(sort.url.removeprefix("file://").partition("#")[0]),
        "#" + sort.url.partition("#")[2],
    ) as again:
        assert again.locator("#view").inner_text() == sort.locator("#view").inner_text()
        assert labels(again) == labels(sort)


def test_the_keyboard_alone_is_enough(sort: Page) -> None:
    sort.locator("#line").focus()
    sort.keyboard.press("Control+a")
    sort.keyboard.type("<s> 2 0 </s>")
    assert labels(sort) == ["<s>", "0", "2", "</s>"]
    seen = []
    for _ in range(60):
        sort.keyboard.press("Tab")
        seen.append(
            sort.evaluate("document.activeElement.dataset.key ?? document.activeElement.id")
        )
        if seen[-1] == "tab-view-values":
            break
    assert {"examples", "label-1", "tab-source-all", "tab-view-values"} <= set(seen)
    sort.keyboard.press("ArrowRight")
    assert sort.evaluate("document.activeElement.id") == "tab-view-attention"
    assert sort.locator("svg.arcs").count() == 1
    sort.keyboard.press("ArrowLeft")
    sort.keyboard.press("Tab")
    sort.keyboard.press("Tab")
    sort.keyboard.press("Enter")
    assert sort.evaluate("document.activeElement.dataset.key") is not None


def test_colours_can_be_changed(browser: Browser, files: dict[str, Path]) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    with opened(browser, files["sort"], color_scheme="light") as page:
        light = page.evaluate(background)
        page.get_by_role("button", name="Dark colours").click()
        dark = page.evaluate(background)
        page.get_by_role("button", name="Light colours").click()
        assert page.evaluate(background) == light != dark
    with opened(browser, files["sort"], color_scheme="dark") as page:
        assert page.evaluate(background) == dark


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("name", programs("hist", "sort", "dyck1", "most_freq", *TEXT, *ZOO))
def test_nothing_is_wider_than_the_window(
    name: str, width: int, browser: Browser, files: dict[str, Path]
) -> None:
    for view in VIEWS:
        with opened(
            browser, files[name], f"#view={view}", viewport={"width": width, "height": 800}
        ) as page:
            assert page.evaluate("document.documentElement.scrollWidth") <= width, view


def test_it_prints(sort: Page) -> None:
    sort.emulate_media(media="print")
    assert not sort.get_by_role("button", name="Random").is_visible()
    assert sort.locator("table.grid").first.is_visible()
    assert [pane.is_visible() for pane in sort.locator("#source .pane").all()] == [True] * 3
    assert sort.pdf().startswith(b"%PDF")


def test_hostile_tokens_are_text(browser: Browser, files: dict[str, Path]) -> None:
    program = load("hostile")
    words = acceptable_words(program.ir)[: program.max_length]
    assert len(set(words) & set(HOSTILE)) > 3
    with opened(browser, files["hostile"]) as page:
        typed(page, json.dumps(words))
        shown = page.locator("table.grid").first.locator("thead button").all_text_contents()
        assert [text.split(" ", 1)[1] for text in shown] == [visible(word) for word in words]
        for view in VIEWS:
            page.locator(f"#tab-view-{view}").click()
            assert page.locator("script").count() == 2


def visible(word: str) -> str:
    """What the page shows of a token: characters that cannot be seen by their numbers."""
    numbers = {c: f"\\u{{{ord(c):x}}}" for c in word if not c.isprintable()}
    text = "".join(numbers.get(c, c) for c in word) or '""'
    return text if len(text) <= 18 else f"{text[:17]}\u2026"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's source with what it is built with, as the lockfile has it."""
    if shutil.which("npm") is None:
        pytest.skip("there is no npm here")
    folder = tmp_path_factory.mktemp("source") / "page"
    shutil.copytree(PAGE_SOURCE, folder, ignore=shutil.ignore_patterns("node_modules"))
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)
    return folder


def test_the_bundle_is_what_its_source_gives(built: Path) -> None:
    subprocess.run(["node", "build.js", "built.html"], cwd=built, check=True)
    assert (built / "built.html").read_bytes() == BUNDLE.read_bytes()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", programs("hist", "sort", "dyck1", "embedded_words", *ZOO, "two"))
def test_axe_finds_nothing_serious(
    name: str, scheme: str, browser: Browser, files: dict[str, Path], built: Path
) -> None:
    axe = (built / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
    with opened(browser, files[name], color_scheme=scheme) as page:
        page.evaluate(axe)
        for view in ("compare",) if name == "two" else VIEWS:
            page.locator(f"#tab-view-{view}").click()
            # The program's text is the same in all views: it is looked at once, and not where it
            # is some ten thousand elements of the same few kinds.
            again = name in ZOO or view in VIEWS[1:]
            rest = "{exclude: ['#source']}" if again and name != "two" else "document"
            asked = f"axe.run({rest}, {{resultTypes: ['violations']}})"
            found = page.evaluate(asked)["violations"]
            grave = [
                (violation["id"], [node["html"] for node in violation["nodes"][:3]])
                for violation in found
                if violation["impact"] in ("serious", "critical")
            ]
            assert grave == [], view
