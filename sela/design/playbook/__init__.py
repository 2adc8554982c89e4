"""The playbook: insights with preconditions and real source, without any model or key."""

from sela.design.playbook.designer import Playbook

__all__ = ["Playbook"]
