"""The picture of a front: what is drawn where."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.sweep.test_report import row, trial
from tpc.sweep.picture import front_picture, write_pictures
from tpc.sweep.table import BEST, Table, points

TABLE: Table = {
    trial(0): row(1.0, 900),
    trial(1): row(0.999, 450),
    trial(2): row(0.9, 300),
    trial(3): row(0.8, 800),
}


def _dots(picture: str) -> list[tuple[str, float, float]]:
    found = re.findall(r'<circle class="(\w+)" cx="([\d.]+)" cy="([\d.]+)"', picture)
    return [(kind, float(x), float(y)) for kind, x, y in found]


def test_the_front_goes_up_to_the_right_and_is_drawn_last() -> None:
    dots = _dots(front_picture(points(TABLE, "front"), "sort"))
    assert [kind for kind, _, _ in dots] == ["other", "best", "best", "best"]
    front = sorted(dots[1:], key=lambda dot: dot[1])
    heights = [y for _, _, y in front]
    assert heights == sorted(heights, reverse=True)
    other = dots[0]
    assert other[2] == max(y for _, _, y in dots)
    assert front[1][1] < other[1] < front[2][1]


def test_one_program_and_equal_ones_can_be_drawn() -> None:
    for table in ({trial(0): row(1.0, 9)}, {trial(k): row(0.0, 9) for k in range(2)}):
        assert len(_dots(front_picture(points(table, "front"), "sort"))) == len(table)


def test_a_file_is_complete_in_itself_and_the_same_again(tmp_path: Path) -> None:
    (tmp_path / BEST).mkdir()
    for _ in range(2):
        write_pictures(tmp_path, {**TABLE, trial(9): {"status": "failed"}}, "front")
        written = (tmp_path / BEST / "sort.svg").read_text()
        assert ET.fromstring(written).tag == "{http://www.w3.org/2000/svg}svg"
    assert "99 %" in written
    assert "900 tokens, trial" in written
