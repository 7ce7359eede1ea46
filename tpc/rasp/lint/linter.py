"""All rules over one text."""

from __future__ import annotations

from tpc.diagnostics import TpcError
from tpc.rasp import syntax as tree
from tpc.rasp.lint.behaviour import check_behaviour
from tpc.rasp.lint.finding import Finding
from tpc.rasp.lint.layout import check_layout
from tpc.rasp.lint.names import check_indexing, check_names
from tpc.rasp.lint.sizes import check_sizes
from tpc.rasp.parser import chunks, parse_chunk
from tpc.rasp.source import Source


def lint_text(text: str, filename: str = "<rasp>") -> list[Finding]:
    """What the reference interpreter cannot load in a RASP text, in the order of the text."""
    source = Source(filename, text)
    pieces = list(chunks(source))
    statements: list[tree.Statement] = []
    findings: list[Finding] = []
    for piece in pieces:
        try:
            statements.append(parse_chunk(source, piece))
        except TpcError as error:
            findings.append(Finding.of_error("syntax", error, source))
    findings += check_layout(source, pieces)
    findings += check_names(source, statements)
    findings += check_indexing(source, statements)
    findings += check_sizes(source, statements)
    known = {(finding.location.line, finding.location.column) for finding in findings}
    findings += (
        finding
        for finding in check_behaviour(source, statements)
        # A reserved name, say, has been reported with a better message.
        if (finding.location.line, finding.location.column) not in known
    )
    return sorted(findings, key=Finding.sort_key)
