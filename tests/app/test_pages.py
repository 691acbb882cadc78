"""The app's logic, without a browser; test_app_browser.py has the rest."""

import copy
import json
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from nbhelpers.app import cards, engines, for_you, main, marks, models, own_ratings
from nbhelpers.engine.engine import Engine
from nbhelpers.engine.scoring import MODELS
from nbhelpers.errors import DataError

ODD = {
    "M*A*S*H": "M*A*S*H",
    "What the #$*! Do We Know!?": "What the #$*! Do We Know!?",
    "[REC]": "[REC]",
    "Secret of My Succe$s": "Secret of My Succe$s",
    "<script>alert(1)</script>": "&lt;script&gt;alert(1)&lt;/script&gt;",
}


def script():
    from nbhelpers.app import main

    main.page()


@pytest.fixture
def open_app(monkeypatch):
    """Return a function that opens the app on an engine, as a visitor of its own."""

    def open_app(engine, query=None, **state) -> AppTest:
        monkeypatch.setattr(engines, "engine", lambda *arguments: engine)
        app = AppTest.from_function(script, default_timeout=60)
        app.query_params.update(query or {})
        for key, value in state.items():
            app.session_state[key] = value
        return app.run()

    return open_app


def tab(app: AppTest, name: str):
    return next(tab for tab in app.tabs if tab.label == name)


def page(app: AppTest, name: str | None = None) -> str:
    """Return the HTML that the app, or one of its tabs, shows."""
    part = app if name is None else tab(app, name)
    lists = [json.loads(element.proto.json) for element in part.get("bidi_component")]
    return "\n".join([*(element.proto.body for element in part.get("html")), *lists])


def first_list(app: AppTest) -> str:
    """Return the HTML of the films for somebody."""
    parts = tab(app, "For you").get("bidi_component")
    return next(json.loads(part.proto.json) for part in parts if part.proto.id.endswith("for-you"))


def failed(app: AppTest) -> list[str]:
    """Return the labels of the tabs that say they failed."""
    return [tab.label for tab in app.tabs if len(tab.error)]


def rate(app: AppTest, stars: dict[int, int]) -> AppTest:
    app.session_state["who"] = "Me"
    app.session_state[marks.RATED] = stars
    return app.run()


def test_other_things_than_films_are_items_and_people_have_their_labels(open_app, engine):
    users = engine.users(3)["user_id"].to_numpy()
    labels = pd.DataFrame({"id": users, "label": ["ann", "bob", "12"]})
    data = replace(engine.data, items="items", user_labels=labels)
    books = Engine(data, engine.trained, engine.boards, engine.manifest)
    app = open_app(books, {"person": "bob"})
    assert failed(app) == [] and not app.exception
    assert [tab.label for tab in app.tabs][:2] == ["For you", "Similar items"]
    assert first_list(app) == first_list(open_app(books, {"person": str(users[1])}))
    texts = [
        page(app),
        *(element.value for element in [*app.caption, *app.subheader, *app.markdown]),
    ]
    own = [text for text in texts if re.search(r"\bfilms?\b(?!-)", text)]
    assert not [text for text in own if "nb-film" not in text], own
    assert books.history("12").equals(books.history(int(users[2])))


def test_every_tab_shows_without_an_error(open_app, engine):
    app = open_app(engine)
    assert [tab.label for tab in app.tabs] == list(main.TABS)
    assert failed(app) == []
    assert not app.exception
    _, near, data, board = (page(app, name) for name in main.TABS)
    assert f"{len(engine.data.ratings):,}" in data and "stars are given most often" in data
    assert "AUC" in board and "Logistic regression" in board and "max_depth" in board
    assert first_list(app).count("</b> match</p>") == 12
    assert near.count('class="nb-film"') == 12 + 18
    assert "simulated" in page(app) and engine.manifest["made"] in page(app)
    assert page(app).count('role="img"') == page(app).count('aria-label="Poster of ') > 30


def test_of_one_rating_no_taste_is_made(open_app, engine):
    western = next(i for i, names in enumerate(engine.movies["genres"]) if "Western" in names)
    app = rate(open_app(engine), {int(engine.movies["movie_id"][western]): 1})
    shown = page(app, "For you")
    assert "No genre is surely chosen more often" in shown and "above all" not in shown
    assert "Rated best" not in shown


def test_nothing_is_trained_for_a_page(open_app, engine, monkeypatch):
    for kind in ("svd", "knn", "rated", "lists", "popular"):
        monkeypatch.setattr(type(getattr(engine.trained, kind)), "fit", None)
    for model in engine.trained.classifiers.values():
        monkeypatch.setattr(type(model), "fit", None)
    assert failed(open_app(engine)) == []


@pytest.mark.parametrize(
    ("part", "tab"),
    [
        ("boards", "Models"),
        ("averages", "For you"),
        ("similar", "Similar films"),
        ("data.density", "Data & exploration"),
    ],
)
def test_a_missing_part_costs_its_own_tab_only(open_app, engine, part, tab):
    broken = copy.copy(engine)
    if part == "boards":
        broken.boards = {}
    elif part == "data.density":
        broken.data = _WithoutDensity(engine.data)
    else:
        setattr(broken, part, None)
    app = open_app(broken)
    assert failed(app) == [tab]
    assert "The other tabs work" in app.error[0].value
    assert not app.exception


class _WithoutDensity:
    def __init__(self, data):
        self._data = data

    def __getattr__(self, name):
        if name == "density":
            raise RuntimeError(name)
        return getattr(self._data, name)


UNITS = {"chance of a like": "chance of a like", "stars": "expected stars"}


@pytest.mark.parametrize("model", MODELS)
def test_each_model_says_its_unit_and_the_number_that_orders(open_app, engine, model):
    app = open_app(engine)
    app.selectbox(key="model").select(model).run()
    first = first_list(app)
    assert first.count(f"</b> {UNITS.get(MODELS[model].unit, MODELS[model].unit)}</p>") == 12
    numbers = re.findall(r"<b>([\d.,]+)[% ★]*</b> [a-z ]+</p>", first)
    shown = [float(number.replace(",", "")) for number in numbers]
    assert len(shown) == 12 and shown == sorted(shown, reverse=True)


def test_length_knobs_and_filters_reach_the_engine(open_app, engine):
    app = open_app(engine)
    app.selectbox(key="model").select("blend").run()
    app.slider(key="n").set_value(4)
    app.slider(key="weight").set_value(0.0)
    app.slider(key="surprise").set_value(0.5)
    app.slider(key="variety").set_value(0.7)
    app.toggle(key="one-of-series").set_value(False)
    app.multiselect(key="for-you-genres").select("Western")
    app.slider(key="for-you-years").set_value((1960, 1979)).run()
    user = int(app.selectbox(key="person").value)
    knobs = {"weight": 0.0, "surprise": 0.5, "variety": 0.7, "series": True}
    wanted = engine.recommend(user, 4, "blend", **knobs, genres=["Western"], years=(1960, 1979))
    assert listed(first_list(app)) == wanted["movie_id"].tolist()


def listed(body: str) -> list[int]:
    """Return the films of a list, in its order."""
    return [int(movie) for movie in re.findall(r'data-movie="(\d+)"', body)]


def test_an_empty_list_is_a_message(open_app, engine):
    app = open_app(engine)
    for genre in ("Western", "Animation", "Film-Noir"):
        app.multiselect(key="for-you-genres").select(genre)
        app.multiselect(key="explore-genres").select(genre)
    app.run()
    assert failed(app) == []
    assert any("No film is left" in box.value for box in tab(app, "For you").info)
    assert any("No film is left" in box.value for box in tab(app, "Similar films").info)


@pytest.mark.parametrize("typed", ["999999999", "abc", "-1", "1" * 50, "²", "$x$ <b>"])
def test_a_person_who_is_not_there_is_a_message(open_app, engine, typed):
    app = open_app(engine, person=typed)
    assert failed(app) == []
    assert tab(app, "For you").info


@pytest.mark.parametrize(
    "query", ["(", "[REC", "$", "😀🎬", "x" * 10_000, "\\", "*", "   ", "a\x00b"]
)
def test_any_text_can_be_searched_for(open_app, engine, query):
    app = open_app(engine)
    app.text_input(key="similar-query").input(query).run()
    rate(app, {})
    app.text_input(key="own-query").input(query).run()
    assert failed(app) == []
    assert not app.exception


def test_a_search_leads_to_the_film(open_app, engine):
    app = open_app(engine)
    app.text_input(key="similar-query").input("the matrix").run()
    assert "<h3><bdi>The Matrix</bdi></h3>" in page(app, "Similar films")


@pytest.mark.parametrize("title", ODD)
def test_odd_titles_show_as_text(open_app, engine, title):
    data = replace(engine.data, movies=engine.movies.assign(title=title))
    odd = Engine(data, engine.trained, engine.boards, engine.manifest)
    app = open_app(odd)
    rate(app, {int(odd.movies["movie_id"].iloc[0]): 5})
    assert failed(app) == []
    shown = page(app, "Similar films")
    assert shown.count(f"<bdi>{ODD[title]}</bdi>") == 2 * (1 + 12 + 18) == shown.count("<bdi>")
    assert "<script" not in page(app)


def test_films_of_the_same_name_can_be_told_apart(engine):
    films = engine.movies.head(3).assign(title="Ben-Hur", year=1959)
    from nbhelpers.app.controls import names_of

    assert len(set(names_of(films).values())) == 3


def test_ratings_of_ones_own_lead_to_a_list_of_ones_own(open_app, engine):
    films = engine.find("", 6)["movie_id"].tolist()
    app = rate(open_app(engine), dict.fromkeys(films[:2], 5))
    assert for_you.TOO_FEW in [box.value for box in tab(app, "For you").info]
    assert not any(one.label.startswith("Two views") for one in tab(app, "For you").expander)
    app = rate(app, dict.fromkeys(films[:3], 5))
    first = first_list(app)
    assert not tab(app, "For you").info
    assert any(one.label.startswith("Two views") for one in tab(app, "For you").expander)
    app = rate(app, dict.fromkeys(films[:3], 1) | dict.fromkeys(films[3:], 5))
    assert listed(first_list(app)) != listed(first)


def test_reasons_are_films_with_their_shares(open_app, engine):
    because = [
        {"movie_id": 1, "title": "<Heat>", "rating": 4.5, "share": 0.42, "word": "same series"},
        {"movie_id": 2, "title": "Casino", "rating": 5.0, "share": 0.2, "word": ""},
    ]
    film = {"reason": "Because they liked <Heat> (4.5★, same series) and Casino (5★).",
            "because": because, "evidence": 7}  # fmt: skip
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", cards._reason(film)))
    assert said.strip() == (
        "Because they liked &lt;Heat&gt; 4.5★, same series 42% Casino 5★ 20% 7 ratings"
    )
    film = {"reason": "Like Heat, to which you gave 5★: both Crime.", "evidence": 7}
    assert film["reason"] in cards._reason(film | {"because": [because[0] | {"share": np.nan}]})


def test_what_is_not_for_somebody_is_in_no_list(open_app, engine):
    app = open_app(engine)
    lists = [listed(json.loads(part.proto.json)) for part in app.get("bidi_component")]
    refused = [films[0] for films in lists]
    app.session_state[marks.HIDDEN] = dict.fromkeys(refused, 0.0)
    app.run()
    parts = [part.proto for part in app.get("bidi_component")]
    shown = {part.id.split("-None-")[-1]: listed(json.loads(part.json)) for part in parts}
    assert shown.pop(next(key for key in shown if "not-for-me" in key)) == refused[::-1]
    assert len(shown) == len(lists)
    for films, before in zip(shown.values(), lists, strict=True):
        assert not set(films) & set(refused) and len(films) == len(before)


def test_marks_survive_in_the_address(open_app, engine):
    films = engine.find("", 5)["movie_id"].tolist()
    app = rate(open_app(engine), {films[0]: 5.0, films[1]: 1.0})
    app.session_state[marks.SAVED] = {films[2]: 0.0}
    app.session_state[marks.HIDDEN] = {films[3]: 0.0}
    app.session_state[marks.FILM] = films[4]
    written = app.run().query_params
    assert set(written) == {marks.RATED, marks.SAVED, marks.HIDDEN, marks.FILM}
    by_the_browser = {"tab": "Similar films", "who": "Me", "variety": "0.3"}
    other = open_app(engine, query=written | by_the_browser)
    assert other.session_state[marks.RATED] == {films[0]: 5.0, films[1]: 1.0}
    assert list(other.session_state[marks.SAVED]) == [films[2]]
    assert list(other.session_state[marks.HIDDEN]) == [films[3]]
    assert other.session_state["who"] == "Me" and other.slider(key="variety").value == 0.3
    assert other.session_state[marks.TAB] == "Similar films"
    assert other.selectbox(key=marks.FILM).value == films[4]
    assert other.query_params == written | by_the_browser


@pytest.mark.parametrize(
    "query",
    [
        {"own": "AAAA", "saved": "é"},
        {"tab": "No such tab", "who": "x", "n": "7.5", "variety": "9", "model": "?"},
        {"similar-film": "999999999", "person": "<b>", "for-you-years": "1"},
        {"similar-film": "²", "one-of-series": "perhaps", "for-you-genres": "None"},
    ],
)
def test_a_link_that_means_nothing_costs_nothing(open_app, engine, query):
    app = open_app(engine, query=query)
    assert failed(app) == [] and not app.exception
    said = [box.value for box in tab(app, "For you").warning]
    assert ("damaged" in "".join(said)) == ("own" in query)
    assert app.session_state[marks.RATED] == {}


def test_slips_in_a_link_are_told(open_app, engine):
    app = open_app(engine, query={"modle": "svd", "explore-mood": "no such tag"})
    assert "“modle” (did you mean “model”?)" in "".join(
        box.value.replace("\\", "") for box in app.warning
    )
    told = [box.value for box in tab(app, "Similar films").info]
    assert failed(app) == [] and any("Nothing here has the tag or mood" in said for said in told)


def test_ratings_too_many_for_a_link_are_to_be_downloaded(open_app, engine, monkeypatch):
    monkeypatch.setattr(marks, "LONGEST", 100)
    app = rate(open_app(engine), dict.fromkeys(engine.movies["movie_id"].tolist()[:100], 3.0))
    assert any("too many for a link" in text.value for text in tab(app, "For you").caption)
    assert marks.RATED not in app.query_params


def test_a_film_can_be_rated_saved_refused_and_followed(monkeypatch, engine):
    state = {marks.RATED: {}, marks.SAVED: {}, marks.HIDDEN: {}}
    monkeypatch.setattr(marks.st, "session_state", state)
    movies = pd.DataFrame({"movie_id": [7], "title": ["M*A*S*H"]})
    acts: list[dict] = []

    def act(what: str, stars: float = 0) -> None:
        acts.append({"when": 100.5 + len(acts), "do": what, "movie": 7, "stars": stars})
        marks.act("a list", acts, movies)  # each brings those before it, which are done

    act("rate", 3.5)
    assert marks.of(7) == (3.5, False, False) and "3.5 ★" in state[marks.SAID]
    act("save")
    act("hide")
    assert marks.of(7) == (3.5, True, True) and "\\*" in state[marks.SAID]
    act("rate")
    act("save")
    act("hide")
    assert marks.of(7) == (0, False, False)
    act("similar")
    assert (state[marks.TAB], state[marks.FILM]) == ("Similar films", 7)


def test_no_click_is_lost_when_several_come_at_once(monkeypatch):
    state = {marks.RATED: {}, marks.SAVED: {}, marks.HIDDEN: {}}
    monkeypatch.setattr(marks.st, "session_state", state)
    movies = pd.DataFrame({"movie_id": [1, 2, 3], "title": list("abc")})
    acts = [{"when": k, "do": "save", "movie": k, "stars": 0} for k in (1, 2, 3)]
    marks.act("a list", acts[:1], movies)
    marks.act("a list", acts, movies)
    marks.act("another", [acts[0] | {"movie": 2}], movies)
    assert list(state[marks.SAVED]) == [1, 3]


def test_films_to_rate_begin_anew_where_there_are_no_others(engine):
    few = SimpleNamespace(find=lambda query, n: engine.find(query, n).head(20))
    first, *others = [own_ratings.page_of(few, turn)["movie_id"].tolist() for turn in range(5)]
    assert [len(films) for films in others] == [own_ratings.SHOWN] * 4
    assert others[0] != first and others[1] == others[3] == first


def test_all_ratings_can_be_taken_back(open_app, engine):
    films = [int(movie) for movie in engine.find("", 3)["movie_id"]]
    app = rate(open_app(engine), dict.fromkeys(films, 4))
    app.button(key="forget-all").click().run()
    assert app.session_state[marks.RATED] == {}
    assert failed(app) == []


def test_visitors_do_not_see_each_others_ratings(open_app, engine):
    one, other = open_app(engine), open_app(engine)
    rate(one, {int(engine.find("", 1)["movie_id"][0]): 5})
    rate(other, {})
    assert len(one.session_state[marks.RATED]) == 1
    assert other.session_state[marks.RATED] == {}


def test_both_splits_are_shown(open_app, engine):
    app = open_app(engine)
    random = page(app, "Models")
    app.session_state["models-split"] = "time"
    later = page(app.run(), "Models")
    assert random != later
    for how in models.SPLITS:
        assert f"{engine.boards[how]['auc'].max():.3f}" in random


def test_a_choice_taken_back_is_the_usual_one(open_app, engine):
    app = open_app(engine)
    before = page(app)
    for key in ("who", "models-split", "similar-by"):
        app.session_state[key] = None
    assert page(app.run()) == before


def test_a_set_without_genres_people_and_years_shows(open_app, engine):
    bare = copy.copy(engine)
    empty = [[] for _ in range(len(engine.movies))]
    lists = dict.fromkeys(("genres", "directors", "actors", "keywords"), empty)
    years = pd.array([pd.NA] * len(engine.movies), dtype="Int16")
    bare.movies = engine.movies.assign(**lists, overview="", year=years)
    bare.data = replace(engine.data, movies=bare.movies, content_hash="bare")
    assert failed(open_app(bare)) == []


class Loader:
    """Stands for the engine room: an engine is there once it is built."""

    def __init__(self, engine, problem=None):
        self.engine, self.problem, self.built = engine, problem, 0

    def load(self, dataset, folder, trust=False):
        if not self.built or self.problem:
            raise DataError("There is no engine here.", remedy="build one")
        return self.engine

    def build(self, dataset, folder, progress):
        progress(0.5, "Tuning")
        if self.problem:
            raise self.problem
        self.built += 1
        (folder / "manifest.json").write_text("{}", encoding="utf-8")


@pytest.fixture
def loader(monkeypatch, engine, tmp_path):
    stand_in = Loader(engine)
    monkeypatch.setattr(engines, "load", stand_in.load)
    monkeypatch.setattr(engines, "build", stand_in.build)
    monkeypatch.setattr(engines, "folder_of", lambda dataset: tmp_path)
    engines._opened.cache_clear()
    engines._started.clear()
    yield stand_in
    engines._opened.cache_clear()
    engines._started.clear()


def test_the_samples_engine_is_built_once_where_there_is_none(loader):
    for _ in range(2):
        app = AppTest.from_function(script, default_timeout=60).run()
        assert failed(app) == []
    assert loader.built == 1


def test_a_build_that_fails_is_a_message_and_can_be_tried_again(loader):
    loader.problem = OSError("No space left")
    app = AppTest.from_function(script, default_timeout=60).run()
    assert "No space left" in app.error[0].value
    assert not app.exception
    loader.problem = None
    app.button[0].click().run()
    assert failed(app) == [] and len(app.tabs) == 4


def test_for_other_sets_the_command_is_said(loader):
    def other():
        from nbhelpers.app import main

        main.page("ml-latest-small")

    app = AppTest.from_function(other, default_timeout=60).run()
    assert app.code[0].value == "nbhelpers build --dataset ml-latest-small"
    assert not app.tabs and not app.exception and not loader.built
