"""A dataflow graph as the text of a diagram: Mermaid, Graphviz's DOT, or SVG."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape

from tpc.circuit.graph import Graph, GraphEdge, GraphNode
from tpc.circuit.layout import Layout, layout, numbered

#: Fill of each kind of node, light, and the line of each role of an edge.
_FILLS = {
    "input": "#e8eaed",
    "embedding": "#d7e8f7",
    "head": "#fde7c3",
    "count": "#f9d5d3",
    "table": "#d9eed6",
    "answer": "#e3d9f2",
}
_LINES = {"reads": "#7a8087", "query": "#1f77b4", "key": "#d2691e", "value": "#2e8b57"}

#: Of the border of a node that favours the answer, and of one that speaks against it.
_FAVOURS, _OPPOSES = "#1a7f37", "#c62828"

#: Sizes of the SVG in pixels: a character, a line, padding, gaps between columns and rows, margin.
_CHARACTER, _LINE, _PADDING, _ACROSS, _DOWN, _MARGIN = 7.3, 17, 9, 70, 16, 12


def mermaid(graph: Graph) -> str:
    """The graph as a Mermaid flowchart."""
    numbers = numbered(graph)
    lines = ["flowchart LR"]
    for node in graph.nodes:
        text = "<br/>".join(map(_mermaid_text, _lines(node)))
        lines.append(f'  {numbers[node.name]}["{text}"]:::{node.kind}')
    for edge in graph.edges:
        role = "" if edge.role == "reads" else f"|{edge.role}|"
        lines.append(f"  {numbers[edge.source]} -->{role} {numbers[edge.target]}")
    lines += [
        f"  classDef {kind} fill:{_FILLS[kind]},stroke:#7a8087,color:#1c1e21"
        for kind in dict.fromkeys(node.kind for node in graph.nodes)
    ]
    for mark, stroke in (("favours", _FAVOURS), ("opposes", _OPPOSES)):
        marked = [numbers[node.name] for node in graph.nodes if _mark(node) == mark]
        if marked:
            lines.append(f"  classDef {mark} stroke:{stroke},stroke-width:3px")
            lines.append(f"  class {','.join(marked)} {mark}")
    return "\n".join(lines) + "\n"


def _mark(node: GraphNode) -> str:
    """Whether a feature favours the answers of a run or opposes them."""
    if not node.weight:
        return ""
    return "favours" if node.weight > 0 else "opposes"


def _mermaid_text(text: str) -> str:
    """Text that Mermaid takes as it is: whatever means something to it is written by number."""
    return re.sub(r'[^\w .,:+*/()=|\[\]{}-]|"', lambda found: f"#{ord(found[0])};", text)


def dot(graph: Graph) -> str:
    """The graph in the language of Graphviz."""
    numbers = numbered(graph)
    lines = [
        f"digraph {_quoted(graph.name)} {{",
        "  rankdir=LR;",
        '  node [shape=box, style="filled,rounded", fontname="monospace", color="#7a8087"];',
        '  edge [fontname="sans-serif", fontsize=10];',
    ]
    for node in graph.nodes:
        border = f", color={_quoted(_border(node))}, penwidth=3" if node.weight else ""
        fill = _quoted(_FILLS[node.kind])
        label = '"' + "\\n".join(_quoted(line)[1:-1] for line in _lines(node)) + '"'
        lines.append(f"  {numbers[node.name]} [label={label}, fillcolor={fill}{border}];")
    for edge in graph.edges:
        label = "" if edge.role == "reads" else f", label={_quoted(edge.role)}"
        ends = f"{numbers[edge.source]} -> {numbers[edge.target]}"
        lines.append(f"  {ends} [color={_quoted(_LINES[edge.role])}{label}];")
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    """A string of DOT; `&` would begin an entity, a backslash an escape."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    return f'"{escaped}"'


def svg(graph: Graph) -> str:
    """The graph as a picture that needs nothing else: no script, no font, no other file."""
    sizes = {node.name: _size(node) for node in graph.nodes}
    placed = layout(graph, sizes, _ACROSS, _DOWN)
    title = f"dataflow of {graph.name}"
    body = [
        *(_svg_edge(*each) for each in zip(graph.edges, paths(placed), strict=True)),
        *(line for node in graph.nodes for line in _svg_node(node, placed.corners[node.name])),
    ]
    width, height = placed.width + 2 * _MARGIN, placed.height + 2 * _MARGIN
    box = f"{-_MARGIN} {-_MARGIN} {width:.0f} {height:.0f}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" width="{width:.0f}" '
            f'height="{height:.0f}" role="img" aria-label="{escape(title)}">',
            f"<title>{escape(title)}</title>",
            f"<style>{_STYLE}</style>",
            *body,
            "</svg>",
            "",
        ]
    )


_STYLE = (
    "text{font:12px monospace;fill:#1c1e21}.op{fill:#555b61}"
    "rect{stroke:#7a8087;rx:5px}path{fill:none;stroke-width:1.3;opacity:.75}"
    + "".join(f".{kind}{{fill:{fill}}}" for kind, fill in _FILLS.items())
    + "".join(f".{role}{{stroke:{line}}}" for role, line in _LINES.items())
    + f".favours{{stroke:{_FAVOURS};stroke-width:3}}.opposes{{stroke:{_OPPOSES};stroke-width:3}}"
    + ".dead{opacity:.45}"
)


def _size(node: GraphNode) -> tuple[float, float]:
    lines = _lines(node)
    return 2 * _PADDING + _CHARACTER * max(map(_columns, lines)), 2 * _PADDING + _LINE * len(lines)


def _columns(text: str) -> int:
    """How wide a text is, in characters; those of East Asian scripts take two."""
    return sum(2 if ord(character) >= 0x1100 else 1 for character in text)


def _svg_node(node: GraphNode, place: tuple[float, float]) -> Iterator[str]:
    x, y = place
    width, height = _size(node)
    state = "" if node.live else ' class="dead"'
    yield f"<g{state}><title>{escape(_hover(node))}</title>"
    yield (
        f'<rect class="{f"{node.kind} {_mark(node)}".strip()}" x="{x:.1f}" y="{y:.1f}" '
        f'width="{width:.1f}" height="{height:.1f}"/>'
    )
    for index, line in enumerate(_lines(node)):
        style = ' class="op"' if index and line in node.title else ""
        baseline = y + _PADDING + _LINE * (index + 0.75)
        yield f'<text{style} x="{x + _PADDING:.1f}" y="{baseline:.1f}">{escape(line)}</text>'
    yield "</g>"


def _hover(node: GraphNode) -> str:
    text = ", ".join(node.title)
    if node.weight is not None:
        text += f": {_weight(node.weight)} for the answer over the next best class"
    return text if node.live else f"{text}; the answer does not depend on it"


def _svg_edge(edge: GraphEdge, path: str) -> str:
    return f'<path class="{edge.role}" d="{path}"><title>{edge.role}</title></path>'


def paths(placed: Layout) -> list[str]:
    """The curve of each edge as SVG has it."""
    texts = []
    for first, *rest in placed.curves:
        texts.append(f"M{_point(first)}C{' '.join(map(_point, rest))}")
    return texts


def _point(place: tuple[float, float]) -> str:
    return f"{place[0]:.1f} {place[1]:.1f}"


def _lines(node: GraphNode) -> list[str]:
    lines = list(node.title)
    if node.values:
        lines.append(" ".join(node.values))
    if node.weight is not None:
        lines.append(_weight(node.weight))
    return lines


def _weight(weight: float) -> str:
    return f"{weight:+.3g} logits"


def _border(node: GraphNode) -> str:
    return _FAVOURS if _mark(node) == "favours" else _OPPOSES


FORMATS: dict[str, Callable[[Graph], str]] = {"mermaid": mermaid, "dot": dot, "svg": svg}
