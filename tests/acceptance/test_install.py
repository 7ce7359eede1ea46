"""What the wheel puts into an environment, what importing it costs, and what is left of it."""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest

from tests.acceptance.conftest import Report
from tests.acceptance.environments import CONSTRAINTS, Environment
from tpc import __version__

#: What `import tpc` may take, in milliseconds, at the best of so many tries.
IMPORT_LIMIT, TRIES = 150, 15


def paths(environment: Environment) -> set[str]:
    """Every file and folder of an environment but for the home of its commands."""
    folder = environment.folder
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    return {name for name in found if not name.startswith("home")}


def test_the_wheel_takes_no_name_but_its_own_and_goes_without_a_trace(
    wheel: Path, folder: Path
) -> None:
    environment = Environment(folder / "empty").create()
    before = paths(environment)
    environment.pip("install", "--quiet", "--no-deps", wheel)
    site = environment.site_packages.relative_to(environment.folder).as_posix()
    added = paths(environment) - before
    tops = {name for name in added if Path(name).parent == Path(site)}
    assert tops == {f"{site}/tpc", f"{site}/tpc-{__version__}.dist-info"}
    assert {name for name in added if not name.startswith(f"{site}/")} == {"bin/tpc"}
    ran = environment.run("python", "-c", "import tpc; tpc.TpcError", folder=folder)
    assert ran.status == 0, ran.err
    environment.pip("uninstall", "--quiet", "--yes", "tpc")
    assert paths(environment) == before


def test_requirements_have_the_versions_that_the_tests_run_with(installed: Environment) -> None:
    pinned = {
        line.split("==")[0].lower().replace("_", "-"): line.split("==")[1]
        for line in CONSTRAINTS.read_text().splitlines()
        if "==" in line
    }
    for line in installed.pip("list", "--format", "freeze").splitlines():
        name, _, version = line.partition("==")
        if name.lower() not in ("tpc", "pip", "setuptools"):
            # A build for processors alone is that version, too: 2.13.0+cpu.
            assert version.split("+")[0] == pinned[name.lower().replace("_", "-")], name
    installed.pip("check")


def test_everything_is_found_without_the_checkout(installed: Environment, folder: Path) -> None:
    code = (
        "import importlib.metadata as m, importlib.resources as r, tpc\n"
        "print(tpc.__file__)\n"
        "print(*sorted(e.name for e in m.entry_points(group='tpc.backends')))\n"
        "print(*[r.files(p).joinpath(n).is_file() for p, n in [('tpc.ir_specs', 'SPEC.md'),"
        " ('tpc.ir_specs', 'tpir.lark'), ('tpc.rasp', 'rasp.lark'), ('tpc', 'py.typed')]])\n"
    )
    outcome = installed.run("python", "-c", code, folder=folder)
    assert outcome.status == 0, outcome.err
    file, backends, found = outcome.out.splitlines()
    assert Path(file).is_relative_to(installed.site_packages)
    assert backends == "c javascript numpy python rasp"
    assert found == "True True True True"


MEASURE = """
import sys, time
began = time.perf_counter()
import tpc
print((time.perf_counter() - began) * 1000)
print(*sys.modules)
"""


def test_importing_tpc_is_quick_and_loads_nothing_heavy(
    installed: Environment, folder: Path, report: Report
) -> None:
    times = []
    for _ in range(TRIES):
        outcome = installed.run("python", "-c", MEASURE, folder=folder)
        milliseconds, modules = outcome.out.splitlines()
        times.append(float(milliseconds))
        assert not {"torch", "numpy", "lark", "datasets", "black"} & set(modules.split())
    best, middle = min(times), statistics.median(times)
    report(f"import tpc: {best:.1f} ms at best, {middle:.1f} ms in the middle of {TRIES}")
    assert min(times) < IMPORT_LIMIT


def test_the_version_is_the_same_everywhere(installed: Environment, folder: Path) -> None:
    assert installed.tpc("--version", folder=folder).out == f"tpc {__version__}\n"
    assert f"Version: {__version__}\n" in installed.pip("show", "tpc")


@pytest.mark.parametrize("name", ["load", "parse", "train", "Program", "TpcError"])
def test_the_api_is_there(installed: Environment, folder: Path, name: str) -> None:
    outcome = installed.run("python", "-c", f"import tpc; tpc.{name}", folder=folder)
    assert outcome.status == 0, outcome.err
