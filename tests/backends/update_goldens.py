"""Golden files: what each level makes of the small programs, and what each target emits for them.

    python -m tests.backends.update_goldens            writes them all anew (minutes)
    python -m tests.backends.update_goldens --check    compares instead: `make goldens-check`

With `--emitted`, either leaves the optimiser out and takes its results as they are on disk.

`golden/optimized/NAME.O3.tpir` is the result of -O3, and `golden/TARGET/NAME.O3.py.txt` what the
target emits for that; -O1 likewise, and -O0 of the corpus. A level has no files where its program
is that of the level below: the program's own file, for the lowest. What Python and RASP emit for
`programs/` at -O1 lies there beside the program, and `tests/test_programs.py` reads it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from tpc.ir.parser import parse_program
from tpc.ir.printer import print_program
from tpc.ir.program import Program
from tpc.passes.pipelines import optimise
from tpc.runtime.backend import find_backend

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "tests" / "corpus"
PROGRAMS = ROOT / "programs"
GOLDEN = Path(__file__).with_name("golden")
OPTIMIZED = GOLDEN / "optimized"

TARGETS = ("c", "javascript", "numpy", "python", "rasp")
LEVELS = (0, 1, 3)

#: Those whose -O3 takes long: `make goldens-check` runs it, and the tests do not.
EXPENSIVE = frozenset({"dyck2", "most_freq", "rasp_sort", "sort"})

#: Folders of `programs/` whose emitted files `tests/test_programs.py` alone reads.
EMITTED_ELSEWHERE = ("categorical", "text")


def _sources() -> dict[str, Path]:
    found = {path.stem: path for path in sorted(CORPUS.glob("*.tpir"))}
    for path in sorted(PROGRAMS.rglob("*.tpir")):
        parts = path.parent.relative_to(PROGRAMS).parts
        if parts[0] in EMITTED_ELSEWHERE:
            continue
        name = "_".join(parts)
        assert name not in found, name
        found[name] = path
    return found


#: The path of each program by the name that its golden files begin with.
SOURCES = _sources()


def source(name: str) -> Program:
    """A program as its file has it."""
    path = SOURCES[name]
    return parse_program(path.read_text(encoding="utf-8"), str(path))


def optimised_text(name: str, level: int) -> bytes:
    """What `tpc opt` writes today."""
    return print_program(optimise(source(name), level).program).encode("utf-8")


def optimised_golden(name: str, level: int) -> Path:
    """Where the result of a level lies, if it is not that of the level below."""
    return OPTIMIZED / f"{name}.O{level}.tpir"


def recorded_text(name: str, level: int) -> bytes:
    """The result of a level according to the golden files."""
    for lower in reversed([each for each in LEVELS if 0 < each <= level]):
        if optimised_golden(name, lower).exists():
            return optimised_golden(name, lower).read_bytes()
    return optimised_text(name, 0)


def emitted_files(name: str) -> dict[Path, bytes]:
    """What the targets emit today for the recorded programs, by the path of the golden file."""
    found: dict[Path, bytes] = {}
    path = SOURCES[name]
    levels = LEVELS if path.parent == CORPUS else LEVELS[1:]
    texts = {level: recorded_text(name, level) for level in levels}
    # The lowest level of each text.
    levels_of = {text: level for level, text in reversed(texts.items())}
    for text, level in levels_of.items():
        # Metadata stand in another order in the program's own file than in what is printed.
        program = source(name) if level == 0 else parse_program(text.decode("utf-8"), name)
        for target in TARGETS:
            if path.parent != CORPUS and level == 1 and target in ("python", "rasp"):
                continue
            for file in find_backend(target).emit(program, path.stem):
                ending = file.name.removeprefix(path.stem)
                found[GOLDEN / target / f"{name}.O{level}{ending}.txt"] = file.content
    return found


def golden_files(name: str) -> set[Path]:
    """The files on disk with what is emitted for a program."""
    return {path for target in TARGETS for path in (GOLDEN / target).glob(f"{name}.O*")}


def unclaimed_files() -> set[Path]:
    """The files on disk that belong to no program."""
    claimed = {path for name in SOURCES for path in golden_files(name)}
    claimed |= {optimised_golden(name, level) for name in SOURCES for level in LEVELS if level}
    return {path for path in GOLDEN.rglob("*") if path.is_file()} - claimed


def optimised_files(name: str) -> dict[Path, bytes | None]:
    """What belongs in the files of each level today: nothing if it is as the level below."""
    found: dict[Path, bytes | None] = {}
    below = optimised_text(name, 0)
    for level in LEVELS[1:]:
        text = optimised_text(name, level)
        found[optimised_golden(name, level)] = None if text == below else text
        below = text
    return found


def _changes(expected: dict[Path, bytes | None], check: bool) -> Iterator[str]:
    """Every file that is not as expected; it is made so unless we only check."""
    for path, content in sorted(expected.items()):
        actual = path.read_bytes() if path.exists() else None
        if actual == content:
            continue
        kind = "missing" if actual is None else "superfluous" if content is None else "different"
        yield f"{kind}: {path.relative_to(ROOT)}"
        if check:
            continue
        if content is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def _all_expected(*, optimiser: bool) -> Iterator[dict[Path, bytes | None]]:
    """What belongs in all the files, a program at a time: its levels, then what is emitted."""
    for name in SOURCES:
        if optimiser:
            yield optimised_files(name)
        yield {**dict.fromkeys(golden_files(name)), **emitted_files(name)}
    yield dict.fromkeys(unclaimed_files())


def main() -> int:
    """Write or check every golden file; 1 if a file is not as it should be, and stays so."""
    parser = argparse.ArgumentParser(description="Golden files of the optimiser and the backends.")
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    parser.add_argument("--emitted", action="store_true", help="leave the optimiser out")
    options = parser.parse_args()
    count = 0
    for expected in _all_expected(optimiser=not options.emitted):
        for change in _changes(expected, options.check):
            count += 1
            print(change, flush=True)
    print(f"{count} files {'differ' if options.check else 'changed'}")
    return int(options.check and count > 0)


if __name__ == "__main__":
    sys.exit(main())
