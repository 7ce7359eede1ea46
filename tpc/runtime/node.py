"""Emitted JavaScript modules in a process of Node."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from tpc.diagnostics import TpcError
from tpc.files import read_text
from tpc.ir.program import Program
from tpc.ir.types import Real, Value
from tpc.runtime.loaded import Loaded, TargetFailedError

_HOST = Path(__file__).with_suffix(".mjs")
#: Node is killed if an answer takes longer than so many seconds, or its end does.
_PATIENCE, _FAREWELL = 120.0, 5.0


class NodeProgram(Loaded):
    """A module in a process that ends with this object; JSON lines ask for calls and answer.

    Args:
        program: What the module was emitted from.
        main: The module's file; it has functions `run`, `runBatch` and `trace`.

    Raises:
        TpcError: There is no Node, or the file cannot be read or is no such module.
    """

    IN_PROCESS: ClassVar[bool] = False
    AT_ONCE: ClassVar[int] = 1024

    def __init__(self, program: Program, main: Path) -> None:
        super().__init__(program)
        read_text(main)  # Says what is wrong with a file that cannot be read.
        node = shutil.which("node")
        if node is None:
            raise TpcError(
                "emitted JavaScript is run by Node, and there is no command 'node'",
                hint="install it (on Debian: apt install nodejs), or use another target",
            )
        command = [node, str(_HOST), str(main.resolve()), "run", "runBatch", "trace"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        weakref.finalize(self, _end, self._process)
        error = self._exchange(b"").get("error")
        if error is not None:
            raise TpcError(
                f"{main} is not a module that the JavaScript backend wrote: {error}",
                hint="compile the program again",
            )

    def answers(self, sequences: Sequence[Sequence[str]], raw: bool) -> Sequence[list[str] | str]:
        """What `runBatch` returns."""
        answers: list[list[str] | str] = self.call("runBatch", sequences, raw)
        return answers

    def columns(self, tokens: Sequence[str]) -> Mapping[str, Sequence[Value]]:
        """The variables of `trace`."""
        columns: dict[str, list[Value]] = self.call("trace", tokens)["variables"]
        real = [node.name for node in self.program.nodes if isinstance(node.type, Real)]
        return {**columns, **{name: list(map(float, columns[name])) for name in real}}

    def call(self, name: str, *arguments: object) -> Any:  # noqa: ANN401
        """What a function of the module returns; infinities, which JSON does not have, as text.

        Raises:
            ValueError: What it throws.
            TargetFailedError: Node has ended.
        """
        # Node takes more than line breaks for the end of a line: the others must be escaped.
        reply = self._exchange(json.dumps([name, *arguments]).encode("ascii") + b"\n")
        if "error" in reply:
            raise ValueError(reply["error"])
        return reply["answer"]

    def _exchange(self, request: bytes) -> dict[str, Any]:
        requests, replies = self._process.stdin, self._process.stdout
        assert requests is not None, "it is a pipe"
        assert replies is not None, "it is a pipe"
        timer = threading.Timer(_PATIENCE, self._process.kill)
        timer.start()
        try:
            requests.write(request)
            requests.flush()
            reply: dict[str, Any] = json.loads(replies.readline())
        except (OSError, ValueError) as error:
            raise TargetFailedError("Node ended without an answer") from error
        finally:
            timer.cancel()
        return reply


def _end(process: subprocess.Popen[bytes]) -> None:
    """Node ends with its input; should it not, it is killed."""
    try:
        process.communicate(timeout=_FAREWELL)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
