"""What the exercises of notebook 12, Full scale, expect."""

import math

from nbhelpers.teaching.exercises.task import Task

WHOLE = 100_480_507  # ratings of the Netflix Prize
_Measured = tuple[float, float]  # ratings, seconds


def exercise_1() -> Task:
    """Gigabytes of the whole, with films in two bytes."""
    return Task(
        WHOLE * 7 / 1e9,
        tolerance=0.006,
        mistakes={
            "that is without the change: int16 takes 2 bytes, not 4.": WHOLE * 9 / 1e9,
            "users do not fit into int16: their ids go up to 2,649,429.": WHOLE * 5 / 1e9,
            "the dates are still in there: leave their 8 bytes out.": WHOLE * 15 / 1e9,
            "these are bytes: divide by 10⁹.": WHOLE * 7,
            "these are megabytes: divide by 10⁹.": WHOLE * 7 / 1e6,
            "GB here are 10⁹ bytes, not 2³⁰.": WHOLE * 7 / 2**30,
            "int16 has 16 bits, which are 2 bytes, and not 16.": WHOLE * 21 / 1e9,
            "the stars take a byte as well.": WHOLE * 6 / 1e9,
        },
    )


def exercise_2() -> Task:
    """Millions of ratings that fit into so much memory."""
    return Task(
        lambda each, gb: gb * 1e3 / each,
        tolerance=0.06,
        cases=[(360, 12), (20, 12), (21, 64)],
        mistakes={
            "do not round: parts of a million count.": lambda each, gb: round(gb * 1e3 / each),
            "do not round down: parts of a million count.": lambda each, gb: gb * 1e3 // each,
            "this is a number of ratings; asked are millions.": lambda each, gb: gb * 1e9 / each,
            "upside down: divide memory by bytes a rating.": lambda each, gb: each / (gb * 1e3),
            "a GB is 10⁹ bytes, not 10⁶.": lambda each, gb: gb / each,
            "a GB here is 10⁹ bytes, not 2³⁰.": lambda each, gb: gb * 2**30 / 1e6 / each,
            "this is a number of gigabytes: multiply by 10⁹ first.": lambda each, gb: (
                gb / each / 1e6
            ),
        },
    )


def exercise_3() -> Task:
    """Two forecasts from two measurements: along a straight line, and along a power law."""

    def forecast(small: _Measured, large: _Measured, n: float) -> tuple[float, float]:
        return _line(small, large, n), _power(small, large, n)

    def proportional(small: _Measured, large: _Measured, n: float) -> tuple[float, float]:
        return large[1] * n / large[0], _power(small, large, n)

    def rounded(small: _Measured, large: _Measured, n: float) -> tuple[float, float]:
        slope = round(_slope(small, large), 1)
        return _line(small, large, n), large[1] * (n / large[0]) ** slope

    def no_fixed(small: _Measured, large: _Measured, n: float) -> tuple[float, float]:
        return _price(small, large) * n, _power(small, large, n)

    def from_small(small: _Measured, large: _Measured, n: float) -> tuple[float, float]:
        return _line(small, large, n), small[1] * (n / large[0]) ** _slope(small, large)

    def upside_down(small: _Measured, large: _Measured, n: float) -> tuple[float, float]:
        return _line(small, large, n), large[1] * (n / large[0]) ** (1 / _slope(small, large))

    return Task(
        forecast,
        tolerance=0.02,
        cases=[((1e5, 0.5), (1e6, 3.2), 1e8), ((2e5, 1.5), (3e6, 30.0), 1e7)],
        mistakes={
            "the two have changed places: first the line, then the power law.": (
                lambda *given: forecast(*given)[::-1]
            ),
            "the line has no fixed part here: it is the price alone, times n.": no_fixed,
            "that is in proportion to the larger size, as if there were no fixed part.": (
                proportional
            ),
            "do not round the slope: a small part of it is many seconds.": rounded,
            "the power law goes on from the larger size: c₂ times, not c₁.": from_small,
            "the slope is upside down: costs' logarithm over sizes'.": upside_down,
            "that is one forecast; asked are both, the line's first.": lambda *given: _line(*given),
            "that is the power law alone; asked are both, the line's first.": lambda *given: _power(
                *given
            ),
        },
    )


def exercise_4() -> Task:
    """How a model of one's own stands beside the tuned biases, in the words of `verdict`."""
    return Task(
        "better than",
        mistakes={
            "your model is behind the tuned biases, by more than luck.": "worse than",
            "luck could explain the difference: zero is inside the interval.": (
                "not clearly different from"
            ),
            "your model has seen more ratings than it was given. Did it learn from the probe?": (
                "has seen more than it may"
            ),
            "this set has too few users in its probe to tell; take a larger one.": (
                "too few users to tell"
            ),
        },
    )


def _price(small: _Measured, large: _Measured) -> float:
    return (large[1] - small[1]) / (large[0] - small[0])


def _line(small: _Measured, large: _Measured, n: float) -> float:
    return large[1] + _price(small, large) * (n - large[0])


def _slope(small: _Measured, large: _Measured) -> float:
    return math.log(large[1] / small[1]) / math.log(large[0] / small[0])


def _power(small: _Measured, large: _Measured, n: float) -> float:
    return large[1] * (n / large[0]) ** _slope(small, large)
