"""How far sums of floating-point numbers can be from what they stand for."""

from __future__ import annotations

#: The largest relative error of one rounded operation.
BINARY32, BINARY64 = 2.0**-24, 2.0**-53


def accumulated(unit: float, steps: int) -> float:
    """The relative error of a sum of products after so many operations, in any order.

    Of the sum of the absolute values (Higham, "Accuracy and Stability of Numerical Algorithms",
    2nd edition, section 3.1).

    Args:
        unit: The error of one operation.
        steps: How many operations a term goes through.
    """
    error = steps * unit
    return error / (1 - error) if error < 1 else float("inf")
