"""The learning rate range test of a study file (G9), in a process that may import it, and torch."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from hpt_tui.domain.range_request import RangeRequest, Refused, Step, Swept, Told
from hpt_tui.domain.space import ParamValue
from hpt_tui.errors import HptError, StudyFileError
from hpt_tui.study_file import LR_FIND
from hpt_tui.worker.describe import description_of
from hpt_tui.worker.narration import in_words
from hpt_tui.worker.objective import StudyFile, line_in, load_study_file
from hpt_tui.worker.user_code import Raised, attempt

if TYPE_CHECKING:
    from hpt_tui.training import RangeTest

SEED = 0
"""Of all random numbers before the hook is called: the same test twice suggests the same."""
Tell = Callable[[Told], None]
Ask = Callable[[], RangeRequest | None]
"""What is wanted, once it is known; None: nothing."""


class HookError(StudyFileError):
    """The study file has no hook, or its hook returns something else."""

    def __init__(self, subject: str, problem: str, remedy: str, hook: str) -> None:
        super().__init__(subject, problem, remedy)
        self.hook = hook


def lr_find(target: str, tell: Tell, asked: Ask) -> int:
    """Import the study file ``target`` and say what it declares; then carry out what is asked, and tell of it. The
    exit code."""
    try:
        file = load_study_file(target)
        tell(description_of(file))
        if (request := asked()) is not None:
            tell(_swept(file, request, tell))
    except HptError as error:
        hook = error.hook if isinstance(error, HookError) else ""
        tell(Refused(error.subject, error.problem, error.remedy, hook))
        return error.exit_code
    return 0


def _swept(file: StudyFile, request: RangeRequest, tell: Tell) -> Swept:
    name = LR_FIND if file.spec is None else file.spec.lr_find
    hook = getattr(sys.modules[file.path.stem], name, None)
    if not callable(hook):
        problem = f"has no function {name}(params)" if hook is None else f"{name} is no function"
        raise HookError(str(file.path), problem, "lr-find needs it to know what to train", name)
    _check_signature(file.path, name, hook)
    _seed(file.path)
    found = attempt(lambda: hook(dict(request.params)))
    if isinstance(found, Raised):
        raise _raised(file, name, found.error, request)
    return _run(file, name, found.value, request, tell)


def _check_signature(path: Path, name: str, hook: Callable[..., object]) -> None:
    try:
        inspect.signature(hook).bind({})
    except TypeError as error:
        raise HookError(
            str(path), f"{name} must take the parameters alone", f"def {name}(params)", name
        ) from error
    except ValueError:
        # Some callables have no signature to look at.
        return


def _seed(path: Path) -> None:
    try:
        from hpt_tui.training import seed_everything
    except ModuleNotFoundError as error:
        problem = f"lr-find needs the module {error.name!r}, which is not installed"
        raise StudyFileError(str(path), problem, "pip install 'hpt-tui[train]'") from error
    seed_everything(SEED)


def _run(file: StudyFile, name: str, found: object, request: RangeRequest, tell: Tell) -> Swept:
    from hpt_tui.training import RangeTest, run_range_test

    if not isinstance(found, RangeTest):
        kind = "nothing" if found is None else type(found).__name__
        raise HookError(str(file.path), f"{name} returns {kind}", "it must return a RangeTest", name)
    test: RangeTest = found

    def each(done: int, of: int, rate: float, loss: float) -> None:
        tell(Step(done, of, rate, loss))

    swept = attempt(lambda: run_range_test(test, request.low, request.high, request.steps, each))
    if isinstance(swept, Raised):
        raise _raised(file, name, swept.error, request)
    return swept.value


def _raised(file: StudyFile, name: str, error: BaseException, request: RangeRequest) -> HptError:
    if isinstance(error, BrokenPipeError):
        # Whoever asked has gone.
        raise error
    if isinstance(error, HptError):
        return StudyFileError(str(file.path), f"{name}: {error.problem}", error.remedy)
    line = line_in(file.path, error)
    where = f" in line {line}" if line else ""
    said = in_words(error).strip().splitlines()[0]
    return StudyFileError(str(file.path), f"{name} raises {said}{where}", _missing(error, request.params))


def _missing(error: BaseException, params: Mapping[str, ParamValue]) -> str:
    """What to do about a parameter that the hook asked for in vain."""
    name = error.args[0] if isinstance(error, KeyError) and error.args else None
    if not isinstance(name, str) or name in params or not name.isidentifier():
        return ""
    return f"give it with --params {name}=VALUE"
