"""`python -m docs.site [-o FOLDER]`: the site, built strictly; exit status 1 if it has a fault."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from docs.site.build import SiteError, build

parser = argparse.ArgumentParser(prog="python -m docs.site", description=__doc__)
parser.add_argument("-o", "--output", type=Path, default=Path("build/site"), metavar="FOLDER")

if __name__ == "__main__":
    output = parser.parse_args().output
    try:
        pages = build(output)
    except SiteError as error:
        sys.exit(str(error))
    print(f"{pages} pages in {output}; open {output / 'index.html'}")
