"""The exercises: what an answer is compared with, a module for each notebook.

They are here and not in the notebooks, so that no solution is on the page.
"""

from nbhelpers.teaching.exercises.task import Task, check

__all__ = ["Task", "check"]
