"""What came of a range test: measured, judged, and what it means for the search."""

from __future__ import annotations

from dataclasses import dataclass

from hpt_tui.cli.lint_output import constructed, literal
from hpt_tui.cli.lr_find_plan import Plan
from hpt_tui.config import limits
from hpt_tui.domain.lint.finding import Finding
from hpt_tui.domain.lr_range import LrRange, Outcome, judged
from hpt_tui.domain.lr_verdict import about_declared, at_once
from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.range_request import Swept
from hpt_tui.domain.space import FloatRange, Range
from hpt_tui.errors import InputError


@dataclass(frozen=True, slots=True)
class Report:
    """All that is told, drawn and written."""

    plan: Plan
    swept: Swept
    found: LrRange
    seconds: float
    findings: tuple[Finding, ...] = ()
    """What lint says of the declared range."""

    @property
    def declared(self) -> Range | None:
        return self.plan.space.get(self.plan.parameter)

    @property
    def order(self) -> ChangeBound | None:
        """What puts the range that was found in force; None where none was, or none that is sure."""
        found = self.found.suggestions
        return (
            None
            if found is None or not self.found.outcome.sure
            else ChangeBound(self.plan.parameter, found.low, found.high)
        )

    @property
    def line_of_code(self) -> str:
        """What is to stand in the StudySpec's space; empty where nothing was found."""
        found = self.found.suggestions
        if found is None:
            return ""
        name = self.plan.parameter or "lr"
        return f"{literal(name)}: {constructed(FloatRange(found.low, found.high, log=True))},"


def report_of(plan: Plan, swept: Swept, seconds: float) -> Report:
    """Judge what was measured.

    Raises:
        InputError: it diverged before it had fallen, so that there is nothing to judge.
    """
    by = limits(plan.name).lint
    found = judged(swept.rates, swept.losses, swept.steps, by.lr_orders)
    if found.outcome is Outcome.AT_ONCE:
        raise InputError(plan.target, at_once(swept), f"lower --from, which was {plan.request.low:.4g}")
    name = plan.parameter
    findings = about_declared(plan.declared, name, swept.optimizer, by) if name in plan.space else ()
    return Report(plan, swept, found, seconds, tuple(findings))
