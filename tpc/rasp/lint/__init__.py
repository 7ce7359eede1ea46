"""What the reference interpreter cannot load, or loads so slowly that it might as well not.

The limits are those measured on tech-srl/RASP: it parses and evaluates recursively under Python's
limit of 1,000 frames, re-reads an unfinished statement with every further line, and drops a
statement whose subexpressions fail on the running example.
"""

from tpc.rasp.lint.finding import Finding
from tpc.rasp.lint.linter import lint_text

__all__ = ["Finding", "lint_text"]
