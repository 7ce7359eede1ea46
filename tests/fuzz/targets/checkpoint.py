"""Trainings to be gone on with: a damaged directory is refused, an undamaged one ends as it would.

A case is a JSON object: which small run to start from, the text of its options and of the state in
its checkpoint (of many seeds also of their list, and of the summary of one that is finished),
changes to the checkpoint's tensors, and changes to its bytes. All but the last get the checksum that belongs to them, as a defective writer would leave
it; bytes that change after that must be noticed.
"""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import save

from tests.fuzz import bundle, mutate
from tests.fuzz.target import Fault
from tests.fuzz.targets.program_text import check_text
from tests.fuzz.targets.run_dir import changed_tensors, damaged
from tpc.files import parse_json, read_csv
from tpc.frontends.run import export_loaded
from tpc.model.run_dir import OPTIONS, load_run
from tpc.training import checkpoint
from tpc.training.options import SeedsOptions
from tpc.training.planning import plan_training
from tpc.training.run_writer import METRICS, SEEDS, SUMMARY
from tpc.training.seeds import resume_seeds, start_seeds
from tpc.training.session import resume_run, start_run

SMALL = {"dataset_size": 40, "max_length": 5, "n_layers": 1, "batch_size": 16, "threads": 1}
HEADS = {"n_heads_cat": 1, "n_heads_num": 1, "d_mlp": 4, "recipe": "paper"}
#: Options of the small runs, beside the first ones above.
RUNS: dict[str, dict[str, object]] = {
    "epochs": {**HEADS, "n_epochs": 3, "dropout": 0.1, "sample_fn": "gumbel_hard"},
    "score": {**HEADS, "n_epochs": 2, "attention_type": "score", "lr_schedule": "linear"},
    "standard": {"model": "standard", "d_model": 8, "n_epochs": 3},
    "search": {**HEADS, "n_epochs": 1, "search": 2},
    "seeds": {**HEADS, "n_epochs": 3},
}
#: A run is gone on with for so many epochs, and numbers in its options are at most so large.
EPOCHS, LARGEST = 3, 100
#: Of the first small runs more cases are made: a round of search takes a second.
_CHOSEN = (*["epochs"] * 3, *["score"] * 2, *["standard"] * 2, *["seeds"] * 3, "search")


class Fuzzer:
    """See the module."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._expected: dict[str, str] = {}
        for name, options in RUNS.items():
            plan = plan_training("hist", {**SMALL, **options})
            stop = _Stop(1)
            if name == "seeds":
                start_seeds(plan, folder / name, SeedsOptions((0, 1), False, "cpu"), stop)
                (folder / name / "seed-1" / checkpoint.FILE).unlink()
            else:
                start_run(plan, folder / name, stop)

    def seeds(self, stream: random.Random) -> Sequence[bytes]:
        return [bundle.pack({"run": name}) for name in _CHOSEN]

    def _case(self, name: str) -> dict[str, Any]:
        """What a case of this run has where it says nothing else."""
        folder = self._folder / name
        run = folder / "seed-0" if name == "seeds" else folder
        # What a session took differs from machine to machine.
        state = parse_json(_metadata(run / checkpoint.FILE)["state"]) | {"spent": [1.0, 1.0]}
        seeds = summary = ""
        if name == "seeds":
            seeds = (folder / SEEDS).read_text()
            found = parse_json((folder / "seed-1" / SUMMARY).read_text())
            summary = json.dumps(found | {"seconds": 1.0, "processor_seconds": 1.0})
        return {
            "run": name,
            "options": (run / OPTIONS).read_text(),
            "seeds": seeds,
            "summary": summary,
            "state": json.dumps(state),
            "tensors": [],
            "bytes": [],
        }

    def mutate(self, case: bytes, stream: random.Random) -> bytes:
        changes = bundle.unpack(case)
        original = self._case(changes["run"])
        value = {**original, **changes}
        for _ in range(stream.choice((1, 1, 1, 2, 3))):
            match stream.randrange(12):
                case 0 | 1:
                    value["options"] = _changed_json(stream, value["options"])
                case 2 | 3 if value["seeds"]:
                    key = stream.choice(("seeds", "summary"))
                    value[key] = _changed_json(stream, value[key])
                case 3 | 4 | 5 | 6 | 7:
                    value["state"] = _changed_json(stream, value["state"])
                case 8 | 9:
                    value["tensors"] = [*value["tensors"], _tensor_change(stream)]
                case _:
                    kinds = ("set", "flip", "flip", "cut", "add", "header")
                    change = [stream.choice(kinds), stream.random(), stream.randrange(256)]
                    value["bytes"] = [*value["bytes"], change]
        return bundle.pack(
            {key: new for key, new in value.items() if key == "run" or new != original[key]}
        )

    def simpler(self, case: bytes) -> Iterator[bytes]:
        value = bundle.unpack(case)
        for key in value.keys() - {"run"}:
            yield bundle.pack({name: new for name, new in value.items() if name != key})
        for key in value.keys() & {"tensors", "bytes"}:
            yield from (
                bundle.pack({**value, key: less}) for less in mutate.without_pieces(value[key])
            )

    def check(self, case: bytes) -> str:
        changes = bundle.unpack(case)
        name = changes["run"]
        value = {**self._case(name), **changes}
        if _is_large(value["options"]):
            return "too large to try"
        folder = self._folder / "case"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self._folder / name, folder)
        run = folder / "seed-0" if name == "seeds" else folder
        (run / OPTIONS).write_bytes(bundle.to_bytes(value["options"]))
        if name == "seeds":
            (folder / SEEDS).write_bytes(bundle.to_bytes(value["seeds"]))
            (folder / "seed-1" / SUMMARY).write_bytes(bundle.to_bytes(value["summary"]))
        file = run / checkpoint.FILE
        written = _checkpoint(file, value)
        data = written
        for change in value["bytes"]:
            data = damaged(data, *change)
        file.write_bytes(data)
        status = _go_on(folder, name)
        if data != written:
            raise Fault("a checkpoint that was damaged is gone on with")
        if len(changes) == 1 and self._result(name) != _digest(folder):
            raise Fault("a run that is gone on with ends otherwise")
        read_csv(run / METRICS)
        if name != "standard":
            check_text(export_loaded(load_run(folder)))
        return f"{name} {status}"

    def _result(self, name: str) -> str:
        """The weights that the run comes to from its own checkpoint."""
        if name not in self._expected:
            folder = self._folder / "whole"
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(self._folder / name, folder)
            _go_on(folder, name)
            self._expected[name] = _digest(folder)
        return self._expected[name]


class _Stop:
    """A listener that stops a training after some epochs, as Ctrl-C does."""

    def __init__(self, epochs: int) -> None:
        self._left = epochs

    def __call__(self, _metrics: object) -> None:
        self._left -= 1
        if self._left <= 0:
            raise KeyboardInterrupt


def _go_on(folder: Path, name: str) -> str:
    stop = _Stop(EPOCHS)
    return (
        resume_seeds(folder, stop)["status"] if name == "seeds" else resume_run(folder, stop).status
    )


def _digest(folder: Path) -> str:
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def _changed_json(stream: random.Random, text: str) -> str:
    """JSON with another value somewhere, most often; else text with other characters."""
    if stream.random() < 0.1:
        return bundle.change(stream, text)
    try:
        value = parse_json(text)
    except Exception:
        value = {}
    return json.dumps(mutate.json_value(stream, value))


def _is_large(options: str) -> bool:
    """Whether options ask for what takes long, rightly."""
    try:
        found = parse_json(bundle.to_bytes(options).decode())
    except Exception:
        return False
    sections = found.values() if isinstance(found, dict) else ()
    return any(
        isinstance(number, int | float) and number > LARGEST and name != "seed"
        for section in sections
        if isinstance(section, dict)
        for name, number in section.items()
    )


def _tensor_change(stream: random.Random) -> list[Any]:
    names = ("parameters", "first_moment", "second_moment", "best", "noise", "order")
    name, other = stream.choice(names), stream.choice(names)
    kind = stream.choice(("delete", "rename", "add", "shape", "type", "fill", "value", "swap"))
    argument: Any = {
        "rename": stream.choice((other, name + "x", "")),
        "add": stream.choice(("extra", "")),
        "shape": [stream.choice((0, 1, 2, 5, 7, 100, 5056)) for _ in range(stream.randrange(3))],
        "type": stream.choice(("float16", "float64", "bfloat16", "int64", "int8", "bool", "uint8")),
        "fill": stream.choice(("nan", "inf", "-inf", "0", "1e38", "-1e38", "1e-45", "100")),
        "value": [stream.random(), stream.choice(("nan", "inf", "-1", "0", "1e38", "255"))],
        "swap": other,
    }.get(kind)
    return [kind, name, argument]


def _metadata(file: Path) -> dict[str, str]:
    with safe_open(file, "pt") as stored:
        return dict(stored.metadata() or {})


def _checkpoint(file: Path, value: dict[str, Any]) -> bytes:
    """The bytes of a checkpoint with another state and other tensors, and a checksum for them."""
    with safe_open(file, "pt") as stored:
        tensors: dict[str, Any] = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
        metadata = dict(stored.metadata() or {})
    for change in value["tensors"]:
        tensors = changed_tensors(tensors, *change)
    metadata |= {"state": value["state"].encode("utf-8", "replace").decode(), "sha256": "0" * 64}
    kept = {name: tensor.contiguous().clone() for name, tensor in tensors.items()}
    blank = save(kept, metadata)
    checksum = hashlib.sha256(blank).hexdigest().encode()
    return blank.replace(b"0" * 64, checksum, 1)
