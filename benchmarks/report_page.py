"""How long the page of `tpc report` takes for a keystroke, in Chromium, view by view.

    python -m benchmarks.report_page programs/*/*.tpir RUN/program.tpir

Each keystroke changes one token of an input of the greatest length: the program runs, the view is
made anew and laid out. Printed are, in milliseconds, the median of the time until it is laid out,
which other work delays, and the processor time that the page's thread takes, on average, with all
that follows.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import CDPSession

import tpc
from tests.acceptance.browser import browsing, opened
from tpc.report.page import page

VIEWS = ("values", "attention", "dataflow", "tables", "why", "compare")

#: Changes a token, waits until the page is laid out, and says how long that took; so many times.
MEASURE = """(count) => {
  const line = document.getElementById("line");
  const { programs: [program], app } = window.tpc;
  const known = program.vocabulary.filter((word) => word !== "<pad>");
  const words = [...app.state.words];
  while (words.length < program.maxLength) words.splice(1, 0, words[1]);
  const times = [];
  for (let k = 0; k < count; k += 1) {
    words[1 + (k % (words.length - 2))] = known[(7 * k) % known.length];
    line.value = JSON.stringify(words);
    const start = performance.now();
    line.dispatchEvent(new Event("input"));
    document.body.getBoundingClientRect();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b);
}"""
COUNT = 40


def busy(session: CDPSession) -> float:
    """The seconds of processor time that the page's thread has used."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(m["value"] for m in metrics if m["name"] == "TaskDuration")


def main(paths: list[str]) -> None:
    print(f"{'program':20}" + "".join(f"{view:>16}" for view in VIEWS))
    with browsing() as browser, tempfile.TemporaryDirectory() as folder:
        for path in paths:
            program = tpc.load(path)
            file = Path(folder) / "report.html"
            file.write_text(page(program.ir), encoding="utf-8")
            cells = []
            for view in VIEWS:
                window = {"width": 1440, "height": 900}
                with opened(browser, file, f"#view={view}", viewport=window) as shown:
                    session = shown.context.new_cdp_session(shown)
                    session.send("Performance.enable", {"timeDomain": "threadTicks"})
                    before = busy(session)
                    times = shown.evaluate(MEASURE, COUNT)
                    used = 1000 * (busy(session) - before) / COUNT
                cells.append(f"{times[COUNT // 2]:.1f} / {used:.1f}")
            print(f"{program.name:20}" + "".join(f"{cell:>16}" for cell in cells), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
