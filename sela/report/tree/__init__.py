"""The search tree as text, as a page and as a picture, from one layout."""

from sela.report.tree.page import tree_html
from sela.report.tree.png import tree_png
from sela.report.tree.text import tree_text

__all__ = ["tree_html", "tree_png", "tree_text"]
