"""Train the generated tasks, and print the tables of docs/results.md.

    python benchmarks/train_recipes.py -o RUNS [--tasks sort,hist] [--sizes 8,16]
        [--programs programs] [--plot sizes.png]

Runs that are finished are read, those that were interrupted are resumed, what is missing is
trained. The best program of each task is optimised (-O3), compared with its network, and with
--programs written there with what it compiles to and the report. RUNS/results.json has all
figures.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from pathlib import Path
from statistics import fmean
from typing import Any

from generated_tasks import PROVED, SETTINGS, Setting

_MAIN = "import sys; from tpc.cli.main import main; sys.argv[0] = 'tpc'; main()"


def tpc(*words: str, allowed: tuple[int, ...] = (0,)) -> str:
    """What a command prints, on either stream.

    Raises:
        RuntimeError: It failed.
    """
    command = [sys.executable, "-c", _MAIN, *words]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = subprocess.run(command, **streams, text=True, check=False)
    if done.returncode not in allowed:
        raise RuntimeError(f"tpc {shlex.join(words)}: status {done.returncode}\n{done.stdout}")
    return done.stdout


def trained(setting: Setting, folder: Path) -> dict[str, Any]:
    """The run's summary; trains or resumes it where it is not finished."""
    path = folder / setting.name
    if not (path / "run.json").exists():
        if (path / "seeds.json").exists():
            tpc("train", "--resume", str(path))
        else:
            tpc(*shlex.split(setting.command)[1:], "-o", str(path), "--overwrite")
    summary: dict[str, Any] = json.loads((path / "run.json").read_text())
    return summary


def sizes_of(run: Path) -> tuple[int, int]:
    """Tokens of the emitted Python before and after -O3, which `optimised.tpir` holds then."""
    optimised = run / "optimised.tpir"
    words = ["opt", "-O3", str(run / "program.tpir"), "-o", str(optimised), "--json"]
    sizes = json.loads(tpc(*words))
    return sizes["before"]["python"]["tokens"], sizes["after"]["python"]["tokens"]


def verified(run: Path) -> dict[str, Any]:
    """The report of the optimised program's comparison with its network.

    Where emitted code is only sampled, the verdict is of the program itself.
    """
    words = ["verify", str(run / "optimised.tpir"), "--against", str(run), "--json"]
    targets = [word for name in ("interpreter", "python", "numpy", "c") for word in ("-t", name)]
    report: dict[str, Any] = json.loads(tpc(*words, *targets, allowed=(0, 1)))
    if report["verdict"] != "unknown":
        return report
    proof = json.loads(tpc(*words, "--require-proof", allowed=(0, 1, 3)))
    compared = [*proof.pop("targets"), *report["targets"][1:]]
    return {**proof, "equal": proof["equal"] and report["equal"], "targets": compared}


def exported(setting: Setting, run: Path, report: dict[str, Any], programs: Path) -> None:
    """Write the program, what it compiles to, the report and the command."""
    folder = programs / setting.folder
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / f"{setting.task}.tpir"
    program.write_bytes((run / "optimised.tpir").read_bytes())
    for target, suffix in (("python", "py"), ("rasp", "rasp")):
        tpc(
            "compile",
            str(program),
            "--target",
            target,
            "-o",
            str(program.with_suffix("." + suffix)),
        )
    (folder / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    (folder / "command.txt").write_text(f"{setting.command} -o RUN\ntpc opt -O3 RUN/program.tpir\n")


def figures(setting: Setting, folder: Path, programs: Path | None) -> dict[str, Any]:
    """All that a line of the tables and a point of the picture need."""
    summary, run = trained(setting, folder), folder / setting.name
    seeds = summary["seeds"]
    before, after = sizes_of(run)
    report = verified(run)
    proved = {other.task for other in PROVED}
    if programs is not None and setting.size == 8 and setting.task not in proved:
        exported(setting, run, report, programs)
    runs = seeds["runs"]
    return {
        "task": setting.task,
        "size": setting.size,
        "command": setting.command,
        "best": summary["accuracy"]["test"]["token_accuracy"],
        "sequences": summary["accuracy"]["test"]["sequence_accuracy"],
        "mean": seeds["mean"]["test"],
        "deviation": seeds["deviation"]["test"],
        "rounds": sum(entry["epochs"] for entry in runs) / len(runs),
        "seconds": summary["seconds"] / len(runs),
        "tokens": before,
        "tokens_optimised": after,
        "report": report,
    }


def export(setting: Setting, folder: Path, programs: Path) -> None:
    """Train a program, or go on with it, and write it with all that belongs to it."""
    trained(setting, folder)
    run = folder / setting.name
    sizes_of(run)
    exported(setting, run, verified(run), programs)


def line(found: dict[str, Any]) -> str:
    """A line of the table."""
    percent = [f"{100 * found[key]:.2f}" for key in ("best", "mean", "deviation", "sequences")]
    counts = [f"{found[key]:.0f}" for key in ("rounds", "seconds")]
    sizes = [f"{found['tokens']:,}", f"{found['tokens_optimised']:,}"]
    return f"| {found['task']} | {' | '.join([*percent, *counts, *sizes])} |"


def named(points: list[tuple[int, float, str]]) -> list[tuple[float, float, str]]:
    """Where to write names: those of points that all but coincide as one."""
    groups: list[list[tuple[int, float, str]]] = []
    for point in sorted(points):
        last = groups[-1][-1] if groups else None
        if last and point[0] < 1.1 * last[0] and abs(point[1] - last[1]) < 1:
            groups[-1].append(point)
        else:
            groups.append([point])
    found = []
    for group in groups:
        tokens, accuracies, names = zip(*group, strict=True)
        found.append((fmean(tokens), min(accuracies), ", ".join(names)))
    return found


def plot(found: list[dict[str, Any]], path: Path) -> None:
    """Accuracy of the best of the seeds against the size of its program."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    points = [(row["tokens_optimised"], 100 * row["best"], row["task"]) for row in found]
    for size, marker in ((8, "o"), (16, "s")):
        of_size = [point for point, row in zip(points, found, strict=True) if row["size"] == size]
        tokens, accuracy = ([point[axis] for point in of_size] for axis in (0, 1))
        axes.scatter(tokens, accuracy, marker=marker, label=f"size {size}")
    for x, y, names in named(points):
        # Many are at 100 %, close to one another: names hang down from their points.
        where = {"xytext": (0, -7), "textcoords": "offset points", "ha": "center", "va": "top"}
        axes.annotate(names, (x, y), rotation=90, fontsize="small", **where)
    axes.set(xscale="log", xlabel="tokens of Python after -O3", ylabel="test tokens, %")
    # Room for the name of the lowest.
    axes.set_ylim(min(accuracy for _, accuracy, _ in points) - 15, 102)
    axes.legend(loc="lower left")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--tasks", default="")
    parser.add_argument("--sizes", default="8,16")
    parser.add_argument("--programs", type=Path)
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    sizes = {int(size) for size in arguments.sizes.split(",")}
    tasks = set(filter(None, arguments.tasks.split(",")))
    arguments.output.mkdir(parents=True, exist_ok=True)
    found: list[dict[str, Any]] = []
    for size in sorted(sizes):
        print(f"\nSize {size}\n")
        print("| task | best | mean | dev. | sequences | rounds | s a seed | tokens | -O3 |")
        print("|---|---|---|---|---|---|---|---|---|")
        for setting in SETTINGS:
            if setting.size == size and (not tasks or setting.task in tasks):
                found.append(figures(setting, arguments.output, arguments.programs))
                print(line(found[-1]), flush=True)
    for setting in PROVED if arguments.programs is not None and 8 in sizes else ():
        if not tasks or setting.task in tasks:
            export(setting, arguments.output, arguments.programs)
    (arguments.output / "results.json").write_text(json.dumps(found, indent=1) + "\n")
    if arguments.plot is not None:
        plot(found, arguments.plot)


if __name__ == "__main__":
    main()
