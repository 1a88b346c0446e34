# SPDX-License-Identifier: MIT
"""Arithmetic on samples: nothing here runs, reads or writes anything."""
import math


def median(values):
    """Return the middle of the values, or of its two neighbours."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("the median of nothing")
    half = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[half]
    return (ordered[half - 1] + ordered[half]) / 2


def percentile(values, percent):
    """Return the smallest value that so many percent do not exceed."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("a percentile of nothing")
    rank = math.ceil(len(ordered) * percent / 100)
    return ordered[max(rank, 1) - 1]


def median_ratio(of, to):
    """Return the median over rounds of of[round] / to[round], or None.

    Both are dictionaries by round. Only what ran in the same round is
    compared, since the machine's speed differs from one to the next: a ratio
    of two medians would mix rounds.
    """
    ratios = [of[key] / to[key] for key in of if to.get(key)]
    return median(ratios) if ratios else None


def foreign_seconds(capacity, idle, ours):
    """Return the CPU time that was neither idle nor ours.

    capacity is the time of all CPUs; what the hypervisor gave to others is
    in it, and is not idle. Clocks of different grain are compared, so a
    small negative result is possible and means none.
    """
    return max(0.0, capacity - idle - sum(ours))


def spread(values):
    """Return the half of the range as a fraction of the median."""
    middle = median(values)
    return (max(values) - min(values)) / 2 / middle if middle else 0.0


def significant(value, digits=3):
    """Return a number as text with so many digits that count."""
    if value is None:
        return "-"
    if value == 0:
        return "0"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    if places <= 0:
        return f"{value:,.0f}"
    return f"{value:.{places}f}"
