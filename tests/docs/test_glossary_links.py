import pytest
from docutils import nodes
from docutils.utils import new_document

glossary_links = pytest.importorskip("glossary_links", reason="the site's packages are missing")


def linked(*content: nodes.Node, terms=("factor", "latent factor", "RMSE", "AUC (a curve)")) -> str:
    """Return text with what has become a link in brackets."""
    document = new_document("lesson")
    document += content
    links = {term: nodes.reference(refuri=f"glossary.html#{term}") for term in terms}
    glossary_links.link_terms(document, links)
    for link in document.findall(nodes.inline):
        link.parent.replace(link, nodes.Text(f"[{link.astext()}]"))
    return document.astext()


def paragraph(text: str) -> nodes.paragraph:
    return nodes.paragraph("", text)


def test_the_first_use_is_linked_and_no_other():
    text = linked(paragraph("The RMSE of a factor."), paragraph("RMSE and factor again."))
    assert text == "The [RMSE] of a [factor].\n\nRMSE and factor again."


def test_of_two_terms_at_one_place_the_longer_is_linked():
    assert linked(paragraph("A latent factor, a factor.")) == "A [latent factor], a [factor]."


@pytest.mark.parametrize("use", ["Factors", "factor", "latent\nfactors", "RMSEs", "AUC"])
def test_a_term_is_found_in_the_plural_and_at_the_beginning_of_a_sentence(use):
    assert linked(paragraph(f"{use} help.")) == f"[{use}] help."


@pytest.mark.parametrize("use", ["factory", "n-factor", "rmse", "factor_2", "AUCtion"])
def test_no_part_of_a_word_and_no_name_in_code_is_linked(use):
    assert linked(paragraph(f"{use} helps.")) == f"{use} helps."


@pytest.mark.parametrize(
    "apart",
    [
        nodes.title("", "factor"),
        nodes.paragraph("", "", nodes.reference("", "factor", refuri="x")),
        nodes.paragraph("", "", nodes.literal("", "factor")),
        nodes.literal_block("", "factor"),
        nodes.paragraph("", "", nodes.math("", "factor")),
        nodes.raw("", "factor", format="html"),
        nodes.container("", paragraph("factor"), classes=["cell_output"]),
    ],
)
def test_headings_links_code_formulas_and_outputs_are_left_alone(apart):
    text = linked(apart, paragraph("A factor."))
    assert text.count("[") == 1 and text.endswith("A [factor].")


def test_emphasis_is_prose():
    emphasis = nodes.paragraph("", "", nodes.emphasis("", "factor"))
    assert linked(emphasis) == "[factor]"


def test_a_lesson_without_a_glossary_stays_as_it_is():
    assert linked(paragraph("A factor."), terms=()) == "A factor."
