"""The table of results on text in docs/results.md: trains whatever is missing, prints the table.

    python benchmarks/text_results.py --data FOLDER --vectors FILE -o RUNS [--only NAME ...]

FOLDER has the corpora under the names in `CORPORA` below. Each run is one `tpc train` in a process
of its own, under RUNS; a finished run is kept, a killed one resumed, so that the script can be
stopped and started again. All runs have seed 0 and one thread; about three hours of processor time
in all.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from text_baselines import baseline

from tpc.data.text_source import text_source

CORPORA = {
    "trec": "trec",
    "rotten_tomatoes": "rotten_tomatoes",
    "subj": "subj.tsv",
    "ag_news": "ag_news",
    "conll_ner": "conll2003",
    "conll_pos": "conll2003",
    "conll_chunk": "conll2000",
}
CODE = "import sys; from tpc.cli.main import main; sys.argv[0] = 'tpc'; main()"


@dataclass(frozen=True)
class Entry:
    """One run: a corpus, and options beside the defaults; sizes are those of upstream's scripts."""

    name: str
    task: str
    options: tuple[str, ...] = ()

    def command(self, data: str, vectors: str, run: str) -> list[str]:
        """The arguments of `tpc`."""
        words = ["train", self.task, "--data", f"{data}/{CORPORA[self.task]}", "--vectors", vectors]
        return [*words, *self.options, "-o", run]


def _paper(task: str, name: str = "", *options: str) -> Entry:
    return Entry(f"{task}-paper{name}", task, ("--recipe", "paper", *options))


def _standard(task: str, *options: str) -> Entry:
    usual = ("--model", "standard", "--dropout", "0.3")
    return Entry(f"{task}-standard", task, (*usual, *options))


ENTRIES = (
    Entry("trec", "trec", ("--n-epochs", "10")),
    Entry("trec-8", "trec", ("--n-vars-cat", "8", "--n-heads-cat", "8")),
    Entry("rotten_tomatoes", "rotten_tomatoes"),
    Entry("subj", "subj"),
    Entry("ag_news", "ag_news"),
    Entry("conll_ner", "conll_ner"),
    Entry(
        "conll_ner-8",
        "conll_ner",
        ("--n-vars-cat", "8", "--n-heads-cat", "16", "--n-epochs", "20"),
    ),
    Entry("conll_pos", "conll_pos"),
    Entry("conll_chunk", "conll_chunk"),
    *(_paper(task) for task in ("trec", "rotten_tomatoes", "subj", "ag_news")),
    _paper("conll_ner", "-6", "--n-epochs", "6"),
    _paper("conll_ner", "-25", "--n-epochs", "25"),
    _paper("conll_pos", "", "--n-epochs", "6"),
    _paper("conll_chunk", "", "--n-epochs", "6"),
    *(_standard(task) for task in ("trec", "rotten_tomatoes", "subj", "ag_news")),
    *(_standard(task, "--n-epochs", "6") for task in ("conll_ner", "conll_pos", "conll_chunk")),
)


def train(entry: Entry, data: Path, vectors: Path, run: Path) -> None:
    """Make the run, or go on with it."""
    if (run / "run.json").exists() and _summary(run)["status"] == "finished":
        return
    arguments = ["train", "--resume", str(run)]
    if not (run / "checkpoint.safetensors").exists():
        arguments = [*entry.command(str(data), str(vectors), str(run)), "--overwrite"]
    print(f"tpc {' '.join(arguments)}", file=sys.stderr, flush=True)
    subprocess.run([sys.executable, "-c", CODE, *arguments], check=True, stdout=subprocess.DEVNULL)


def _summary(run: Path) -> dict:
    return json.loads((run / "run.json").read_text())


def row(entry: Entry, run: Path) -> str:
    """A line of the table."""
    if not (run / "run.json").exists():
        return f"| `{entry.name}` | not run | | | | | |"
    found = _summary(run)
    scores = found["accuracy"]
    test, val = scores["test"], scores["val"]
    f1 = f"{100 * test['f1']:.1f}" if "f1" in test else ""
    return (
        f"| `{entry.name}` | {100 * val['token_accuracy']:.1f} "
        f"| {100 * test['token_accuracy']:.1f} | {f1} | {100 * test['sequence_accuracy']:.1f} "
        f"| {found['epochs']}, {found['best_epoch']} "
        f"| {_seconds(found)} |"
    )


def _seconds(found: dict) -> str:
    """Runs of early versions have no processor time."""
    wall = f"{found['seconds']:.0f} s"
    return f"{found['processor_seconds']:.0f} s, {wall}" if "processor_seconds" in found else wall


def table(entries: list[Entry], runs: Path) -> str:
    """Scores in percent of the network that the run kept."""
    head = (
        "| run | val acc. | test acc. | test F1 | whole sequences | epochs, kept "
        "| processor, wall |"
    )
    lines = [head, "|---|---|---|---|---|---|---|"]
    return "\n".join([*lines, *(row(entry, runs / entry.name) for entry in entries)])


def baselines(data: Path) -> str:
    """The table of what counting reaches."""
    lines = ["| corpus | method | test acc. | test F1 |", "|---|---|---|---|"]
    for task, place in CORPORA.items():
        corpus = text_source(task, str(data / place), options={}).load()
        scores = baseline(corpus)
        f1 = f"{100 * scores['f1']:.1f}" if "f1" in scores else ""
        method = "naive Bayes" if corpus.pooled else "unigrams"
        lines.append(f"| `{task}` | {method} | {100 * scores['accuracy']:.1f} | {f1} |")
    return "\n".join(lines)


def main() -> None:
    names = [entry.name for entry in ENTRIES]
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--vectors", type=Path, required=True)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--only", nargs="*", choices=names, help="train these alone")
    parser.add_argument("--no-training", action="store_true", help="print what is there")
    given = parser.parse_args()
    for entry in ENTRIES:
        if not given.no_training and (not given.only or entry.name in given.only):
            train(entry, given.data, given.vectors, given.output / entry.name)
    print(table(list(ENTRIES), given.output))
    print()
    print(baselines(given.data))


if __name__ == "__main__":
    main()
