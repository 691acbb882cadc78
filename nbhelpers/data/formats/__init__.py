"""How raw data files are written: their grammars, read strictly and in bounded memory.

The Netflix Prize's files, for `nbhelpers.data.netflix`; begin with the first:

- `netflix_lines`: text to columns, each line checked
- `netflix_compiled`: the same for large files, quicker, without reasons
- `netflix_packed`: rows as whole numbers, which either of them sorts and makes into columns
- `netflix_grammar`: the forms of the lines, and what is wrong with a line of another form

Tables with one row a line or in quoted cells, for `nbhelpers.data.movielens` and `.metadata`:

- `movielens_files` and `the_movies_dataset`: files to tables
- `movielens_layouts`: how each MovieLens set writes its files
- `delimited`: rows of cells, each of which has a pattern
- `downloads`: archives fetched and unpacked

Below all of them, `raw_files` finds files and cuts them into blocks of sound text.
"""
