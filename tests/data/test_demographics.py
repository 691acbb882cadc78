import gzip
from types import SimpleNamespace

import pytest

from nbhelpers.data.demographics import people
from nbhelpers.errors import DataError


def known(folder, name, **files):
    for file, text in files.items():
        (folder / file.replace("_", ".")).write_text(text, "latin-1")
    return people(SimpleNamespace(name=name, folder=folder))


def test_each_set_has_its_own_order_of_fields(tmp_path):
    old = known(tmp_path, "ml-100k", u_user="1|24|M|technician|85711\n2|53|F|other|9403é\n")
    assert old.loc[2].tolist() == [53, "F", "other"]
    new = known(tmp_path, "ml-1m", users_dat="1::F::1::10::48067\n")
    assert new.loc[1].tolist() == [1, "F", "10"]


def test_most_sets_say_nothing(tmp_path):
    for name in ("ml-latest-small", "ml-100k", "netflix"):  # the second one lacks its file
        table = known(tmp_path, name)
        assert len(table) == 0 and table.columns.tolist() == ["age", "gender", "occupation"]


def test_every_byte_is_a_letter_and_the_file_may_be_packed(tmp_path):
    text = "1|24|M|caf\x85 owner|85711\r\n2|53|F|other|9403\x0b\r\n"
    (tmp_path / "U.USER.gz").write_bytes(gzip.compress(text.encode("latin-1")))
    assert known(tmp_path, "ml-100k")["occupation"].tolist() == ["caf\x85 owner", "other"]


@pytest.mark.parametrize(
    "line", ["1|53|F|other|1", "2|53|F|other", "x|53|F|other|1", "2||F|other|1", "2|53|F|a|b|c", ""]
)
def test_a_line_of_another_form_is_named(tmp_path, line):
    with pytest.raises(DataError, match=r"u\.user:2: The line is"):
        known(tmp_path, "ml-100k", u_user=f"1|24|M|technician|85711\n{line}\n")
