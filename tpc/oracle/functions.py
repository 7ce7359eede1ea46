"""Oracles that are Python functions from a list of tokens to labels."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tpc.data.calling import ask
from tpc.data.own_task import TaskFunction
from tpc.data.python_source import defined_at, load_source
from tpc.data.task import Tokens
from tpc.diagnostics import TpcError
from tpc.oracle.asking import for_input


@dataclass(frozen=True)
class FunctionOracle:
    """A function.

    Attributes:
        name: For the program.
        where: What messages call it.
        function: From a list of tokens to labels.
        timeout: The most seconds for an input.
    """

    name: str
    where: str
    function: Callable[..., Any]
    timeout: float

    def ask(self, inputs: Sequence[Tokens]) -> Iterator[object]:
        """As `Oracle.ask`."""
        for tokens in inputs:
            try:
                with _time_limit(self.timeout):
                    answer = ask(self.function, tokens)
            except _TimeUp:
                raise TpcError(
                    f"{self.where} takes more than {self.timeout:g} s {for_input(tokens)}",
                    location=defined_at(self.function),
                    hint="--oracle-timeout gives it more",
                ) from None
            yield answer


def load_function(reference: str, timeout: float) -> FunctionOracle:
    """The function that `FILE.py:NAME` or `MODULE:NAME` names; a file's only one needs no name.

    Raises:
        TpcError: There is none, or it is something else.
    """
    found = load_source(reference)
    if found.name is None:
        own = [
            name
            for name, value in vars(found.module).items()
            if callable(value) and getattr(value, "__module__", "") == found.module.__name__
        ]
        if len(own) != 1:
            raise TpcError(
                f"there are {len(own)} functions in {found.where}",
                hint=f"say which one: {found.where}:NAME",
            )
        return load_function(f"{found.where}:{own[0]}", timeout)
    function = found.named()
    if isinstance(function, TaskFunction):
        function = function.function
    if not callable(function):
        raise TpcError(f"{reference} is no function")
    return FunctionOracle(found.name, reference, function, timeout)


class _TimeUp(BaseException):
    """No `Exception`: the function's own handlers should not catch it."""


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Interrupt the block after so many seconds, where that is possible: in the main thread."""
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or not hasattr(signal, "setitimer"):
        yield
        return

    def interrupt(*_: object) -> None:
        raise _TimeUp

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
