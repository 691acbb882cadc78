import matplotlib.pyplot as plt
import pandas as pd

from nbhelpers.teaching import prize


def test_each_test_set_has_a_panel_of_its_own(monkeypatch):
    shown = []
    monkeypatch.setattr("nbhelpers.teaching.plots.show", lambda *said: shown.append(said))
    prize.draw_ladder(pd.Series({"biases": 0.94, "blend": 0.88}), "ours")
    alt, figure = shown[0]
    assert [ax.get_title() or ax.get_title("left") for ax in figure.axes] == [*prize.LADDER, "ours"]
    assert "from 0.940 to 0.880" in alt
    limits = {ax.get_xlim() for ax in figure.axes[:3]}
    assert len(limits) == 1  # within the published ones, lengths can be compared
    plt.close(figure)


def test_the_quiz_set_goes_down_step_by_step():
    steps = list(prize.LADDER["quiz set"].values())
    assert steps == sorted(steps, reverse=True)
