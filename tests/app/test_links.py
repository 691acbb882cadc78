"""Films and their values as letters of a link."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbhelpers.app import links, marks

VALUES = st.dictionaries(st.integers(0, 2**31), st.integers(0, 10))


@given(VALUES)
def test_what_is_written_is_read(values):
    letters = links.encode(values, 10, "sample")
    assert links.decode(letters, 10, "sample") == values
    assert letters == "" or all(letter.isalnum() or letter in "-_" for letter in letters)


def test_a_hundred_ratings_take_few_letters():
    values = {movie * 97: movie % 11 for movie in range(1, 101)}
    assert len(links.encode(values, 10, "ml-25m")) < 300


@given(VALUES.filter(bool), st.integers(0, 1000), st.sampled_from("Aaz09-_?é "))
def test_a_damaged_link_is_told(values, place, letter):
    letters = links.encode(values, 10, "sample")
    place %= len(letters)
    changed = letters[:place] + letter + letters[place + 1 :]
    try:
        read = links.decode(changed, 10, "sample")
    except ValueError:
        return
    # The last letter has bits to spare; and one damaged link of 65,536 looks whole.
    assert read == values or place >= 3


@pytest.mark.parametrize("letters", ["x", "AAAA", "%%%", "é", "A" * 5000])
def test_what_is_no_link_is_told(letters):
    with pytest.raises(ValueError, match="damaged"):
        links.decode(letters, 10, "sample")


def test_a_link_of_another_data_set_is_told():
    letters = links.encode({1: 5, 260: 10}, 10, "ml-latest-small")
    with pytest.raises(ValueError, match="another data set"):
        links.decode(letters, 10, "sample")


def test_names_that_nobody_knows_are_told_with_the_nearest():
    assert links.strangers(["own", "tab", "explore-years"]) == ""
    assert "“modle” (did you mean “model”?)" in links.strangers(["modle", "n"])
    assert "“q”" in links.strangers(["q"])


def test_the_names_are_those_that_the_app_uses():
    code = "".join(path.read_text("utf-8") for path in Path(links.__file__).parent.glob("*.py"))
    bound = re.findall(r'key="([\w-]+)",\s*bind="query-params"', code)
    assert len(bound) >= 8 and set(bound) <= links.NAMES
    assert {marks.TAB, marks.FILM, marks.RATED, marks.SAVED, marks.HIDDEN} <= links.NAMES
    lists = re.findall(r'controls\.filters\(engine, "([\w-]+)"\)', code)
    assert sorted(lists) == sorted(links.FILTERED)
