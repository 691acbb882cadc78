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
from nbformat import NotebookNode

LONGEST_FILE = 500_000  # bytes
PATHS_AND_ADDRESSES = {
    "an absolute path": r"""(?:^|[\s'"(=])(/(?:[\w.+-]+/)+[\w.+-]*)""",
    "a Windows path": r"\b([A-Z]:\\\w+)",
    "an address in memory": r"\b(0x[0-9a-f]{6,})",
}
# Words that judge. What a tenth, an epoch or a list is called by its rank is no judgement.
VERDICTS = re.compile(
    r"\b(?:(?:second )?best|worst)\b(?! (?:tenth|epoch|unseen|known))"
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
    return cell.metadata.get("tags", [])


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
    cells = code_cells(notebook)
    share = sum(bool(cell.outputs) for cell in cells) / max(1, len(cells))
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
    lines = _lengths(notebook)
    return _too_long("longest", max(lines), 30) + _too_long(
        "90th percentile", np.percentile(lines, 90), 15
    )


def median(notebook: NotebookNode) -> list[str]:
    return _too_long("median", np.median(_lengths(notebook)), 5)


def ratio(notebook: NotebookNode) -> list[str]:
    kinds = [cell.cell_type for cell in notebook.cells]
    value = kinds.count("markdown") / max(1, kinds.count("code"))
    if 1.0 <= value <= 1.6:
        return []
    return [f"{value:.2f} Markdown cells for each code cell (1.0 to 1.6, best up to 1.4)"]


def _lengths(notebook: NotebookNode) -> list[int]:
    cells = code_cells(notebook)
    return [sum(bool(line.strip()) for line in cell.source.splitlines()) for cell in cells]


def _too_long(name: str, lines: float, limit: int) -> list[str]:
    if lines <= limit:
        return []
    return [f"code cells are too long: {name} {lines:g} lines (at most {limit})"]


def breathing(notebook: NotebookNode) -> list[str]:
    runs = [list(run) for _, run in groupby(notebook.cells, key=lambda cell: cell.cell_type)]
    return [
        f"{len(run)} code cells in a row (at most 3), from {place(run[0])}"
        for run in runs
        if run[0].cell_type == "code" and len(run) > 3
    ]


def empty_cells(notebook: NotebookNode) -> list[str]:
    empty = [i for i, cell in enumerate(notebook.cells, start=1) if not cell.source.strip()]
    return [f"the cells at positions {empty} are empty"] if empty else []


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


# --- Exercises -----------------------------------------------------------------------------


def exercise_heads(notebook: NotebookNode) -> dict[str, int]:
    """Return the position of the Markdown cell that opens each exercise, by its name."""
    opening = re.compile(r"### (Exercise \d+)\b")
    matches = {
        i: opening.match(cell.source)
        for i, cell in enumerate(notebook.cells)
        if cell.cell_type == "markdown"
    }
    return {match[1]: i for i, match in matches.items() if match}


def solution(text: str) -> str | None:
    """Return the code of the solution folded away in an exercise's text."""
    folded = _folded(text, "Solution")
    fence = re.search(r"```python\n(.*?)\n```", folded or "", re.DOTALL)
    return fence[1] if fence else None


def exercises(notebook: NotebookNode) -> list[str]:
    heads = exercise_heads(notebook)
    found = [] if len(heads) >= 3 else [f"{len(heads)} exercises (at least 3)"]
    if list(heads) != [f"Exercise {i}" for i in range(1, len(heads) + 1)]:
        found.append(f"the exercises are not numbered 1, 2, 3 …: {list(heads)}")
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
    if solution(text) is None:
        yield "no `<details><summary>Solution</summary>` holding a ```python block"
    if [cell.cell_type for cell in cells] != ["code", "code"]:
        yield "two code cells have to follow: one tagged `exercise`, one tagged `check`"
        return
    answer, check = cells
    if "exercise" not in tags(answer) or "..." not in answer.source:
        yield "the cell after it has to be tagged `exercise` and hold `...` for the answer"
    if "check" not in tags(check) or not re.search(rf"""check\(\s*["']{name}["']""", check.source):
        yield f'the second cell has to be tagged `check` and call lesson.check("{name}", …)'
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
    alt_texts,
    paths,
    metadata,
    lengths,
    breathing,
    empty_cells,
    parameters,
    says_simulated,
    claims,
    exercises,
]
# What most good notebooks keep, but a good cell may break: these only warn.
ADVICE: list[Callable[[NotebookNode], list[str]]] = [median, ratio]
OF_FILES: list[Callable[[NotebookNode, Path], list[str]]] = [title, ending, links, size]
