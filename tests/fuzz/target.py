"""What a fuzzing target is: where inputs come from, and what has to be true of each."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

CORPUS = Path(__file__).parent / "corpus"


class Fault(Exception):  # noqa: N818 - what it is called everywhere
    """Something is wrong that raised no error by itself: two answers differ, say.

    Args:
        kind: What is wrong, without the values of this input: faults of one kind are one fault.
        details: What happened with this input.
    """

    def __init__(self, kind: str, details: str = "") -> None:
        super().__init__(f"{kind}: {details}" if details else kind)
        self.kind = kind


class Fuzzer(Protocol):
    """A target, ready to run in this process.

    Its constructor takes a folder of its own for files.
    """

    def seeds(self, stream: random.Random) -> Sequence[bytes]:
        """Inputs to start from; called once a batch."""
        ...

    def mutate(self, case: bytes, stream: random.Random) -> bytes:
        """An input like this one."""
        ...

    def check(self, case: bytes) -> str:
        """Try an input.

        Returns:
            What came of it, in general: inputs with a new outcome become seeds of the batch.

        Raises:
            TpcError: The input is refused, as it may be.
            Fault: Something is wrong; so it is with any other exception.
        """
        ...

    def simpler(self, case: bytes) -> Iterator[bytes]:
        """Simpler inputs, the most promising first, to shrink a faulty one."""
        ...


@dataclass(frozen=True)
class Target:
    """A target by name.

    Attributes:
        name: Also of its module in `targets`, and of its folder of the corpus.
        summary: What is tried, in a line.
        packages: What it needs, beyond what `tpc` cannot do without.
        tools: Commands that it needs.
        seconds: Processor time that an input may take.
    """

    name: str
    summary: str
    packages: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    seconds: float = 20.0
    batch: int = field(default=500)

    def missing(self) -> list[str]:
        """What is not installed here and is needed."""
        from shutil import which

        packages = [name for name in ("lark", *self.packages) if find_spec(name) is None]
        return packages + [name for name in self.tools if which(name) is None]

    def load(self, folder: Path) -> Fuzzer:
        """The target, ready to run; its files go into the folder."""
        module = import_module(f"tests.fuzz.targets.{self.name}")
        make: Callable[[Path], Fuzzer] = module.Fuzzer
        return make(folder)

    def corpus(self) -> list[Path]:
        """Inputs that are kept: representative ones, and those that were faulty once."""
        return sorted(path for path in (CORPUS / self.name).glob("*") if path.is_file())


TARGETS = {
    target.name: target
    for target in (
        Target("program_text", "programs as text: read, written, run, in order and in batches"),
        Target("emitted", "programs in every target: labels and variables are the interpreter's",
               ("black",), ("cc", "node"), 60.0, 20),
        Target("passes", "optimised programs: the same labels, and no exception", (), (), 60.0, 60),
        Target("records", "files of labelled text: no exception, and all readers agree",
               ("nltk",), (), 20.0, 400),
        Target("parquet", "Parquet files of labelled text", ("pyarrow", "datasets"), (), 20.0, 300),
        Target("own_data", "files of which little is said: what is recognised is what is read",
               ("nltk", "torch"), (), 20.0, 300),
        Target("own_task", "tasks in Python, declared and answered in odd ways",
               ("torch",), (), 20.0, 300),
        Target("oracle", "functions and commands that answer in odd ways", ("torch",), ("sh", "cat"),
               20.0, 200),
        Target("stream", "lines of tokens: in batches and one by one the answers are the same"),
        Target("vectors", "files of word vectors"),
        Target("properties", "property files: refused, or decided by the solver as by going through all"
               " inputs", ("ortools",), (), 20.0, 200),
        Target("rasp", "RASP texts: read, linted, run"),
        Target("run_dir", "run directories: what is imported is well formed and runs",
               ("torch", "safetensors"), (), 20.0, 150),
        Target("checkpoint", "trainings to be gone on with: refused, or what they would have been",
               ("torch", "safetensors"), (), 60.0, 60),
        Target("command", "command lines: exit status 0, 1 or 2, and no traceback",
               ("typer", "rich", "torch", "safetensors", "black"), (), 60.0, 20),
    )
}  # fmt: skip
