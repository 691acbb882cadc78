"""What is typed for a parameter becomes what is meant, or is refused with an example."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbhelpers.errors import DataError
from nbhelpers.tools.parameters import read

SHARES = st.floats(0, 1, exclude_min=True)


@pytest.mark.parametrize(
    ("typed", "default", "value"),
    [
        ("0", "0", 0),
        ("-5", "0", -5),
        ("20", "3_000_000", 20),
        ("1e6", "3_000_000", 1_000_000),
        ("3_000", "1", 3_000),
        ("0.5", "1.0", 0.5),
        ("2", "1.0", 2.0),
        ("false", "True", False),
        ("True", "False", True),
        ("1999", '"text"', "1999"),
        ("None", '"text"', "None"),
        ("None", "None", None),
        ("a folder/of 2", "None", "a folder/of 2"),
        ("text", "max(1, 2)", "text"),  # no default that says what it takes
    ],
)
def test_a_value_is_of_the_kind_of_its_default(typed, default, value):
    found = read("P", typed, default)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("typed", "default", "expected"),
    [
        ("0", "1", "a whole number above 0"),
        ("2.5", "20", "a whole number above 0"),
        ("1e999999999", "20", "a whole number above 0"),
        ("inf", "0", "a whole number"),
        ("sNaN", "0", "a whole number"),
        (True, "20", "a whole number above 0"),
        ("nan", "0.1", "a number"),
        ("1,5", "0.1", "a number"),
        ("1", "True", "True or False"),
        ("yes", "True", "True or False"),
        ("", '"text"', "text"),
        ("", "None", "text, or None"),
    ],
)
def test_another_kind_is_refused(typed, default, expected):
    with pytest.raises(DataError) as refused:
        read("P", typed, default)
    assert str(refused.value) == (
        f"P is {str(typed)!r}. Expected {expected}. What to do: for example -p P {default}"
    )


@pytest.mark.parametrize(
    ("typed", "share"),
    [("0.05", 0.05), ("5%", 0.05), ("5 %", 0.05), (" 0.3% ", 0.003), ("100%", 1.0), ("1", 1.0)],
)
def test_shares_as_people_write_them(typed, share):
    assert read("USERS", typed, "None") == share
    assert read("USERS", typed, "0.02") == share


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("5", "5%"), ("0,05", "0.05"), ("0", "0.05"), ("-1", "0.05"), ("101%", "0.05")]
    + [(text, "0.05") for text in ("nan", "inf", "%", "", "some", "True", "1e-999", "5%%")],
)
def test_what_is_no_share_is_refused_with_what_was_probably_meant(typed, meant):
    expected = "Expected a share of the users above 0 and at most 1, as 0.05 or 5%, or None for all"
    with pytest.raises(DataError) as refused:
        read("USERS", typed, "None")
    said = f"USERS is {typed!r}. {expected}. What to do: for example -p USERS {meant}"
    assert str(refused.value) == said


@given(SHARES)
def test_a_share_and_its_text_are_the_same(share):
    assert read("USERS", share, "None") == read("USERS", repr(share), "None") == share


@given(st.text() | st.from_regex(r"[-+ ]?[0-9.,_]{0,6}(e-?[0-9]{1,4})? ?%?", fullmatch=True))
def test_whatever_is_typed_is_a_share_or_refused(text):
    try:
        share = read("USERS", text, "None")
    except DataError:
        return
    assert share is None or 0 < share <= 1


@given(st.text() | st.floats() | st.integers(), st.sampled_from(["20", "0", "0.1", "True", "None"]))
def test_whatever_is_typed_is_of_its_kind_or_refused(typed, default):
    kind = type(ast.literal_eval(default))
    try:
        value = read("P", typed, default)
    except DataError:
        return
    assert type(value) is kind or (default == "None" and isinstance(value, str))
