from . import cost_growth, plots, raw_text, viewer, widgets
from .costs import seconds
from .exercises import check
from .lesson import guess, listed, literal, record, reveal, say

__all__ = [
    "check",
    "cost_growth",
    "guess",
    "listed",
    "literal",
    "plots",
    "raw_text",
    "record",
    "reveal",
    "say",
    "seconds",
    "viewer",
    "widgets",
]
