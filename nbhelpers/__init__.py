"""Learn, teach and reproduce movie recommendation."""

__version__ = "0.1.0"
