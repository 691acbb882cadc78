"""How good is it? Splits, metrics, intervals, leaderboards."""
