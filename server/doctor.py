"""`sela doctor`: what works on this machine, and what would make it better."""

from __future__ import annotations

import json
import os
import platform
from argparse import Namespace
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version

from sandboxes.choose import DoctorReport, doctor_report
from sela.design.choose import Designers
from sela.design.playbook import Playbook
from sela.errors import SelaError
from sela.store.sql import open_store
from server.designer_settings import designer_settings
from server.settings import Settings

LIBRARIES = (
    "sela-mcp",
    "mcp",
    "scikit-learn",
    "lightgbm",
    "pandas",
    "numpy",
    "ipykernel",
    "sqlalchemy",
    "anthropic",
)
UNLOCKS = {
    "anthropic": "set ANTHROPIC_API_KEY or ANTHROPIC_API_KEY_FILE",
    "openai": "set OPENAI_BASE_URL and SELA_OPENAI_MODEL, for example for Ollama",
}


@dataclass(frozen=True)
class Diagnosis:
    """Everything that the doctor looked at."""

    sandbox: DoctorReport
    home: str
    searches: int | None
    """None when the data folder is not usable; `home_fault` says why."""
    home_fault: str
    designers: tuple[str, ...]
    designer_fault: str
    versions: dict[str, str]
    is_unsafe: bool

    @property
    def is_usable(self) -> bool:
        """Whether searches can run here."""
        has_wall = self.sandbox.tier != "none" or self.is_unsafe
        return has_wall and self.searches is not None and not self.designer_fault


def doctor(args: Namespace, settings: Settings) -> int:
    """Print the report; 0 when searches can run here, else 1."""
    found = diagnose(settings)
    if args.json:
        print(json.dumps(as_object(found), ensure_ascii=False))
    else:
        print(as_text(found))
    return 0 if found.is_usable else 1


def diagnose(settings: Settings) -> Diagnosis:
    """Attack the sandbox, open the data folder, and see which designers are set up."""
    searches, home_fault = _searches(settings)
    designers, designer_fault = _designers(settings)
    return Diagnosis(
        sandbox=doctor_report(settings.home / "cache"),
        home=str(settings.home),
        searches=searches,
        home_fault=home_fault,
        designers=designers,
        designer_fault=designer_fault,
        versions={name: _version(name) for name in LIBRARIES},
        is_unsafe=settings.is_unsafe,
    )


def as_object(found: Diagnosis) -> dict[str, object]:
    """The report for a script."""
    sandbox = {
        "tier": found.sandbox.tier,
        "examined": [{**asdict(e), "holds": e.holds} for e in found.sandbox.examined],
        "advice": found.sandbox.advice,
        "warnings": found.sandbox.warnings,
    }
    return {
        **asdict(found),
        "sandbox": sandbox,
        "is_usable": found.is_usable,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
    }


def as_text(found: Diagnosis) -> str:
    """The report for a person."""
    packages = ", ".join(f"{name} {number}" for name, number in found.versions.items())
    lines = [
        _row("Python", f"{platform.python_version()}, {platform.platform()}"),
        _row("Packages", packages),
        _row("Data", found.home_fault or f"{found.home}, searches: {found.searches}"),
        _row("Designers", found.designer_fault or ", ".join(found.designers)),
        *(_row("", f"{name}: {how}") for name, how in UNLOCKS.items() if _is_locked(found, name)),
        *_sandbox_lines(found),
    ]
    verdict = "Searches can run here." if found.is_usable else "Searches can NOT run here."
    return "\n".join([*lines, _row("Verdict", verdict)])


def _sandbox_lines(found: Diagnosis) -> list[str]:
    report = found.sandbox
    tier = f"tier {report.tier}" if report.tier != "none" else "none that is strong enough"
    lines = [_row("Sandbox", tier + (" (--unsafe given)" if found.is_unsafe else ""))]
    for wall in report.examined:
        stopped = sum(p.stopped for p in wall.probes)
        state = wall.fault or f"{stopped} of {len(wall.probes)} attacks stopped"
        lines.append(_row("", f"tier {wall.tier}: {state}"))
        for probe in wall.probes:
            got = "stopped" if probe.stopped else "NOT STOPPED"
            lines.append(_row("", f"  {got:<12}{probe.name} ({probe.where}): {probe.detail}"))
    lines += [_row("", f"advice: {sentence}") for sentence in report.advice]
    return lines + [_row("", f"warning: {sentence}") for sentence in report.warnings]


def _searches(settings: Settings) -> tuple[int | None, str]:
    try:
        store = open_store(settings.home, url=settings.database_url)
    except SelaError as error:
        return None, str(error)
    try:
        return len(store.searches()), ""
    finally:
        store.close()


def _designers(settings: Settings) -> tuple[tuple[str, ...], str]:
    try:
        return Designers(designer_settings(settings.environment), Playbook).available(), ""
    except SelaError as error:
        return (), str(error)


def _is_locked(found: Diagnosis, name: str) -> bool:
    return not found.designer_fault and name not in found.designers


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _row(name: str, text: str) -> str:
    return f"{name:<10}{text}"
