import numpy as np
import pandas as pd

from nbhelpers.features.texts import descriptions, documents, text_features

TEXTS = pd.Series(
    ["A shark hunts swimmers", "The shark returns to hunt swimmers", "Love in Paris", ""],
    index=[3, 5, 8, 9],
)


def similarity(table: pd.DataFrame, a: int, b: int) -> float:
    x, y = table.loc[a].to_numpy(), table.loc[b].to_numpy()
    return float(x @ y / max(np.linalg.norm(x) * np.linalg.norm(y), 1e-9))


def test_documents_join_overview_and_keywords():
    movies = pd.DataFrame(
        {
            "overview": ["A shark.", "", None, "Paris."],
            "keywords": [["sea", "fear"], ["love"], float("nan"), []],
        }
    )
    assert documents(movies).tolist() == ["A shark. sea fear", "love", "", "Paris."]


def test_a_set_of_ids_alone_has_words_too():
    movies = pd.DataFrame({"title": ["B01", "B02", "B03"], "genres": [[], [], []]})
    texts = descriptions(movies.assign(overview="", keywords=""))
    assert text_features(texts, texts, 5, 0).shape == (3, 2)


def test_titles_and_genres_describe_a_set_without_overviews():
    movies = pd.DataFrame({"title": ["Jaws", "Heat"], "genres": [["Horror", "Thriller"], []]})
    bare = movies.assign(overview="", keywords="")
    assert descriptions(bare).tolist() == ["Jaws Horror Thriller", "Heat (no genres listed)"]
    told = movies.assign(overview=["A shark.", ""], keywords="")
    assert descriptions(told).tolist() == ["A shark.", ""]


def test_alike_texts_are_near_each_other():
    table = text_features(TEXTS, TEXTS, n=2, seed=0)
    assert similarity(table, 3, 5) > 0.99
    assert table.index.tolist() == [3, 5, 8, 9]
    assert not table.loc[9].any()


def test_words_are_learnt_from_known_texts_only():
    known = TEXTS.iloc[:2]
    other = pd.concat([known, pd.Series(["Paris love Paris", "Paris love"], index=[8, 9])])
    pd.testing.assert_frame_equal(
        text_features(TEXTS, known, n=2, seed=0).iloc[:2],
        text_features(other, known, n=2, seed=0).iloc[:2],
    )
    assert not text_features(other, known, n=2, seed=0).iloc[2:].any(axis=None)


def test_few_words_make_few_columns_and_none_make_none():
    assert text_features(TEXTS, TEXTS, n=100, seed=0).shape == (4, 2)
    assert text_features(TEXTS, TEXTS.iloc[3:], n=100, seed=0).shape == (4, 0)
    assert text_features(TEXTS, TEXTS.iloc[:1], n=100, seed=0).shape == (4, 0)
    assert text_features(TEXTS, TEXTS, n=0, seed=0).shape == (4, 0)
