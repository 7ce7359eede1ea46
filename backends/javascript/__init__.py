"""Programs as JavaScript: one ES module without dependencies, for Node and for browsers.

Its `run(tokens, raw = false)` gives the labels, `runBatch(sequences, raw = false)` those of several
sequences, and `trace(tokens)` all that was computed on the way, with a statement for each variable.
"""

from __future__ import annotations

from tpc.runtime.backend import LazyBackend

BACKEND = LazyBackend(
    name="javascript",
    suffix=".mjs",  # Needs no `package.json` in Node.
    summary="a readable ES module for Node and browsers",
    emitter="tpc.backends.javascript.module:module_text",
    loader="tpc.runtime.node:NodeProgram",
)
