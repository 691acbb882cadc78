from . import (
    cost_growth,
    diagrams,
    evaluation_figures,
    factor_figures,
    genres,
    known_truth,
    plots,
    prize,
    puzzles,
    raw_text,
    viewer,
    widgets,
)
from .costs import seconds
from .exercises import check
from .lesson import guess, listed, literal, record, reveal, say
from .mistakes import Mistakes

__all__ = [
    "Mistakes",
    "check",
    "cost_growth",
    "diagrams",
    "evaluation_figures",
    "factor_figures",
    "genres",
    "guess",
    "known_truth",
    "listed",
    "literal",
    "plots",
    "prize",
    "puzzles",
    "raw_text",
    "record",
    "reveal",
    "say",
    "seconds",
    "viewer",
    "widgets",
]
