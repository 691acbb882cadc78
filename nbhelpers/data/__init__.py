"""A name or a file becomes one Dataset: catalogue, readers, cache, titles, sampling, counts."""
