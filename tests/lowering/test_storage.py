"""How columns are held."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.lowering.columns import lowered_with, number
from tpc.diagnostics import TpcError
from tpc.lowering.storage import require_exact


def test_integers_beyond_binary64_are_refused() -> None:
    most = number("n", 0, 2**53)
    require_exact(lowered_with(most))
    # Types may be wider than what occurs.
    require_exact(lowered_with(number("n", 0, 2**60, range(2**53 + 1))))
    require_exact(lowered_with(replace(most, kind="real", values=())))
    with pytest.raises(TpcError, match=r"%n can reach 9007199254740993[^$]*interpreter and python"):
        require_exact(lowered_with(number("n", 0, 2**53 + 1)))
