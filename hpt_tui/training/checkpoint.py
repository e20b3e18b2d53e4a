"""Where a trial was, on disk, for the retry that goes on from there."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import torch
from optuna.trial import Trial

from hpt_tui.domain.space import ParamValue
from hpt_tui.errors import InputError
from hpt_tui.study_file import checkpoint_dir, tried_before
from hpt_tui.training.random_numbers import random_state, set_random_state

FILE = "last.pt"


class Stateful(Protocol):
    """A model, an optimizer, a schedule, or what else has torch's two methods."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state_dict: dict[str, Any], /) -> object: ...


State: TypeAlias = dict[str, Any]
"""What torch reads back with ``weights_only=True``: nothing in a checkpoint is code."""


class Checkpoint:
    """All that a training goes on from: its parts, all random numbers, its reports, and what ``kept`` holds.

    ::

        checkpoint = Checkpoint(trial, model=model, optimizer=optimizer, schedule=schedule, generator=generator)
        best = 0.0
        for epoch in range(checkpoint.resume(), 30):
            best = max(checkpoint.kept.get("best", 0.0), train())
            trial.report(best, epoch)
            checkpoint.save(epoch, best=best)

    One file in :func:`hpt_tui.checkpoint_dir`, the same for a trial and for all its retries. A trial that is no
    retry begins anew, whatever lies there: it may be of another study of that name.
    """

    def __init__(
        self, trial: Trial, under: str | Path = "checkpoints", **parts: Stateful | torch.Generator
    ) -> None:
        """``under``: as for :func:`hpt_tui.checkpoint_dir`. ``parts``: by any names, the same in every run."""
        self._trial, self._parts = trial, parts
        self.file = checkpoint_dir(trial, under) / FILE
        self.kept: dict[str, ParamValue] = {}
        """What the last :meth:`save` was given beside the step."""

    def resume(self) -> int:
        """Put every part where the lost trial was, and return the first step to do: 0 where there is nothing to go
        on from. Call it when all parameters have been suggested and all parts are where they will train.

        What the lost trial had reported and its storage never got, as the worker was killed, is reported again.

        Raises:
            InputError: the checkpoint is broken, or is of other parts.
        """
        for left in self.file.parent.glob(f".{FILE}.*"):
            left.unlink(missing_ok=True)
        state = self._load() if tried_before(self._trial) and self.file.exists() else None
        if state is None:
            self.file.unlink(missing_ok=True)
            return 0
        try:
            self._restore(state)
        except (RuntimeError, KeyError, ValueError, TypeError, AttributeError) as error:
            raise self._unfit(error) from error
        return int(state["step"]) + 1

    def save(self, step: int, **kept: ParamValue) -> None:
        """Write down that ``step`` is done. The file is replaced in one go: killed at any moment, the trial has
        this checkpoint or the one before. Call it after ``trial.report``, and after the schedule's step.

        Raises:
            OSError: the disk is full or gone; the checkpoint before stays.
        """
        self.kept = kept
        beside = self.file.with_name(f".{FILE}.{os.getpid()}")
        state: State = {
            "step": step,
            "kept": kept,
            "params": self._trial.params,
            "reports": dict(self._trial._cached_frozen_trial.intermediate_values),
            "parts": {name: _state_of(part) for name, part in self._parts.items()},
            "random": random_state(),
        }
        try:
            with beside.open("wb") as out:
                torch.save(state, out)
                out.flush()
                os.fsync(out.fileno())
            beside.replace(self.file)
        finally:
            beside.unlink(missing_ok=True)

    def remove(self) -> None:
        """Delete the file: for a trial that is at its end, where disk space matters."""
        self.file.unlink(missing_ok=True)

    def _load(self) -> State | None:
        """What was saved, if it is of a trial with the same parameters."""
        try:
            state: State = torch.load(self.file, map_location="cpu", weights_only=True)
            before: dict[str, ParamValue] = state["params"]
        except (RuntimeError, EOFError, pickle.UnpicklingError, KeyError, TypeError) as error:
            raise self._unfit(error) from error
        params = self._trial.params
        return state if all(params[name] == before[name] for name in params.keys() & before.keys()) else None

    def _restore(self, state: State) -> None:
        if state["parts"].keys() != self._parts.keys():
            raise ValueError(f"it holds {', '.join(state['parts'])}, not {', '.join(self._parts)}")
        for name, part in self._parts.items():
            if isinstance(part, torch.Generator):
                part.set_state(state["parts"][name])
            else:
                part.load_state_dict(state["parts"][name])
        self.kept = state["kept"]
        known = self._trial._cached_frozen_trial.intermediate_values
        for step in sorted(state["reports"].keys() - known.keys()):
            self._trial.report(state["reports"][step], step)
        set_random_state(state["random"])

    def _unfit(self, error: Exception) -> InputError:
        said = (str(error) or type(error).__name__).splitlines()[0]
        return InputError(str(self.file), f"cannot be gone on from: {said}", "delete it to begin at the beginning")


def _state_of(part: Stateful | torch.Generator) -> object:
    return part.get_state() if isinstance(part, torch.Generator) else part.state_dict()
