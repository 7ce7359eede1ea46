"""`python -m tests.fuzz`: run the targets for some minutes; exit status 1 if a fault was found."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import sys
from pathlib import Path

from tests.fuzz.pool import Results, run_targets
from tests.fuzz.target import TARGETS, Target


def main() -> int:
    """The command."""
    options = _options()
    chosen = [TARGETS[name] for name in options.target or TARGETS]
    left_out = {target.name: missing for target in chosen if (missing := target.missing())}
    for name, missing in left_out.items():
        print(f"left out: {name}, which needs {', '.join(missing)}", flush=True)
    targets = [target for target in chosen if target.name not in left_out]
    if not targets:
        print("there is nothing to run")
        return 2
    results = run_targets(
        targets,
        seed=options.seed,
        jobs=options.jobs,
        seconds=options.minutes * 60,
        report=lambda found: print(_line(found), flush=True),
    )
    for target in targets:
        print(_tally(target, results))
    for key, fault in results.faults.items():
        print(f"\nfault of {fault.target}, {results.counts[key]} times: {fault.signature}")
        print(fault.details)
    _write(options.out, options, results, left_out)
    return 1 if results.faults else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="by the clock [1]")
    parser.add_argument(
        "--target", action="append", choices=list(TARGETS), help="one or more [all]"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes [cores]")
    parser.add_argument("--seed", type=int, default=0, help="of all inputs [0]")
    parser.add_argument(
        "--out", type=Path, default=Path("fuzz"), metavar="DIR", help="for what is found [fuzz]"
    )
    return parser.parse_args()


def _line(results: Results) -> str:
    inputs = sum(tally.inputs for tally in results.tallies.values())
    minutes = sum(tally.seconds for tally in results.tallies.values()) / 60
    return f"{inputs:,} inputs in {minutes:.1f} processor minutes, {len(results.faults)} faults"


def _tally(target: Target, results: Results) -> str:
    tally = results.tallies[target.name]
    faults = sum(fault.target == target.name for fault in results.faults.values())
    return (
        f"{target.name:14}{tally.inputs:10,} inputs, {tally.refused:,} of them refused, "
        f"{len(tally.outcomes):,} outcomes, {tally.seconds / 60:.1f} processor minutes, "
        f"{faults} faults"
    )


def _write(
    folder: Path, options: argparse.Namespace, results: Results, left_out: dict[str, list[str]]
) -> None:
    """`summary.json`, and each faulty input as a file beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    faults = []
    for key, fault in results.faults.items():
        digest = hashlib.sha256(repr(key).encode()).hexdigest()[:8]
        path = folder / f"{fault.target}-{digest}"
        path.write_bytes(fault.case)
        faults.append(
            {
                "target": fault.target,
                "signature": fault.signature,
                "count": results.counts[key],
                "file": path.name,
                "details": fault.details,
            }
        )
    summary = {
        "seed": options.seed,
        "jobs": options.jobs,
        "minutes": options.minutes,
        "python": platform.python_version(),
        "targets": {
            name: {
                "inputs": tally.inputs,
                "refused": tally.refused,
                "outcomes": len(tally.outcomes),
                "processor_minutes": round(tally.seconds / 60, 2),
                "faults": sum(fault.target == name for fault in results.faults.values()),
            }
            for name, tally in results.tallies.items()
        },
        "left_out": left_out,
        "faults": faults,
    }
    text = json.dumps(summary, indent=1, ensure_ascii=True)
    (folder / "summary.json").write_text(text + "\n", encoding="utf-8")
    print(f"\nwrote {folder / 'summary.json'}")


if __name__ == "__main__":
    sys.exit(main())
