"""Builds the documentation site: `python -m docs.site`, or `make docs`.

The pages people write are in `docs/`. What the code knows better than a page could say (commands
and their options, the operations of the IR, passes, the Python interface) is written by the modules
here at every build, and is nowhere committed.
"""
