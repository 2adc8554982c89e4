"""What is said to a model, all of it: our instructions, and the problem as quoted data."""

from sela.design.prompts.requests import code_request, insights_request, repair_request
from sela.design.prompts.stable import problem_block, rules

__all__ = ["code_request", "insights_request", "problem_block", "repair_request", "rules"]
