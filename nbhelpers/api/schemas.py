"""What the API is asked and answers: its fields, their limits, and examples of them."""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_validator,
)

from nbhelpers.engine import Filters

BLENDED = "two-stage", "blend"  # models that the classifier has a share in
LARGEST_ID = 2**31 - 1
MOST = 1_000  # ratings or movies in one question


def _whole(value: Any) -> Any:
    """Take 3.0 for 3, as JSON does, which has no integers."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_whole)
Id = Annotated[int, Field(ge=0, le=LARGEST_ID), WHOLE]
Length = Annotated[int, Field(ge=1, le=100, description="How many to return, at most."), WHOLE]
Skip = Annotated[
    int, Field(ge=0, le=LARGEST_ID, description="How many of the first to leave out."), WHOLE
]
Year = Annotated[int, Field(ge=1800, le=2200), WHOLE]
Text = Annotated[str, Field(max_length=100)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Unit = Literal["match", "chance of a like", "stars", "likes lately"]
Source = Literal["trained", "folded in", "popular", "content only"]

SOURCE = (
    '"trained": from all ratings of a user of the data. "folded in": from the newcomer\'s own. '
    '"popular": from everyone\'s ratings, as for somebody with fewer than three. "content only": '
    "nobody has rated the movie, so what is known of movies like it."
)
UNIT = (
    'Of the score. A "match" of 0.5 is the middle of the hundred best candidates, before genres of '
    "one's own raise it; the other scores are more cautious than the estimate where a movie has "
    "few ratings."
)


# --- questions -------------------------------------------------------------------------------


class Page(BaseModel):
    """Which part of a list is wanted. A misspelt name is refused rather than passed over."""

    model_config = ConfigDict(extra="forbid")

    n: Length = 10
    skip: Skip = 0


class Found(Page):
    """Which movies are looked for."""

    n: Length = 20
    query: str = Field("", description="Any text; none finds the most rated.", examples=["matrix"])


class Chosen(Page):
    """Which movies may be in a list."""

    genre: list[Text] = Field([], max_length=20, description="The movie has all of these genres.")
    from_year: Year | None = Field(None, description="The oldest year of release.")
    to_year: Year | None = Field(None, description="The newest year of release.")
    tag: Text = Field("", description="A keyword, a user's tag or a mood, such as feel-good.")

    def settings(self) -> dict[str, Any]:
        """Return what the engine calls them."""
        years = (self.from_year, self.to_year)
        filters: Filters = {
            "genres": tuple(self.genre),
            "years": None if years == (None, None) else years,
        }
        return self.model_dump(exclude={"genre", "from_year", "to_year", "ratings"}) | filters


class Wanted(Chosen):
    """Which list is wanted."""

    model: Text = Field(
        "two-stage",
        description="Name of a model, see /v1/health; ml is the best classifier.",
        examples=["two-stage", "svd"],
    )
    weight: Share | None = Field(
        None, description="Share of the classifier in the blend; the best one found, if left out."
    )
    surprise: Share = Field(0.0, description="From 0, what is familiar, to 1, what few know.")
    variety: Share = Field(0.0, description="From 0, much alike, to 1, as varied as can be.")
    own_genres: Share | None = Field(
        None,
        description="How much the genres count that the person chooses more often than others; "
        "left out, 1 in two-stage and 0 in other models.",
    )
    series: bool = Field(False, description="Whether several films of a series may be in a list.")

    @field_validator("weight")
    @classmethod
    def _of_a_blend(cls, weight: float | None, others: ValidationInfo) -> float | None:
        if weight is not None and others.data.get("model") not in BLENDED:
            raise ValueError(f"A weight can only be followed by {' and '.join(BLENDED)}.")
        return weight


class WantedAlike(Chosen):
    """Which similar movies are wanted."""

    by: Literal["both", "content", "behaviour"] = Field(
        "both", description="What is known of the movies, who likes them, or both."
    )


STRICT = ConfigDict(extra="forbid", strict=True)  # of bodies: JSON has types, addresses have not


class Rating(BaseModel):
    """Stars that a newcomer gives to a movie."""

    model_config = STRICT

    movie_id: Id
    rating: float = Field(
        ge=0.5, le=5, allow_inf_nan=False, description="Stars; the lowest of most sets are 1."
    )


def _once(ratings: list[Rating]) -> list[Rating]:
    seen = set()
    for one in ratings:
        if one.movie_id in seen:
            raise ValueError(f"Movie {one.movie_id} is rated twice: keep one rating of the two.")
        seen.add(one.movie_id)
    return ratings


Ratings = Annotated[list[Rating], Field(max_length=MOST), AfterValidator(_once)]
MovieIds = Annotated[list[Id], Field(min_length=1, max_length=MOST)]


class Newcomer(Wanted):
    """Somebody who is not in the data, by their ratings; none are needed, three tell something."""

    model_config = STRICT

    ratings: Ratings = []


class Rated(BaseModel):
    """Somebody who is not in the data, by their ratings."""

    model_config = STRICT

    ratings: Ratings


class UserAndMovies(BaseModel):
    """A user of the data, and the movies to judge."""

    model_config = STRICT

    user_id: Id
    movie_ids: MovieIds


class NewcomerAndMovies(Rated):
    """A newcomer's ratings, and the movies to judge."""

    movie_ids: MovieIds


def _who(question: Any) -> str:
    return "newcomer" if isinstance(question, dict) and "user_id" not in question else "user"


Question = Annotated[
    Annotated[UserAndMovies, Tag("user")] | Annotated[NewcomerAndMovies, Tag("newcomer")],
    Discriminator(_who),
]


# --- answers ---------------------------------------------------------------------------------


Next = Annotated[
    str | None, Field(description="Address of the next page; null where this one is not full.")
]


class Problem(BaseModel):
    """Why there is no answer."""

    detail: str = Field(examples=["There is no movie 99 in this data set."])
    remedy: str | None = Field(None, description="What to do.")


class Model(BaseModel):
    name: str
    label: str
    unit: str


class Health(BaseModel):
    """What is being served."""

    status: Literal["ok"]
    dataset: str
    label: str
    licence: str
    users: int
    movies: int
    ratings: int
    made: str = Field(description="Day on which the models were trained.")
    version: str
    best: str = Field(description="The best classifier: what model=ml stands for.")
    models: list[Model]


class Movie(BaseModel):
    movie_id: int
    title: str = Field(examples=["The Matrix"])
    year: int | None
    genres: list[str] = Field(examples=[["Action", "Sci-Fi"]])
    evidence: int = Field(description="Number of ratings of the movie.")


class Movies(BaseModel):
    items: list[Movie]
    next: Next


class Film(Movie):
    """All that is known of a movie. What the data lack is empty."""

    overview: str
    directors: list[str]
    actors: list[str]
    keywords: list[str]
    tags: list[str] = Field(description="Keywords and users' tags, the rarest first.")
    tmdb_id: int | None
    poster_url: str
    mean: float | None = Field(description="Of its ratings, in stars.")


class Genre(BaseModel):
    name: str
    count: int = Field(description="Number of movies.")


class Genres(BaseModel):
    items: list[Genre]


class Mood(BaseModel):
    """What suits a mood: all genres of a group or one of the tags, and no genre of `but`."""

    name: str
    genres: list[list[str]]
    but: list[str]
    tags: list[str]


class Moods(BaseModel):
    items: list[Mood]


class Listed(Movie):
    rank: int = Field(description="From 1.")
    poster_url: str
    score: float = Field(description="What the list goes by.")
    reason: str


class Because(BaseModel):
    """A movie of the person that carried a recommendation."""

    movie_id: int
    title: str
    rating: float
    share: float | None = Field(
        description="Of the list model's score: without this movie it would be lower by as much; "
        "null where a model's scores are no sums over movies."
    )
    word: str = Field(description="What both have in common, such as a director; may be empty.")


class Recommended(Listed):
    estimate: float = Field(
        description="What the model makes of this movie alone; of two-stage, a chance of a like."
    )
    unit: Unit = Field(description=UNIT)
    source: Source = Field(description=SOURCE)
    because: list[Because] = Field(description="What carried it most comes first.")
    because_id: int | None = Field(description="The liked movie that speaks most for this one.")
    content_share: float | None = Field(
        description="Share of content in the reason, from 0 to 1; the rest is behaviour."
    )


class Recommendations(BaseModel):
    model: str = Field(description="The model that answered.")
    items: list[Recommended]


class RecommendationsPage(Recommendations):
    next: Next


class Alike(Listed):
    unit: Literal["similarity"]
    content: float
    behaviour: float


class Similar(BaseModel):
    items: list[Alike]
    next: Next


class Taste(BaseModel):
    name: str
    count: int = Field(description="Ratings of movies with this name.")
    mean: float = Field(description="Of these ratings, in stars.")
    lift: float = Field(description="How many times more often than others choose it.")
    low: float = Field(description="The lift's 95 % interval begins here: above 1 it is sure.")
    high: float = Field(description="And ends here.")


class Period(BaseModel):
    when: str = Field(description="Month.", examples=["2005-03"])
    count: int
    mean: float | None


class Favourite(BaseModel):
    movie_id: int
    title: str
    rating: float


class Profile(BaseModel):
    """What a person's ratings say of the person."""

    n: int = Field(description="Number of ratings.")
    mean: float | None = Field(description="Stars.")
    strictness: float = Field(description="Stars below the movies' means.")
    strictness_margin: float = Field(description="Of 95 %: strictness may be off by as much.")
    like_share: float | None = Field(description="Share of ratings of 4 stars or more.")
    modern: float = Field(description="Years by which liked movies are newer than rated ones.")
    modern_margin: float = Field(description="Of 95 %.")
    genres: list[Taste]
    directors: list[Taste]
    actors: list[Taste]
    timeline: list[Period]
    favourites: list[Favourite]
    sentences: list[str]


class Predicted(BaseModel):
    movie_id: int
    title: str
    chance: float | None = Field(
        description="Chance of a like, from 0 to 1; null below three ratings."
    )
    stars: float = Field(description="Expected rating.")
    known: float | None = Field(description="The person's own rating, if there is one.")
    source: Source = Field(description=SOURCE)


class Predictions(BaseModel):
    items: list[Predicted]
