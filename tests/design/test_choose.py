"""Which designer a name means on this machine."""

from __future__ import annotations

import pytest

from sela.design.choose import Designers
from sela.design.llm.budget import Budget
from sela.design.llm.secret import Secret
from sela.design.scripted import ScriptedDesigner
from sela.design.settings import AnthropicSettings, DesignerSettings, OpenAISettings
from sela.errors import RequestError

CLAUDE = AnthropicSettings(key=Secret("sk-ant-1234"))
LOCAL = OpenAISettings("http://127.0.0.1:11434/v1", "qwen3")


def designers(**settings: object) -> Designers:
    own = DesignerSettings(**settings)  # type: ignore[arg-type]
    return Designers(own, lambda: ScriptedDesigner(name="playbook"))


@pytest.mark.parametrize(
    ("name", "settings", "names"),
    [
        ("playbook", {}, ("playbook",)),
        ("auto", {}, ("playbook",)),
        ("auto", {"openai": LOCAL}, ("openai", "playbook")),
        ("auto", {"openai": LOCAL, "anthropic": CLAUDE}, ("anthropic", "playbook")),
        ("host", {}, ("host", "playbook")),
        ("anthropic", {"anthropic": CLAUDE}, ("anthropic", "playbook")),
        (
            "Anthropic, openai,playbook",
            {"anthropic": CLAUDE, "openai": LOCAL},
            ("anthropic", "openai", "playbook"),
        ),
        ("host,openai", {"openai": LOCAL}, ("host", "openai", "playbook")),
    ],
)
def test_a_name_means_these_designers_in_this_order(
    name: str, settings: dict[str, object], names: tuple[str, ...]
) -> None:
    choice = designers(**settings).choose(name, Budget())
    assert choice.names == names
    assert choice.is_host == (names[0] == "host")


def test_the_choice_says_which_model_and_why() -> None:
    auto = designers(openai=LOCAL).choose("auto", Budget()).sentence
    assert auto == "Designer: openai (qwen3), backed by playbook (auto)."
    assert "no key is set (ANTHROPIC_API_KEY)" in designers().choose("auto", Budget()).sentence


def test_what_is_not_set_up_is_refused_with_what_to_do() -> None:
    with pytest.raises(RequestError, match=r"ANTHROPIC_API_KEY.*host, playbook"):
        designers().choose("anthropic", Budget())
    with pytest.raises(RequestError, match="SELA_OPENAI_MODEL"):
        designers().choose("openai", Budget())


@pytest.mark.parametrize("name", ["gpt", "", "anthropic;playbook"])
def test_an_unknown_name_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(RequestError, match="There are: auto, playbook, host, anthropic, openai"):
        designers().choose(name, Budget())


def test_no_key_shows_in_the_settings() -> None:
    shown = repr(DesignerSettings(anthropic=CLAUDE)) + f"{CLAUDE.key}"
    assert "sk-ant" not in shown
