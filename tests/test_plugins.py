"""Another package's backend, pass and task: found, used, and refused in a sentence.

`tests/acceptance/third_party` is such a package. Here it is on the path with the metadata that an
installation would write; `make acceptance` installs it beside the wheel.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tpc.data.tasks import find_task, task_names
from tpc.diagnostics import TpcError
from tpc.ir.nodes import Classify
from tpc.ir.parser import parse_program
from tpc.passes.base import PassContext
from tpc.passes.registry import find_pass, pass_names
from tpc.passes.rewriting import with_nodes
from tpc.plugins import BACKENDS

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "tests/acceptance/third_party"
SMALLEST = ROOT / "tests/corpus/smallest.tpir"

Groups = Mapping[str, Mapping[str, str]]
Install = Callable[..., Path]


def example_groups() -> Groups:
    return tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]["entry-points"]


def write_metadata(folder: Path, package: str, groups: Groups) -> None:
    """What installing a package leaves of its entry points."""
    information = folder / f"{package.replace('-', '_')}-1.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1\n")
    lines = [
        line
        for group, points in groups.items()
        for line in (f"[{group}]", *(f"{name} = {value}" for name, value in points.items()))
    ]
    (information / "entry_points.txt").write_text("\n".join(lines) + "\n")


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a package's metadata on the path of this process; its module has a given text."""

    def installed(groups: Groups, package: str = "other", text: str = "") -> Path:
        folder = tmp_path / package
        write_metadata(folder, package, groups)
        (folder / f"{package}_module.py").write_text(text)
        monkeypatch.syspath_prepend(folder)
        monkeypatch.delitem(sys.modules, f"{package}_module", raising=False)
        return folder

    return installed


@pytest.fixture
def example(install: Install, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(EXAMPLE)
    return install(example_groups(), "tpc-example-plugin")


@pytest.mark.usefixtures("example")
def test_another_packages_pass_and_task_come_after_our_own() -> None:
    assert pass_names()[-1] == "drop-zero-features"
    assert task_names()[-1] == "rotate"
    assert find_task("rotate").summary.startswith("the symbols")


@pytest.mark.usefixtures("example")
def test_another_packages_pass_leaves_out_what_it_says() -> None:
    program = parse_program((ROOT / "tests/corpus/kitchen_sink.tpir").read_text("utf-8"))
    label = program.by_name[program.result]
    assert isinstance(label, Classify)
    zeros = replace(label.features[0], rows=tuple((0.0,) * len(r) for r in label.features[0].rows))
    padded = with_nodes(program, {label.name: replace(label, features=(*label.features, zeros))})
    drop = find_pass("drop-zero-features")()
    dropped = drop.run(padded, PassContext())
    assert dropped.statistics == {"features dropped": 1}
    assert dropped.program.by_name[program.result] == label
    assert not drop.run(dropped.program, PassContext()).changed


def run(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(map(str, (EXAMPLE, folder, ROOT)))
    return subprocess.run(
        [sys.executable, "-m", "tpc.cli.main", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_commands_use_what_another_package_adds(example: Path, tmp_path: Path) -> None:
    compiled = tmp_path / "smallest.json"
    assert run(example, "compile", SMALLEST, "-t", "json", "-o", compiled).returncode == 0
    assert "program" in json.loads(compiled.read_text())
    sequence = tmp_path / "input.jsonl"
    sequence.write_text(json.dumps([parse_program(SMALLEST.read_text("utf-8")).vocabulary[-1]]))
    answers = [run(example, "run", SMALLEST, sequence, "-t", t) for t in ("json", "interpreter")]
    assert answers[0].stdout == answers[1].stdout != ""
    rows = run(example, "data", "rotate", "--dataset-size", "20").stdout.splitlines()
    for row in rows:
        (_, *body, _), (_, *tags, _) = json.loads(row)
        assert [*tags[1:], *tags[:1]] == body
    assert rows
    assert "drop-zero-features" in run(example, "opt", "--list").stdout
    optimised = run(example, "opt", SMALLEST, "-p", "drop-zero-features", "--verify-each")
    assert optimised.returncode == 0, optimised.stderr


@pytest.mark.parametrize(
    ("group", "name", "find"),
    [
        ("tpc.backends", "broken", lambda: BACKENDS.load(BACKENDS.installed()["broken"])),
        ("tpc.passes", "broken", lambda: find_pass("broken")),
        ("tpc.tasks", "broken", lambda: find_task("broken")),
    ],
)
@pytest.mark.parametrize(
    ("value", "text", "reason"),
    [
        ("nowhere:THING", "", "ModuleNotFoundError: No module named 'nowhere'"),
        ("other_module:THING", "", "AttributeError"),
        ("other_module:THING", "1 / 0", "ZeroDivisionError: division by zero"),
        ("other_module:THING", "this is no Python", "SyntaxError"),
    ],
)
def test_a_broken_package_is_named(
    install: Install,
    group: str,
    name: str,
    find: Callable[[], object],
    value: str,
    text: str,
    reason: str,
) -> None:
    install({group: {name: value}}, text=text)
    with pytest.raises(TpcError) as raised:
        find()
    assert "of the package other cannot be used" in raised.value.message
    assert reason in raised.value.message
    assert "uninstall" in (raised.value.hint or "")


NAMED_OTHERWISE = """
from dataclasses import dataclass
from tpc.data.tasks import find_task
SORT = find_task("sort")
from tpc.passes.base import Pass
@dataclass(frozen=True)
class Named(Pass):
    name = "something"; exactness = "data"; summary = "nothing"
    def run(self, program, context): ...
@dataclass(frozen=True)
class Like:
    name = "new"; exactness = "data"; summary = "only looks like one"
    def run(self, program, context): ...
@dataclass(frozen=True)
class Lax(Named):
    name = "new"; exactness = "mostly"
@dataclass(frozen=True)
class Nameless(Named):
    name = None
@dataclass(frozen=True)
class Idle(Pass):
    name = "new"; exactness = "data"; summary = "nothing"
instance = Named()
"""


@pytest.mark.parametrize(
    ("group", "value", "reason"),
    [
        ("tpc.passes", "builtins:len", "builtins:len is no subclass of tpc.passes.base.Pass"),
        ("tpc.passes", "other_module:Like", "other_module:Like is no subclass of tpc.passes"),
        ("tpc.passes", "other_module:instance", "is no subclass of tpc.passes.base.Pass"),
        ("tpc.passes", "other_module:Lax", "other_module:Lax has no exactness that a pass can"),
        ("tpc.passes", "other_module:Nameless", "other_module:Nameless has no name"),
        ("tpc.passes", "other_module:Idle", "other_module:Idle has no run"),
        ("tpc.passes", "other_module:Named", "it calls itself 'something'"),
        ("tpc.tasks", "builtins:len", "builtins:len is not a Task"),
        ("tpc.tasks", "other_module:SORT", "it calls itself 'sort'"),
    ],
)
def test_what_is_something_else_is_refused(
    install: Install, group: str, value: str, reason: str
) -> None:
    install({group: {"new": value}}, text=NAMED_OTHERWISE)
    with pytest.raises(TpcError, match=r"of the package other cannot be used") as raised:
        find_pass("new") if group == "tpc.passes" else find_task("new")
    assert reason in raised.value.message


@pytest.mark.parametrize(
    ("group", "name", "message"),
    [
        ("tpc.passes", "prune", "the package other has a pass called 'prune', and so has tpc"),
        ("tpc.tasks", "sort", "the package other has a task called 'sort', and so has tpc"),
        ("tpc.tasks", "trec", "the package other has a task called 'trec', and so has tpc"),
        ("tpc.backends", "python", "other and tpc both have a backend called 'python'"),
    ],
)
def test_a_name_of_ours_is_refused(install: Install, group: str, name: str, message: str) -> None:
    install({group: {name: "other_module:THING"}})
    find = {"tpc.passes": pass_names, "tpc.tasks": task_names, "tpc.backends": BACKENDS.installed}
    with pytest.raises(TpcError) as raised:
        find[group]()
    assert message in raised.value.message
    if group != "tpc.backends":
        # What is ours goes on being found.
        assert find_pass("prune").name == "prune"
        assert find_task("sort").name == "sort"


def test_two_packages_with_one_name_are_refused(install: Install) -> None:
    install({"tpc.tasks": {"rotate": "one_module:TASK"}}, "one")
    install({"tpc.tasks": {"rotate": "two_module:TASK"}}, "two")
    with pytest.raises(TpcError, match="the packages one and two both have a task called 'rotate'"):
        task_names()


def test_a_broken_package_costs_the_command_line_a_sentence(tmp_path: Path) -> None:
    write_metadata(tmp_path, "other", {"tpc.backends": {"broken": "nowhere:BACKEND"}})
    found = run(tmp_path, "compile", SMALLEST, "-t", "broken")
    assert found.returncode == 2
    assert found.stderr.startswith("error: the backend 'broken' of the package other cannot be")
    assert run(tmp_path, "compile", SMALLEST, "-t", "python").returncode == 0
