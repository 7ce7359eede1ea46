"""Everything that decides a training run before it starts: data, architecture, recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tpc.data.corpora import CORPORA
from tpc.data.corpus import Corpus
from tpc.data.dataset import Dataset, dataset_of, load_dataset
from tpc.data.kept_rows import kept_task, read_rows, write_rows
from tpc.data.task import TaskArguments
from tpc.data.task_file import recorded_task
from tpc.data.tasks import find_task
from tpc.data.text_source import TextSource, rows_digest
from tpc.diagnostics import TpcError
from tpc.model import run_dir
from tpc.model.architecture import Architecture
from tpc.model.config import ModelConfig
from tpc.model.run import Vocabulary, read_options
from tpc.model.standard import StandardConfig
from tpc.training.asked import Asked
from tpc.training.recipe import Recipe


@dataclass(frozen=True)
class Plan:
    """A training run's data, architecture and recipe.

    Attributes:
        dataset: Generated data, or a corpus of text.
        model: The architecture, sizes included.
        recipe: How to train.
        text: Where the text is, for a corpus.
        vectors: A file of word vectors that embeddings start from.
        alternatives: Other architectures, which are tried too before training goes on with one.
        asked: What it was made from, if that can be asked for again by a command.
    """

    dataset: Dataset | Corpus
    model: Architecture
    recipe: Recipe
    text: TextSource | None = None
    vectors: str | None = None
    alternatives: tuple[ModelConfig, ...] = ()
    asked: Asked | None = None

    @property
    def is_own(self) -> bool:
        """Whether the data are a user's, who need not know which network they ask for."""
        if isinstance(self.dataset, Corpus):
            return self.dataset.task not in CORPORA
        return self.dataset.definition.source is not None

    @property
    def n_training_words(self) -> int:
        """How many words of the vocabulary, the first ones, are of the training rows."""
        train = {word for words, _ in self.dataset.splits.train for word in words}
        words = self.dataset.vocabulary
        return max((index + 1 for index, word in enumerate(words) if word in train), default=0)

    @property
    def vocabulary(self) -> Vocabulary:
        """The words and the classes that the training split has."""
        return Vocabulary(self.dataset.vocabulary, self.dataset.classes)

    def write(self, path: Path) -> None:
        """Write `config.json`, from which `read_plan` makes the plan again, and the command."""
        extra: dict[str, object] = {}
        if isinstance(self.dataset, Corpus):
            assert self.text is not None, "a corpus comes from somewhere"
            arguments: TaskArguments | TextSource = self.text
            extra = {"rows": rows_digest(self.dataset), "vectors": self.vectors}
        else:
            arguments = self.dataset.arguments
            extra = _own_task(self.dataset)
            source = self.dataset.definition.source
            if source is not None and source.keeps_rows:
                write_rows(path, self.dataset.splits)
        run_dir.write_options(
            path,
            task=self.dataset.task,
            arguments=arguments,
            vocabulary=self.vocabulary,
            model=self.model,
            training=self.recipe.to_json(),
            extra=extra,
        )
        if self.asked is not None:
            self.asked.write(path)


def _own_task(dataset: Dataset) -> dict[str, object]:
    """What a run directory says of a task of the user's own."""
    source = dataset.definition.source
    if source is None:
        return {}
    return {
        run_dir.OWN_TASK: asdict(source),
        run_dir.LANGUAGE: dataset.language().to_json(),
        "rows": rows_digest(dataset),
    }


def read_plan(path: Path) -> Plan:
    """The plan of a run directory of ours.

    Raises:
        TpcError: It is none, or its data are no longer the same.
    """
    source = path / run_dir.OPTIONS
    options = read_options(source)
    task, arguments, vocabulary, model = run_dir.parse_options(options, source)
    recipe = Recipe.from_json(run_dir.training_options(options, source), str(source))
    if isinstance(arguments, TextSource):
        return _read_text_plan(arguments, options, vocabulary, model, recipe, source)
    own = run_dir.task_source(options, source)
    if own is None:
        dataset = load_dataset(find_task(task), arguments)
    elif own.keeps_rows:
        language = run_dir.recorded_language(options, source)
        kept = kept_task(task, language, model.pool_outputs, own)
        dataset = dataset_of(kept, arguments, read_rows(path))
    else:
        dataset = load_dataset(recorded_task(own, str(source)), arguments)
    plan = Plan(dataset, model, recipe)
    if own is not None and rows_digest(plan.dataset) != options.get("rows"):
        raise TpcError(
            f"the rows of {own.reference} are not what they were when training began",
            hint="a task has to give the same rows for the same seed; train anew",
        )
    if plan.vocabulary != vocabulary:
        raise TpcError(f"the vocabulary in {source} is not the one that its task generates")
    return _fitting(plan, source)


def _fitting(plan: Plan, source: Path) -> Plan:
    """The plan, if its parts fit one another as those of every new run do.

    Raises:
        TpcError: They do not.
    """
    model, data = plan.model, plan.dataset
    reasons = {
        "words": model.vocabulary_size != len(data.vocabulary),
        "max_length": model.n_ctx != data.max_length,
        "classes": model.n_classes != len(data.classes),
        "pool_outputs": model.pool_outputs and not data.pooled,
        "refit": plan.recipe.refit and isinstance(model, StandardConfig),
    }
    for what, wrong in reasons.items():
        if wrong:
            raise TpcError(
                f"{source} contradicts itself: its {what} and its network or data do not fit",
                hint="put back the file as training wrote it, or train anew",
            )
    return plan


def _read_text_plan(
    text: TextSource,
    options: Mapping[str, object],
    vocabulary: Vocabulary,
    model: Architecture,
    recipe: Recipe,
    source: Path,
) -> Plan:
    corpus = text.load()
    if rows_digest(corpus) != options.get("rows"):
        raise TpcError(
            f"the text that {source} names is not what it was when training began",
            hint="put the files back as they were, or train anew",
        )
    vectors = options.get("vectors")
    # The vocabulary may have words of the file of vectors too.
    corpus = replace(corpus, vocabulary=vocabulary.words)
    vectors = vectors if isinstance(vectors, str) else None
    return _fitting(Plan(corpus, model, recipe, text, vectors), source)
