"""Choosing a designer by name, within what is set up on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version

from sela.design.chain import ChainDesigner
from sela.design.designer import Designer
from sela.design.llm.anthropic import Claude
from sela.design.llm.budget import Budget
from sela.design.llm.chat import ChatModel
from sela.design.llm.openai_compatible import OpenAICompatible
from sela.design.model_designer import Manner, ModelDesigner
from sela.design.settings import DesignerSettings
from sela.design.stages import CONTRACT, check_source, installed_packages
from sela.errors import RequestError

NAMES = ("auto", "playbook", "host", "anthropic", "openai")
_DISTRIBUTIONS = {"sklearn": "scikit-learn"}


@dataclass(frozen=True)
class Choice:
    """The designer of a search, and how it came to be."""

    designer: Designer
    names: tuple[str, ...]
    """In the order in which they are asked: `anthropic`, `playbook`."""
    sentence: str
    """What was chosen and why, for the user."""
    budget: Budget
    """What the models may spend; a new limit goes here."""
    is_host: bool = False
    """The host thinks first: `designer` is what stands in, to be wrapped in a HostDesigner."""


class Designers:
    """Builds designers for searches; the models and their connections are shared among them."""

    def __init__(self, settings: DesignerSettings, playbook: Callable[[], Designer]) -> None:
        self._settings = settings
        self._playbook = playbook

    def choose(self, name: str, budget: Budget) -> Choice:
        """The designer called `name`: one of NAMES, or several of them with commas between.

        A model is always backed by the playbook, so that a search outlives an outage. Raises
        RequestError for a name that is unknown or not set up.
        """
        asked = tuple(part.strip() for part in name.lower().split(",") if part.strip())
        unknown = [part for part in asked if part not in NAMES]
        if unknown or not asked:
            raise RequestError(
                f"No designer '{', '.join(unknown) or name}'. There are: {', '.join(NAMES)}, or "
                "several with commas between, such as anthropic,openai,playbook."
            )
        names = tuple(dict.fromkeys(self._resolved(part) for part in asked))
        for part in names:
            self._require(part)
        return self._built(names, budget, is_auto="auto" in asked)

    def available(self) -> tuple[str, ...]:
        """The names that can be used here, the best first."""
        models = [name for name in ("anthropic", "openai") if not self._missing(name)]
        return (*models, "host", "playbook")

    async def close(self) -> None:
        """End the connections."""
        opened = (self.__dict__.get(name) for name in ("_claude", "_openai"))
        await asyncio.gather(*(model.close() for model in opened if model is not None))

    def _built(self, names: tuple[str, ...], budget: Budget, *, is_auto: bool) -> Choice:
        is_host = "host" in names
        order = [name for name in names if name not in ("host", "playbook")]
        designers = [self._designer(name, budget) for name in order]
        chain = (*designers, self._playbook())
        settings = self._settings
        designer = chain[0]
        if len(chain) > 1:
            designer = ChainDesigner(
                chain,
                failures_to_open=settings.failures_to_open,
                rest_seconds=settings.rest_seconds,
            )
        shown = (*(("host",) if is_host else ()), *order, "playbook")
        return Choice(designer, shown, self._sentence(shown, is_auto=is_auto), budget, is_host)

    def _sentence(self, names: tuple[str, ...], *, is_auto: bool) -> str:
        models = {
            "anthropic": self._settings.anthropic.model,
            "openai": self._settings.openai.model,
        }
        told = [f"{name} ({models[name]})" if name in models else name for name in names]
        backed = f", backed by {', '.join(told[1:])}" if told[1:] else ""
        why = f" because {self._missing('anthropic')}" if is_auto and names == ("playbook",) else ""
        return f"Designer: {told[0]}{backed}{' (auto)' if is_auto else ''}{why}."

    def _resolved(self, name: str) -> str:
        if name != "auto":
            return name
        return next(n for n in ("anthropic", "openai", "playbook") if not self._missing(n))

    def _require(self, name: str) -> None:
        if missing := self._missing(name):
            raise RequestError(
                f"The designer {name} cannot be used: {missing}. Usable here: "
                f"{', '.join(self.available())}."
            )

    def _missing(self, name: str) -> str:
        """What a designer lacks; empty when it can be used."""
        if name == "anthropic" and not self._settings.anthropic.key:
            return "no key is set (ANTHROPIC_API_KEY)"
        openai = self._settings.openai
        if name == "openai" and not (openai.base_url and openai.model):
            return "no endpoint and model are set (OPENAI_BASE_URL, SELA_OPENAI_MODEL)"
        return ""

    def _designer(self, name: str, budget: Budget) -> Designer:
        model: ChatModel = self._claude if name == "anthropic" else self._openai
        return ModelDesigner(model, self._manner, budget)

    @cached_property
    def _manner(self) -> Manner:
        settings = self._settings
        packages = installed_packages()
        return Manner(
            contract=f"{CONTRACT.strip()}\n\nInstalled: {_versions(packages)}.",
            check_source=lambda stage, source: check_source(stage, source, packages),
            max_tokens=settings.max_tokens,
            seconds=settings.deadline_seconds,
            share_values=settings.share_values,
        )

    @cached_property
    def _claude(self) -> Claude:
        s = self._settings
        return Claude(s.anthropic, retries=s.retries, prices=s.prices, trust_env=s.trust_env)

    @cached_property
    def _openai(self) -> OpenAICompatible:
        s = self._settings
        return OpenAICompatible(s.openai, retries=s.retries, prices=s.prices, trust_env=s.trust_env)


def _versions(packages: frozenset[str]) -> str:
    """`numpy 2.3.1, …`, always in the same order."""
    told = list[str]()
    for package in sorted(packages):
        try:
            told.append(f"{package} {version(_DISTRIBUTIONS.get(package, package))}")
        except PackageNotFoundError:
            told.append(package)
    return ", ".join(told)
