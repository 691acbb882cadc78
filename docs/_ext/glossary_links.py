"""The first use of a term in a lesson leads to its entry in the glossary."""

import re
from collections.abc import Iterator, Mapping

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

# Text in these is left alone, and what code has said as well: it is no prose.
APART = (
    nodes.title,
    nodes.reference,
    nodes.literal,
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
    nodes.raw,
    nodes.comment,
    nodes.image,
    addnodes.pending_xref,
)
# Words of every day as well: only where a lesson sets them apart does it mean the term.
EVERYDAY = {
    *("block", "cache", "chance", "factor", "lift", "like", "negative", "season", "split"),
    *("stranger", "tie"),
}


def link_terms(document: nodes.Element, links: Mapping[str, nodes.reference]) -> None:
    """Put a copy of its link around the first use of each term.

    Parameters
    ----------
    document : docutils.nodes.Element
        Changed in place.
    links : mapping of str to docutils.nodes.reference
        An empty link for each term.
    """
    terms = {form: term for term in links for form in forms(term)}
    if not terms:
        return
    longest_first = sorted(terms, key=len, reverse=True)
    words = "|".join(re.escape(form).replace(r"\ ", r"\s+") for form in longest_first)
    pattern = re.compile(rf"(?<![\w-])(?:{words})(?![\w-])")
    used = set()
    for text in list(_prose(document)):
        parts, end = [], 0
        for use in pattern.finditer(text):
            term = terms[re.sub(r"\s+", " ", use[0])]
            if term not in used and (_bare(term) not in EVERYDAY or _stands_apart(use)):
                used.add(term)
                link = links[term].deepcopy()
                link += nodes.inline(text=use[0], classes=["term-in-text"])
                parts += [nodes.Text(text[end : use.start()]), link]
                end = use.end()
        if parts:
            text.parent.replace(text, [*parts, nodes.Text(text[end:])])


def forms(term: str) -> set[str]:
    """Return a term as it is met: in the plural, at the beginning of a sentence."""
    term = _bare(term)
    both = {term, re.sub(r"(?<=[^aeiou])y$", "ie", term) + "s"}
    return both | {form[:1].upper() + form[1:] for form in both}


def _bare(term: str) -> str:
    return re.sub(r"\s*\(.*\)$", "", term)  # AUC (area under the curve)


def _stands_apart(use: re.Match[str]) -> bool:
    """Whether a word is set in bold or italics, and alone."""
    text = use.string
    return text == use[0] and isinstance(text.parent, nodes.strong | nodes.emphasis)


def _prose(node: nodes.Element) -> Iterator[nodes.Text]:
    for child in node.children:
        if isinstance(child, nodes.Text):
            yield child
        elif not isinstance(child, APART) and "cell_output" not in child.get("classes", []):
            yield from _prose(child)


def _definitions(env: BuildEnvironment, page: str) -> dict[str, str]:
    """Return the first sentence of each term's definition."""
    found = {}
    for item in env.get_doctree(page).findall(nodes.definition_list_item):
        meaning = " ".join(item.children[-1].astext().split())
        first = re.match(r".*?[.!?](?=\s|$)", meaning + ".")
        for term in item.findall(nodes.term):
            found.update(dict.fromkeys(term["ids"], first[0] if first else meaning))
    return found


def link_lesson(app: Sphinx, document: nodes.document, page: str) -> None:
    if not page.startswith("notebooks/"):
        return
    objects = app.env.domains.standard_domain.objects
    places = {name: place for (kind, name), place in objects.items() if kind == "term"}
    meanings: dict[str, str] = {}
    for glossary in {place[0] for place in places.values()}:
        meanings |= _definitions(app.env, glossary)
    links = {
        name: nodes.reference(
            refuri=f"{app.builder.get_relative_uri(page, where)}#{label}",
            reftitle=meanings.get(label, ""),
            internal=True,
        )
        for name, (where, label) in places.items()
    }
    link_terms(document, links)


def setup(app: Sphinx) -> dict:
    app.connect("doctree-resolved", link_lesson)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
