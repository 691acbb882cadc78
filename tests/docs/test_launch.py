import launch
import pytest

PROJECT = "https://github.com/example/course"


def pyproject(tmp_path, urls: str):
    path = tmp_path / "pyproject.toml"
    path.write_text(f'[project]\nname = "x"\n{urls}', encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("urls", "address"),
    [
        ("", ""),
        ('[project.urls]\nHomepage = "https://example.org"\n', ""),
        (f'[project.urls]\nRepository = "{PROJECT}"\n', PROJECT),
        (f'[project.urls]\nRepository = "{PROJECT}.git/"\n', PROJECT),
    ],
)
def test_the_address_is_that_of_pyproject(tmp_path, urls, address):
    assert launch.address(pyproject(tmp_path, urls)) == address


def test_buttons_open_the_one_file_notebook_or_binder():
    shared = "github.com/example/course/blob/gh-pages/export/05_svd.ipynb"
    assert dict(launch.buttons(PROJECT, "05_svd.ipynb")) == {
        "Colab": f"https://colab.research.google.com/{shared.replace('github.com', 'github')}",
        "Kaggle": f"https://www.kaggle.com/kernels/welcome?src=https://{shared}",
        "Binder": "https://mybinder.org/v2/gh/example/course/HEAD?labpath=notebooks/05_svd.ipynb",
    }


@pytest.mark.parametrize("address", ["", "https://example.org/course", "https://github.com/a"])
def test_without_an_address_there_are_no_buttons(address):
    assert launch.buttons(address, "05_svd.ipynb") == []
    assert launch.site(address) == ""


def test_the_site_is_where_github_shows_it():
    assert launch.site("https://github.com/Example/course") == "https://example.github.io/course/"
