"""`python -m tests.fuzz.keep`: put inputs into the corpus that `make test` replays.

`keep TARGET FILE NAME` keeps a faulty input that has been mended. `keep TARGET --mutants N` keeps
the smallest input of each of N outcomes of a batch.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from pathlib import Path

from tests.fuzz.engine import attempt, run_batch
from tests.fuzz.target import CORPUS, TARGETS

EXPECTED = CORPUS / "expected.json"
#: Larger mutants are not kept, and of an outcome only its start: the rest is of other libraries.
LARGEST, LONGEST = 3_000, 40


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.keep", description=__doc__)
    parser.add_argument("target", choices=list(TARGETS))
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("name", nargs="?")
    parser.add_argument("--mutants", type=int, default=0)
    options = parser.parse_args()
    cases = {}
    if options.file is not None:
        cases[options.name or options.file.name] = options.file.read_bytes()
    if options.mutants:
        cases |= _mutants(options.target, options.mutants)
    return _keep(options.target, cases)


def expected() -> dict[str, str]:
    """What has to come of each input of the corpus: its outcome begins so."""
    found: dict[str, str] = json.loads(EXPECTED.read_text(encoding="utf-8"))
    return found


def _mutants(name: str, count: int) -> dict[str, bytes]:
    target, smallest = TARGETS[name], dict[str, bytes]()
    with tempfile.TemporaryDirectory() as folder:
        fuzzer = target.load(Path(folder))
        tried: list[bytes] = []
        for number in (1, 2, 3):
            run_batch(target, fuzzer, 0, number, tried.append)
        for case in tried:
            outcome, fault = attempt(target, fuzzer, case)
            known = smallest.get(outcome[:LONGEST])
            if fault is None and len(case) <= LARGEST and (not known or len(case) < len(known)):
                smallest[outcome[:LONGEST]] = case
    chosen = sorted(smallest.values())
    step = max(1, len(chosen) // count)
    return {f"mutant{n:02}": case for n, case in enumerate(chosen[::step][:count])}


def _keep(name: str, cases: dict[str, bytes]) -> int:
    target, known, faulty = TARGETS[name], expected() if EXPECTED.exists() else {}, 0
    (CORPUS / name).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        fuzzer = target.load(Path(folder))
        for file, case in cases.items():
            outcome, fault = attempt(target, fuzzer, case)
            if fault is not None:
                print(f"{file} is faulty: {fault.details}")
                faulty += 1
                continue
            (CORPUS / name / file).write_bytes(case)
            # The right answer of what was mended is kept with its words, of others in general.
            answer = _in_general(outcome) if file.startswith("mutant") else outcome
            known[f"{name}/{file}"] = answer[:LONGEST]
            print(f"{file}: {answer[:LONGEST]}")
    text = json.dumps(known, indent=1, sort_keys=True, ensure_ascii=True)
    EXPECTED.write_text(text + "\n", encoding="utf-8")
    return 1 if faulty else 0


def _in_general(outcome: str) -> str:
    """That an input is refused, without why: messages get better."""
    return re.sub(r"(refused|lines:[0-9]+:[0-9]+: error)\b.*", r"\1", outcome)


if __name__ == "__main__":
    sys.exit(main())
