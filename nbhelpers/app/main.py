"""The page: Streamlit runs this script for every visitor."""

import logging
import sys
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from nbhelpers import DataError, __version__
from nbhelpers.app import (
    engines,
    exploration,
    for_you,
    links,
    marks,
    models,
    remote,
    similar_films,
)
from nbhelpers.app.text import markdown, markup, plain
from nbhelpers.engine import Engine, WrongFilter

TABS = {
    "For you": for_you.show,
    marks.SIMILAR: similar_films.show,
    "Data & exploration": exploration.show,
    "Models": models.show,
}
HOLES = "<i></i>" * 3
LOGO = f'<span class="nb-logo" aria-hidden="true">{HOLES}<b></b>{HOLES}</span>'
log = logging.getLogger(__name__)


def page(dataset: str = "sample", folder: str | Path | None = None, trust: str = "") -> None:
    """Show everything; any text in `trust` opens an engine that somebody else made, too."""
    st.set_page_config(page_title="Films for you", page_icon="🎬", layout="wide")
    st.html(Path(__file__).with_name("style.css"))
    engine = engines.engine(dataset, Path(folder) if folder else None, bool(trust))
    marks.begin(engine.data)
    _header(engine)
    if said := links.strangers(st.query_params):
        st.warning(markdown(said))
    # Each change of tab runs them all, so that what is marked in one shows in the others.
    tabs = st.tabs([marks.said(name) for name in TABS], key=marks.TAB, bind="query-params")
    for tab, (name, show) in zip(tabs, TABS.items(), strict=True):
        with tab:
            _part(name, show, engine)
    _footer(engine)


@st.fragment
def _part(name: str, show: Callable[[Engine], None], engine: Engine) -> None:
    """Show a tab, which runs by itself: what fails in it leaves the others as they are."""
    if st.session_state.pop(marks.ELSEWHERE, False):
        st.rerun()
    if said := st.session_state.pop(marks.SAID, ""):
        st.toast(said)
    st.html(f'<h2 class="nb-hidden">{markup(marks.said(name))}</h2>')
    try:
        show(engine)
    except WrongFilter as error:  # typed by a visitor, or in a link
        st.info(markdown(f"{error.found} {error.remedy or ''}".strip()), icon="🔎")
    except Exception as error:
        log.exception("The tab %r failed", name)
        expected = isinstance(error, (DataError, LookupError, ValueError))
        said = f": {markdown(error)}" if expected and not isinstance(error, KeyError) else "."
        st.error(
            f"**This tab cannot be shown right now** ({type(error).__name__}){said}\n\n"
            "The other tabs work. The terminal in which the app was started says more; building "
            "the engine anew may help:",
            icon="🎞️",
        )
        st.code(f"nbhelpers build --dataset {plain(engine.data.name)}", language=None)
    marks.keep(engine.data)


def _header(engine: Engine) -> None:
    data = engine.data
    pill = '<span class="nb-pill">simulated ratings</span>' if data.simulated else ""
    st.html(
        f'<header class="nb-header">{LOGO}<div><h1>{marks.said("Films for you")}</h1>'
        f"<p>{markup(data.label)} · {len(data.ratings):,} ratings · {data.n_users:,} people · "
        f"{len(data.movies):,} {data.items} {pill}</p></div></header>"
    )


def _footer(engine: Engine) -> None:
    data, manifest = engine.data, engine.manifest
    simulated = (
        " The ratings are <b>simulated</b>: made by a program, not by people."
        if data.simulated
        else ""
    )
    tmdb = f" {remote.NOTICE}" if remote.enabled() else ""
    version = manifest.get("versions", {}).get("nbhelpers", __version__)
    st.html(
        f'<footer class="nb-footer"><p><b>Data</b> {markup(data.label)}, {markup(data.source)}.'
        f"{simulated}</p><p><b>Licence</b> {markup(data.licence)}</p>"
        f"<p><b>Model</b> version {markup(version)}, trained on "
        f"{markup(manifest.get('made', 'an unknown date'))}; posters are drawn by this app "
        f"from title, year and genre.{tmdb}</p></footer>"
    )


if __name__ == "__main__":
    page(*sys.argv[1:4])
