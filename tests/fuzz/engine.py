"""Batches of inputs for a target, in this process: mutated, tried within limits, shrunk."""

from __future__ import annotations

import os
import random
import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fuzz.limits import TooLong, memory_limit, time_limit
from tests.fuzz.target import Fault, Fuzzer, Target
from tpc.diagnostics import TpcError

#: Inputs of a batch that its mutations start from, at most.
MOST_SEEDS = 400
#: Processor seconds that shrinking a fault may take, and that a batch takes before it ends early.
SHRINKING, BATCH_SECONDS = 20.0, 20.0
MEMORY = 2 << 30


@dataclass(frozen=True)
class Found:
    """A fault.

    Attributes:
        target: Where.
        signature: Faults with the same one are taken for the same.
        details: A traceback, or what is wrong.
        case: The smallest input that shows it.
    """

    target: str
    signature: str
    details: str
    case: bytes


@dataclass
class Batch:
    """What a batch came to."""

    target: str
    inputs: int = 0
    refused: int = 0
    seconds: float = 0.0
    faults: list[Found] = field(default_factory=list)
    outcomes: set[str] = field(default_factory=set)


Watch = Callable[[bytes], None]


def run_batch(
    target: Target, fuzzer: Fuzzer, seed: int, number: int, watch: Watch = lambda _: None
) -> Batch:
    """Try the inputs of a batch: the same ones for the same seed and number.

    Args:
        target: What is tried.
        fuzzer: The same, loaded.
        seed: Of all batches.
        number: Of this batch.
        watch: Told of each input before it is tried.
    """
    stream = random.Random(f"{seed} {target.name} {number}")
    result, started = Batch(target.name), processor_time()
    seeds = [*fuzzer.seeds(stream), *(path.read_bytes() for path in target.corpus())]
    known: set[str] = set()
    for index in range(target.batch):
        if processor_time() - started > BATCH_SECONDS:
            break
        # The first batch tries what it starts from as it is.
        whole = number == 0 and index < len(seeds)
        case = seeds[index] if whole else fuzzer.mutate(stream.choice(seeds), stream)
        watch(case)
        outcome, fault = attempt(target, fuzzer, case)
        result.inputs += 1
        result.refused += outcome.startswith("refused")
        if fault is None:
            if outcome not in result.outcomes and len(seeds) < MOST_SEEDS:
                seeds.append(case)
            result.outcomes.add(outcome)
        elif fault.signature not in known:
            known.add(fault.signature)
            result.faults.append(shrink(target, fuzzer, fault, watch))
    result.seconds = processor_time() - started
    return result


def attempt(target: Target, fuzzer: Fuzzer, case: bytes) -> tuple[str, Found | None]:
    """What came of an input, and the fault if that is one."""
    try:
        with memory_limit(MEMORY), time_limit(target.seconds):
            return fuzzer.check(case), None
    except TpcError as error:
        return f"refused: {_general(error.message)}", None
    except TooLong as error:
        kind = f"over {target.seconds:g} seconds in {_place(error)}"
    except Fault as error:
        kind = error.kind
        return "", Found(target.name, kind, str(error), case)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        kind = f"{type(error).__name__} in {_place(error)}"
        return "", Found(target.name, kind, _traceback(error), case)
    return "", Found(target.name, kind, kind, case)


def shrink(target: Target, fuzzer: Fuzzer, fault: Found, watch: Watch) -> Found:
    """The same fault with a smaller input, as far as there is time for it."""
    end = processor_time() + max(
        SHRINKING, 4 * target.seconds if fault.signature.startswith("over") else 0
    )
    found = True
    while found:
        found = False
        for case in fuzzer.simpler(fault.case):
            if processor_time() > end:
                return fault
            if len(case) >= len(fault.case):
                continue
            watch(case)
            again = attempt(target, fuzzer, case)[1]
            if again is not None and again.signature == fault.signature:
                fault, found = again, True
                break
    return fault


def processor_time() -> float:
    """Seconds of this process and of the finished ones that it started."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _general(message: str) -> str:
    """A message without what it says about this very input."""
    return re.sub(r"'[^']*'|\"[^\"]*\"|[%@][\w.]+|/\S+|[0-9][0-9,.]*", "?", message)[:100]


def _place(error: BaseException) -> str:
    """The innermost function of tpc that the error came through."""
    found = traceback.extract_tb(error.__traceback__)
    frames = [frame for frame in found if not frame.filename.endswith("limits.py")]
    own = [frame for frame in frames if "/tpc/" in frame.filename or "/backends/" in frame.filename]
    if not own:
        return frames[-1].name if frames else "nowhere"
    path = own[-1].filename.replace("\\", "/")
    return f"{path.rsplit('/tpc/', 1)[-1]}:{own[-1].name}"


def _traceback(error: BaseException) -> str:
    lines = traceback.format_exception(error)
    text = "".join(lines)
    return text if len(text) < 6000 else text[:2000] + "\n...\n" + text[-4000:]
