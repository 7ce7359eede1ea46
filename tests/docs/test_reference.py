"""Generated pages have all that they are about; written ones are found where links lead."""

from __future__ import annotations

import dataclasses
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import tpc
from docs.site import commands, ir, lists, python_api
from docs.site.assemble import BORROWED, linked, sources
from docs.site.markdown import cell, docstring, signature
from tests.docs.blocks import PAGES, ROOT
from tpc.cli.main import app
from tpc.data.corpora import CORPORA
from tpc.data.tasks import TASKS
from tpc.model.upstream_run import KNOWN
from tpc.passes.registry import pass_names
from tpc.runtime.backend import backend_names

GROUP = typer.main.get_command(app)
COMMANDS = GROUP.list_commands(GROUP.context_class(GROUP, info_name="tpc"))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_a_page_with_every_option_that_its_help_shows(name: str) -> None:
    page = commands.pages()[f"reference/commands/{name}.md"]
    shown = subprocess.run(
        [sys.executable, "-m", "tpc.cli.main", name, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={"NO_COLOR": "1", "COLUMNS": "200", "PATH": "", "PYTHONPATH": str(ROOT)},
    ).stdout
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", shown))
    assert options
    assert options <= set(re.findall(r"--[a-z][a-z0-9-]+", page))


def test_the_overview_leads_to_every_command() -> None:
    overview = commands.pages()["reference/commands/index.md"]
    assert all(f"]({name}.md)" in overview for name in COMMANDS)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"`tpc {name}" in readme for name in COMMANDS)


def test_the_python_page_has_all_that_is_public() -> None:
    page = python_api.pages()["reference/python.md"]
    assert set(python_api.ORDER) == set(tpc.__all__)
    public = [name for name in vars(tpc.Program) if not name.startswith("_")]
    assert len(public) >= 10
    for name in public:
        found = inspect.getattr_static(tpc.Program, name)
        assert (f"`{name}`" if isinstance(found, property) else f"def {name}(") in page


def test_the_ir_page_has_every_operation_with_its_fields_and_an_example() -> None:
    page = ir.pages()["reference/ir.md"]
    for node in (*ir.NODES, *ir.TYPES, *ir.PARTS):
        part = page.split(f"### {node.__name__}\n")[1].split("\n### ")[0]
        assert all(f"| `{f.name}` |" in part for f in dataclasses.fields(node) if f.init)
        assert (node in ir.NODES) == ("From `" in part)


def test_lists_have_all_that_is_registered() -> None:
    pages = lists.pages()
    assert all(f"| `{name}` |" in pages["reference/passes.md"] for name in pass_names())
    for name in (*backend_names(), *TASKS, *CORPORA):
        assert f"| `{name}` |" in pages["reference/lists.md"]


def test_every_option_of_upstream_is_on_the_page_about_it() -> None:
    page = (ROOT / "docs" / "upstream.md").read_text(encoding="utf-8")
    assert {name for name in KNOWN if f"`{name}`" not in page} == set()


def test_links_lead_to_pages_of_the_site_or_become_text() -> None:
    page_names = {
        "docs/a.md": "a.md",
        "README.md": "index.md",
        "ir_specs/SPEC.md": "reference/spec.md",
    }
    text = "[one](../ir_specs/SPEC.md#x) [two](../tpc/a.py) [three](https://a.b) [four](#c)"
    expected = "[one](reference/spec.md#x) two [three](https://a.b) [four](#c)"
    assert linked(text, "docs/a.md", page_names) == expected
    assert linked("[back](../docs/a.md)", "ir_specs/SPEC.md", page_names) == "[back](../a.md)"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_files_of_the_repository_lead_to_files(page: Path) -> None:
    generated = {f"docs/{name}" for name in sources()}
    for target in re.findall(r"\]\(([^)#\s]+)[^)\s]*\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:")):
            path = (page.parent / target).resolve()
            assert path.exists() or path.relative_to(ROOT).as_posix() in generated, target


def test_pages_of_the_repository_are_there_once() -> None:
    pages = sources()
    assert set(BORROWED.values()) <= set(pages)
    assert not any((ROOT / "docs" / place).exists() for place in BORROWED.values())


def test_cells_and_docstrings_are_markdown() -> None:
    assert cell("a | b <pad> `<s>` *") == r"a \| b &lt;pad&gt; `<s>` \*"

    def function(first: str, *, second: int = 0) -> str:
        """What it does.

            code()

        Args:
            first: One,
                and more.

        Raises:
            TpcError: It fails.
        """
        return first * second

    text = docstring(function)
    assert "```python\ncode()\n```" in text
    assert "**Arguments**\n\n- `first`: One, and more." in text
    assert "**Raises**\n\n- `TpcError`: It fails." in text
    assert signature("f", function) == "def f(first: str, *, second: int = 0) -> str"
