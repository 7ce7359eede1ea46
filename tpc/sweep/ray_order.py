"""The queries of a proof through Ray: tasks whose results come in the order of the queries."""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any, TypeVar

from tpc.sweep.engine import ATTEMPTS, Lost
from tpc.sweep.ray_engine import connect, import_ray

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Received:
    """What a process of the cluster is asked to do: unpacked once, not for each item."""

    of: int | None = None
    function: Callable[[Any], Any]


class RayOrder:
    """A cluster as `tpc.proof.parallel.placed_by` takes it.

    Args:
        address: Of a cluster; `None` to start one on this machine.
    """

    def __init__(self, address: str | None) -> None:
        self._ray = import_ray()
        connect(self._ray, address, None)
        self._task = self._ray.remote(proof_query).options(num_cpus=1, max_retries=ATTEMPTS)
        self._numbers = count()

    def in_order(
        self, function: Callable[[Item], Result], items: Sequence[Item]
    ) -> Iterator[Result]:
        """As `tpc.proof.parallel.Placing.in_order`.

        Raises:
            Lost: A machine or process ended, as often as a query was tried.
        """
        packed, number = self._ray.put(pickle.dumps(function)), next(self._numbers)
        waiting, left = deque[Any](), iter(items)
        try:
            while True:
                # Machines may come at any time; what is far ahead may never be asked for.
                room = 2 * max(1, int(self._ray.cluster_resources().get("CPU", 1)))
                for item in left:
                    waiting.append(self._task.remote(number, packed, item))
                    if len(waiting) >= room:
                        break
                if not waiting:
                    return
                yield self._result(waiting.popleft())
        finally:
            for task in waiting:
                self._ray.cancel(task)

    def _result(self, task: Any) -> Any:  # noqa: ANN401 - a reference of Ray's, and its result
        try:
            return self._ray.get(task)
        except self._ray.exceptions.RayTaskError as error:
            raise (error.cause or error) from None
        except self._ray.exceptions.RayError as error:
            raise Lost(f"its machine or process was lost: {str(error).splitlines()[0]}") from error

    def close(self) -> None:
        """Leave the cluster; it stays, if it was there before."""
        self._ray.shutdown()


@contextmanager
def ray_order(address: str | None) -> Iterator[RayOrder]:
    """A cluster as long as the block lasts.

    Raises:
        TpcError: Ray is not installed, or there is no cluster at this address.
    """
    order = RayOrder(address)
    try:
        yield order
    finally:
        order.close()


def proof_query(number: int, packed: bytes, item: Any) -> Any:  # noqa: ANN401 - as it is asked
    """A packed function of an item, in a process of a cluster."""
    if _Received.of != number:
        _Received.of, _Received.function = number, staticmethod(pickle.loads(packed))
    return _Received.function(item)
