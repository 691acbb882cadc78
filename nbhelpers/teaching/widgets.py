"""Controls for a notebook: rate some films, and see what to watch."""

from collections.abc import Mapping

import pandas as pd
from IPython.display import display

from nbhelpers.engine.engine import Engine
from nbhelpers.engine.scoring import CHANCE, MATCH

UNSEEN = "not seen"


def rate(engine: Engine, stars: Mapping[int, float], n: int = 5, live: bool = False) -> None:
    """Show films, the stars given to them, and what the engine recommends for these stars.

    Parameters
    ----------
    engine : Engine
    stars : mapping of int to float
        What a newcomer gives, by movie_id.
    n : int
        Length of the list.
    live : bool
        With sliders, where ipywidgets is installed: the list follows them. Otherwise as tables,
        which look the same wherever the notebook is read.
    """
    titles = engine.movies.set_index("movie_id")["title"]
    sliders = _sliders(engine, stars, titles) if live else None
    if sliders is None:
        rows = {"your rating": list(stars.values())}
        display(pd.DataFrame(rows, pd.Index([titles[film] for film in stars], name="film")))
        display(listing(engine, stars, n))
        return
    import ipywidgets

    def follow(**values: float | str) -> None:
        given = zip(stars, values.values(), strict=True)
        display(listing(engine, {film: v for film, v in given if not isinstance(v, str)}, n))

    named = {f"film_{film}": slider for film, slider in sliders.items()}
    display(ipywidgets.VBox(list(sliders.values())), ipywidgets.interactive_output(follow, named))


def listing(engine: Engine, stars: Mapping[int, float], n: int = 5) -> pd.DataFrame:
    """Return a newcomer's list as a table for people, indexed by rank.

    Parameters
    ----------
    engine : Engine
    stars : mapping of int to float
        By movie_id.
    n : int

    Returns
    -------
    DataFrame
        ``film``, the score that the list goes by (named by its unit, a share in %) ``, how`` (the
        source) ``, why``.
    """
    newcomer = pd.DataFrame({"movie_id": list(stars), "rating": list(stars.values())})
    best = engine.recommend(newcomer.astype({"movie_id": "int64", "rating": "float64"}), n)
    unit = best["unit"].iloc[0] if len(best) else "stars"
    level = best["score"].round(1)
    if unit in (CHANCE, MATCH):
        level = (100 * best["score"]).round().astype(int).astype(str) + " %"
    columns = {"film": best["title"], unit: level, "how": best["source"], "why": best["reason"]}
    return pd.DataFrame(columns).set_index(best["rank"])


def _sliders(engine: Engine, stars: Mapping[int, float], titles: pd.Series) -> dict | None:
    """Return a slider per film; None where ipywidgets is missing."""
    try:
        import ipywidgets
    except ImportError:
        print("ipywidgets is not installed: edit the stars in the code and run the cell again.")
        return None
    low, high = engine.data.scale
    steps = int((high - low) / engine.data.step)
    options = [UNSEEN] + [low + k * engine.data.step for k in range(steps + 1)]
    look = {"style": {"description_width": "18em"}, "layout": {"width": "36em"}}
    return {
        film: ipywidgets.SelectionSlider(
            options=options, value=float(value), description=titles[film], **look
        )
        for film, value in stars.items()
    }
