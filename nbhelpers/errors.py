"""The one error a reader meets when data is not what it should be."""

from pathlib import Path


class DataError(ValueError):
    """Data that is missing or wrong: where, what was found, what was expected, what to do.

    Parameters
    ----------
    found : str
        What was found, a full sentence.
    path : path-like, optional
        The file or folder.
    line : int, optional
        The line in it, counted from 1.
    expected : str, optional
        What should have been there.
    remedy : str, optional
        What the reader can do.
    """

    def __init__(self, found, *, path=None, line=None, expected=None, remedy=None):
        self.found = found
        self.path = None if path is None else Path(path)
        self.line = line
        self.expected = expected
        self.remedy = remedy
        super().__init__(found)

    def __reduce__(self):  # a worker process hands the whole error back
        return _rebuild, (self.found, self.path, self.line, self.expected, self.remedy)

    def __str__(self):
        where = "" if self.path is None else str(self.path)
        where += "" if self.line is None else f":{self.line}"
        text = f"{where}: {self.found}" if where else self.found
        text += f" Expected {self.expected}" if self.expected else ""
        return text + (f" What to do: {self.remedy}" if self.remedy else "")


def _rebuild(found, path, line, expected, remedy):
    return DataError(found, path=path, line=line, expected=expected, remedy=remedy)
