"""Which network a user's own data are searched with: the one that comes furthest in a few rounds.

Whether heads may see later tokens, and whether they count, decides what can be said at all in two
layers, and nobody should have to know. So each is tried, and a few rounds of search show it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import torch

from tpc.data.corpus import Corpus
from tpc.data.dataset import Dataset
from tpc.ir.words import BOS, EOS, PAD, UNK
from tpc.model.choices import supports
from tpc.model.config import ModelConfig
from tpc.training.loop import advance, begun, is_done
from tpc.training.plan import Plan
from tpc.training.state import Say, Training, TrainingState

MOST_TOKENS = 64
"""Different tokens: with more, words are likely to share classes, which gradients find."""

LONGEST = 64
"""Tokens of a row: with more, a search takes longer than gradients."""

COUNTING_HEADS = 2
ROUNDS = 3
FEW_VALUES = 32
"""With more values of a variable than this, rounds are slow and a network is tried with one."""


@dataclass(frozen=True)
class _Tried:
    """A network after a few rounds."""

    model: ModelConfig
    state: TrainingState

    @property
    def nothing_wrong(self) -> bool:
        return self.state.history[-1].train_errors == 0

    def described(self) -> str:
        """What heads see and do, and what was reached."""
        sees = "earlier tokens alone" if self.model.autoregressive else "all tokens"
        counts = " and may count" if self.model.n_heads_num else ""
        accuracy = 100 * self.state.kept.score.token_accuracy
        return f"heads that see {sees}{counts} ({accuracy:.2f} %)"


def is_closed_set(data: Corpus | Dataset) -> bool:
    """Whether tokens are few enough, and rows short enough, for a search over discrete choices."""
    known = set(data.vocabulary) - {PAD, UNK, BOS, EOS}
    return len(known) <= MOST_TOKENS and data.max_length <= LONGEST


def best_network(plan: Plan, given: Collection[str], say: Say) -> Plan:
    """The plan with the network that is best on the validation split after a few rounds of search.

    Args:
        plan: A search without epochs before it.
        given: Options that were asked for, and stay.
        say: Told what was chosen, and how far the others came.
    """
    candidates = list(_candidates(plan, given))
    if len(candidates) == 1:
        return plan
    torch.set_num_threads(plan.recipe.threads)
    tried: list[_Tried] = []
    for model in candidates:
        tried.append(_tried(replace(plan, model=model)))
        if tried[-1].nothing_wrong:
            break
    best = max(tried, key=lambda one: one.state.kept.score.merit)
    others = [one.described() for one in tried if one is not best]
    beside = f" rather than {', '.join(others)}" if others else ""
    say(f"after a few rounds on the validation split: {best.described()}{beside}")
    return replace(plan, model=best.model)


def _candidates(plan: Plan, given: Collection[str]) -> Iterator[ModelConfig]:
    """The network that was planned, and those with other heads than were asked for."""
    model = plan.model
    assert isinstance(model, ModelConfig), "ordinary Transformers choose nothing"
    yield model
    if "n_heads_num" in given:
        return
    counting = replace(model, n_heads_num=COUNTING_HEADS)
    causal = replace(counting, autoregressive=True)
    if "autoregressive" not in given and not model.autoregressive and supports(causal):
        yield causal
    if supports(counting):
        yield counting


def _tried(plan: Plan) -> _Tried:
    """A network after a few rounds of search."""
    training = Training.of(plan)
    assert isinstance(plan.model, ModelConfig), "as it was when it became a candidate"
    state = begun(training)
    for _ in range(ROUNDS if plan.model.d_var <= FEW_VALUES else 1):
        if is_done(plan, state):
            break
        advance(training, state)
    return _Tried(plan.model, state)
