import pytest

from sela.report.content import ReportContent
from tests.report.example import finished_content


@pytest.fixture
def content() -> ReportContent:
    """A finished, finalized search of 20 rollouts, two of which failed."""
    return finished_content()
