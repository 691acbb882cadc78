"""Ratings that readers bring along: found in their files, checked row by row, and kept by name."""
