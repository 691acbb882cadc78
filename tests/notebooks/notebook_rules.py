"""The rules every notebook keeps; each returns the problems found, in words.

A notebook is a ``nbformat.NotebookNode``. The rhythm (lines, ratio, outputs) is what the
best published courses keep, so that a reader never meets a wall of code; its averages are
advice.
"""

import ast
import re
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path

import numpy as np
import setup_cells
from nbformat import NotebookNode

LONGEST_FILE = 500_000  # bytes
PATHS_AND_ADDRESSES = {
    "an absolute path": r"""(?:^|[\s'"(=])(/(?:[\w.+-]+/)+[\w.+-]*)""",
    "a Windows path": r"\b([A-Z]:\\\w+)",
    "an address in memory": r"\b(0x[0-9a-f]{6,})",
}
# Words that judge. What a tenth, an epoch or a list is called by its rank is no judgement.
VERDICTS = re.compile(
    r"\b(?:(?:second )?best|worst)\b(?! (?:tenth|epoch|unseen|known|rated))"
    r"|\b(?:busiest|beats?|wins?|loses?|worse|(?<!not )clearly|(?<!look )(?<!looks )better)\b"
    r"|(?<!\bat )\bmost\b(?! (?:rated|active|liked|popular|ratings|frequent|generous|of them))",
    re.IGNORECASE,
)
SAID_BY = {"say", "set", "set_title", "suptitle", "text", "annotate"}
LEFTOVERS = ("papermill", "widgets")  # of tools, in the notebook's metadata
CELL_LEFTOVERS = ("papermill", "execution")
PICTURES = ("image/png", "image/jpeg", "image/svg+xml")


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags(cell: NotebookNode) -> list[str]:
    return cell.get("metadata", {}).get("tags", [])


def texts(output: NotebookNode) -> Iterator[str]:
    """Yield what a reader sees of an output, HTML without its tags."""
    if output.output_type == "stream":
        yield output.text
    for kind, text in output.get("data", {}).items():
        if kind == "text/html":
            yield re.sub(r"<[^>]*>", " ", text)
        elif kind.startswith("text/"):
            yield text


def place(cell: NotebookNode) -> str:
    return f"cell [{cell.get('execution_count')}] {cell.source.strip().splitlines()[:1]}"


# --- Outputs -------------------------------------------------------------------------------


def order(notebook: NotebookNode) -> list[str]:
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts == list(range(1, len(counts) + 1)):
        return []
    return [f"run all cells in order from a fresh kernel: the counts are {counts}"]


def outputs(notebook: NotebookNode) -> list[str]:
    # A narration tells what the cell before it has computed.
    cells = [cell for cell in code_cells(notebook) if setup_cells.TAG not in tags(cell)]
    told = [
        bool(cell.outputs) or is_narration(after)
        for cell, after in zip(cells, [*cells[1:], NotebookNode()], strict=True)
        if not is_narration(cell)
    ]
    share = sum(told) / max(1, len(told))
    return [] if share >= 0.7 else [f"only {share:.0%} of the code cells have output (70 %)"]


def errors(notebook: NotebookNode) -> list[str]:
    found = []
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if output.output_type == "error":
                found.append(f"{place(cell)} ends in {output.ename}: {output.evalue}")
            if output.output_type == "stream" and output.name == "stderr":
                found.append(f"{place(cell)} writes to stderr: {output.text[:200]!r}")
    return found


def digits(notebook: NotebookNode) -> list[str]:
    """Sixteen digits tell a reader nothing, and the last differ from processor to processor."""
    said = [
        (cell, text) for cell in code_cells(notebook) for o in cell.outputs for text in texts(o)
    ]
    return [
        f"{place(cell)} shows {number}: round it"
        for cell, text in said
        for number in re.findall(r"\d\.\d{10,}", text)
    ]


def alt_texts(notebook: NotebookNode) -> list[str]:
    found = []
    for cell in code_cells(notebook):
        for output in cell.outputs:
            for kind in set(PICTURES) & set(output.get("data", {})):
                alt = output.metadata.get(kind, {}).get("alt", "")
                if len(alt.split()) < 4:
                    found.append(f"{place(cell)} shows a picture with the alt text {alt!r}")
    return found


def paths(notebook: NotebookNode) -> list[str]:
    return [
        f"{place(cell)} prints {name}: {match}"
        for cell in code_cells(notebook)
        for output in cell.outputs
        for text in texts(output)
        for name, pattern in PATHS_AND_ADDRESSES.items()
        for match in re.findall(pattern, text, re.MULTILINE)
    ]


def metadata(notebook: NotebookNode) -> list[str]:
    found = [name for name in LEFTOVERS if name in notebook.metadata]
    found += [name for c in notebook.cells for name in CELL_LEFTOVERS if name in c.metadata]
    found += ["language_info.version"] * ("version" in notebook.metadata.get("language_info", {}))
    return (
        [f"`make notebooks` clears what tools left behind: {sorted(set(found))}"] if found else []
    )


# --- Rhythm --------------------------------------------------------------------------------


def lengths(notebook: NotebookNode) -> list[str]:
    counts = _lengths(notebook)
    return _too_long("longest", max(counts), 30) + _too_long(
        "90th percentile", np.percentile(counts, 90), 15
    )


def median(notebook: NotebookNode) -> list[str]:
    return _too_long("median", np.median(_lengths(notebook)), 5)


def ratio(notebook: NotebookNode) -> list[str]:
    kinds = [_kind(cell) for cell in notebook.cells]
    value = kinds.count("prose") / max(1, kinds.count("code"))
    if 1.0 <= value <= 1.6:
        return []
    return [f"{value:.2f} cells of prose for each of code (1.0 to 1.6, best up to 1.4)"]


def _lengths(notebook: NotebookNode) -> list[int]:
    cells = [cell for cell in code_cells(notebook) if _kind(cell) == "code"]
    return [len(lines(cell)) for cell in cells]


def _too_long(name: str, lines: float, limit: int) -> list[str]:
    if lines <= limit:
        return []
    return [f"code cells are too long: {name} {lines:g} lines (at most {limit})"]


def breathing(notebook: NotebookNode) -> list[str]:
    cells = [cell for cell in notebook.cells if setup_cells.TAG not in tags(cell)]
    runs = [list(run) for _, run in groupby(cells, key=_kind)]
    return [
        f"{len(run)} code cells in a row (at most 3), from {place(run[0])}"
        for run in runs
        if _kind(run[0]) == "code" and len(run) > 3
    ]


def _kind(cell: NotebookNode) -> str:
    """Tell prose from code, as a reader sees it: narration is prose."""
    return "prose" if cell.cell_type == "markdown" or is_folded(cell) else "code"


def empty_cells(notebook: NotebookNode) -> list[str]:
    empty = [i for i, cell in enumerate(notebook.cells, start=1) if not cell.source.strip()]
    return [f"the cells at positions {empty} are empty"] if empty else []


def summaries(notebook: NotebookNode) -> list[str]:
    """Find Markdown where a summary is HTML: the site would show its dollars and stars."""
    found = []
    for cell in notebook.cells:
        for summary in re.findall(r"<summary>(.*?)</summary>", cell.source, re.DOTALL):
            if re.search(r"[$`*]", summary):
                found.append(f"Markdown in a summary, which is HTML: {summary!r}")
    return found


# --- Shape ---------------------------------------------------------------------------------


def parameters(notebook: NotebookNode) -> list[str]:
    tagged = [cell for cell in code_cells(notebook) if "parameters" in tags(cell)]
    if len(tagged) != 1:
        return [f"{len(tagged)} cells are tagged `parameters`; it has to be one"]
    values = {}
    for statement in ast.parse(tagged[0].source).body:
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
            return [f"the parameters cell does more than assign: {ast.unparse(statement)}"]
        try:
            values[statement.targets[0].id] = ast.literal_eval(statement.value)
        except ValueError:
            return [f"a parameter is not a plain value: {ast.unparse(statement)}"]
    found = [] if values.get("DATASET") == "sample" else ['DATASET = "sample" is missing']
    return found + ([] if isinstance(values.get("SEED"), int) else ["SEED = 42 is missing"])


def says_simulated(notebook: NotebookNode) -> list[str]:
    # Written as prose, or built by the notebook from what the data set says of itself.
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    prose += [shown(cell) for cell in code_cells(notebook)]
    said = any("simulated" in text for text in prose)
    return [] if said else ["no sentence says that the ratings are simulated"]


def title(notebook: NotebookNode, path: Path) -> list[str]:
    number = path.stem.split("_")[0]
    first = notebook.cells[0]
    if first.cell_type == "markdown" and re.match(rf"# {number} · \S", first.source):
        return []
    return [f"the first cell has to begin with `# {number} · Title`"]


def ending(notebook: NotebookNode, path: Path) -> list[str]:
    heads = [
        i
        for i, cell in enumerate(notebook.cells)
        if cell.cell_type == "markdown" and re.search(r"^##+ .*Key points", cell.source, re.M)
    ]
    if not heads:
        return ["the last section has to be headed `## Key points`"]
    last = notebook.cells[heads[-1] :]
    prose = "\n".join(cell.source for cell in last)
    found = ["there is code after the key points"] if code_cells(NotebookNode(cells=last)) else []
    later = [other.name for other in sorted(path.parent.glob("*.ipynb")) if other.name > path.name]
    if later and f"]({later[0]})" not in prose:
        found.append(f"the end has to link to the next notebook: [...]({later[0]})")
    return found


def links(notebook: NotebookNode, path: Path) -> list[str]:
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", prose)
    return [f"a link leads nowhere: {t}" for t in targets if not (path.parent / t).exists()]


def size(_: NotebookNode, path: Path) -> list[str]:
    stored = path.stat().st_size
    return [] if stored <= LONGEST_FILE else [f"{stored:,} bytes (at most {LONGEST_FILE:,})"]


# --- Claims --------------------------------------------------------------------------------


def claims(notebook: NotebookNode) -> list[str]:
    """Find computed sentences that judge without a condition that chooses them."""
    found = []
    for cell in code_cells(notebook):
        if "check" not in tags(cell) and "exercise" not in tags(cell):
            found += [
                f"{place(cell)} says {said!r} whatever the data" for said in _bare(cell.source)
            ]
    return found


def _bare(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    above = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(value, str) and VERDICTS.search(value):
            around = list(_ancestors(node, above))
            if any(map(_says, around)) and not any(map(_chooses, around)):
                yield value.strip()


def _ancestors(node: ast.AST, above: dict[ast.AST, ast.AST]) -> Iterator[ast.AST]:
    while node in above:
        node = above[node]
        yield node


def _says(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
    return name in SAID_BY


def _chooses(node: ast.AST) -> bool:
    """Tell what picks among sentences, counts verdicts, or names the directions of an axis."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(n, ast.Attribute) and n.attr == "count" for n in ast.walk(node))
    if isinstance(node, ast.keyword):
        return node.arg in ("xlabel", "ylabel")
    return isinstance(node, (ast.If, ast.IfExp, ast.Subscript))


# --- Reading -------------------------------------------------------------------------------


FOLDED = setup_cells.FOLDED
MOST_CELLS = {"05": 90}  # of a notebook, by its number
LONGEST_LINE, LARGEST_TEXT_SHARE = 88, 0.15


def is_folded(cell: NotebookNode) -> bool:
    return is_narration(cell) or setup_cells.TAG in tags(cell)


def is_narration(cell: NotebookNode) -> bool:
    return "narration" in tags(cell)


def lines(cell: NotebookNode) -> list[str]:
    return [line for line in cell.source.splitlines() if line.strip()]


def visible(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the code that is read: neither folded away nor the reader's own."""
    aside = {"exercise", "check", "parameters"}
    return [c for c in code_cells(notebook) if not is_folded(c) and not aside & set(tags(c))]


def folded(notebook: NotebookNode) -> list[str]:
    """Find narration that is not folded where notebooks are read: JupyterLab, Colab, Kaggle."""
    cells = [cell for cell in code_cells(notebook) if is_folded(cell)]
    found = [
        f"{place(cell)} has to be folded: {FOLDED}"
        for cell in cells
        if any(cell.metadata.get(name) != value for name, value in FOLDED.items())
    ]
    return found + [
        f"{place(cell)} is narration and says nothing"
        for cell in cells
        if "narration" in tags(cell) and "say(" not in cell.source
    ]


def text_share(notebook: NotebookNode) -> list[str]:
    """Find too many visible lines that only build sentences."""
    cells = visible(notebook)
    building = sum(len(_lines_of_text(cell.source)) for cell in cells)
    share = building / max(1, sum(len(lines(cell)) for cell in cells))
    if share <= LARGEST_TEXT_SHARE:
        return []
    return [f"{share:.0%} of the visible code builds text (at most {LARGEST_TEXT_SHARE:.0%})"]


def _lines_of_text(source: str) -> set[int]:
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    said = (call for call in calls if ast.unparse(call.func) in ("say", "print"))
    return {line for call in said for line in range(call.lineno, (call.end_lineno or 0) + 1)}


def line_length(notebook: NotebookNode) -> list[str]:
    return [
        f"{place(cell)} has a line of {len(line)} characters (at most {LONGEST_LINE})"
        for cell in code_cells(notebook)
        for line in cell.source.splitlines()
        if len(line) > LONGEST_LINE and setup_cells.TAG not in tags(cell)
    ]


def cell_count(notebook: NotebookNode, path: Path) -> list[str]:
    # The set-up cell is not the lesson's.
    cells = [cell for cell in notebook.cells if setup_cells.TAG not in tags(cell)]
    most = MOST_CELLS.get(path.name[:2], 80)
    return [] if len(cells) <= most else [f"{len(cells)} cells (at most {most})"]


# --- Exercises -----------------------------------------------------------------------------


def exercise_heads(notebook: NotebookNode) -> dict[str, int]:
    """Return the position of the Markdown cell that opens each exercise, by its name (04.1)."""
    opening = re.compile(r"### Exercise (\d\d\.\d+)\b")
    matches = {
        i: opening.match(cell.source)
        for i, cell in enumerate(notebook.cells)
        if cell.cell_type == "markdown"
    }
    return {match[1]: i for i, match in matches.items() if match}


def code_blocks(page: Path) -> dict[str, list[str]]:
    """Return the blocks of Python in a page of answers, by the exercise they stand under."""
    blocks: dict[str, list[str]] = {}
    for section in re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.M)[1:]:
        name = section.split()[0]
        blocks[name] = re.findall(r"^```python\n(.*?)\n```", section, flags=re.M | re.DOTALL)
    return blocks


def exercises(notebook: NotebookNode, path: Path) -> list[str]:
    heads = exercise_heads(notebook)
    found = [] if len(heads) >= 3 else [f"{len(heads)} exercises (at least 3)"]
    if list(heads) != [f"{path.name[:2]}.{i}" for i in range(1, len(heads) + 1)]:
        found.append(f"the exercises are not numbered in order: {list(heads)}")
    for name, i in heads.items():
        text, *cells = notebook.cells[i : i + 3]
        found += [f"{name}: {problem}" for problem in _exercise(name, text.source, cells)]
    checks = sum("check" in tags(cell) for cell in code_cells(notebook))
    if checks != len(heads):
        found.append(f"{checks} cells are tagged `check` for {len(heads)} exercises")
    return found


def _exercise(name: str, text: str, cells: list[NotebookNode]) -> Iterator[str]:
    if not _folded(text, "Hint"):
        yield "no `<details><summary>Hint</summary> … </details>`"
    if _folded(text, "Solution"):
        yield "the solution is on the page; it belongs into docs/solutions/"
    if [cell.cell_type for cell in cells] != ["code", "code"]:
        yield "two code cells have to follow: one tagged `exercise`, one tagged `check`"
        return
    answer, check = cells
    if "exercise" not in tags(answer) or "..." not in answer.source:
        yield "the cell after it has to be tagged `exercise` and hold `...` for the answer"
    if "check" not in tags(check) or not re.search(rf"""check\(\s*["']{name}["']""", check.source):
        yield f'the second cell has to be tagged `check` and call check("{name}", …)'
    if "⬜" not in shown(check):
        yield f"its check has to be stored unanswered (⬜), but says {shown(check)!r}"


def shown(cell: NotebookNode) -> str:
    return "\n".join(text for output in cell.outputs for text in texts(output))


def _folded(text: str, summary: str) -> str | None:
    pattern = rf"<details>\s*<summary>\s*{summary}\s*</summary>(.*?)</details>"
    match = re.search(pattern, text, re.DOTALL)
    return match[1] if match else None


OF_CELLS: list[Callable[[NotebookNode], list[str]]] = [
    order,
    outputs,
    errors,
    digits,
    alt_texts,
    paths,
    metadata,
    lengths,
    breathing,
    empty_cells,
    summaries,
    parameters,
    setup_cells.setup_cell,
    says_simulated,
    claims,
    folded,
    text_share,
    line_length,
]
# What most good notebooks keep, but a good cell may break: these only warn.
ADVICE: list[Callable[[NotebookNode], list[str]]] = [median, ratio]
OF_FILES: list[Callable[[NotebookNode, Path], list[str]]] = [
    title,
    ending,
    links,
    size,
    cell_count,
    exercises,
]
