"""Where the nodes of a dataflow graph go: in columns by depth, with few crossings.

The layout is ours because no library does it that is well kept, freely licensed, needs no system
binary and gives the same picture every time: Graphviz's bindings need its programs, igraph and
grandalf are under the GPL, fast-sugiyama orders by the hash of names. The depth of a variable says
its column, so that what is left to do is the order within columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from tpc.circuit.graph import Graph

#: Times that columns are put in order, from left to right and back.
_SWEEPS = 6

#: Of the picture.
_MARGIN = 12.0

Place = tuple[float, float]


def placed(
    graph: Graph, sizes: Mapping[str, tuple[float, float]], across: float, down: float
) -> tuple[dict[str, Place], float, float]:
    """The upper left corner of each node, and the width and height of the picture.

    Args:
        graph: What to draw.
        sizes: Width and height of each node.
        across: Between columns.
        down: Between the nodes of a column.
    """
    columns = _ordered(graph, _columns(graph))
    heights = [sum(sizes[name][1] + down for name in column) - down for column in columns]
    tallest = max(heights, default=0.0)
    corners: dict[str, Place] = {}
    x = _MARGIN
    for column, height in zip(columns, heights, strict=True):
        y = _MARGIN + (tallest - height) / 2
        for name in column:
            corners[name] = (x, y)
            y += sizes[name][1] + down
        x += max(sizes[name][0] for name in column) + across
    return corners, x - across + _MARGIN, tallest + 2 * _MARGIN


def _columns(graph: Graph) -> list[list[str]]:
    """Names by depth: one more than the deepest that a variable reads."""
    reads = defaultdict(list)
    for edge in graph.edges:
        reads[edge.target].append(edge.source)
    depth: dict[str, int] = {}
    for node in graph.nodes:
        depth[node.name] = max((depth[name] + 1 for name in reads[node.name]), default=0)
    columns: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for name, level in depth.items():
        columns[level].append(name)
    return columns


def _ordered(graph: Graph, columns: list[list[str]]) -> list[list[str]]:
    """Each column in the order of the mean place of its neighbours, swept to and fro."""
    neighbours = defaultdict(list)
    for edge in graph.edges:
        neighbours[edge.target].append(edge.source)
        neighbours[edge.source].append(edge.target)
    columns = [list(column) for column in columns]
    for sweep in range(_SWEEPS):
        numbers = range(len(columns)) if sweep % 2 == 0 else reversed(range(len(columns)))
        for number in numbers:
            # Shares are from 0 to 1, so that columns of different lengths compare.
            place = {
                name: (index + 0.5) / len(column)
                for column in columns
                for index, name in enumerate(column)
            }

            def mean(name: str, place: dict[str, float] = place) -> float:
                around = neighbours[name] or [name]
                return sum(place[other] for other in around) / len(around)

            columns[number].sort(key=mean)
    return columns
