"""The rules notice what they are there for: each is broken once."""

import nbformat
import notebook_rules as rules
import pytest
import setup_cells
import tiny
from nbformat.v4 import new_output


def code(notebook, number):
    cells = [cell for cell in rules.code_cells(notebook) if "setup" not in rules.tags(cell)]
    return cells[number - 1]


def tagged(notebook, tag):
    return next(cell for cell in notebook.cells if tag in rules.tags(cell))


def skip_a_cell(notebook):
    code(notebook, 3).execution_count = None


def strip_outputs(notebook):
    for number in range(2, 6):
        code(notebook, number).outputs = []


def fail(notebook):
    code(notebook, 3).outputs = [new_output("error", ename="KeyError", evalue="1", traceback=[])]


def warn(notebook):
    code(notebook, 3).outputs = [new_output("stream", name="stderr", text="Warning")]


def show_every_digit(notebook):
    code(notebook, 3).outputs = [new_output("stream", text="0.34773530748394105\n")]


def name_a_picture(notebook):
    code(notebook, 2).outputs[0].metadata["image/png"]["alt"] = "figure_1.png"


def print_a_path(notebook):
    code(notebook, 3).outputs = [new_output("stream", text="in /home/me/data/ratings.csv")]


def print_an_address(notebook):
    html = "<td>&lt;object at 0x7f3c2a1b&gt;</td>"
    code(notebook, 3).outputs = [tiny.display({"text/html": html})]


def keep_widgets(notebook):
    notebook.metadata["widgets"] = {}


def write_at_length(notebook):
    code(notebook, 3).source = "pass\n" * 31


def write_more_everywhere(notebook):
    for cell in rules.code_cells(notebook):
        cell.source += "\npass" * 5


def leave_out_prose(notebook):
    notebook.cells = [c for c in notebook.cells if not c.source.startswith(("What", "Aside"))]


def pile_up_code(notebook):
    notebook.cells.insert(3, tiny.code("1"))
    notebook.cells.insert(3, tiny.code("2"))
    notebook.cells.insert(3, tiny.code("3"))


def compute_in_parameters(notebook):
    tagged(notebook, "parameters").source += "\nUSERS = max(1, 2)"


def import_in_parameters(notebook):
    tagged(notebook, "parameters").source += "\nimport numpy"


def choose_real_data(notebook):
    tagged(notebook, "parameters").source = 'DATASET = "netflix"\nSEED = 42'


def tag_twice(notebook):
    code(notebook, 3).metadata["tags"] = ["parameters"]


def lose_the_set_up(notebook):
    notebook.cells.remove(tagged(notebook, "setup"))


def hush_the_simulation(notebook):
    notebook.cells[0].source = "# 01 · Counting"


def judge(notebook):
    code(notebook, 3).source = 'say(f"SVD beats {name} by {gain:.3f}.")'


def leave_unfolded(notebook):
    code(notebook, 3).metadata = {"tags": ["narration"]}
    code(notebook, 3).source = 'say("It is 4.")'


def narrate_nothing(notebook):
    code(notebook, 3).metadata = rules.FOLDED | {"tags": ["narration"]}


def write_sentences(notebook):
    code(notebook, 3).source = 'say("It is 4, "\n    "and that is twice 2, "\n    "or so.")'


def write_wide(notebook):
    code(notebook, 3).source = "1" + " + 1" * 22


def write_a_formula_into_a_summary(lesson):
    lesson.cells[0].source += "\n\n<details><summary>What is $w$?</summary>\n\nThis.\n\n</details>"


def leave_empty(notebook):
    notebook.cells.append(tiny.text(" "))


BREAKS = [
    (rules.order, skip_a_cell),
    (rules.outputs, strip_outputs),
    (rules.errors, fail),
    (rules.errors, warn),
    (rules.digits, show_every_digit),
    (rules.alt_texts, name_a_picture),
    (rules.paths, print_a_path),
    (rules.paths, print_an_address),
    (rules.metadata, keep_widgets),
    (rules.lengths, write_at_length),
    (rules.median, write_more_everywhere),
    (rules.ratio, leave_out_prose),
    (rules.breathing, pile_up_code),
    (rules.empty_cells, leave_empty),
    (rules.summaries, write_a_formula_into_a_summary),
    (rules.parameters, compute_in_parameters),
    (rules.parameters, import_in_parameters),
    (rules.parameters, choose_real_data),
    (rules.parameters, tag_twice),
    (setup_cells.setup_cell, lose_the_set_up),
    (rules.says_simulated, hush_the_simulation),
    (rules.claims, judge),
    (rules.folded, leave_unfolded),
    (rules.folded, narrate_nothing),
    (rules.text_share, write_sentences),
    (rules.line_length, write_wide),
]


@pytest.mark.parametrize(
    ("rule", "damage"), BREAKS, ids=[f"{rule.__name__}-{d.__name__}" for rule, d in BREAKS]
)
def test_rule_of_cells_notices(rule, damage):
    notebook = tiny.lesson()
    assert rule(notebook) == []
    damage(notebook)
    assert len(rule(notebook)) >= 1


def test_every_rule_of_cells_is_broken_once():
    assert {rule for rule, _ in BREAKS} == {*rules.OF_CELLS, *rules.ADVICE}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "01_counting.ipynb"
    nbformat.write(tiny.lesson(), path)
    return path


@pytest.mark.parametrize("rule", rules.OF_FILES, ids=lambda rule: rule.__name__)
def test_rules_of_files_pass_a_good_one(rule, path):
    assert rule(tiny.lesson(), path) == []


def test_title_has_the_number_of_the_file(path):
    assert rules.title(tiny.lesson(), path.with_name("02_counting.ipynb"))


def test_size_is_that_of_the_file(path):
    path.write_text(" " * 500_001, encoding="utf-8")
    assert rules.size(tiny.lesson(), path)


def test_ending_links_to_the_next_notebook(path):
    notebook = tiny.lesson()
    nbformat.write(notebook, path.with_name("02_adding.ipynb"))
    assert rules.ending(notebook, path)
    notebook.cells[-1].source += "\n\nNext: [adding](02_adding.ipynb)"
    assert rules.ending(notebook, path) == []


def test_ending_comes_last(path):
    notebook = tiny.lesson()
    notebook.cells.append(tiny.code("1"))
    assert rules.ending(notebook, path)
    notebook.cells = notebook.cells[:-2]
    assert rules.ending(notebook, path)


def test_links_lead_somewhere(path):
    notebook = tiny.lesson()
    notebook.cells[0].source += "\n\n[one](01_counting.ipynb#top) [web](https://example.org/x)"
    assert rules.links(notebook, path) == []
    notebook.cells[0].source += " [two](02_adding.ipynb)"
    assert rules.links(notebook, path) == ["a link leads nowhere: 02_adding.ipynb"]


def answer(notebook):
    tagged(notebook, "check").outputs = [tiny.display({"text/markdown": "✅ right"})]


def fill_in(notebook):
    tagged(notebook, "exercise").source = "answer = 2"


def drop_hint(notebook):
    head = notebook.cells[min(rules.exercise_heads(notebook).values())]
    head.source = head.source.replace("Hint", "Help")


def show_solution(notebook):
    head = notebook.cells[min(rules.exercise_heads(notebook).values())]
    head.source += "\n\n<details><summary>Solution</summary>\n\n2\n\n</details>"


def misnumber(notebook):
    head = notebook.cells[min(rules.exercise_heads(notebook).values())]
    head.source = head.source.replace("Exercise 01.1", "Exercise 01.7")


EXERCISES = [answer, fill_in, drop_hint, show_solution, misnumber]


@pytest.mark.parametrize("damage", EXERCISES, ids=lambda damage: damage.__name__)
def test_exercises_have_their_form(path, damage):
    notebook = tiny.lesson()
    damage(notebook)
    assert len(rules.exercises(notebook, path)) >= 1


def test_exercises_bear_the_number_of_their_notebook(path):
    assert rules.exercises(tiny.lesson(), path.with_name("02_counting.ipynb"))


def test_cells_are_counted(path):
    notebook = tiny.lesson()
    notebook.cells += [tiny.text("More.")] * (82 - len(notebook.cells))  # the set-up is none
    assert rules.cell_count(notebook, path) == ["81 cells (at most 80)"]
    assert rules.cell_count(notebook, path.with_name("05_counting.ipynb")) == []


def test_answers_are_the_code_under_their_exercise(tmp_path):
    page = tmp_path / "04.md"
    page.write_text(
        "# Solutions\n\n## 04.1 · Sums\n\nAdd.\n\n```python\nanswer = 2\nmore = 3\n```\n\n"
        "## 04.2 · No code\n\n## 04.3\n\n```python\na = 1\n```\n\n```python\na = 2\n```\n"
    )
    blocks = rules.code_blocks(page)
    assert blocks == {"04.1": ["answer = 2\nmore = 3"], "04.2": [], "04.3": ["a = 1", "a = 2"]}


def test_narration_is_prose():
    notebook = tiny.lesson()
    code(notebook, 3).metadata = rules.FOLDED | {"tags": ["narration"]}
    code(notebook, 3).source = 'say("It is 4.")'
    assert rules.folded(notebook) == rules.text_share(notebook) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('say(f"{month} is the busiest month.")', 1),
        ('axes.set(title=f"The best: {name}")', 1),
        ('axes.set_title("Most people wrote little")', 1),
        ('if low > 0:\n    say("It is better.")', 0),
        ('say("It wins." if low > 0 else "It is not clearly different.")', 0),
        ('say({True: "better", False: "not better"}[low > 0])', 0),
        ('say(f"SVD is {verdict(low, high)} the biases.")', 0),
        ('say(f"Most rated: {names}; at most {k}, the worst tenth")', 0),
        ('text = "the best"', 0),
    ],
)
def test_claims_are_chosen_by_a_condition(source, found):
    notebook = tiny.lesson()
    code(notebook, 3).source = source
    assert len(rules.claims(notebook)) == found
