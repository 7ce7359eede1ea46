"""Command lines, run in this process: exit status 0, 1 or 2, and never a traceback.

A case is a JSON object: the arguments, the files that there are, and standard input.
"""

from __future__ import annotations

import contextlib
import io
import os
import random
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

from tests.conftest import ARGUMENTS
from tests.fuzz import bundle, programs
from tests.fuzz.target import Fault
from tests.fuzz.targets import rasp, records, vectors
from tests.fuzz.targets.run_dir import SMALL
from tests.upstream import write_run
from tpc.cli.main import main
from tpc.diagnostics import TpcError
from tpc.frontends.run import export_run
from tpc.ir.printer import print_program

_LINES = '["1", "0"]\n["0"]\n'
_PAIRS = '[["1", "0"], ["0", "1"]]\n[["0"], ["0"]]\n'
_TRAIN = (
    "--dataset-size 30 --n-epochs 1 --n-layers 1 --n-heads-cat 1 --n-cat-mlps 1 --d-mlp 4 "
    "--batch-size 16 --recipe paper --max-length 5 --vocab-size 5"
)
COMMANDS = (
    "import run -o p.tpir", "import run --vocabulary v.json", "import run --ignore-option x",
    "opt p.tpir -O2 -o q.tpir", "opt p.tpir -O1 --json", "opt --list", "opt p.tpir -p prune",
    "compile p.tpir -o p.py", "compile p.tpir -t c -o p.c", "compile p.tpir -t rasp -o -",
    "compile p.tpir -t numpy -o n.py -O1", "compile p.tpir -t javascript -o p.mjs",
    "run p.tpir in.jsonl", "run p.tpir in.jsonl -t numpy -o out.jsonl", "run p.tpir --raw",
    "run p.tpir in.txt --format text --tokenizer space", "run p.tpir in.conll --format conll",
    "run p.tpir in.jsonl --details", "run p.tpir in.jsonl --skip-long -t python",
    "verify p.tpir --against run --limit 100 --samples 10",
    "verify p.tpir --against run -t python --samples 5 --limit 0 --json",
    "eval p.tpir", "eval p.tpir --data pairs.jsonl", "eval p.tpir --data rows.csv --split all",
    "eval p.tpir --data in.conll --json", "inspect p.tpir", "inspect p.tpir --json",
    "inspect p.tpir --words", "inspect p.tpir --class 1 --usage", "inspect p.tpir --against q.tpir",
    "inspect p.tpir --tables --node ones", "inspect p.tpir --uses tokens --json", "explain p.tpir 0 --position 0",
    "explain p.tpir - --position 1 --json --unchecked", "explain p.tpir 1 --limit 5", "trace p.tpir 1 --until ones --unchecked",
    "report p.tpir -o r.html", "report p.tpir --inputs in.jsonl --against q.tpir -O1",
    "trace p.tpir 0", "trace p.tpir - --json", "trace p.tpir 1 --until ones --unchecked",
    "graph p.tpir", "graph p.tpir --format svg -o g.svg", "graph p.tpir --format dot --json", "slice p.tpir --label 1",
    "slice p.tpir --feature ones -o s.tpir", "slice p.tpir --position 1", "diff p.tpir q.tpir", "diff p.tpir trained/program.tpir --json",
    "coverage p.tpir in.jsonl", "coverage p.tpir --inputs 3 -o c.jsonl", "coverage p.tpir --limit 50 --samples 20 --json",
    "opt p.tpir -O3 --explain -o q.tpir", "verify p.tpir --task sort --limit 50 --samples 10", "eval p.tpir --task hist",
    "plot run -o plot.png", "data sort --dataset-size 20", "data hist --split val --max-length 4",
    "rasp f.rasp", "rasp f.rasp --lint --json", "rasp f.rasp in.jsonl --sop x",
    f"train sort -o new {_TRAIN}", f"train hist -o new {_TRAIN} --json",
    f"train --data rows.jsonl --kind tagging -o new {_TRAIN.split(' --max', maxsplit=1)[0][18:]}",
    f"train --data rows.csv --kind classification --vectors v.txt -o new {_TRAIN.split(' --max', maxsplit=1)[0][18:]}",
    "run p.tpir in.jsonl --on-error skip", "run p.tpir in.conll --format conll --on-error null",
    "upgrade p.tpir", "upgrade p.tpir -o q.tpir", "doctor", "doctor --json",
    "train --resume run", "train --resume trained", "import trained", "plot trained -o p.svg",
    "plot trained run --json", "verify p.tpir --against trained --samples 5 --limit 9",
    "eval trained/program.tpir --split test", "inspect trained", "bench p.tpir", "--version", "", "--help", "run --help", "none",
)  # fmt: skip
ARGUMENTS_TOO = (
    "-", "--", "-o", "-h", "--json", "-t", "-O", "-O3", "p.tpir", "q.tpir", "run", "in.jsonl", ".",
    "..", "", "none", "no/such/file", "in.txt", "rows.csv", "--raw", "--format", "--seed", "--data",
    "folder", "link", "fifo_less", "c", "numpy", "python", "javascript", "rasp", "interpreter",
    "all", "jsonl", "conll", "text", "train", "test", "tagging", "sort", "dyck1", "addition", "trec",
    "--max-length", "--min-length", "--limit", "--samples", "--kind", "--tokenizer", "space",
    "--text-column", "--label-column", "1", "0", "-1", "2", "nan", "1e400", "9" * 30, "x,y", "\udcff",
    "--output=-", "--unknown", "é", "a b", "--vectors", "v.txt", "--vocabulary", "v.json",
    "p.tpir/x", "trained", "trained/program.tpir", "1.py", "a b.c", "é.c", "class.py", ".c", "a\nb.c", "p.tpir.c", "p.tpir\n", "~", "*", "--class", "--words", "--lower", "label",
)  # fmt: skip
#: Numbers that ask for hours of honest work are no fault.
_BIGGEST = 60
#: What starts processes, waits for a person, or is the user's own machine: not here.
_NEVER = ("-j", "--jobs", "--device", "--seeds", "--together", "--install-completion", "bench")


#: Options whose value is no file, whatever it looks like.
_NOT_A_FILE = ("-t", "--target", "--format", "--tokenizer", "--kind", "--text-column",
    "--label-column", "--class", "--words", "--split", "--task", "--alphabet")  # fmt: skip


class Fuzzer:
    """See the module."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        write_run(folder / "run", {**ARGUMENTS, **SMALL})
        words = f"train sort -o trained {_TRAIN}".split()
        _run(words, b"", folder)
        program = print_program(export_run(folder / "run"))
        self._files = {
            "p.tpir": program, "q.tpir": programs.corpus_texts()[0], "in.jsonl": _LINES,
            "in.txt": "1 0\n0\n", "in.conll": "1 1\n0 0\n\n0 0\n", "pairs.jsonl": _PAIRS,
            "rows.csv": "text,label\n" + "1 2,1\n3,3\n" * 8,
            "rows.jsonl": '{"tokens": ["1", "2"], "tags": ["1", "2"]}\n' * 12,
            "v.json": '{"vocabulary": ["<pad>", "1"], "classes": ["<pad>", "1"]}',
            "v.txt": vectors.TEXTS[0], "f.rasp": rasp.TEXTS[0],
        }  # fmt: skip
        for path in sorted((folder / "trained").iterdir()):
            if path.suffix in (".json", ".csv", ".tpir"):
                self._files[f"trained/{path.name}"] = path.read_text()

    def seeds(self, stream: random.Random) -> Sequence[bytes]:
        return [
            bundle.pack({"arguments": line.split(), "files": {}, "input": _LINES})
            for line in COMMANDS
            if not set(line.split()) & set(_NEVER)
        ]

    def mutate(self, case: bytes, stream: random.Random) -> bytes:
        value = bundle.unpack(case)
        for _ in range(stream.choice((1, 1, 2, 3))):
            if stream.random() < 0.55:
                value["arguments"] = self._arguments(value["arguments"], stream)
            elif stream.random() < 0.1:
                value["input"] = bundle.change(stream, value["input"])
            else:
                line = " ".join(value["arguments"])
                named = [name for name in self._files if name.split("/")[0] in line]
                name = stream.choice(named or sorted(self._files))
                old = value["files"].get(name, self._files[name])
                value["files"] = {**value["files"], name: self._content(name, old, stream)}
        return bundle.pack(value)

    def _arguments(self, old: list[str], stream: random.Random) -> list[str]:
        words, at = list(old), stream.randrange(len(old) + 1)
        match stream.randrange(5):
            case 0:
                del words[at : at + 1]
            case 1:
                words.insert(at, stream.choice(ARGUMENTS_TOO))
            case 2 if words:
                words[min(at, len(words) - 1)] = stream.choice(ARGUMENTS_TOO)
            case 3 if words:
                words[min(at, len(words) - 1)] = stream.choice(words)
            case _:
                other = stream.choice(COMMANDS).split()
                words[at:] = other[stream.randrange(len(other) + 1) :]
        return words

    def _content(self, name: str, old: str, stream: random.Random) -> str:
        """The content of a file with a few changes, or that of another file."""
        if stream.random() < 0.05:
            return self._files[stream.choice(sorted(self._files))]
        if name == "rows.csv" and stream.random() < 0.2:
            return stream.choice(list(records.SEEDS.values()))
        return bundle.change(stream, old)

    def simpler(self, case: bytes) -> Iterator[bytes]:
        return bundle.shorter(case)

    def check(self, case: bytes) -> str:
        value = bundle.unpack(case)
        arguments = [str(argument) for argument in value["arguments"]]
        if not _harmless(arguments):
            return "not tried"
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            folder = Path(name)
            for run in ("run", "trained"):
                shutil.copytree(self._folder / run, folder / run)
            for file, content in {**self._files, **value["files"]}.items():
                if file in self._files:
                    (folder / file).write_bytes(bundle.to_bytes(content))
            (folder / "folder").mkdir()
            (folder / "link").symlink_to("p.tpir")
            before = _contents(folder)
            status, out, err = _run(arguments, bundle.to_bytes(value["input"]), folder)
            _check_files(arguments, folder, before)
        return _outcome(arguments, status, out, err)


def _contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def _check_files(arguments: list[str], folder: Path, before: dict[Path, bytes]) -> None:
    """Nothing is changed but what `-o` names, no input among it, and no litter is left."""
    after = _contents(folder)
    changed = [path for path, content in before.items() if after.get(path) != content]
    named = {(folder / argument).resolve() for argument in arguments if "\0" not in argument}
    attached = {(folder / argument.split("=", 1)[-1]).resolve() for argument in arguments}
    attached |= {(folder / argument[2:]).resolve() for argument in arguments if argument[:1] == "-"}
    command = arguments[0] if arguments else ""
    for path in changed:
        outputs = named | attached
        inside = any(parent in outputs for parent in path.resolve().parents)
        stem = any(path.stem.startswith(output.stem) for output in outputs)
        if path.resolve() not in outputs and not (inside and command == "train") and not stem:
            raise Fault(f"{command}: a file is changed that was not named", str(path.name))
        files = [word for before, word in pairwise(arguments) if before not in _NOT_A_FILE]
        times = sum((folder / word).resolve() == path.resolve() for word in files)
        if times > 1 and command not in ("opt", "upgrade"):
            raise Fault(f"{command}: an input was replaced", f"{path.name}: {arguments}")
    litter = [path.name for path in after.keys() - before.keys() if path.suffix == ".tmp"]
    if litter:
        raise Fault(f"{command}: litter is left", f"{litter}")


def _harmless(arguments: list[str]) -> bool:
    """Nothing that takes processes or hours, and nothing that leaves the folder."""
    for argument in arguments:
        if argument.split("=")[0] in _NEVER or argument.startswith(("/", "~", "..", "-j")):
            return False
        digits = argument.split("=")[-1]
        if "train" in arguments and digits.isdecimal() and int(digits[:4]) > _BIGGEST:
            return False
    return "\0" not in "".join(arguments)


def _run(arguments: list[str], given: bytes, folder: Path) -> tuple[object, str, str]:
    """Exit status, standard output and standard error of `tpc ARGUMENTS` in a folder."""
    out, err = io.BytesIO(), io.StringIO()
    streams = {
        "stdin": io.TextIOWrapper(io.BytesIO(given), encoding="utf-8"),
        "stdout": io.TextIOWrapper(out, encoding="utf-8"),
        "stderr": err,
    }
    before, status = Path.cwd(), object()
    os.chdir(folder)
    try:
        with contextlib.ExitStack() as stack:
            stack.enter_context(patch.object(sys, "argv", ["tpc", *arguments]))
            for name, stream in streams.items():
                stack.enter_context(patch.object(sys, name, stream))
            stack.enter_context(patch.object(warnings, "showwarning", warnings.showwarning))
            try:
                main()
                status = 0
            except SystemExit as ended:
                status = 0 if ended.code is None else ended.code
            with contextlib.suppress(ValueError):
                streams["stdout"].flush()
    finally:
        os.chdir(before)
    return status, out.getvalue().decode("utf-8", "replace"), err.getvalue()


def _outcome(arguments: list[str], status: object, out: str, err: str) -> str:
    command = arguments[0] if arguments else ""
    if status not in (0, 1, 2) or isinstance(status, bool):
        raise Fault(f"{command}: exit status {status}", err[-2000:])
    if "Traceback" in err or "Traceback" in out:
        raise Fault(f"{command}: a traceback", err[-4000:])
    if "not enough memory" in err:
        raise Fault(f"{command}: not enough memory", err[-2000:])
    if status == 2 and not err.strip() and "Usage: " not in out:
        raise Fault(f"{command}: exit status 2 and no word why", out[-2000:])
    if status == 2:
        # As others are: refused. The kind of the message tells new outcomes from known ones.
        message = next((line for line in err.splitlines() if "rror" in line), err)
        raise TpcError(f"{command}: {message.split('rror:')[-1]}")
    return f"{command} {status} {len(out) > 0} {err[:20]}"
