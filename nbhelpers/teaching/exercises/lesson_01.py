"""What the exercises of notebook 01 expect."""

import pandas as pd

from nbhelpers.teaching.exercises.task import Task

PAIR = ["user_id", "movie_id"]
SAME = ["movie_id", "rating", "timestamp"]  # what two ratings of a double have in common


def exercise_1(faulty: pd.DataFrame, listed: pd.DataFrame, scale: tuple[float, float]) -> Task:
    on_scale = faulty["rating"].between(*scale)
    off, twice = (~on_scale).sum(), faulty.duplicated(PAIR).sum()
    gone = ~faulty["movie_id"].isin(listed["movie_id"])
    below = (faulty[PAIR] == faulty[PAIR].shift()).all(axis=1).sum()
    return Task(
        [off, twice, gone.sum()],
        mistakes={
            'the second: name the columns, `duplicated(["user_id", "movie_id"])`; stars and date '
            "may differ.": [off, faulty.duplicated().sum(), gone.sum()],
            "the second counts first ratings, too: leave out `keep=False`.": [
                off,
                faulty.duplicated(PAIR, keep=False).sum(),
                gone.sum(),
            ],
            "the second counts every further rating by a user: of the same film, too.": [
                off,
                faulty.duplicated("user_id").sum(),
                gone.sum(),
            ],
            "the second looks only at the row above, but these rows are in no order: "
            "`duplicated` finds them anywhere.": [off, below, gone.sum()],
            "the third counts films: count ratings.": [
                off,
                twice,
                faulty["movie_id"][gone].nunique(),
            ],
            "the third counts those *with* a title.": [off, twice, (~gone).sum()],
            'the third looks among the names of columns: `.isin(listed["movie_id"])`.': [
                off,
                twice,
                len(faulty),
            ],
            "the first counts those *on* the scale.": [on_scale.sum(), twice, gone.sum()],
            "the first counts only those above the scale: some are below it.": [
                (faulty["rating"] > scale[1]).sum(),
                twice,
                gone.sum(),
            ],
            "the first counts only those below the scale: some are above it.": [
                (faulty["rating"] < scale[0]).sum(),
                twice,
                gone.sum(),
            ],
        },
    )


def exercise_2() -> Task:
    def pairs(lines: list[str]) -> list[tuple[int, int]]:
        found, film = [], 0
        for line in lines:
            if line.endswith(":"):
                film = int(line[:-1])
            else:
                found.append((film, int(line)))
        return found

    return Task(
        pairs,
        mistakes={
            "the order is (film, user).": lambda lines: [(u, f) for f, u in pairs(lines)],
            "these are texts: wrap `int()` round both.": lambda lines: [
                (str(f), str(u)) for f, u in pairs(lines)
            ],
            "the film is a text: `int(line[:-1])`.": lambda lines: [
                (str(f), u) for f, u in pairs(lines)
            ],
            "the user is a text: `int(line)`.": lambda lines: [
                (f, str(u)) for f, u in pairs(lines)
            ],
            "a film's number may have several digits: `line[0]` is only the first of them.": (
                lambda lines: [(int(str(f)[0]), u) for f, u in pairs(lines)]
            ),
            "every pair has the last film: is `append` inside the loop, where the film is known?": (
                lambda lines: [(pairs(lines)[-1][0], u) for _, u in pairs(lines)]
            ),
            "every pair has the first film: a later line such as `2:` opens another one.": (
                lambda lines: [(pairs(lines)[0][0], u) for _, u in pairs(lines)]
            ),
        },
        cases=[
            (["1:", "30", "40"],),
            (["1:", "30", "2:", "30", "50"],),
            (["17:", "305", "2064:", "8", "1488844"],),
        ],
    )


def exercise_3(ratings: pd.DataFrame) -> Task:
    columns = ["user_id", "movie_id", "rating"]
    right = int(ratings[columns].iloc[:1].memory_usage(index=False).sum()) + 2
    with_index = right + ratings.index.memory_usage() / len(ratings)
    return Task(
        right,
        mistakes={
            'the days still take 8 bytes: did you convert them with `astype("int16")`?': right + 6,
            "the days are `int32`: `int16` is enough.": right + 2,
            "the days are `int8`, and no longer the days that they were: 127 is the largest "
            "number that it holds.": right - 1,
            "the timestamp is still there: drop it.": right + 8,
            "the timestamp is still there, and the days are not `int16`.": right + 14,
            "that is what you saved: what is left?": 6,
            "that is the day alone: a rating has a user, a film and stars as well.": 2,
            "the days are missing: assign them as a column.": right - 2,
            "that counts the index, too: `memory_usage(index=False)`.": with_index,
            "these are all bytes together: divide by the number of rows.": right * len(ratings),
            "these are all bytes together, and those of the index: divide by the number of rows, "
            "and say `memory_usage(index=False)`.": with_index * len(ratings),
        },
    )


def exercise_4(suspect: pd.DataFrame) -> Task:
    users = suspect.groupby("user_id")["rating"].agg(["size", "std"])
    robot = int(users.index[int(users["std"].argmin())])
    repeated = suspect[suspect.duplicated(SAME, keep=False)]
    share = repeated.groupby("user_id").size() / users["size"]
    one, other = (int(user) for user in share.drop(robot).nlargest(2).index)
    busy = [int(user) for user in users["size"].nlargest(3).index]
    return Task(
        {robot, one, other},
        mistakes={
            "that is the robot; the person who is there twice is missing.": {robot},
            "those are both ids of the double; the robot is missing.": {one, other},
            "the robot is right; of the double, give the other id as well.": {robot, one},
            "the robot is right; of the double, give the other id, too.": {robot, other},
            "those are the three with most ratings, and a person may rate a lot.": set(busy),
            "that is everybody who shares a film, stars and date with somebody: by chance, most "
            "people do. Whose ratings are *all* shared?": set(map(int, repeated["user_id"])),
            "that is everybody who shares a film, stars and date with somebody, and the robot: "
            "whose ratings are *all* shared?": {robot, *map(int, repeated["user_id"])},
        },
    )
