"""Finding the objective in the user's file."""

from __future__ import annotations

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TypeAlias

from optuna.trial import Trial

from hpt_tui.domain.target import is_sweep, split_target
from hpt_tui.errors import StudyFileError
from hpt_tui.study_file import ENSEMBLE, Member, StudySpec
from hpt_tui.worker.narration import in_words
from hpt_tui.worker.user_code import Raised, attempt

Objective: TypeAlias = Callable[[Trial], object]
Scorer: TypeAlias = Callable[[Sequence[Member]], object]

_TRAIN_EXTRA = ("torch", "torchvision", "sklearn")
_PACKAGES = {"yaml": "pyyaml", "cv2": "opencv-python", "PIL": "pillow"}


@dataclass(frozen=True, slots=True)
class StudyFile:
    """The user's file, imported, and the objective in it."""

    path: Path
    target: str
    """The absolute path, with ``:objective`` where the user named one."""
    name: str
    """What the study is called if nobody says otherwise: the declared name, else the file's, with the objective
    where the user named another one than the file's own: two objectives must not share a study."""
    spec: StudySpec | None
    objective: Objective
    objective_name: str
    ensemble: Scorer | None = None
    """What scores the averaged predictions of several runs, where the file has it."""

    @property
    def code(self) -> Path:
        """The file that the objective's code is in: of a sweep its program."""
        program = getattr(self.objective, "program", None) if is_sweep(self.path.name) else None
        return program if isinstance(program, Path) else self.path


def load_study_file(target: str) -> StudyFile:
    """Import ``FILE.py`` or ``FILE.py:objective`` and find its objective; or read a W&B sweep's YAML.

    Declared first (a module-level StudySpec), then a function ``objective``, then the only public function
    whose single required parameter is called ``trial``.

    Raises:
        StudyFileError: with one line on what is wrong with the file.
    """
    file, wanted = split_target(target)
    path = _existing(file).absolute()
    if is_sweep(file):
        return _sweep(path)
    module = _import(path)
    spec, name = _choose(path, module, wanted)
    found = getattr(module, name, None)
    if found is None:
        raise StudyFileError(str(path), f"has no {name!r}", _inventory(path, module))
    _check_objective(path, name, found)
    return StudyFile(
        path=path,
        target=f"{path}:{wanted}" if wanted else str(path),
        name=spec.name if spec else _study_name(path, module, wanted),
        spec=spec,
        objective=found,
        objective_name=name,
        ensemble=_ensemble(path, module, spec),
    )


def _ensemble(path: Path, module: ModuleType, spec: StudySpec | None) -> Scorer | None:
    name = spec.ensemble if spec is not None else ENSEMBLE
    found: object = getattr(module, name, None)
    if found is None and name != ENSEMBLE:
        raise StudyFileError(str(path), f"has no {name!r}, which its StudySpec names as its ensemble")
    # An undeclared file may well call something else so.
    return found if isinstance(found, FunctionType) else None


def _existing(file: str) -> Path:
    path = Path(file).expanduser()
    if path.is_dir():
        raise StudyFileError(file, "is a folder", "give a Python file with an objective")
    if not path.exists():
        raise StudyFileError(file, "there is no such file")
    if path.suffix != ".py" and not is_sweep(file):
        raise StudyFileError(file, "is not a Python file (.py)", "give a Python file with an objective")
    return path


def _sweep(path: Path) -> StudyFile:
    from hpt_tui.worker.sweep_program import sweep_study

    spec, program = sweep_study(path)
    return StudyFile(path, str(path), spec.name, spec, program, spec.objective)


def _import(path: Path) -> ModuleType:
    """The file as a module of its own name, so that what it defines can be pickled; its folder comes first on
    the search path, as if Python had been started with it."""
    name, folder = path.stem, str(path.parent)
    loaded = sys.modules.get(name)
    if loaded is not None and getattr(loaded, "__file__", None) != str(path):
        raise StudyFileError(str(path), f"is called like the module {name!r}, which Python needs", "rename it")
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise StudyFileError(str(path), "cannot be imported")
    module, loader = importlib.util.module_from_spec(spec), spec.loader
    sys.modules[name] = module
    if folder not in sys.path:
        sys.path.insert(0, folder)
    result = attempt(lambda: loader.exec_module(module))
    if isinstance(result, Raised):
        sys.modules.pop(name, None)
        raise _import_error(path, result.error) from result.error
    return module


def _import_error(path: Path, error: BaseException) -> StudyFileError:
    if isinstance(error, SyntaxError):
        where = "" if error.filename == str(path) else f" of {error.filename}"
        text = f": {error.text.strip()}" if error.text else ""
        return StudyFileError(str(path), f"{error.msg} in line {error.lineno}{where}{text}")
    if isinstance(error, ModuleNotFoundError) and error.name:
        package = error.name.partition(".")[0]
        wanted = "'hpt-tui[train]'" if package in _TRAIN_EXTRA else _PACKAGES.get(package, package)
        return StudyFileError(
            str(path), f"needs the module {error.name!r}, which is not installed", f"pip install {wanted}"
        )
    if isinstance(error, OSError) and not line_in(path, error):
        return StudyFileError(str(path), f"cannot be read ({error.strerror or error})")
    line = line_in(path, error)
    where = f" in line {line}" if line else ""
    return StudyFileError(str(path), f"raises {in_words(error)}{where} when it is imported")


def line_in(path: Path, error: BaseException) -> int | None:
    """The line of the file at ``path`` that an error came from last; None if it didn't come from there."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    return frames[-1].lineno if frames else None


def _choose(path: Path, module: ModuleType, wanted: str) -> tuple[StudySpec | None, str]:
    """The spec, if one belongs to it, and the objective's name."""
    specs = {name: x for name, x in vars(module).items() if isinstance(x, StudySpec)}
    if wanted:
        named = {id(x): x for name, x in specs.items() if wanted in (name, x.objective)}
        if len(named) == 1:
            spec = next(iter(named.values()))
            return spec, spec.objective
        if not named or callable(getattr(module, wanted, None)):
            return None, wanted
    distinct = {id(x): x for x in specs.values()}
    if len(distinct) > 1:
        remedy = f"say which: {path.name}:{min(specs)}"
        raise StudyFileError(str(path), f"declares several studies ({', '.join(sorted(specs))})", remedy)
    if distinct:
        spec = next(iter(distinct.values()))
        return spec, spec.objective
    return None, _undeclared(path, module)


def _study_name(path: Path, module: ModuleType, wanted: str) -> str:
    try:
        default = _choose(path, module, "")[1]
    except StudyFileError:
        default = ""
    return path.stem if wanted in ("", default) else f"{path.stem}-{wanted}"


def _undeclared(path: Path, module: ModuleType) -> str:
    if hasattr(module, "objective"):
        return "objective"
    taking = _taking_trial(module)
    if len(taking) == 1:
        return taking[0]
    if taking:
        remedy = f"say which: {path.name}:{taking[0]}"
        raise StudyFileError(str(path), f"has several functions of a trial ({', '.join(taking)})", remedy)
    raise StudyFileError(str(path), "has no objective", _inventory(path, module))


def _taking_trial(module: ModuleType) -> list[str]:
    return [name for name, function in _functions(module).items() if _required(function) == ["trial"]]


def _functions(module: ModuleType) -> dict[str, Callable[..., object]]:
    return {
        name: x
        for name, x in vars(module).items()
        if inspect.isfunction(x) and x.__module__ == module.__name__ and not name.startswith("_")
    }


def _required(function: Callable[..., object]) -> list[str]:
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if p.default is p.empty and p.kind not in variadic]


def _inventory(path: Path, module: ModuleType) -> str:
    names = ", ".join(_functions(module)) or "no function at all"
    return f"it has {names}; define objective(trial), or name one: {path.name}:NAME"


def _check_objective(path: Path, name: str, found: object) -> None:
    if not callable(found):
        kind = type(found).__name__
        raise StudyFileError(str(path), f"{name} is {_article(kind)} {kind}, not a function")
    try:
        signature = inspect.signature(found)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(object())
    except TypeError:
        needs = f"takes {len(_required(found))} arguments" if _required(found) else "takes no argument"
        raise StudyFileError(
            str(path), f"{name} {needs}", f"an objective takes the trial: def {name}(trial)"
        ) from None


def _article(word: str) -> str:
    return "an" if word[:1].lower() in "aeiou" else "a"
