"""Work through Ray: plain tasks, which Ray places on machines and repeats where one is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Generic, TypeVar

from tpc.diagnostics import TpcError
from tpc.sweep.engine import ATTEMPTS, Lost

Work = TypeVar("Work")
Result = TypeVar("Result")


def import_ray() -> Any:  # noqa: ANN401 - a module that may not be there
    """Ray.

    Raises:
        TpcError: It is not installed.
    """
    try:
        import ray
    except ImportError as error:
        raise TpcError(
            "--engine ray needs Ray, which is not installed",
            hint="install it: pip install 'tpc[ray]'",
        ) from error
    return ray


class RayEngine(Generic[Work, Result]):
    """Tasks of a Ray cluster.

    Args:
        function: What is run; it can be imported on every machine.
        workers: Processors that are used, at most; `None` for all.
        address: Of a cluster; `None` to start one on this machine.
        resources: Of a task.
    """

    remote: ClassVar[bool] = True

    def __init__(
        self,
        function: Callable[[Work], Result],
        workers: int | None,
        address: str | None,
        resources: dict[str, float],
    ) -> None:
        self._ray = import_ray()
        self._connect(address, workers)
        kept = {"CPU": 1.0, **resources}
        named: dict[str, Any] = {"num_cpus": kept.pop("CPU"), "num_gpus": kept.pop("GPU", 0)}
        if "memory" in kept:
            named["memory"] = int(kept.pop("memory"))
        task = self._ray.remote(function)
        self._task = task.options(**named, resources=kept, max_retries=ATTEMPTS)
        self._most = workers
        self._share = named["num_cpus"] or 1
        self._waiting: dict[Any, Work] = {}

    def _connect(self, address: str | None, workers: int | None) -> None:
        quiet = {"log_to_driver": False, "logging_level": "ERROR", "include_dashboard": False}
        if self._ray.is_initialized():
            return
        try:
            if address is None:
                # One that runs here already is for others: --address auto names it.
                self._ray.init(address="local", num_cpus=workers, **quiet)
            else:
                del quiet["include_dashboard"]
                self._ray.init(address=address, **quiet)
        except (ConnectionError, ValueError, RuntimeError) as error:
            where = "" if address is None else f" at {address}"
            raise TpcError(
                f"there is no Ray cluster{where}: {str(error).splitlines()[0]}",
                hint="start one with `ray start --head`, or leave --address out",
            ) from error

    @property
    def room(self) -> int:
        """As `Engine.room`: twice what runs at once, as machines may come at any time."""
        processors = int(self._ray.cluster_resources().get("CPU", 1) / self._share)
        return 2 * max(1, min(processors, self._most or processors))

    def submit(self, work: Work) -> None:
        """As `Engine.submit`."""
        self._waiting[self._task.remote(work)] = work

    def results(self) -> Iterator[tuple[Work, Result | TpcError]]:
        """As `Engine.results`."""
        while self._waiting:
            (ready,), _ = self._ray.wait(list(self._waiting), num_returns=1)
            work = self._waiting.pop(ready)
            try:
                yield work, self._ray.get(ready)
            except self._ray.exceptions.RayTaskError as error:
                if not isinstance(error.cause, TpcError):
                    raise
                yield work, error.cause
            except self._ray.exceptions.RayError as error:
                yield work, Lost(f"its machine or process was lost: {str(error).splitlines()[0]}")

    def close(self) -> None:
        """As `Engine.close`; the cluster stays, if it was there before."""
        for task in self._waiting:
            self._ray.cancel(task, force=True)
        self._waiting.clear()
        self._ray.shutdown()
