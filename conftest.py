"""What runs of the notebooks need, wherever pytest starts; what tests share: tests/conftest.py."""

import os
from pathlib import Path, PurePath

import pytest

# Set before NumPy is imported, and inherited by every kernel: threads change the last bits of
# a sum (`make machines` tries two), and the hash seed the order in which a set is printed.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ["PYTHONHASHSEED"] = "0"
# The reader's own cache is neither read nor filled.
os.environ["NBHELPERS_CACHE"] = str(Path(__file__).parent / "build" / "test-cache")
# The notebooks store what a stand-in sees: the films that somebody rated here do not change it.
os.environ["NBHELPERS_VIEWER"] = str(Path(__file__).parent / "build" / "no_films.csv")


def pytest_configure(config: pytest.Config) -> None:
    """Run notebooks in this environment, and compare their numbers as `comparison` does."""
    if config.getoption("nbval", default=False):
        import comparison
        from nbval.plugin import IPyNbCell

        config.option.nbval_current_env = True
        IPyNbCell.compare_outputs = comparison.compare


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run slow tests last; the cells of a notebook are compared by running it, so they are slow.

    One test that needs the engine comes first of all: while it is built, other workers do what
    needs none.
    """
    for item in items:
        if item.path.suffix == ".ipynb":
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: (item.get_closest_marker("slow") is not None, _needs_engine(item)))
    if builder := next(filter(_needs_engine, items), None):
        items.remove(builder)
        items.insert(0, builder)


def _needs_engine(item: pytest.Item) -> bool:
    return "engine_folder" in getattr(item, "fixturenames", ())


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """Keep a notebook's cells on one worker, Spark's tests and the site's; spread everything else.

    They share a kernel, a Java process, a built site. xdist's own groups (``--dist loadgroup``)
    have no effect under pytest 9.2.
    """
    from xdist.scheduler import LoadScopeScheduling

    class NotebookScheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = PurePath(nodeid.split("::")[0])
            if path.suffix == ".ipynb":
                return str(path)
            return path.parent.name if path.parent.name in ("spark", "docs") else nodeid

    return NotebookScheduling(config, log)
