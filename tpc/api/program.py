"""Programs in Python: load, run, optimise, emit, verify and save them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tpc.diagnostics import TpcWarning

if TYPE_CHECKING:
    from os import PathLike

    from tpc.api.drawing import Drawing
    from tpc.circuit.coverage import Coverage
    from tpc.explain.explanation import Explanation
    from tpc.explain.trace import NetworkTrace
    from tpc.ir import program as ir
    from tpc.properties.decide import Decision
    from tpc.semantics.interpreter import Interpreter
    from tpc.verification.report import Report


class Program:
    """A Transformer Program.

    `load`, `parse`, `import_run` and `train` make them. Programs are immutable; two are equal if
    they print as the same text, metadata aside. `str(program)` is the text of the `.tpir` file.
    """

    def __init__(self, program: ir.Program) -> None:
        self._ir = program
        self._interpreter: Interpreter | None = None

    @property
    def ir(self) -> ir.Program:
        """The program as the modules of tpc know it; not part of the stable interface."""
        return self._ir

    @property
    def name(self) -> str:
        """Usually that of its task."""
        return self._ir.name

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """The tokens that it knows, in id order."""
        return self._ir.vocabulary

    @property
    def classes(self) -> tuple[str, ...]:
        """The labels that it may answer."""
        return self._ir.classes

    @property
    def max_length(self) -> int:
        """The most tokens of a sequence, framing included."""
        return self._ir.max_length

    def run(
        self, tokens: Sequence[str], *, raw: bool = False, unchecked: bool = False
    ) -> list[str] | str:
        """The labels of a sequence, or its one label if the program labels whole sequences.

        Args:
            tokens: Words; they are rewritten and looked up as in training.
            raw: Give the network's labels at framing tokens too, instead of echoing those tokens.
            unchecked: Take inputs that an optimised program is not promised on, too.

        Raises:
            TpcError: The program does not take the sequence.
        """
        self._checked(tokens, unchecked)
        return self._interpreted().run(tokens, raw=raw)

    def run_batch(
        self, sequences: Iterable[Sequence[str]], *, raw: bool = False, unchecked: bool = False
    ) -> list[list[str] | str]:
        """What `run` gives for each of many sequences, computed together with NumPy.

        Raises:
            TpcError: The program does not take one of the sequences.
        """
        from tpc.semantics.batched import BatchEvaluator
        from tpc.semantics.encoding import present

        given = list(sequences)
        ids = [self._checked(tokens, unchecked) for tokens in given]
        labels = BatchEvaluator(self._ir, only=()).class_indices(ids)
        return [
            present(self._ir, tokens, [self._ir.classes[index] for index in found], raw=raw)
            for tokens, found in zip(given, labels, strict=True)
        ]

    def trace(self, tokens: Sequence[str], *, unchecked: bool = False) -> NetworkTrace:
        """Every variable of the network that the program still has, by position: a dictionary.

        `label` is always there: the raw labels, or the one label of a whole sequence. The
        dictionary's `table` has the program's own variables and where its heads looked; printed,
        it is what `tpc trace` shows.

        Raises:
            TpcError: The program does not take the sequence.
        """
        from tpc.api.notebook import ShownTrace
        from tpc.explain.trace import traced

        self._checked(tokens, unchecked)
        interpreter = self._interpreted()
        table = traced(interpreter, tokens)
        return ShownTrace(interpreter.trace(tokens), table, self._ir)

    def explain(
        self,
        tokens: Sequence[str],
        position: int | None = None,
        *,
        limit: int | None = None,
        unchecked: bool = False,
    ) -> Explanation:
        """Why a label and not the runner-up; printed, it is what `tpc explain` shows.

        Args:
            tokens: Words; they are rewritten and looked up as in training.
            position: Of the label, from 0; none for a program that labels whole sequences.
            limit: How many inputs are tried at most to find what forces the label and what flips
                it; by default a million, or fewer if they are long.
            unchecked: Take inputs that an optimised program is not promised on, too.

        Raises:
            TpcError: The program does not take the sequence, or it has no such position.
        """
        from tpc.api.notebook import ShownExplanation
        from tpc.explain.explanation import explain

        self._checked(tokens, unchecked)
        found = explain(self._interpreted(), tokens, position, limit=limit)
        return ShownExplanation.of(found, self._ir)

    def optimize(self, level: int = 1) -> Program:
        """A smaller program with the same answers.

        Warns with a `TpcWarning` of what was left alone because nothing could be proved.

        Args:
            level: As `-O`. 0: nothing; 1: every label on every string over the vocabulary is kept;
                2: the labels that the task scores, on every string of the input language; 3: the
                same, written for a reader.

        Raises:
            TpcError: There is no such level.
        """
        import warnings

        from tpc.passes.pipelines import optimise

        found = optimise(self._ir, level)
        for text in found.skipped:
            warnings.warn(f"left alone: {text}", TpcWarning, stacklevel=2)
        return Program(found.program)

    def slice(
        self,
        *,
        feature: str | Sequence[str] | None = None,
        label: str | None = None,
        position: int | None = None,
    ) -> Program:
        """The part that some answers depend on, as a program; `tpc slice` says what it keeps.

        Args:
            feature: One or more variables of the classifier: what they alone add to the logits.
            label: What decides whether the answer is this class.
            position: What the answer at this position, from 0, depends on.

        Raises:
            TpcError: Not one of the three is given, or the program has no such feature, class or
                position.
        """
        from tpc.circuit.slicing import sliced

        names = [feature] if isinstance(feature, str) else feature
        return Program(sliced(self._ir, names, label, position).program)

    def graph(self, tokens: Sequence[str] | None = None, *, live: bool = False) -> Drawing:
        """What each head, table and feature reads; notebooks show it as a picture.

        Args:
            tokens: Show the run of this input, too: values, and what speaks for the answer.
            live: Leave out what the answer does not depend on.

        Raises:
            TpcError: The program does not take the input.
        """
        from tpc.api.drawing import Drawing
        from tpc.circuit.graph import dataflow

        return Drawing(dataflow(self._ir, tokens, live=live))

    def coverage(
        self,
        inputs: Sequence[Sequence[str]] | None = None,
        *,
        training: Sequence[Sequence[str]] | None = None,
        limit: int = 2_000_000,
        samples: int = 5_000,
        seed: int = 0,
    ) -> Coverage:
        """Which cases of predicates and entries of tables inputs exercise, of all that they can.

        Args:
            inputs: Inputs of interest.
            training: The inputs of the training data.
            limit: Input languages of up to this many strings are gone through.
            samples: How many strings of a larger one are tried.
            seed: Of the samples.

        Raises:
            TpcError: The program does not take an input.
        """
        from tpc.circuit.coverage import coverage
        from tpc.semantics.encoding import encode

        given, trained = (
            None if some is None else [tuple(encode(self._ir, words)) for words in some]
            for some in (inputs, training)
        )
        return coverage(self._ir, given, trained, limit=limit, samples=samples, seed=seed)

    def covering_inputs(
        self, count: int, *, limit: int = 2_000_000, samples: int = 5_000, seed: int = 0
    ) -> list[list[str]]:
        """Inputs, at most so many, that together exercise all cases that can be; the best first.

        Args:
            count: How many at most.
            limit: Input languages of up to this many strings are gone through.
            samples: How many strings of a larger one are tried.
            seed: Of the samples.
        """
        from tpc.circuit.coverage import covering_inputs

        found = covering_inputs(self._ir, count, limit=limit, samples=samples, seed=seed)
        return [[self._ir.vocabulary[token] for token in ids] for ids in found.inputs]

    def export_circuit(self, inputs: Iterable[Sequence[str]] = ()) -> dict[str, Any]:
        """Nodes, edges, and for inputs each value, attention and cause: a truth to score against.

        It is what `tpc export-circuit` writes as JSON; `circuit.schema.json` is its schema.

        Args:
            inputs: Words of each input.

        Raises:
            TpcError: The program does not take an input.
        """
        from tpc.circuit.export import circuit

        return circuit(self._ir, inputs)

    def emit(self, target: str = "python", *, name: str | None = None) -> dict[str, str]:
        """The program as source code: text by file name, the main file first.

        Args:
            target: `python`, `numpy`, `c`, `rasp`, or another installed backend.
            name: Of the main file, without its suffix; by default that of the program.

        Raises:
            TpcError: There is no such target, or it cannot express the program.
        """
        from tpc.runtime.backend import find_backend

        files = find_backend(target).emit(self._ir, name or self.name)
        return {file.name: file.content.decode("utf-8") for file in files}

    def verify(
        self,
        against: str | PathLike[str],
        *,
        targets: Sequence[str] = ("interpreter",),
        vocabulary: Mapping[str, object] | str | PathLike[str] | None = None,
        limit: int = 2_000_000,
        samples: int = 2_000,
        seed: int = 0,
    ) -> Verification:
        """Compare with the network that the program came from, variable by variable.

        Args:
            against: The run directory of the network.
            targets: What to run the program with: `interpreter` or names of backends.
            vocabulary: As for `import_run`.
            limit: Input languages of up to this many strings are tried string by string.
            samples: How many strings are tried otherwise.
            seed: Of the samples.

        Raises:
            TpcError: The directory cannot be loaded or is of another program, or a target cannot
                be used.
        """
        from tpc.model.run_dir import load_run
        from tpc.verification.report import report_lines
        from tpc.verification.verify import VerificationOptions, verify_program

        run = load_run(Path(against), _vocabulary(vocabulary))
        options = VerificationOptions(tuple(targets), limit, samples, seed)
        report = verify_program(self._ir, run, options)
        text = "\n".join(report_lines(report, self.name, str(against)))
        return Verification(report.equal, report.proved, text, report)

    def prove(
        self,
        properties: str,
        *,
        names: Sequence[str] = (),
        limit: int = 2_000_000,
        samples: int = 2_000,
        seed: int = 0,
        effort: float = 15.0,
    ) -> Proof:
        """Decide properties on every input of the program's language.

        Args:
            properties: The text of a file of properties.
            names: Of those to decide; all of them if none is named.
            limit: Input languages of up to this many strings are tried string by string.
            samples: How many strings are tried otherwise, before the solver is asked.
            seed: Of the samples.
            effort: Of the solver on inputs of one length: OR-Tools' deterministic time, roughly
                seconds.

        Raises:
            TpcError: The text is not one of properties, or they make no sense for the program.
        """
        from tpc.properties.decide import Budget, decide
        from tpc.properties.parser import parse_properties
        from tpc.properties.report import decision_lines

        file = parse_properties(properties)
        found = decide(self._ir, [file], names, Budget(limit, samples, seed, effort))
        verdicts = {decision.name: decision.verdict.word for decision in found}
        return Proof(verdicts, "\n".join(decision_lines(found, self.name)), tuple(found))

    def save(self, path: str | PathLike[str]) -> None:
        """Write the program to a `.tpir` file, whole or not at all.

        Raises:
            TpcError: The file cannot be written.
        """
        from tpc.files import write_atomic

        write_atomic(Path(path), str(self))

    def _checked(self, tokens: Sequence[str], unchecked: bool) -> list[int]:
        from tpc.semantics.encoding import encode, require_promised

        ids = encode(self._ir, tokens)
        if not unchecked:
            require_promised(self._ir, ids)
        return ids

    def _interpreted(self) -> Interpreter:
        from tpc.semantics.interpreter import Interpreter

        if self._interpreter is None:
            self._interpreter = Interpreter(self._ir)
        return self._interpreter

    def _repr_html_(self) -> str:
        from tpc.api.notebook import framed

        return framed(self._ir)

    def __eq__(self, other: object) -> bool:
        return self._ir == other._ir if isinstance(other, Program) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._ir)

    def __str__(self) -> str:
        from tpc.ir.printer import print_program

        return print_program(self._ir)

    def __repr__(self) -> str:
        kind = f"{len(self._ir.nodes)} nodes, {len(self.classes)} classes"
        return f"<tpc.Program {self.name}: {kind}, at most {self.max_length} tokens>"


@dataclass(frozen=True)
class Verification:
    """How a program compares with its network; `bool()` of it is whether the two are equal.

    Attributes:
        equal: Whether no difference was found.
        proved: Whether it is the network on its whole input language: every string was tried, or
            the parts of the program are the network's, which `docs/proof.md` says more of.
        text: What was compared and found, as `tpc verify` says it.
        report: The counts, and a counterexample if there is one; not part of the stable interface.
    """

    equal: bool
    proved: bool
    text: str
    report: Report

    def __bool__(self) -> bool:
        return self.equal

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<tpc.Verification equal={self.equal} proved={self.proved}>"


@dataclass(frozen=True)
class Proof:
    """What became of properties of a program; `bool()` of it is whether all are proved.

    Attributes:
        verdicts: For each property `proved`, `refuted` or `unknown`.
        text: What was found, as `tpc prove` says it.
        decisions: With counterexamples; not part of the stable interface.
    """

    verdicts: Mapping[str, str]
    text: str
    decisions: tuple[Decision, ...]

    def __bool__(self) -> bool:
        return all(word == "proved" for word in self.verdicts.values())

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<tpc.Proof {dict(self.verdicts)}>"


def load(path: str | PathLike[str]) -> Program:
    """The program in a `.tpir` file.

    Raises:
        TpcError: The file cannot be read, or is not a well-formed program.
    """
    from tpc.frontends.program_file import read_program_file

    return Program(read_program_file(Path(path)))


def parse(text: str, name: str = "<text>") -> Program:
    """The program that a text in the form of a `.tpir` file says.

    Args:
        text: The program.
        name: What messages call the text.

    Raises:
        TpcError: The text is not a well-formed program.
    """
    from tpc.ir.parser import parse_program

    return Program(parse_program(text, name))


def import_run(
    path: str | PathLike[str],
    *,
    vocabulary: Mapping[str, object] | str | PathLike[str] | None = None,
) -> Program:
    """The program that equals a trained network.

    Args:
        path: A run directory, of `tpc train` or of the authors' trainer.
        vocabulary: For authors' runs on text, which do not save it: an object with the keys
            `vocabulary` and `classes`, two lists in id order, or a JSON file of one.

    Raises:
        TpcError: The directory cannot be loaded.
    """
    from tpc.frontends.run import export_run

    return Program(export_run(Path(path), _vocabulary(vocabulary)))


def _vocabulary(
    given: Mapping[str, object] | str | PathLike[str] | None,
) -> Mapping[str, object] | None:
    from tpc.frontends.program_file import read_vocabulary

    return given if given is None or isinstance(given, Mapping) else read_vocabulary(Path(given))
