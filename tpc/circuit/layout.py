"""Where the nodes of a dataflow graph and the curves between them go: Graphviz's `dot`, in a wheel.

pygraphviz is free (BSD; Graphviz EPL), well kept, and its wheels for Linux, macOS and Windows hold
Graphviz itself, so no system binary. Tried, too, and left: igraph and grandalf are under the GPL,
fast-sugiyama orders by hashes of names; graphlay, graph-layout and pyelk are young, of one author
each. On ten programs of 4 to 76 nodes dot leads no line behind a box, where columns by depth, in
the order of mean neighbours, led up to 328; it takes 0.1 s at most, and draws the same each time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from tpc.circuit.graph import Graph
from tpc.diagnostics import TpcError

Place: TypeAlias = tuple[float, float]

#: Points to an inch, in which Graphviz has the sizes of nodes.
_INCH = 72.0

#: Up to how many nodes these settings of `dot` are for, whose time grows with their square.
_EFFORTS: tuple[tuple[float, dict[str, str]], ...] = (
    (300, {}),
    (1000, {"mclimit": "0.1", "nslimit": "0.1"}),
    (
        math.inf,
        {
            "mclimit": "0.01",
            "nslimit": "0.01",
            "nslimit1": "0.01",
            "searchsize": "1",
            "splines": "line",
        },
    ),
)

#: Where the three inputs of a head arrive, as shares of its height from its middle.
_ARRIVALS = {"query": -0.25, "key": 0.0, "value": 0.25, "reads": 0.0}


@dataclass(frozen=True)
class Layout:
    """A picture in pixels, from its upper left corner.

    Attributes:
        corners: The upper left corner of each node.
        curves: For each edge, in the graph's order, the points of its Bézier curves: the first,
            then three for each of them.
        width: Of the picture.
        height: Of the picture.
    """

    corners: Mapping[str, Place]
    curves: tuple[tuple[Place, ...], ...]
    width: float
    height: float


def layout(
    graph: Graph, sizes: Mapping[str, tuple[float, float]], across: float, down: float
) -> Layout:
    """Columns from left to right, so that few lines cross and none runs behind a node.

    Args:
        graph: What to draw.
        sizes: Width and height of each node.
        across: Between columns.
        down: Between the nodes of a column.

    Raises:
        TpcError: pygraphviz cannot be loaded here.
    """
    drawn = _unplaced(graph, sizes, across, down)
    drawn.layout(prog="dot")
    _, _, width, height = map(float, drawn.graph_attr["bb"].split(","))
    corners = {}
    for index, node in enumerate(graph.nodes):
        (x, y), (w, h) = _points(drawn.get_node(f"n{index}").attr["pos"])[0], sizes[node.name]
        corners[node.name] = (x - w / 2, height - y - h / 2)
    ids = numbered(graph)
    curves = []
    for index, edge in enumerate(graph.edges):
        found = drawn.get_edge(ids[edge.source], ids[edge.target], str(index))
        points = [(x, height - y) for x, y in _points(found.attr["pos"])]
        lower = _ARRIVALS[edge.role] * sizes[edge.target][1]
        curves.append((*points[:-2], *((x, y + lower) for x, y in points[-2:])))
    return Layout(corners, tuple(curves), width, height)


def _unplaced(graph: Graph, sizes: Mapping[str, Place], across: float, down: float) -> Any:  # noqa: ANN401 - pygraphviz has no types
    """The graph as Graphviz has it: boxes of given sizes, without a text of the program."""
    try:
        from pygraphviz import AGraph
    except ImportError as error:
        raise TpcError(
            f"pygraphviz, which lays out pictures, cannot be loaded: {error}",
            hint="pip install pygraphviz; Mermaid and DOT do without",
        ) from error
    effort = next(settings for most, settings in _EFFORTS if len(graph.nodes) <= most)
    drawn = AGraph(directed=True, strict=False, rankdir="LR", pad=0, **effort)
    drawn.graph_attr.update(ranksep=across / _INCH, nodesep=down / _INCH)
    drawn.node_attr.update(shape="box", fixedsize="true", label="")
    drawn.edge_attr.update(dir="none", tailport="e", headport="w")
    for index, node in enumerate(graph.nodes):
        width, height = sizes[node.name]
        drawn.add_node(f"n{index}", width=width / _INCH, height=height / _INCH)
    ids = numbered(graph)
    for index, edge in enumerate(graph.edges):
        drawn.add_edge(ids[edge.source], ids[edge.target], key=str(index))
    return drawn


def numbered(graph: Graph) -> dict[str, str]:
    """What the nodes are called where any text may be a name of a variable."""
    return {node.name: f"n{index}" for index, node in enumerate(graph.nodes)}


def _points(text: str) -> list[Place]:
    pairs = (pair.split(",") for pair in text.split())
    return [(float(x), float(y)) for x, y in pairs]
