"""What is written about movies, as numbers."""

import numpy as np
import pandas as pd
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from nbhelpers.data.movies_table import NO_GENRES


def documents(movies: pd.DataFrame) -> pd.Series:
    """Return overview and keywords of each movie as one text, empty where there is neither."""
    texts = [
        " ".join([text for text in (overview, *_listed(keywords)) if isinstance(text, str)]).strip()
        for overview, keywords in zip(movies["overview"], movies["keywords"], strict=True)
    ]
    return pd.Series(texts, index=movies.index, dtype=object)


def descriptions(movies: pd.DataFrame) -> pd.Series:
    """Return what is written about each movie: its title and genres in a set without overviews.

    A movie without genres is said to have none, in MovieLens' words: so that even the movies of a
    set that has nothing but titles have a word in common.

    Parameters
    ----------
    movies : DataFrame (title, genres, overview, keywords)
        One row per movie.

    Returns
    -------
    Series of str, index of `movies`
        As of `documents` where any movie has an overview or keywords.
    """
    texts = documents(movies)
    if (texts != "").any():
        return texts
    genres = movies["genres"].map(lambda names: " ".join(names or [NO_GENRES]))
    return movies["title"] + " " + genres


def text_features(texts: pd.Series, known: pd.Series, n: int, seed: int) -> pd.DataFrame:
    """Return the texts as `n` numbers each: TF-IDF, reduced by a truncated SVD.

    Parameters
    ----------
    texts : Series of str
        One text per movie, empty for some.
    known : Series of str
        The texts to learn words, weights and directions from: those of training.
    n : int
        Number of columns, 0 for none; fewer where there are fewer texts or words.
    seed : int
        Of the randomised SVD.

    Returns
    -------
    DataFrame of float32, index of `texts`, columns ``nlp_0 …``
        A row of zeros for a text without known words; no columns if there is no word at all.
    """
    # A word of one text only relates no two of them: it is left out.
    words = TfidfVectorizer(stop_words="english", min_df=2, sublinear_tf=True)
    try:
        weights = words.fit_transform(text for text in known if text)
    except ValueError:  # scikit-learn's way to say that no word is left
        n = 0
    if n == 0:
        return pd.DataFrame(index=texts.index)
    svd = TruncatedSVD(min(n, *weights.shape), random_state=seed)
    with np.errstate(divide="ignore", invalid="ignore"):  # the variance, which few texts may lack
        svd.fit(weights)
    table = svd.transform(words.transform(texts)).astype("float32")
    return pd.DataFrame(table, texts.index, [f"nlp_{c}" for c in range(table.shape[1])])


def _listed(value: object) -> list:
    return list(value) if isinstance(value, (list, tuple, np.ndarray)) else []
