"""G37: what is usual for the task, where somebody told which it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hpt_tui.domain.figures import plain
from hpt_tui.domain.lint.declared import Declared
from hpt_tui.domain.lint.finding import Finding, Level
from hpt_tui.domain.lint.thresholds import LintThresholds
from hpt_tui.domain.lint.wording import in_words, listed
from hpt_tui.domain.practice import OPTIMIZERS_BY_TASK, SCHEDULES_BY_TASK, Task
from hpt_tui.domain.roles import Role, with_role
from hpt_tui.domain.space import Choices, ParamValue

_IN_SPELLING: Mapping[str, str] = {
    "step": "step",
    "cosine": "cos",
    "warmup, then cosine": "cos",
    "linear decay": "linear",
}
"""What the spellings of a schedule have in common."""


def optimizer_for_task(declared: Declared, limits: LintThresholds) -> Iterator[Finding]:
    """None of the optimizers is the task's usual one."""
    usual = OPTIMIZERS_BY_TASK.get(declared.task or "", ())
    if not usual or not declared.optimizers or set(usual) & set(declared.optimizers):
        return
    names = (*with_role(declared.space, Role.OPTIMIZER), *with_role(declared.fixed, Role.OPTIMIZER))
    yield _unusual(
        "optimizer-for-task",
        f"for {declared.task} {' or '.join(usual)} is usual; here {listed(declared.optimizers)}",
        "Optimizers suit some networks better than others; the usual one is the one to beat.",
        f"Let {usual[0]} be one of the choices.",
        declared,
        names,
    )


def schedule_for_task(declared: Declared, limits: LintThresholds) -> Iterator[Finding]:
    """The schedule is a choice between named ones, none of which is the task's usual one."""
    usual = SCHEDULES_BY_TASK.get(declared.task or "", ())
    for name in (*with_role(declared.space, Role.SCHEDULE), *with_role(declared.fixed, Role.SCHEDULE)):
        given = [option.lower() for option in _options(declared, name) if isinstance(option, str)]
        if not usual or not given or any(_IN_SPELLING[u] in option for u in usual for option in given):
            continue
        yield _unusual(
            "schedule-for-task",
            f"for {declared.task} a schedule of {' or '.join(usual)} is usual; here {listed(given)}",
            "The end of the training decides most of the result, and there schedules differ most.",
            f"Let {usual[0]} be one of the choices.",
            declared,
            (name,),
        )


def no_warmup(declared: Declared, limits: LintThresholds) -> Iterator[Finding]:
    """Transformers without a warmup among the parameters; the code may have one."""
    if declared.task is Task.TRANSFORMERS and not with_role((*declared.space, *declared.fixed), Role.WARMUP):
        yield _unusual(
            "no-warmup",
            "transformers need warmup, and no parameter is one",
            "Their first gradients are large: without warmup a usual learning rate makes them diverge.",
            "Make sure that the code warms up over 5 to 10 % of the steps, or search it with the learning rate.",
            declared,
            (),
        )


def _options(declared: Declared, name: str) -> tuple[ParamValue, ...]:
    range_ = declared.space.get(name)
    if range_ is None:
        return (declared.fixed[name],)
    return range_.options if isinstance(range_, Choices) else ()


def _unusual(
    id: str,  # noqa: A002
    summary: str,
    why: str,
    fix: str,
    declared: Declared,
    names: tuple[str, ...],
) -> Finding:
    shown = [(plain(name), in_words(Choices(_options(declared, name)))) for name in names]
    return Finding(
        id,
        Level.INFO,
        "G37",
        summary,
        why,
        fix,
        names,
        (("task", str(declared.task)), *shown),
    )
