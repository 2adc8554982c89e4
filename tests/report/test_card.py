from dataclasses import replace

from sela.report.content import ReportContent
from sela.report.summary import card, markdown_text
from tests.report.example import final


def test_the_card_says_what_the_model_is_worth_and_where_it_may_fail(
    content: ReportContent,
) -> None:
    text = card(content)

    assert text.startswith("# Predicting class in credit-g.csv\n")
    assert "| Sealed test rows | 0.793 | 0.741 to 0.839 |" in text
    assert "| Gain over the baseline | +0.024 | +0.005 to +0.043 |" in text
    assert "- **Feature engineering**: Monthly burden" in text
    assert "It predicts in 0.42 ms per row." in text
    assert "The audit of the data warned of: drift, target proxy" in text


def test_the_card_says_when_there_is_no_gain_and_when_the_test_was_used_twice(
    content: ReportContent,
) -> None:
    text = card(replace(content, final=final(is_real_gain=False, test_uses=3)))

    assert "**There is no real gain over the baseline.**" in text
    assert "used 3 times" in text


def test_the_card_of_a_search_under_way_is_honest(content: ReportContent) -> None:
    text = card(replace(content, final=None))

    assert "not finalized" in text and "0.799 on the search folds" in text


def test_markdown_from_the_data_does_not_take_effect() -> None:
    assert markdown_text("a|b\n# c [x](y) <b>") == r"a\|b \# c \[x\](y) \<b\>"
