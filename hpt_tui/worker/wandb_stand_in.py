"""What a W&B sweep's program finds under the name ``wandb`` while hpt-tui runs it: its configuration is a trial's,
and what it logs are the trial's reports. Nothing is sent anywhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType, TracebackType
from typing import Protocol, Self

from hpt_tui.study_file import log


class Reports(Protocol):
    """Takes the value of the sweep's metric at a step; raises what ends the program."""

    def __call__(self, value: float, step: int) -> None: ...


class Config(dict[str, object]):
    """``wandb.config``: a dictionary whose values are attributes, too. What the sweep sets stays as it is."""

    def __init__(self, of_sweep: Mapping[str, object]) -> None:
        super().__init__({key: _nested(value) for key, value in of_sweep.items()})
        self._kept = frozenset(of_sweep)

    def __getattr__(self, name: str) -> object:
        if name in self:
            return self[name]
        raise AttributeError(name)

    def __setattr__(self, name: str, value: object) -> None:
        if name == "_kept":
            super().__setattr__(name, value)
        else:
            self.update({name: value})

    def update(self, *given: object, **named: object) -> None:
        """As W&B does in a sweep: only what the sweep doesn't set."""
        allow_val_change = named.pop("allow_val_change", None)
        new = dict(*given, **named)
        kept = () if allow_val_change else self._kept
        super().update({key: _nested(value) for key, value in new.items() if key not in kept})

    def setdefaults(self, given: Mapping[str, object]) -> None:
        super().update({key: _nested(value) for key, value in given.items() if key not in self})


class Run:
    """``wandb.run``."""

    def __init__(self, config: Mapping[str, object], metric: str, report: Reports) -> None:
        self.config, self.summary = Config(config), dict[str, object]()
        self.id = self.name = ""
        self.last: float | None = None
        """The metric as it was logged last."""
        self._metric, self._report, self._step = metric, report, 0

    def log(self, data: Mapping[str, object], step: int | None = None, commit: bool | None = None) -> None:
        """Numbers are logged; the sweep's metric is reported. Images, tables and the like are left out."""
        at = self._step if step is None else int(step)
        numbers = {name: number for name, value in data.items() if (number := _number(value)) is not None}
        self.summary.update(data)
        log(at, **{name: value for name, value in numbers.items() if name != self._metric})
        if step is None and commit is not False:
            self._step += 1
        elif step is not None:
            self._step = max(self._step, at + 1)
        if self._metric in numbers:
            self.last = numbers[self._metric]
            self._report(self.last, at)

    def finish(self, *_: object, **__: object) -> None:
        """Nothing is to be sent."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.finish()

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("__"):
            raise AttributeError(name)
        return _nothing


@contextmanager
def in_place_of_wandb(run: Run) -> Iterator[None]:
    """While inside, ``import wandb`` finds a stand-in whose one run is ``run``."""
    module = ModuleType("wandb", __doc__)

    def init(*_: object, config: Mapping[str, object] | None = None, **__: object) -> Run:
        run.config.setdefaults(dict(config or {}))
        return run

    def agent(_: str = "", function: Callable[[], object] | None = None, **__: object) -> None:
        if function is not None:
            function()

    given = {"run": run, "config": run.config, "summary": run.summary, "log": run.log, "finish": run.finish}
    module.__dict__.update(given, init=init, agent=agent, __getattr__=lambda _: _nothing, __path__=[])
    before = sys.modules.get("wandb")
    sys.modules["wandb"] = module
    try:
        yield
    finally:
        if before is None:
            sys.modules.pop("wandb", None)
        else:
            sys.modules["wandb"] = before


def _nested(value: object) -> object:
    return Config(value) if isinstance(value, dict) else value


def _number(value: object) -> float | None:
    if isinstance(value, (bool, str, bytes)) or not hasattr(value, "__float__"):
        return None
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError):
        return None


def _nothing(*_: object, **__: object) -> None:
    """Whatever else W&B can do is not done."""
