"""The command line: what notebooks, app and API are started with."""

import os
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from nbhelpers import __version__
from nbhelpers.errors import DataError, SettingError
from nbhelpers.files import is_full, ready

STOPPED = 130  # what shells expect after Ctrl-C


class Commands(click.Group):
    """Commands whose errors and warnings are messages for people, not lines of code."""

    def invoke(self, context: click.Context):
        try:
            with warnings.catch_warnings():
                warnings.showwarning = lambda message, *_: click.echo(message, err=True)
                return super().invoke(context)
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
            raise click.exceptions.Exit(STOPPED) from None
        except DataError as error:
            raise problem(str(error), isinstance(error, SettingError)) from None
        except OSError as error:
            if is_full(error):
                said, remedy = f"The disk is full: {error}.", "make room on it, and start again."
            elif error.filename is None:  # not about a file: then the trace is what helps
                raise
            else:
                said = f"{error.filename}: {error.strerror}."
                remedy = "mend the path, its permissions or the disk."
            raise problem(f"{said} What to do: {remedy}") from None
        except ModuleNotFoundError as error:
            raise click.ClickException(
                f"{error.name} is not installed. What to do: in the project's folder, "
                'pip install -e ".[notebooks,app]"'
            ) from None


def problem(said: str, wrong_option: bool = False) -> click.ClickException:
    """Return what click ends a command with; its exit code is 2 for an option, else 1."""
    return WrongOption(said) if wrong_option else click.ClickException(said)


class WrongOption(click.ClickException):
    """An option that cannot be followed."""

    exit_code = 2


class Checked(click.ParamType):
    """What the function that checks a value says of it, as click says it."""

    def __init__(self, name: str, check: Callable[[str], object]):
        self.name, self.check = name, check

    def convert(self, value, param, ctx):
        try:
            return self.check(value)
        except SettingError as error:
            self.fail(str(error), param, ctx)


def share(text: str) -> float | None:
    """Read a share of the users: 0.05, 5% or None."""
    from nbhelpers.tools.parameters import SHARE, read

    return read(SHARE, text, "None", "--users")


def host(name: str) -> str:
    from nbhelpers.tools import addresses

    return addresses.host(name)


def origin(address: str) -> str:
    from nbhelpers.tools import addresses

    return addresses.origin(address)


with_seed = partial(click.option, "--seed", type=click.IntRange(0, 2**32 - 1), show_default=True)
allow_host = click.option(
    "--allow-host",
    "hosts",
    multiple=True,
    type=Checked("NAME", host),
    help="Another name by which this computer may be asked. Repeat for several.",
)
on_dataset = click.option(
    "--dataset", default="sample", show_default=True, help="See `nbhelpers data`."
)
on_trust = click.option(
    "--trust",
    is_flag=True,
    help="Open an engine of somebody else's; it may do harm, as programs may.",
)
of_notebooks = click.option(
    "--notebook",
    "wanted",
    multiple=True,
    help="Name of a notebook, or how it begins (05). Repeat for several.  [default: all]",
)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def app() -> None:
    """Learn, teach and reproduce movie recommendation."""


@app.command()
@on_dataset
@of_notebooks
@click.option(
    "-p",
    "parameters",
    nargs=2,
    multiple=True,
    metavar="PARAM VALUE",
    help="Value for a parameter of the notebooks. Repeat for several.",
)
@with_seed(default=42)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=min(2, os.cpu_count() or 1),
    show_default=True,
    help="Notebooks run at the same time.",
)
def run(dataset: str, wanted: tuple, parameters: tuple, seed: int, jobs: int) -> None:
    """Run the notebooks on a data set, into build/run/DATASET/."""
    from tqdm import tqdm

    from nbhelpers.tools import minimum, running, series
    from nbhelpers.tools.results import Results

    notebooks = series.find_notebooks(wanted)
    folder = notebooks[0].parent.parent / "build" / "run" / dataset
    planned = series.plan(notebooks, dataset, seed, once(parameters), folder)
    # Loaded once here, so that no two notebooks fill the cache at the same time.
    data = minimum.load(dataset, series.share(planned), seed)
    lacking = {job.source.stem: minimum.lacking_for(job.source.stem, data) for job in planned}
    for why in filter(None, lacking.values()):
        click.echo(f"Left out: {why}", err=True)
    items_of = "" if data.items == "films" else data.label
    planned = [replace(job, items_of=items_of) for job in planned if not lacking[job.source.stem]]
    ready(folder, running.ROOM * len(planned))
    results = Results.begin(folder, planned, dataset, data.content_hash)
    if results.said:
        click.echo(results.said)
    with running.stoppable() as stop:
        runs = running.run_all(results.left, jobs, stop)
        done = len(results.found)
        for result in tqdm(runs, total=len(planned), initial=done, unit="notebook"):
            results.add(result)
            if result.problem:
                tqdm.write(f"{result.name} failed: {result.problem}", file=sys.stderr)
        complete = results.close()
    print_results(results.found)
    if not complete:
        click.echo(
            f"Stopped. {len(results.found)} of {len(planned)} notebooks are done and kept in "
            f"{folder}; the same command goes on from there.",
            err=True,
        )
        raise click.exceptions.Exit(STOPPED)
    click.echo(f"Pages, notebooks and summary.json are in {folder}")
    if any(result.status != "ok" for result in results.found):
        raise click.exceptions.Exit(1)


def once(parameters: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return parameters by name, each given once: of two values, one would be passed over."""
    names = [name for name, _ in parameters]
    for name in names:
        if names.count(name) > 1:
            raise SettingError(f"-p {name} is given {names.count(name)} times.", remedy="keep one.")
    return dict(parameters)


def print_results(results: list) -> None:
    """Print what each notebook took and found, and once more what failed."""
    rows = []
    for result in sorted(results, key=lambda result: result.name):
        seconds = round(result.seconds)
        metrics = [f"{name} {value:g}" for name, value in result.metrics.items()][:3]
        said = ", ".join(metrics) if result.status == "ok" else f"FAILED in {result.problem}"
        time = f"{seconds // 60}:{seconds % 60:02}"
        rows.append((result.name, time, f"{result.peak_mb:,.0f}", said))
    print_table(["notebook", "minutes", "peak MB", "headline metrics"], rows)


@app.command()
@on_dataset
@click.option(
    "--users",
    type=Checked("SHARE", share),
    help="Share of the users, as 0.05 or 5%, for data sets that are large.  [default: all]",
)
@with_seed(default=42)
def build(dataset: str, users: float | None, seed: int) -> None:
    """Train the engine behind app and API once, into build/engine/DATASET/."""
    from tqdm import tqdm

    from nbhelpers import engine

    ready(engine.folder_of(dataset).parent)
    form = "{desc:<52} {percentage:3.0f}% |{bar:30}| {elapsed}"
    with tqdm(total=1.0, bar_format=form) as bar:

        def tell(done: float, text: str) -> None:
            bar.set_description_str(text, refresh=False)
            bar.update(done - bar.n)
            bar.refresh()

        folder = engine.build(dataset, users=users, seed=seed, progress=tell)
    click.echo(f"The engine is in {folder}. Now: nbhelpers app --dataset {dataset}")


@app.command("app")
@on_dataset
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True)
@allow_host
@on_trust
def show(dataset: str, port: int, hosts: tuple, trust: bool) -> None:
    """Show an engine to people on this computer, at http://127.0.0.1:PORT."""
    from nbhelpers.app import serve

    serve(dataset, port, hosts=hosts, trust=trust)


@app.command()
@on_dataset
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@allow_host
@click.option(
    "--allow-origin",
    "origins",
    multiple=True,
    type=Checked("ORIGIN", origin),
    help="Where pages come from that may ask it, as http://localhost:3000. Repeat for several.",
)
@on_trust
def api(dataset: str, port: int, hosts: tuple, origins: tuple, trust: bool) -> None:
    """Serve an engine to programs on this computer, at http://127.0.0.1:PORT/docs."""
    from nbhelpers.api import serve

    serve(dataset, port, hosts, origins, trust)


@app.command()
@on_dataset
@of_notebooks
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write to.  [default: build/export]",
)
def export(dataset: str, wanted: tuple, output: Path | None) -> None:
    """Write notebooks that run by themselves on Kaggle and Colab, one file each."""
    from nbhelpers.tools import export as exporting
    from nbhelpers.tools import series

    notebooks = series.find_notebooks(wanted)
    target = ready(output or notebooks[0].parent.parent / "build" / "export")
    written = exporting.export(notebooks, target, dataset)
    print_table(
        ["notebook", "kB"], [(path.name, f"{path.stat().st_size / 1e3:,.0f}") for path in written]
    )
    click.echo(f"Upload any of them to Kaggle or Colab; they are in {target}")


@app.group(invoke_without_command=True)
@click.pass_context
def data(context: click.Context) -> None:
    """List every data set: where it is, or how to get it, and its licence."""
    if context.invoked_subcommand:
        return
    from nbhelpers.data import datasets

    rows = [
        (row.name, row.where, row.licence, "yes" if row.redistributable else "no")
        for row in datasets.describe_all()
    ]
    print_table(["data set", "found at, or what to do", "licence", "may be shared"], rows)


@data.command()
@click.option(
    "--ratings",
    type=click.IntRange(10_000, 500_000_000),
    default=100_480_507,
    show_default=True,
    help="How many; as many as the Netflix Prize's take 2.1 GB.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder to write to; new or empty.",
)
@with_seed(default=42)
def generate(ratings: int, output: Path, seed: int) -> None:
    """Write a simulated set in the Netflix Prize's files and proportions."""
    from nbhelpers.data import catalogue
    from nbhelpers.simulation import netflix_set

    netflix_set.generate(ready(output), ratings, seed)
    click.echo(f"{ratings:,} simulated ratings are in {output}")
    found = catalogue.find("netflix")
    if found and found.samefile(output):
        click.echo('load("netflix") finds them there.')
    else:
        click.echo('load("netflix") finds them there if the folder is called netflix and')
        click.echo(f"$NBHELPERS_DATA names the folder that it is in: {output.resolve().parent}")


@app.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", help="What the set is called.  [default: as the file]")
@click.option("--user", metavar="COLUMN", help="Who rated.  [default: looked for]")
@click.option("--item", metavar="COLUMN", help="What was rated.  [default: looked for]")
@click.option("--rating", metavar="COLUMN", help='Or "none": each row is a like.')
@click.option("--time", metavar="COLUMN", help='Or "none".')
@click.option("--items", type=click.Path(path_type=Path), help="A file of titles, years, genres.")
@click.option("--licence", help="What may be done with the set.")
@click.option("--source", help="Where it comes from.")
@click.option("--label", help="What it is called for people.")
@click.option("--duplicates", type=click.Choice(["refuse", "last"]), default="refuse")
@click.option("--faulty", type=click.Choice(["refuse", "drop"]), default="refuse")
@click.option("--unrated", type=float, help="The number that stands for no rating, such as 0.")
@click.option("--scale", nargs=2, type=float, metavar="LOW HIGH", help="The ends of the scale.")
@click.option("--as-is", is_flag=True, help="Keep ratings that are not of five stars as they are.")
@click.option("--dates", type=click.Choice(["dmy", "mdy"]), help="What 03/04/2020 means.")
@click.option("--encoding", help="Of a text file, if not UTF-8.")
@click.option("--member", help="Which file of a zip archive.")
@click.option("--replace", is_flag=True, help="Take the place of an adopted set of this name.")
def adopt(file: Path, **options) -> None:
    """Keep ratings of your own under a name: CSV, TSV, Parquet, JSON lines, packed or not.

    Columns are found by name and content; you are asked only where two fit.
    """
    from nbhelpers.data import datasets
    from nbhelpers.data.own import adopting

    given = {name: value for name, value in options.items() if value is not None}
    data = datasets.adopt(file, **given)
    for line in adopting.described(data.name):
        click.echo(line)


@app.command()
@click.argument("protocol", type=click.Choice(["liang2018"]))
@on_dataset
@click.option(
    "--model",
    "models",
    multiple=True,
    type=click.Choice(["popularity", "item-knn", "ease", "ials"]),
    help="Repeat for several.  [default: all but ials, which takes longest]",
)
@click.option(
    "--held-out",
    type=click.IntRange(min=1),
    help="Users in the validation part, and as many in the test.  [default: as published, or 10 %]",
)
@with_seed(default=98765, help="Of the split; this is theirs.")
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    default=min(2, os.cpu_count() or 1),
    show_default=True,
)
def reproduce(
    protocol: str, dataset: str, models: tuple, held_out: int | None, seed: int, threads: int
) -> None:
    """Judge models as a paper did, beside its figures: ±.005, or exit code 1.

    liang2018 is the protocol of "Variational autoencoders for collaborative filtering"; figures
    are known for ml-20m and netflix.
    """
    from tqdm import tqdm

    from nbhelpers.tools import reproduce as reproducing

    names = models or reproducing.USUAL
    task = reproducing.prepare(dataset, held_out, seed)
    click.echo(reproducing.described(task))
    click.echo(reproducing.memory(task.split, names))
    form = "{desc:<32} |{bar:30}| {n}/{total} fits, {elapsed}"
    with tqdm(total=reproducing.steps(names), bar_format=form) as bar:

        def tell(text: str) -> None:
            bar.update(len(bar.desc) > 0)  # what was begun before is done
            bar.set_description_str(text)

        rows = list(reproducing.rows(task, names, threads, tell))
        bar.update()
    print_table(
        ["model", "settings", "figure", "ours", "published", ""],
        [cells for row in rows for cells in reproducing.lines(row)],
    )
    if not task.as_published or not all(row.ok for row in rows):
        raise click.exceptions.Exit(1)


@app.command()
def doctor() -> None:
    """Check Python, packages, memory, disk and data, and say what to mend."""
    from nbhelpers.tools import doctor as doctors

    findings = list(doctors.examine())
    rows = [
        (f.subject, "ok" if f.ok else "PROBLEM", f.found + (f"\n→ {f.remedy}" if f.remedy else ""))
        for f in findings
    ]
    print_table(["", "", "found"], rows)
    if not all(finding.ok for finding in findings):
        raise click.exceptions.Exit(1)


def print_table(columns: list[str], rows: Sequence[tuple[str, ...]]) -> None:
    """Print a table as wide as the terminal."""
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*row)
    # Without a terminal (a log, a pipe) nothing has to be broken to 80 columns.
    width = None if sys.stdout.isatty() else 160
    Console(markup=False, highlight=False, width=width).print(table)


if __name__ == "__main__":
    app()
