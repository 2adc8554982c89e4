import html
import re

import pytest

from sela.harness.defaults import DEFAULTS
from sela.report.highlight import highlight
from tests.report.example import CODE

BROKEN = (
    "def (:\n",
    "'''never closed",
    "x = (1,\n",
    "\tif x:\n y",
    "</script><b>&amp;",
    "",
    "a = 1\\",
    "é = '\x00'",
)


def plain(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


@pytest.mark.parametrize("source", [*CODE.values(), *DEFAULTS.values(), *BROKEN])
def test_highlighting_loses_nothing_of_a_source(source: str) -> None:
    assert plain(highlight(source)) == source.replace("\x00", "\ufffd")


def test_names_strings_numbers_and_comments_have_their_classes() -> None:
    markup = highlight("def f():\n    return 'a' + 1  # <why>\n")

    for expected in (
        '<span class="k">def</span>',
        '<span class="d">f</span>',
        '<span class="s">&#x27;a&#x27;</span>',
        '<span class="n">1</span>',
        '<span class="c"># &lt;why&gt;</span>',
    ):
        assert expected in markup


def test_windows_line_ends_do_not_break_the_colours() -> None:
    assert plain(highlight("x = 1\r\ny = 2\r\n")).split() == ["x", "=", "1", "y", "=", "2"]
