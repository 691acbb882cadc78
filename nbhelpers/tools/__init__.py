"""Tools around the series: running it, its pages, exports, an examination of the installation."""
