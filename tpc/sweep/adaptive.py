"""Configurations that Optuna proposes from what came out before."""

from __future__ import annotations

from statistics import fmean
from typing import Any

from tpc.diagnostics import TpcError
from tpc.sweep.plan import Config, Distribution
from tpc.sweep.sweeping import Sweep
from tpc.sweep.table import score_of, size_of

JOURNAL = "optuna.journal"


def search(sweep: Sweep) -> None:
    """Try as many proposals as the plan says; what was proposed before a stop is tried first."""
    plan = sweep.plan
    if len(plan.configs) != 1:
        raise TpcError(
            "Optuna proposes values for one task and one set of options",
            hint="leave out tasks, [grid] and [[list]], or method",
        )
    optuna = _optuna()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    journal = optuna.storages.journal
    backend = journal.JournalFileBackend(str(sweep.folder / JOURNAL))
    directions = ["maximize", "minimize"] if plan.objective == "front" else ["maximize"]
    study = optuna.create_study(
        storage=optuna.storages.JournalStorage(backend),
        study_name="sweep",
        directions=directions,
        load_if_exists=True,
    )
    running = optuna.trial.TrialState.RUNNING
    while not sweep.over:
        tried = study.get_trials(deepcopy=False)
        number = next((one.number for one in tried if one.state == running), len(tried))
        if number >= plan.search.draws:
            return
        # Each proposal has a seed of its own: it is the same one after a stop as without it.
        study.sampler = optuna.samplers.TPESampler(seed=plan.search.seed + number)
        if number < len(tried):
            proposal = optuna.trial.Trial(study, tried[number]._trial_id)
        else:
            proposal = study.ask()
        config = {**plan.configs[0], **_drawn(proposal, plan.distributions)}
        _try(sweep, study, proposal, config)


def _try(sweep: Sweep, study: Any, proposal: Any, config: Config) -> None:  # noqa: ANN401 - untyped
    plan = sweep.plan
    trials = tuple(plan.with_seeds(config))
    sweep.add(trials)
    rows = sweep.run_all(trials).values()
    if len(rows) < len(trials):
        return
    score = fmean(score_of(row, plan.objective) for row in rows)
    size = min(map(size_of, rows))
    if plan.objective == "front":
        study.tell(proposal, [score, min(size, 1e9)])
    elif plan.objective == "size":
        least = 1.0 if plan.at_least is None else plan.at_least
        study.tell(proposal, score if score < least else 1 + 1 / size)
    else:
        study.tell(proposal, score)


def _drawn(proposal: Any, known: tuple[tuple[str, Distribution], ...]) -> Config:  # noqa: ANN401
    found: Config = {}
    for name, one in known:
        if one.kind == "choice":
            found[name] = proposal.suggest_categorical(name, list(one.values))
        elif one.kind == "int":
            found[name] = proposal.suggest_int(name, *one.values)
        else:
            found[name] = proposal.suggest_float(name, *one.values, log=one.kind == "log")
    return found


def _optuna() -> Any:  # noqa: ANN401 - a module that may not be there
    try:
        import optuna
    except ImportError as error:
        raise TpcError(
            'method = "optuna" needs Optuna, which is not installed',
            hint="install it: pip install 'tpc[optuna]'",
        ) from error
    return optuna
