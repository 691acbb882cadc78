"""What the features mean, in a few words each."""

MEANINGS = {
    "user_mean": "the person's mean rating (stars)",
    "user_std": "how widely their ratings scatter (stars)",
    "user_count": "how many ratings they gave",
    "user_like_ratio": "share of these that are likes",
    "user_newer": "films liked are newer than films rated (years)",
    "user_strictness": "stars below the films' means",
    "user_known": "1 if the person rated anything in training",
    "movie_mean": "the film's mean rating (stars)",
    "movie_count": "how many ratings it got",
    "movie_log_popularity": "logarithm of 1 + that number",
    "movie_like_ratio": "share of its ratings that are likes",
    "movie_age": "years since its release",
    "movie_days_ago": "mean age of its ratings (days)",
    "movie_recent_share": "share of its ratings in the last 90 days",
    "movie_trending": "1 if that share is twice the usual one",
    "movie_known": "1 if the film was rated in training",
    "favourite_match": "1 if the film has the person's best genre",
    "genre_taste": "stars above their own level, for these genres",
}
