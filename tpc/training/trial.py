"""Which network a user's own data are searched with: the one that comes furthest in a few rounds.

How many layers there are, whether heads may see later tokens, and whether they count, decides what
can be said at all, and nobody should have to know. So each is tried, the smallest first, and a few
rounds of search show it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from time import monotonic

import torch

from tpc.data.corpus import Corpus
from tpc.data.dataset import Dataset
from tpc.ir.words import BOS, EOS, PAD, UNK
from tpc.model.architecture import Architecture
from tpc.model.choices import supports
from tpc.model.config import ModelConfig
from tpc.training.budget import until
from tpc.training.loop import advance, begun, is_done
from tpc.training.plan import Plan
from tpc.training.search.settings import DEFAULT
from tpc.training.state import Clock, Say, Training, TrainingState, parameter_space

MOST_TOKENS = 128
"""Different tokens: with more, words are likely to share classes, which gradients find."""

LONGEST = 64
"""Tokens of a row: with more, a search takes longer than gradients."""

COUNTING_HEADS = 2

FEW_VALUES = DEFAULT.few_values
"""With more values of a variable than this, a round of search takes many seconds."""

SMALL_ROUNDS = 2
"""Rounds of search with a network of fewer layers than others have, which cost little."""

PATIENCE = 8
LEAST_PATIENCE = 2
"""Rounds of search without a better score: with few values of a variable, and with many."""


@dataclass(frozen=True)
class Trial:
    """A network after a few rounds of search."""

    training: Training
    state: TrainingState

    @property
    def nothing_wrong(self) -> bool:
        """Whether all training labels are right: no round could find more."""
        return self.state.history[-1].train_errors == 0

    @property
    def is_perfect(self) -> bool:
        """Whether all training and validation labels are right."""
        return self.nothing_wrong and self.state.kept.score.token_accuracy == 1

    def described(self) -> str:
        """What heads see and do, and what was reached."""
        model = self.training.program
        layers = "one layer" if model.n_layers == 1 else f"{model.n_layers} layers"
        sees = "earlier tokens alone" if model.autoregressive else "all tokens"
        counts = " and may count" if model.n_heads_num else ""
        accuracy = 100 * self.state.kept.score.token_accuracy
        return f"{layers} of heads that see {sees}{counts} ({accuracy:.2f} %)"


def is_closed_set(data: Corpus | Dataset) -> bool:
    """Whether tokens are few enough, and rows short enough, for a search over discrete choices."""
    return _n_tokens(data) <= MOST_TOKENS and data.max_length <= LONGEST


def usual_patience(data: Corpus | Dataset) -> int:
    """Rounds of search without a better score, after which one on a closed set ends."""
    few_values = max(len(data.vocabulary), data.max_length) <= FEW_VALUES
    return PATIENCE if few_values else LEAST_PATIENCE


def _n_tokens(data: Corpus | Dataset) -> int:
    """How many different tokens there are, without those that frame and fill rows."""
    return len(set(data.vocabulary) - {PAD, UNK, BOS, EOS})


def why(plan: Plan) -> str:
    """How a user's own data are learned, and what else could be asked for."""
    known = _n_tokens(plan.dataset)
    seen = f"{known:,} different tokens in rows of at most {plan.dataset.max_length - 2}"
    if plan.recipe.search:
        return f"{seen}: a search over discrete choices (--search 0 trains by gradients)"
    return f"{seen}: training by gradients, with words in learned classes"


def alternatives(model: ModelConfig, given: Collection[str]) -> Iterator[ModelConfig]:
    """Networks with other heads than this one, or fewer layers, where these were not asked for.

    Args:
        model: A network whose heads see all tokens, and do not count.
        given: Options that were asked for, and stay.
    """
    if "n_heads_num" in given:
        return
    counting = replace(model, n_heads_num=COUNTING_HEADS)
    networks = [counting]
    if model.n_layers > 1 and not {"n_layers", "n_num_mlps"} & set(given):
        # What takes a count, and a table of what to make of it, is found here in seconds.
        networks = [replace(counting, n_layers=1, n_num_mlps=1), counting]
    for network in networks:
        causal = replace(network, autoregressive=True)
        if "autoregressive" not in given and not model.autoregressive and supports(causal):
            yield causal
        if supports(network):
            yield network


def best_trial(plan: Plan, say: Say, deadline: float | None = None) -> Trial:
    """The network, of those of a plan, that is best on the validation split after a few rounds.

    Those of few layers are tried first, and if one leaves nothing wrong the larger ones are not.
    What was found stays: training goes on from there.

    Args:
        plan: A search without epochs before it.
        say: Told what was chosen, and how far the others came.
        deadline: By `time.monotonic`. What was not tried by then is left out.

    Raises:
        TpcError: The rows do not fit the network.
    """
    torch.set_num_threads(plan.recipe.threads)
    clock, tried = Clock(), list[Trial]()
    models = sorted((plan.model, *plan.alternatives), key=lambda model: model.n_layers)
    whole = Training.of(plan, say)
    few_values = whole.program.d_var <= FEW_VALUES
    for model in models:
        chosen = _chosen(plan, model)
        # All have the same rows, which take a second to encode where there are many.
        training = replace(whole, plan=chosen, space=parameter_space(chosen, whole.train, say))
        tried.append(Trial(training, begun(training)))
        rounds = SMALL_ROUNDS if few_values and model.n_layers < models[-1].n_layers else 1
        if not _went_on(tried[-1], rounds, deadline) or tried[-1].is_perfect:
            break
    tried.sort(key=lambda one: one.state.kept.score.merit, reverse=True)
    if few_values and not any(one.nothing_wrong for one in tried):
        # The first round may have been bad luck.
        for one in tried[:2]:
            if not _went_on(one, 2, deadline) or one.nothing_wrong:
                break
    best = max(tried, key=lambda one: one.state.kept.score.merit)
    best.state.spent = clock.spent()
    others = [one.described() for one in tried if one is not best]
    beside = f" rather than {', '.join(others)}" if others else ""
    say(f"after a few rounds on the validation split: {best.described()}{beside}")
    return best


def _chosen(plan: Plan, model: Architecture) -> Plan:
    """The plan with one of its networks, as if no other had been possible."""
    asked = plan.asked
    if asked is not None:
        found, usual = vars(model), vars(plan.model)
        changed = {name: value for name, value in found.items() if value != usual[name]}
        # Where heads that count are asked for, or none, no other network is tried.
        asked = asked.also(**{"n_heads_num": found["n_heads_num"], **changed})
    return replace(plan, model=model, alternatives=(), asked=asked)


def _went_on(trial: Trial, rounds: int, deadline: float | None) -> bool:
    """So many rounds with a network; whether there was time for all of them."""
    try:
        with until(deadline):
            while trial.state.epoch < rounds and not is_done(trial.training.plan, trial.state):
                advance(trial.training, trial.state)
    except KeyboardInterrupt:
        if deadline is None or monotonic() < deadline:
            raise
        return False
    return True
