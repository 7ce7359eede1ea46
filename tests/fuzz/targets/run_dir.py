"""Run directories, the authors' and ours: what is imported is a program, and its network's equal.

A case is a JSON object: which small run to start from, the text of its options and of its other
files, changes to its tensors, and changes to the bytes of the file of weights.
"""

from __future__ import annotations

import io
import json
import pickle
import random
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tests.conftest import ARGUMENTS
from tests.fuzz import bundle, mutate
from tests.fuzz.target import Fault
from tests.fuzz.targets.program_text import check_text
from tests.upstream import write_run
from tpc.data.text_source import TextOptions, TextSource
from tpc.files import parse_json
from tpc.frontends.run import export_loaded
from tpc.model.run import Vocabulary
from tpc.model.run_dir import load_run, write_options
from tpc.model.weights import read_weights, write_weights
from tpc.verification.verify import VerificationOptions, verify_program

SMALL = {
    "dataset_size": 40, "max_length": 5, "n_layers": 1, "n_heads_cat": 1, "n_heads_num": 1,
    "d_mlp": 4,
}  # fmt: skip
#: Options of the small runs, beside those above.
RUNS: dict[str, dict[str, object]] = {
    "plain": {},
    "clipped": {"rel_pos_bias": "clipped", "n_layers": 2, "n_cat_mlps": 0},
    "score": {"attention_type": "score", "autoregressive": True},
    "embedded": {"one_hot_embed": False, "count_only": False, "n_vars_cat": 2, "n_vars_num": 2},
    "pooled": {"pool_outputs": 1, "rel_pos_bias": "none", "n_heads_num": 0, "n_num_mlps": 0},
}
RESULTS = "epoch,split,sample_fn,acc\n1,train,argmax,0.25\n1,test,gumbel_soft,0.5\n"
REPORT = '{"accuracy": {"train": {"token_accuracy": 0.5}, "test": {"token_accuracy": 1}}}'
DTYPES = ("float16", "float64", "bfloat16", "int64", "int8", "bool", "complex64", "uint8")
FILLS = ("nan", "inf", "-inf", "0", "-0.0", "1e38", "-1e38", "1e-45", "0.1", "100", "1")


class Fuzzer:
    """See the module."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name, changes in RUNS.items():
            write_run(folder / name, {**ARGUMENTS, **SMALL, **changes})
        _write_own(folder / "plain", folder / "own", None)
        source = TextSource("rows", "tagging", "space", TextOptions(max_length=5), "rows.jsonl")
        _write_own(folder / "plain", folder / "text", source)

    def seeds(self, stream: random.Random) -> Sequence[bytes]:
        cases = [self._case(name) for name in (*RUNS, "own", "text")]
        return [bundle.pack(case) for case in cases]

    def _case(self, name: str) -> dict[str, Any]:
        own = name in ("own", "text")
        options = (self._folder / name / ("config.json" if own else "args.json")).read_text()
        report = ("run.json", REPORT) if own else ("results.csv", RESULTS)
        return {"run": name, "options": options, "report": report, "tensors": [], "bytes": []}

    def mutate(self, case: bytes, stream: random.Random) -> bytes:
        value = bundle.unpack(case)
        for _ in range(stream.choice((1, 1, 1, 2, 3))):
            match stream.randrange(11):
                case 0 | 1 | 2:
                    try:
                        options = parse_json(value["options"])
                    except Exception:
                        options = {}
                    value["options"] = json.dumps(mutate.json_value(stream, options))
                case 3:
                    value["options"] = bundle.change(stream, value["options"])
                case 4:
                    name, text = value["report"]
                    value["report"] = [name, bundle.change(stream, text)]
                case 5 | 6 | 7 | 8:
                    value["tensors"] = [
                        *value["tensors"],
                        self._tensor_change(value["run"], stream),
                    ]
                case _:
                    kinds = ("set", "flip", "cut", "add", "legacy", "pickle", "store", "header")
                    change = [stream.choice(kinds), stream.random(), stream.randrange(256)]
                    value["bytes"] = [*value["bytes"], change]
        return bundle.pack(value)

    def _tensor_change(self, run: str, stream: random.Random) -> list[Any]:
        tensors = _tensors(self._folder / run)
        name, other = (stream.choice(sorted(tensors)) for _ in range(2))
        kind = stream.choice(
            ("delete", "rename", "add", "shape", "type", "fill", "value", "value", "value", "ties",
             "sparse", "meta", "expand", "transpose", "object", "quantized", "swap", "scale")
        )  # fmt: skip
        argument: Any = {
            "rename": stream.choice((other, name + "x", "", "blocks.9.cat_attn.W_V", name[7:])),
            "add": stream.choice(("extra", "", "blocks.9.cat_attn.W_V", "unembed.b_U", "embed")),
            "shape": [stream.choice((0, 1, 2, 5, 7, 100)) for _ in range(stream.randrange(4))],
            "type": stream.choice(DTYPES),
            "fill": stream.choice(FILLS),
            "value": [stream.random(), stream.choice((*FILLS, repr(stream.gauss(0, 3))))],
            "expand": stream.choice((10, 10**6, 10**12)),
            "object": stream.randrange(6),
            "swap": other,
            "scale": stream.choice((1e-30, 1e30, -1, 0, 1e-3)),
        }.get(kind)
        return [kind, name, argument]

    def simpler(self, case: bytes) -> Iterator[bytes]:
        value = bundle.unpack(case)
        original = self._case(value["run"])
        for key in ("options", "report"):
            if value[key] != original[key]:
                yield bundle.pack({**value, key: original[key]})
        for key in ("tensors", "bytes"):
            yield from (
                bundle.pack({**value, key: less}) for less in mutate.without_pieces(value[key])
            )

    def check(self, case: bytes) -> str:
        value = bundle.unpack(case)
        folder = self._folder / "case"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        own = value["run"] in ("own", "text")
        (folder / ("config.json" if own else "args.json")).write_bytes(
            bundle.to_bytes(value["options"])
        )
        name, text = value["report"]
        (folder / name).write_bytes(bundle.to_bytes(text))
        tensors = _tensors(self._folder / value["run"])
        for change in value["tensors"]:
            tensors = changed_tensors(tensors, *change)
        written = _write_weights(folder, tensors, own)
        if not written:
            return "no such weights"
        path = folder / ("model.safetensors" if own else "model.pt")
        data = path.read_bytes()
        for change in value["bytes"]:
            data = damaged(data, *change)
        path.write_bytes(data)
        return _check(folder, value["run"])


def _check(folder: Path, name: str) -> str:
    run = load_run(folder)
    program = export_loaded(run)
    check_text(program)
    if name != "text":
        report = verify_program(program, run, VerificationOptions(limit=300, samples=30))
        if not report.equal or report.parts.different:
            raise Fault("an imported program is not its network", str(report)[:2000])
    return f"{name} {len(program.nodes)} {len(run.unused)} {run.unknown_options}"


def _write_own(upstream: Path, folder: Path, text: TextSource | None) -> None:
    """The same network as one of our own runs."""
    run = load_run(upstream)
    folder.mkdir()
    vocabulary = run.vocabulary
    if text is not None:
        words = ("<pad>", "<unk>", "<s>", "</s>", *(f"w{n}" for n in range(9)))
        vocabulary = Vocabulary(words[: len(vocabulary.words)], vocabulary.classes)
    assert run.arguments is not None, "it is one of a generated task"
    write_options(
        folder,
        task=run.task,
        arguments=text or run.arguments,
        vocabulary=vocabulary,
        model=run.config,
        training={"n_epochs": 1},
    )
    write_weights(folder / "model.safetensors", run.weights)


def _tensors(folder: Path) -> dict[str, Any]:
    if (folder / "model.pt").exists():
        return dict(torch.load(folder / "model.pt", weights_only=True))
    return dict(read_weights(folder / "model.safetensors"))


def changed_tensors(tensors: dict[str, Any], kind: str, name: str, argument: Any) -> dict[str, Any]:
    """The tensors with one change; without, if it does not apply to what the tensor is."""
    tensors, tensor = dict(tensors), tensors.get(name)
    if not isinstance(tensor, Tensor):
        return tensors
    try:
        tensors[name] = _new(tensor, kind, argument, tensors)
    except (RuntimeError, ValueError, NotImplementedError, TypeError, KeyError):
        return tensors
    if kind == "delete":
        del tensors[name]
    elif kind in ("rename", "add"):
        tensors[str(argument)] = tensor
        if kind == "rename" and argument != name:
            del tensors[name]
    return tensors


def _new(tensor: Tensor, kind: str, argument: Any, tensors: dict[str, Any]) -> Any:
    """What takes a tensor's place."""
    flat = tensor.clone().reshape(-1)
    if kind == "value" and len(flat):
        flat[int(argument[0] * flat.numel())] = float(argument[1])
        return flat.reshape(tensor.shape)
    forms: dict[str, Callable[[], Any]] = {
        "shape": lambda: torch.ones(argument),
        "type": lambda: tensor.to(getattr(torch, argument)),
        "fill": lambda: torch.full_like(tensor, float(argument)),
        "ties": tensor.round,
        "sparse": tensor.to_sparse,
        "meta": lambda: tensor.to("meta"),
        "expand": lambda: flat[:1].expand(argument),
        "transpose": lambda: tensor.transpose(0, -1).contiguous().transpose(0, -1),
        "object": lambda: _object(tensor, argument),
        "quantized": lambda: torch.quantize_per_tensor(tensor.float(), 0.1, 0, torch.qint8),
        "swap": lambda: tensors[argument],
        "scale": lambda: tensor * argument,
    }
    return forms.get(kind, lambda: tensor)()


def _object(tensor: Tensor, number: int) -> Any:
    return (None, 1.5, [1], {"a": tensor}, "text", torch.nn.Parameter(tensor))[number]


def _write_weights(folder: Path, tensors: dict[str, Any], own: bool) -> bool:
    """Whether such tensors can be saved at all."""
    try:
        if own:
            write_weights(folder / "model.safetensors", tensors)
        else:
            torch.save(tensors, folder / "model.pt")
    except (RuntimeError, ValueError, TypeError, AttributeError, KeyError, NotImplementedError,
            MemoryError):  # fmt: skip
        return False
    return True


class _Code:
    """What must never be executed: a pickle that writes a file."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, ("executed", "w"))


def damaged(data: bytes, kind: str, place: float, byte: int) -> bytes:
    at, changed = int(place * len(data)), bytearray(data)
    match kind:
        case "set" if data:
            changed[at] = byte
        case "flip" if data:
            changed[at] ^= 1 << byte % 8
        case "cut":
            del changed[at : at + byte * 10]
        case "add":
            changed[at:at] = bytes([byte]) * (byte % 9)
        case "header":
            # Where safetensors has the length of its header and the header itself.
            at = int(place * 200)
            changed[at : at + 1] = bytes([byte])
        case "pickle":
            return pickle.dumps({"a": _Code()}, protocol=byte % 6)
        case "legacy" | "store":
            return _packed_again(data, kind, place, byte)
    return bytes(changed)


def _packed_again(data: bytes, kind: str, place: float, byte: int) -> bytes:
    """A model.pt in another form: the old one of torch, or an archive with a member changed."""
    written = io.BytesIO()
    try:
        if kind == "legacy":
            tensors = torch.load(io.BytesIO(data), weights_only=True)
            torch.save(tensors, written, _use_new_zipfile_serialization=False)
            return written.getvalue()
        with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(written, "w") as new:
            members = old.namelist()
            chosen = members[int(place * len(members))]
            for member in members:
                content = old.read(member)
                if member == chosen:
                    content = mutate.raw(random.Random(byte), content)
                method = zipfile.ZIP_DEFLATED if byte % 3 == 0 else zipfile.ZIP_STORED
                new.writestr(member, content, method)
    except Exception:
        return data
    return written.getvalue()
