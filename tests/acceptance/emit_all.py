"""Prints a hash of each file that each target emits for the programs of a folder.

It is run by the Pythons that are compared, with `tpc` installed and no tests.
"""

import hashlib
import sys
from pathlib import Path

import tpc
from tpc.runtime.backend import backend_names

for path in sorted(Path(sys.argv[1]).glob("*.tpir")):
    program = tpc.load(path)
    for level, made in ((0, program), (1, program.optimize(1))):
        for target in backend_names():
            try:
                files = made.emit(target)
            except tpc.TpcError as error:
                files = {"error": str(error)}
            for name, text in files.items():
                digest = hashlib.sha256(text.encode()).hexdigest()[:16]
                print(f"{path.stem} -O{level} {target} {name} {digest}")
