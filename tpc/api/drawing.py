"""A program's dataflow as a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tpc.circuit.graph import Graph


@dataclass(frozen=True)
class Drawing:
    """The dataflow of a program; notebooks show it as a picture, `print` as Mermaid's text.

    Attributes:
        graph: Its nodes and edges; not part of the stable interface.
    """

    graph: Graph

    def mermaid(self) -> str:
        """As a Mermaid flowchart, which Markdown pages show."""
        from tpc.circuit.drawing import mermaid

        return mermaid(self.graph)

    def dot(self) -> str:
        """In the language of Graphviz."""
        from tpc.circuit.drawing import dot

        return dot(self.graph)

    def svg(self) -> str:
        """As SVG that needs nothing else."""
        from tpc.circuit.drawing import svg

        return svg(self.graph)

    def __str__(self) -> str:
        return self.mermaid()

    def __repr__(self) -> str:
        return f"<tpc.Drawing of {self.graph.name}: {len(self.graph.nodes)} nodes>"

    def _repr_svg_(self) -> str:
        return self.svg()
