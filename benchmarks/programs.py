"""Make the programs of the generated tasks in `programs/`: `make programs`.

    python benchmarks/programs.py -o RUNS [--programs programs] [--only NAME ...] [--check]

What is there and was found equal to its network is left alone; runs that are finished are read,
those that were interrupted are resumed, what is missing is trained, optimised, compared and
written, one after the other. So it can be stopped at any time. All of it takes hours.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from generated_tasks import SHIPPED, Setting
from train_recipes import export


def missing(setting: Setting, programs: Path) -> str:
    """Why a program has to be made; nothing if it is there and was found equal to its network."""
    folder = programs / setting.folder
    report = folder / "report.json"
    if not (folder / f"{setting.task}.tpir").exists():
        return "it is not there"
    if not report.exists():
        return "it was not compared with its network"
    return "" if json.loads(report.read_text())["equal"] else "it differs from its network"


def main() -> int:
    """Make what is missing; with --check only say what is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True, help="where runs are kept")
    parser.add_argument("--programs", type=Path, default=Path("programs"))
    parser.add_argument("--only", nargs="*", default=[], help="names such as categorical/hist")
    parser.add_argument("--check", action="store_true", help="make nothing")
    given = parser.parse_args()
    found = [s for s in SHIPPED if not given.only or s.folder in given.only]
    left = {setting: why for setting in found if (why := missing(setting, given.programs))}
    for setting, why in left.items():
        print(f"{setting.folder}: {why}", file=sys.stderr, flush=True)
        if not given.check:
            given.output.mkdir(parents=True, exist_ok=True)
            export(setting, given.output, given.programs)
    print(f"{len(found) - len(left)} of {len(found)} programs were there", file=sys.stderr)
    return 1 if left and given.check else 0


if __name__ == "__main__":
    sys.exit(main())
