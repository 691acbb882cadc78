"""What a set says of its users: age, gender, occupation. Only MovieLens's oldest sets do."""

import re

import numpy as np
import pandas as pd

from nbhelpers.data import movielens
from nbhelpers.data.datasets import Dataset
from nbhelpers.data.formats.archives import open_raw, reading
from nbhelpers.data.formats.raw_files import bad_line, look_for, shorten

# File, separator, and its fields in order: read as they stand, because nothing is computed from
# them but whether two people have the same.
FILES = {
    "ml-100k": ("u.user", "|", ("user_id", "age", "gender", "occupation", "zip")),
    "ml-1m": ("users.dat", "::", ("user_id", "gender", "age", "occupation", "zip")),
}
COLUMNS = ["age", "gender", "occupation"]
WHOLE = ("user_id", "age")  # fields that are whole numbers
REMEDY = "Get the file again; or take it away, for ratings are read without it."


def people(dataset: Dataset) -> pd.DataFrame:
    """Return what is known of the users of a set: ``age, gender`` and ``occupation`` by user_id.

    Ages are in years; ml-1m has the least of a span. There are no rows if the set says nothing or
    the file is missing. A DataError refuses a line with not as many fields as it should have, an id
    or age that is no number, and a user who is there twice.
    """
    file, separator, fields = FILES.get(dataset.name, ("", "", ()))
    path = look_for(movielens.locate(dataset.folder, dataset.name), file) if file else None
    if path is None:
        return pd.DataFrame({name: [] for name in COLUMNS}, pd.Index([], name="user_id"))
    with reading(path), open_raw(path) as raw:
        text = raw.read().decode("latin-1").replace("\r\n", "\n").removesuffix("\n")
    rows: dict[int, dict[str, str]] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        parts = dict(zip(fields, line.split(separator), strict=False))
        exact = line.count(separator) == len(fields) - 1
        whole = exact and all(re.fullmatch("[0-9]{1,9}", parts[name]) for name in WHOLE)
        if not whole or int(parts["user_id"]) in rows:
            expected = f"{separator.join(fields)}, each user once."
            raise bad_line(path, number, f"The line is {shorten(line, 80)}.", expected, REMEDY)
        rows[int(parts["user_id"])] = parts
    users = pd.Index(rows, dtype=np.int32, name="user_id")
    return pd.DataFrame(list(rows.values()), users, COLUMNS).astype({"age": np.int32})
