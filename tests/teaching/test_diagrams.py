import pytest

from nbhelpers.teaching import diagrams, plots


@pytest.mark.parametrize(
    "draw",
    [
        diagrams.files_to_types,
        diagrams.splits,
        diagrams.bootstrap,
        lambda: diagrams.two_stages(1408),
    ],
)
def test_a_diagram_says_what_it_shows(draw, monkeypatch):
    said = []
    monkeypatch.setattr(plots, "display", lambda shown, **_: said.append(shown["text/plain"]))
    draw()
    assert len(said) == 1
    assert len(said[0].split()) > 20


def test_a_box_holds_its_text_and_an_arrow_ends_where_it_points():
    ax = diagrams.canvas(4, 2)
    diagrams.box(ax, (10, 10), (6, 4), "ratings")
    diagrams.arrow(ax, (13, 10), (20, 10), "fit")
    assert ax.get_xlim() == (0, 40)
    assert [text.get_text() for text in ax.texts] == ["ratings", "", "fit"]
    assert ax.patches[0].get_bbox().extents.tolist() == [7, 8, 13, 12]
    assert ax.texts[1].xy == (20, 10)
