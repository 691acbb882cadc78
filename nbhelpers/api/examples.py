"""Examples of what the API is asked and answers: real ones, of the engine that is served."""

from typing import Any

from starlette.datastructures import URL

from nbhelpers.api import schemas
from nbhelpers.api.answers import Answers, paged

SHORT = 2  # entries of a list in an answer
ADDRESS = "http://127.0.0.1:8000/v1"


class Examples:
    """Questions about what the data hold, and their answers.

    What can be asked are `user, movies, ratings, judged`; `answers` go by the function of
    `Answers`, with two entries of each list.
    """

    def __init__(self, answers: Answers):
        movies = answers.engine.find("", 6)["movie_id"].tolist()
        self.user, self.movies = int(answers.engine.users(1)["user_id"][0]), movies[:3]
        stars = zip(movies[3:], [5, 4, 1], strict=False)
        self.ratings = {"ratings": [{"movie_id": m, "rating": r} for m, r in stars]}
        about = {"movie_ids": self.movies}
        self.judged = [{"user_id": self.user, **about}, {**self.ratings, **about}]
        self.answers = {name: _shortened(a) for name, a in self._ask(answers).items()}

    def _ask(self, answers: Answers) -> dict[str, Any]:
        two = {"n": SHORT}
        wanted = schemas.Wanted.model_validate(two)
        chosen = schemas.Chosen.model_validate(two)
        alike = schemas.WantedAlike.model_validate(two)
        newcomer = schemas.Newcomer.model_validate(self.ratings | two)
        judged = schemas.UserAndMovies.model_validate(self.judged[0])
        movie, user = self.movies[0], self.user

        def page(answer: dict, path: str) -> dict:
            return paged(answer, wanted, URL(f"{ADDRESS}{path}?n={SHORT}"))

        return {
            "health": answers.health,
            "genres": answers.genres,
            "moods": answers.moods,
            "find": page(answers.find("", wanted), "/movies"),
            "movie": answers.movie(movie),
            "similar": page(answers.similar(movie, alike), f"/movies/{movie}/similar"),
            "explore": page(answers.explore(chosen), "/explore"),
            "recommend": page(answers.recommend(user, wanted), f"/users/{user}/recommendations"),
            "profile": answers.profile(user),
            "recommend_newcomer": answers.recommend_newcomer(newcomer),
            "profile_newcomer": answers.profile_newcomer(newcomer),
            "predict": answers.predict(judged),
        }


def _shortened(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with the first of its items; single names in a list stay all."""
    many = {name for name, value in answer.items() if value and isinstance(value, list)}
    return {
        name: value[:SHORT] if name in many and isinstance(value[0], dict) else value
        for name, value in answer.items()
    }
