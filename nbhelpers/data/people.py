"""What a set says of its users: age, gender, occupation. Only MovieLens's oldest sets do."""

import numpy as np
import pandas as pd

from nbhelpers.data.datasets import Dataset
from nbhelpers.errors import DataError

# File, separator, and its fields in order: read as they stand, because nothing is computed from
# them but whether two people have the same.
FILES = {
    "ml-100k": ("u.user", "|", ("user_id", "age", "gender", "occupation", "zip")),
    "ml-1m": ("users.dat", "::", ("user_id", "gender", "age", "occupation", "zip")),
}
COLUMNS = ["age", "gender", "occupation"]


def people(dataset: Dataset) -> pd.DataFrame:
    """Return what is known of the users of a set.

    Parameters
    ----------
    dataset : Dataset
        Of `load`.

    Returns
    -------
    pandas.DataFrame
        ``age`` (in years; ml-1m has the least of a span), ``gender`` and ``occupation`` by
        user_id; without rows if the set says nothing or the file is missing.

    Raises
    ------
    DataError
        If a line of the file has not as many fields as it should, or an id or age is no number.
    """
    file, separator, fields = FILES.get(dataset.name, ("", "", ()))
    path = dataset.folder / file
    if not file or not path.is_file():
        return pd.DataFrame({name: [] for name in COLUMNS}, pd.Index([], name="user_id"))
    rows = []
    for number, line in enumerate(path.read_text("latin-1").splitlines(), start=1):
        parts = dict(zip(fields, line.split(separator), strict=False))
        exact = line.count(separator) == len(fields) - 1
        if not exact or not (parts["user_id"].isdecimal() and parts["age"].isdecimal()):
            raise DataError(
                f"line {number}: {line[:80]!r}.",
                path=path,
                expected=separator.join(fields),
                remedy="fetch the file again, or remove it: ratings are read without it",
            )
        rows.append(parts)
    table = pd.DataFrame(rows, columns=list(fields))
    table = table.astype({"user_id": np.int32, "age": np.int16})
    return table.set_index("user_id")[COLUMNS]
