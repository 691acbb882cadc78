"""Links to files of the project that are no pages lead to the project's address, if it has one."""

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform


class LinksToOtherFiles(SphinxPostTransform):
    """Links between Markdown files, such as ``[the map](../CONTRIBUTING.md)``."""

    default_priority = 8  # before MyST looks for a page

    def run(self) -> None:
        for link in list(self.document.findall(addnodes.pending_xref)):
            if link.get("refdomain") == "doc" and link["reftarget"] not in self.env.all_docs:
                link.replace_self(self._instead(link))

    def _instead(self, link: addnodes.pending_xref) -> nodes.Element:
        if not self.config.address:
            return link[0]
        path = self.env.doc2path(link["reftarget"], base=False)
        address = f"{self.config.address}/blob/HEAD/{path.as_posix()}"
        return nodes.reference("", "", link[0], refuri=address)


def setup(app: Sphinx) -> dict:
    app.add_post_transform(LinksToOtherFiles)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
