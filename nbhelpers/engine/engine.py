"""The engine behind notebooks, app and API: what to watch, what is alike, who one is."""

from collections.abc import Collection
from numbers import Real
from typing import Any, Unpack

import numpy as np
import pandas as pd

from nbhelpers.data.datasets import Dataset
from nbhelpers.data.ids import whole
from nbhelpers.engine import people, profiles, reasons, two_stages
from nbhelpers.engine.contributions import CARRIED, carriers
from nbhelpers.engine.diversity import Arranger
from nbhelpers.engine.filters import Filters, chosen, listed
from nbhelpers.engine.people import Someone
from nbhelpers.engine.scoring import IMPERSONAL, MODELS, Person, Scorer, Trained, answering
from nbhelpers.engine.title_search import Titles
from nbhelpers.engine.two_stages import CANDIDATES, Order
from nbhelpers.features.summaries import LIKE_FROM

LONGEST = 100  # list
SHOWN = ("title", "year", "genres", "poster_url")


class Unknown(LookupError):
    """Something that the data does not hold was asked for."""


class UnknownUser(Unknown):
    """No rating is by this user."""


class UnknownMovie(Unknown):
    """The catalogue holds no such movie."""


class UnknownModel(Unknown):
    """There is no model of this name."""


class ListSettings(Filters, total=False):
    """How a list is to be: what `Engine.recommend` takes by name."""

    weight: float | None
    surprise: float
    variety: float
    own_genres: float | None
    series: bool
    skip: int


class Engine:
    """Recommendations, similar movies and profiles, all from models trained before.

    Nothing here changes once it is made, so that threads and visitors can share an engine.

    Parameters
    ----------
    data : Dataset
        What the models have learned from. Ratings of films without a title are left out, as
        `building.train` leaves them out: nobody can be shown a film without a name.
    trained : Trained
    boards : dict of DataFrame
        What was measured, see `building.build`.
    manifest : dict
        What is said of the engine: data, versions, metrics, parameters.
    """

    def __init__(
        self, data: Dataset, trained: Trained, boards: dict[str, pd.DataFrame], manifest: dict
    ):
        data = listed(data)
        self.data, self.trained, self.boards, self.manifest = data, trained, boards, manifest
        self.movies = data.movies
        self.likeness = trained.likeness
        self.averages = profiles.Averages.of(data)
        self._ids = self.movies["movie_id"].to_numpy()
        rated = np.searchsorted(self._ids, data.ratings["movie_id"])
        self.evidence = np.bincount(rated, minlength=len(self._ids))
        self._scorer = Scorer(trained, self._ids, self.evidence)
        by_user = data.ratings.sort_values(["user_id", "movie_id"], ignore_index=True)
        self._users, starts = np.unique(by_user["user_id"], return_index=True)
        self._ratings, self._starts = by_user, np.append(starts, len(by_user))
        self._tastes = by_user[["movie_id", "rating"]]
        # Arrays: to pick ten rows of a table would take longer than to score all movies.
        self._shown = {name: self.movies[name].to_numpy(object) for name in SHOWN}
        self._shown["year"] = self.movies["year"].array
        self._called = {name: user for user, name in data.user_names.items()}
        self._titles = Titles(self.movies["title"])
        self._arranger = Arranger(self.likeness, self._shown["genres"], self.evidence)
        popular = trained.popular
        self._lately = np.isin(self._ids, popular.movie_ids[popular.recent > 0])

    def recommend(
        self,
        user: Someone,
        n: int = 10,
        model: str = "two-stage",
        weight: float | None = None,
        surprise: float = 0.0,
        variety: float = 0.0,
        own_genres: float | None = None,
        series: bool = False,
        skip: int = 0,
        **filters: Unpack[Filters],
    ) -> pd.DataFrame:
        """Return the best movies that a person has not rated, each with its reason.

        Parameters
        ----------
        user : int, or a newcomer's ratings
            A user of the data, or the label of one; or ratings as a table (movie_id, rating),
            ``{movie: stars}``, pairs, or a Series of stars by movie: see `people.own_ratings`.
            From three ratings on, a newcomer's taste is folded in without training; with fewer,
            what everyone liked lately is returned, whatever the model: see `answering`.
        n : int
            From 1 to 100. Fewer are returned where fewer are left.
        model : str
            One of `MODELS`, or "ml": the classifier that did best in validation. In "two-stage", a
            list model brings candidates, and the chance of a like has a say in their order.
        weight : float in [0, 1], optional
            Share of the classifier in the blend.
        surprise : float in [0, 1]
            How much popularity counts against a film: 0 is familiar, 1 surprising.
        variety : float in [0, 1]
            How much it counts against a film that it is like those before it.
        own_genres : float in [0, 1], optional
            How much it counts for a film that it is of a genre which the person chooses more often
            than others do; left out, 1 in "two-stage" and 0 in other models.
        series : bool
            Whether there may be several films of a series.
        skip : int
            How many of the best films to leave out: those of the pages before.
        **filters
            Genres, years and tag: see `Filters`.

        Returns
        -------
        DataFrame
            ``rank`` (from 1, if none are skipped) ``, movie_id, title, year, genres, poster_url,
            score, evidence`` (ratings of the movie) ``, estimate, unit, source`` ("trained",
            "folded in", "popular" or "content only") ``, reason, because_id, content_share,
            because``.

            The list goes by score, which never rises; ties go by movie_id. `unit` says what it is:
            a "match" of .5 is the middle of the hundred candidates; stars and a "chance of a like"
            are drawn towards the person's mean where a movie has few ratings (`Scorer.caution`),
            and all scores are lowered by what the knobs `surprise` (`two_stages.order`) and
            `variety` count against a film, and raised by what `own_genres` counts for it
            (`Arranger.arrange`). `estimate` is what a model makes of the film on its own: the
            chance of a like for "two-stage".

            `because` lists the liked films that carried the recommendation: dicts of ``movie_id,
            title, rating, share`` (of the list model's score, which would be lower by as much
            without it, see `carriers`; NaN for the film that is merely most like it, where a
            model's scores are no sums over films) ``, word`` (what it has in common with the
            film, if anything worth saying).

        Raises
        ------
        UnknownUser, UnknownMovie, UnknownModel
        ValueError
            For a length, weight, knob or rating out of range, and for filters that no film can
            meet (`WrongFilter`).
        """
        columns = self.recommended(
            user,
            n,
            model,
            weight=weight,
            surprise=surprise,
            variety=variety,
            own_genres=own_genres,
            series=series,
            skip=skip,
            **filters,
        )
        return pd.DataFrame(columns)

    def recommended(
        self,
        user: Someone,
        n: int = 10,
        model: str = "two-stage",
        **settings: Unpack[ListSettings],
    ) -> dict[str, Any]:
        """Return the columns of `recommend`: a sixth of its time goes into making a table of them.

        Parameters
        ----------
        user : int, or a newcomer's ratings
        n : int
        model : str
        **settings
            All as in `recommend`.

        Returns
        -------
        dict of str to array or list

        Raises
        ------
        UnknownUser, UnknownMovie, UnknownModel, ValueError
            As `recommend` does.
        """
        person, model = self._person(user), self._model(model)
        films = self._order(person, n, model, **settings)
        at, model = films.at, answering(person, model)
        source = "popular" if model in IMPERSONAL else person.known_by
        columns = self._columns(at, two_stages.shown(films.values, films.unit))
        columns["rank"] = columns["rank"] + settings.get("skip", 0)
        columns["estimate"] = films.estimates
        columns["unit"] = np.full(len(at), films.unit)
        columns["source"] = np.where(self.evidence[at] > 0, source, "content only")
        return columns | self._reasons(at, person, model)

    def order(
        self,
        user: Someone,
        n: int = 10,
        model: str = "two-stage",
        **settings: Unpack[ListSettings],
    ) -> np.ndarray:
        """Return only which movies `recommend` would return, in half of its time.

        Parameters
        ----------
        user : int, or a newcomer's ratings
        n : int
        model : str
        **settings
            All as in `recommend`.

        Returns
        -------
        numpy.ndarray of int
            Ids, the best movie first.

        Raises
        ------
        UnknownUser, UnknownMovie, UnknownModel, ValueError
            As `recommend` does.
        """
        person, model = self._person(user), self._model(model)
        films = self._order(person, n, model, **settings)
        return self._ids[films.at]

    def _order(
        self,
        person: Person,
        n: int,
        model: str,
        weight: float | None = None,
        surprise: float = 0.0,
        variety: float = 0.0,
        own_genres: float | None = None,
        series: bool = False,
        skip: int = 0,
        **filters: Unpack[Filters],
    ) -> Order:
        _check_page(n, skip)
        if own_genres is None:
            own_genres = float(answering(person, model) == "two-stage")
        knobs = {"weight": weight or 0, "surprise": surprise, "variety": variety}
        knobs["weight of own genres"] = own_genres
        for name, value in knobs.items():
            if not isinstance(value, Real) or not 0 <= value <= 1:
                raise ValueError(f"The {name} has to be between 0 and 1, but is {value!r}.")
        allowed = self._chosen(filters)
        rated = np.searchsorted(self._ids, person.ratings["movie_id"])
        allowed[rated] = False
        pool = skip + n + CANDIDATES  # more than asked for: a series may take many places
        films = two_stages.order(self._scorer, person, model, weight, surprise, allowed, pool)
        n += skip
        return self._arranger.arrange(films, variety, series, n, own_genres, rated).after(skip)

    def answering(self, user: Someone, model: str = "two-stage") -> str:
        """Return the name of the model that answers when a person asks for a model.

        Parameters
        ----------
        user : int, or a newcomer's ratings
            As in `recommend`.
        model : str
            As in `recommend`.

        Returns
        -------
        str
            One of `MODELS`: for a newcomer with fewer than three ratings "popular", whatever is
            asked for; so two lists for them would be the same.

        Raises
        ------
        UnknownUser, UnknownMovie, UnknownModel
        ValueError
            For a rating out of range.
        """
        return answering(self._person(user), self._model(model))

    def explore(self, n: int = 24, skip: int = 0, **filters: Unpack[Filters]) -> pd.DataFrame:
        """Return the movies that everyone rates best, of a genre, time or mood.

        Parameters
        ----------
        n : int
            From 1 to 100.
        skip : int
            How many of the first to leave out: those of the pages before.
        **filters
            Genres, years and tag: see `Filters`.

        Returns
        -------
        DataFrame
            As `recommend` returns it.

        Raises
        ------
        ValueError
            For a length out of range.
        """
        nobody = pd.DataFrame({"movie_id": [], "rating": []}).astype({"movie_id": "int32"})
        return self.recommend(nobody, n, "rated", series=True, skip=skip, **filters)

    def similar(
        self,
        movie_id: int,
        n: int = 10,
        by: str = "both",
        skip: int = 0,
        **filters: Unpack[Filters],
    ) -> pd.DataFrame:
        """Return the movies most like a movie.

        Parameters
        ----------
        movie_id : int
        n : int
            From 1 to 100.
        by : {"both", "content", "behaviour"}
            What is written about them, who likes them, or both.
        skip : int
            How many of the first to leave out: those of the pages before.
        **filters
            Genres, years and tag: see `Filters`.

        Returns
        -------
        DataFrame
            ``rank, movie_id, title, year, genres, poster_url, score, unit, content, behaviour,
            evidence, reason``; the score lies in [0, 1].

        Raises
        ------
        UnknownMovie
        ValueError
            For a length or a `by` that there is not.
        """
        _check_page(n, skip)
        movie_id = int(self._ids[self._places(movie_id)].item())
        near = self.likeness.nearest(movie_id, len(self._ids), by).set_index("movie_id")
        near = near.reindex(self._ids)
        allowed = self._chosen(filters) & near["score"].notna().to_numpy()
        scores = near["score"].fillna(0).to_numpy()
        at = two_stages.best(scores, allowed, skip + n)[skip:]
        columns = self._columns(at, scores[at]) | {"unit": "similarity"}
        columns["rank"] = columns["rank"] + skip
        columns |= {kind: near[kind].to_numpy()[at] for kind in ("content", "behaviour")}
        one = pd.DataFrame({"movie_id": [movie_id], "rating": [self.data.scale[1]]})
        why = reasons.explain(self._ids[at], one, self.likeness, self.movies)
        return pd.DataFrame(columns | {"reason": [reason.shared_sentence() for reason in why]})

    def predict(self, user: Someone, movies: Collection[int]) -> pd.DataFrame:
        """Return what a person would make of movies.

        Parameters
        ----------
        user : int, or a newcomer's ratings
            As in `recommend`.
        movies : collection of int
            Ids.

        Returns
        -------
        DataFrame
            ``movie_id, title, chance`` (of a like, by the blend; NaN for a newcomer with fewer
            than three ratings) ``, stars`` (by SVD, within the scale) ``, known`` (the person's
            own rating or NaN) ``, source``; in the order of `movies`.

        Raises
        ------
        UnknownUser, UnknownMovie
        ValueError
            For a rating out of range, or a movie rated twice.
        """
        person, at = self._person(user), self._places(movies)
        chance = np.full(len(at), np.nan)
        if person.known_by == "popular":
            stars = self._scorer.estimate(person, "rated", at=at)
        else:
            stars = self._scorer.estimate(person, "svd", at=at)
            chance = self._scorer.estimate(person, "blend", at=at)
        own = person.ratings["movie_id"].to_numpy()
        row = np.searchsorted(own, self._ids[at]).clip(max=max(len(own) - 1, 0))
        known = np.full(len(at), np.nan)
        if len(own):
            given = person.ratings["rating"].to_numpy(float)[row]
            known = np.where(own[row] == self._ids[at], given, np.nan)
        columns = {
            "movie_id": self._ids[at],
            "title": self._shown["title"][at],
            "chance": chance,
            "stars": np.clip(stars, *self.data.scale),
            "known": known,
            "source": np.where(self.evidence[at] > 0, person.known_by, "content only"),
        }
        return pd.DataFrame(columns)

    def profile(self, user: Someone) -> profiles.Profile:
        """Describe a person by their ratings.

        Parameters
        ----------
        user : int, or a newcomer's ratings
            As in `recommend`.

        Returns
        -------
        Profile

        Raises
        ------
        UnknownUser, UnknownMovie
        ValueError
            For a rating out of range, or a movie rated twice.
        """
        own = people.own_ratings(user)
        known: Any = user  # a number, where there are no ratings of one's own
        ratings = self.history(known) if own is None else self._newcomer(own).ratings
        return profiles.profile(ratings, self.movies, self.averages)

    def history(self, user: int) -> pd.DataFrame:
        """Return a user's ratings, the newest first.

        Parameters
        ----------
        user : int

        Returns
        -------
        DataFrame (movie_id, title, rating, timestamp)

        Raises
        ------
        UnknownUser
        """
        own = self._ratings.iloc[self._rows(people.user_id(user, self._called))]
        titles = self.movies["title"].to_numpy()[np.searchsorted(self._ids, own["movie_id"])]
        own = own.assign(title=titles)[["movie_id", "title", "rating", "timestamp"]]
        return own.sort_values("timestamp", ascending=False, kind="stable", ignore_index=True)

    def users(self, n: int | None = None) -> pd.DataFrame:
        """Return how many ratings there are by each user.

        Parameters
        ----------
        n : int, optional
            How many users, the first ones; all, if left out.

        Returns
        -------
        DataFrame (user_id, count)
        """
        counts = {"user_id": self._users[:n], "count": np.diff(self._starts)[:n]}
        return pd.DataFrame(counts)

    def find(self, query: str, n: int = 20, skip: int = 0) -> pd.DataFrame:
        """Find movies by title.

        Parameters
        ----------
        query : str
            Any text, taken literally; an empty one finds the movies with most ratings.
        n : int
            From 1 to 100.
        skip : int
            How many of the first to leave out: those of the pages before.

        Returns
        -------
        DataFrame
            ``movie_id, title, year, genres, evidence``; the best match first, of equal ones
            the one with most ratings.

        Raises
        ------
        ValueError
            For a length out of range.
        """
        _check_page(n, skip)
        match = self._titles.match(query)
        order = np.lexsort([self._ids, -self.evidence, -match])[skip : skip + n]
        order = order[match[order] > 0]
        found = self.movies.iloc[order][["movie_id", "title", "year", "genres"]]
        return found.assign(evidence=self.evidence[order]).reset_index(drop=True)

    def movie(self, movie_id: int) -> dict[str, Any]:
        """Return all there is about a movie.

        Parameters
        ----------
        movie_id : int

        Returns
        -------
        dict of str to object
            The columns of the `movies` table (None for what is missing) ``, evidence`` (number
            of its ratings) ``, mean`` (stars, None without ratings) and ``tags`` (keywords and
            users' tags, those of fewest movies first).

        Raises
        ------
        UnknownMovie
        """
        [at] = self._places(movie_id)
        row = {str(name): self.movies[name].iloc[at] for name in self.movies}
        mean = float(self.likeness.means[at])
        return {name: _plain(value) for name, value in row.items()} | {
            "evidence": int(self.evidence[at]),
            "mean": None if np.isnan(mean) else mean,
            "tags": [tag for tag in self.likeness.themes[at].split("\n") if tag],
        }

    def genres(self) -> list[str]:
        """Return all genres of the catalogue.

        Returns
        -------
        list of str
            In the order of the alphabet.
        """
        return sorted(self.likeness.genres)

    def _person(self, user: Someone) -> Person:
        own = people.own_ratings(user)
        if own is not None:
            return self._newcomer(own)
        number = people.user_id(user, self._called)
        return Person(number, self._tastes.iloc[self._rows(number)])

    def _newcomer(self, own: pd.DataFrame) -> Person:
        at = self._places(own["movie_id"])
        if len(np.unique(at)) < len(at):
            raise ValueError("A movie is rated twice: keep one rating of the two.")
        low, high = self.data.scale
        stars = own["rating"].to_numpy()
        if not ((stars >= low) & (stars <= high)).all():
            raise ValueError(f"Ratings have to lie between {low:g} and {high:g} stars.")
        columns = {"movie_id": self._ids[at], "rating": stars}
        return Person(None, pd.DataFrame(columns).sort_values("movie_id", ignore_index=True))

    def _rows(self, user: int) -> slice:
        """Return which ratings are a user's."""
        at = np.searchsorted(self._users, user)
        if at == len(self._users) or self._users[at] != user:
            low, high = self._users[[0, -1]]
            raise UnknownUser(
                f"No rating is by user {user}. The {len(self._users):,} users of this data set "
                f"have numbers from {low} to {high}."
            )
        return slice(*self._starts[at : at + 2])

    def _places(self, movies: Any) -> np.ndarray:
        # What NumPy does not know as a list is made one; a text is one movie, not its letters.
        plain = isinstance(movies, str | int | float | np.generic | np.ndarray | pd.Series)
        wanted = whole(movies if plain or movies is None else list(movies), "movie")
        at = np.minimum(np.searchsorted(self._ids, wanted), len(self._ids) - 1)
        unknown = wanted[self._ids[at] != wanted]
        if len(unknown):
            raise UnknownMovie(f"There is no movie {unknown[0]} in this data set.")
        return at

    def _model(self, name: str) -> str:
        name = self.trained.best if name == "ml" else name
        if name not in MODELS:
            raise UnknownModel(
                f"There is no model {name!r}. Choose one of ml, {', '.join(MODELS)}."
            )
        return name

    def _chosen(self, filters: Filters) -> np.ndarray:
        if unknown := filters.keys() - Filters.__annotations__.keys():
            raise TypeError(
                f"There is no filter {min(unknown)!r}. Choose from genres, years and tag."
            )
        if not any(filters.values()):  # as most often: then there is nothing to look through
            return np.ones(len(self._ids), dtype=bool)
        return chosen(self.movies, self.data.tags, **filters)

    def _columns(self, at: np.ndarray, scores: np.ndarray) -> dict[str, Any]:
        return {
            "rank": np.arange(1, len(at) + 1),
            "movie_id": self._ids[at],
            **{name: values[at] for name, values in self._shown.items()},
            "score": scores,
            "evidence": self.evidence[at],
        }

    def _reasons(self, at: np.ndarray, person: Person, model: str) -> dict[str, Any]:
        films = self._ids[at]
        if model in CARRIED:
            named = carriers(self.trained, person, model, films)
            why = reasons.carried(films, named, person.ratings, self.likeness, self.movies)
        else:
            personal = model not in IMPERSONAL
            liked = person.ratings[(person.ratings["rating"].to_numpy() >= LIKE_FROM) & personal]
            why = reasons.explain(films, liked, self.likeness, self.movies)
        lately = self._lately[at] & (model == "popular")
        who = "you" if person.user_id is None else "they"
        none = np.array([not reason.because for reason in why], dtype=bool)
        ids = [reason.because[0].movie_id if reason.because else 0 for reason in why]
        return {
            "reason": [r.sentence(who, late) for r, late in zip(why, lately, strict=True)],
            "because_id": pd.arrays.IntegerArray(np.array(ids, dtype="int32"), none),
            "content_share": np.array([reason.content_share for reason in why], dtype=float),
            "because": [[_named(one) for one in reason.because] for reason in why],
        }


def _check_page(n: int, skip: int) -> None:
    """Refuse a part of a list that is none."""
    for value in (n, skip):
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            raise ValueError(f"A list has a whole number of films, not {value!r}.")
    if not 1 <= n <= LONGEST:
        raise ValueError(f"The length of a list has to be from 1 to {LONGEST}, but is {n}.")
    if skip < 0:
        raise ValueError(f"The number of films to skip has to be 0 or more, but is {skip}.")


def _plain(value: Any) -> Any:
    """Return a value as Python has it; None for what is missing."""
    value = value.item() if isinstance(value, np.generic) else value
    return None if value is pd.NA else value


def _named(one: reasons.Because) -> dict[str, Any]:
    return one._asdict()
