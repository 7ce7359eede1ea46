"""The example notebook: it runs, and as HTML it shows pages that work without a kernel."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from tests.acceptance.browser import CHROMIUM, browsing

ROOT = Path(__file__).parent.parent.parent
NOTEBOOK = ROOT / "programs" / "inside.ipynb"


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The notebook, run and exported."""
    folder = tmp_path_factory.mktemp("notebook")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR"):
            patch.setenv(name, str(folder / name.lower()))
        patch.setenv("PYTHONPATH", str(ROOT))
        place = {"metadata": {"path": str(NOTEBOOK.parent)}}
        NotebookClient(notebook, timeout=120, kernel_name="python3", resources=place).execute()
        text, _ = HTMLExporter(mathjax_url="", require_js_url="").from_notebook_node(notebook)
    (folder / "inside.html").write_text(text, encoding="utf-8")
    return folder / "inside.html"


@pytest.mark.filterwarnings("ignore")  # Of the packages of notebooks, about one another.
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
def test_its_html_shows_pages_that_run(html: Path) -> None:
    with browsing() as browser:
        page = browser.new_page()
        page.route(
            "**/*",
            lambda route: (
                route.continue_() if route.request.url.startswith("file:") else route.abort()
            ),
        )
        page.goto(html.as_uri())
        frames = page.locator("iframe")
        assert frames.count() == 4
        titles = [frame.get_attribute("title") for frame in frames.all()]
        assert titles == [f"{name}: a Transformer Program" for name in ["sort"] * 4]
        traced = page.frame_locator("iframe").nth(1)
        assert traced.locator("button.label").all_text_contents() == ["<s>", "1", "3", "4", "</s>"]
        traced.locator("#line").fill("<s> 2 0 </s>")
        assert traced.locator("button.label").all_text_contents() == ["<s>", "0", "2", "</s>"]
        compared = page.frame_locator("iframe").nth(3)
        assert "They differ at" in compared.locator("#view p[role=status]").first.inner_text()
