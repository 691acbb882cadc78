"""What is expected in the exercises of notebook 05, Matrix factorisation."""

import numpy as np
import pandas as pd

from nbhelpers.teaching.exercises.task import Task


def exercise_1() -> Task:
    """One prediction from two lists and two biases."""
    dev, pretty_woman = np.array([-0.9, 1.1]), np.array([-0.5, 0.8])
    taste = float(dev @ pretty_woman)
    return Task(
        3.1 + taste,
        tolerance=0.006,
        mistakes={
            "that is only the taste: the mean and the two biases belong to it.": taste,
            "the biases are missing: both are added to the mean.": 3.2 + taste,
            "the mean of all ratings is missing.": taste - 0.1,
            "the taste is missing: multiply the two lists and add up.": 3.1,
            "the film's bias is negative: it lowers the prediction.": 3.5 + taste,
            "the lists are multiplied place by place, not added up first.": float(
                3.1 + dev.sum() * pretty_woman.sum()
            ),
            "two minuses make a plus: the first product is positive.": 3.1 - 0.45 + 0.88,
            "that is rounded too far: give two decimals.": round(3.1 + taste, 1),
            "the film's bias is missing.": 3.3 + taste,
            "Dev's bias is missing.": 3.0 + taste,
            "those are two numbers: add the products up.": 3.1 + dev * pretty_woman,
            "those are the two products: add them up, and the mean and biases.": dev * pretty_woman,
        },
    )


def exercise_2() -> Task:
    """A user's factors after one step of gradient descent."""
    p, q = np.array([0.5, -0.2]), np.array([0.4, 0.3])
    error = 4 - (3.6 + p @ q)
    right = p + 0.1 * (error * q - 0.05 * p)
    return Task(
        right,
        tolerance=6e-4,
        mistakes={
            "this goes uphill: the error is the rating minus the prediction.": p
            + 0.1 * (-error * q - 0.05 * p),
            "the penalty is missing: a step also takes γλ times p away.": p + 0.1 * error * q,
            "the penalty pushes the wrong way: it must be taken away.": p
            + 0.1 * (error * q + 0.05 * p),
            "this is only the change: add it to the old list.": right - p,
            "the 2 is already part of γ: do not step twice as far.": 2 * right - p,
            "the product of q and p is missing in the prediction.": p + 0.1 * (0.4 * q - 0.05 * p),
            "this is the new list of the *film*.": q + 0.1 * (error * p - 0.05 * q),
            "the biases are missing in the prediction.": p + 0.1 * ((error + 0.1) * q - 0.05 * p),
            "the film's bias is missing in the prediction.": p
            + 0.1 * ((error - 0.1) * q - 0.05 * p),
            "the user's bias is missing in the prediction.": p
            + 0.1 * ((error + 0.2) * q - 0.05 * p),
            "the film's bias is negative: it lowers the prediction.": p
            + 0.1 * ((error - 0.2) * q - 0.05 * p),
            "the error is the rating minus the prediction, not the rating.": p
            + 0.1 * (4 * q - 0.05 * p),
            "the learning rate is missing: the whole change is multiplied by γ.": p
            + error * q
            - 0.05 * p,
            "the learning rate belongs to the penalty as well.": p + 0.1 * error * q - 0.05 * p,
            "two decimals are too few: give three.": np.round(right, 2),
        },
    )


def exercise_3(vectors: np.ndarray, well_rated: pd.Index) -> Task:
    """The five films whose vectors point most nearly as the first one's does."""
    unit = vectors / np.linalg.norm(vectors, axis=1)[:, None]
    cosines = unit @ unit[0]
    order, raw = (np.argsort(-values, kind="stable") for values in (cosines, vectors @ vectors[0]))
    far = np.argsort(np.linalg.norm(vectors - vectors[0], axis=1), kind="stable")
    scaled = vectors / np.linalg.norm(vectors, axis=0)  # a plausible slip
    columns = np.argsort(-(scaled @ scaled[0]), kind="stable")
    titles = well_rated.to_numpy()
    return Task(
        titles[order[1:6]],
        label=True,
        mistakes={
            "a film is always nearest to itself: leave it out.": titles[order[:5]],
            "these are the *farthest*: sort from the highest cosine down.": titles[order[::-1][:5]],
            "the right films in the wrong order: the nearest first.": titles[order[5:0:-1]],
            "these are the cosines: give the films' ids.": cosines[order[1:6]],
            "these are rows, not ids: look them up in `well_rated`.": order[1:6],
            "these are rows, not ids, and the lengths are not divided out.": raw[raw != 0][:5],
            "long vectors win here: divide each by its length first.": titles[raw[raw != 0][:5]],
            "the lengths are not divided out, and the film itself is in the list.": titles[raw[:5]],
            "off by one row: the film itself was left out before rows were counted.": (
                titles[order[1:6] - 1]
            ),
            "the *columns* were divided by their lengths: a film is a row, `axis=1`.": titles[
                columns[columns != 0][:5]
            ],
            "that is the distance between the points: the cosine asks for the direction.": titles[
                far[1:6]
            ],
        },
    )


def exercise_4() -> Task:
    """One step for a user's and a film's factors, without the two planted bugs."""

    def step(p, q, error, rate, reg):
        return p + rate * (error * q - reg * p), q + rate * (error * p - reg * q)

    def in_turn(p, q, error, rate, reg, sign=-1):
        p = p + rate * (error * q - reg * p)
        return p, q + rate * (error * p + sign * reg * q)

    def as_given(p, q, error, rate, reg):
        return in_turn(p, q, error, rate, reg, sign=1)

    def pushed(p, q, error, rate, reg):
        return p + rate * (error * q - reg * p), q + rate * (error * p + reg * q)

    def no_penalty(p, q, error, rate, reg):
        return p + rate * error * q, q + rate * error * p

    def changes(p, q, error, rate, reg):
        return rate * (error * q - reg * p), rate * (error * p - reg * q)

    def swapped(p, q, error, rate, reg):
        return step(p, q, error, rate, reg)[::-1]

    def both_up(p, q, error, rate, reg):
        return p + rate * (error * q + reg * p), q + rate * (error * p + reg * q)

    def film_first(p, q, error, rate, reg):
        return in_turn(q, p, error, rate, reg)[::-1]

    mistakes = {
        "both bugs are still there.": as_given,
        "one bug is left: the film's step has to use the user's list from *before*.": in_turn,
        "the other way round, and still a bug: the user's step has to use the film's list from "
        "*before*.": film_first,
        "one bug is left: which way does the penalty push the film's list?": pushed,
        "the penalty is gone: it was wrong in one place only.": no_penalty,
        "these are only the changes: add them to the old lists.": changes,
        "the lists have changed places: return p first, then q.": swapped,
        "now both penalties push the wrong way.": both_up,
    }
    lists = np.array([0.5, -0.2]), np.array([0.4, 0.3])
    for array in lists:
        array.flags.writeable = False  # an answer that changes them would change what is expected
    cases = [(*lists, 0.5, 0.1, 0.05), (*lists, -1.5, 0.2, 0.3), (*lists, 2.0, 0.3, 0.0)]
    return Task(step, mistakes=mistakes, cases=cases)
