import pytest
from docutils import nodes
from docutils.utils import new_document

glossary_links = pytest.importorskip("glossary_links", reason="the site's packages are missing")


def linked(*content: nodes.Node, terms=("kernel", "latent kernel", "RMSE", "AUC (a curve)")) -> str:
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
    text = linked(paragraph("The RMSE of a kernel."), paragraph("RMSE and kernel again."))
    assert text == "The [RMSE] of a [kernel].\n\nRMSE and kernel again."


def test_of_two_terms_at_one_place_the_longer_is_linked():
    assert linked(paragraph("A latent kernel, a kernel.")) == "A [latent kernel], a [kernel]."


@pytest.mark.parametrize("use", ["Kernels", "kernel", "latent\nkernels", "RMSEs", "AUC"])
def test_a_term_is_found_in_the_plural_and_at_the_beginning_of_a_sentence(use):
    assert linked(paragraph(f"{use} help.")) == f"[{use}] help."


@pytest.mark.parametrize("use", ["kernely", "n-kernel", "rmse", "kernel_2", "AUCtion"])
def test_no_part_of_a_word_and_no_name_in_code_is_linked(use):
    assert linked(paragraph(f"{use} helps.")) == f"{use} helps."


@pytest.mark.parametrize(
    "apart",
    [
        nodes.title("", "kernel"),
        nodes.paragraph("", "", nodes.reference("", "kernel", refuri="x")),
        nodes.paragraph("", "", nodes.literal("", "kernel")),
        nodes.literal_block("", "kernel"),
        nodes.paragraph("", "", nodes.math("", "kernel")),
        nodes.raw("", "kernel", format="html"),
        nodes.container("", paragraph("kernel"), classes=["cell_output"]),
    ],
)
def test_headings_links_code_formulas_and_outputs_are_left_alone(apart):
    text = linked(apart, paragraph("A kernel."))
    assert text.count("[") == 1 and text.endswith("A [kernel].")


def test_emphasis_is_prose():
    emphasis = nodes.paragraph("", "", nodes.emphasis("", "kernel"))
    assert linked(emphasis) == "[kernel]"


def test_a_lesson_without_a_glossary_stays_as_it_is():
    assert linked(paragraph("A kernel."), terms=()) == "A kernel."


@pytest.mark.parametrize(("word", "term"), [("like", "like"), ("chance", "chance (of a like)")])
def test_a_word_of_every_day_is_linked_only_where_it_is_set_apart(word, term):
    use = nodes.paragraph("", "It is called a ", nodes.strong("", word))
    question = nodes.paragraph("", "", nodes.strong("", f"Is it {word}?"))
    text = linked(paragraph(f"It was {word}."), question, use, terms=[term])
    assert text == f"It was {word}.\n\nIs it {word}?\n\nIt is called a [{word}]"
