from . import cost_growth, plots, raw_text, widgets
from .costs import seconds
from .lesson import check, listed, literal, record, say

__all__ = [
    "check",
    "cost_growth",
    "listed",
    "literal",
    "plots",
    "raw_text",
    "record",
    "say",
    "seconds",
    "widgets",
]
