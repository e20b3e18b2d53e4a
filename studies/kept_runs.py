"""The Optuna study, in an SQLite file, that keeps the runs of a comparison: what is there is not run again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import optuna
from optuna.exceptions import OptunaError
from optuna.storages import RDBStorage
from optuna.study import Study
from sqlalchemy.exc import SQLAlchemyError

from hpt_tui.errors import InputError


def opened(
    name: str,
    file: Path,
    direction: Literal["minimize", "maximize"] = "minimize",
    storage: Callable[[str], str | RDBStorage] = str,
) -> Study:
    """The study of that name, made if it is not there; ``storage`` makes one of its URL. All of its parameters are
    to be enqueued, and none of its trials is pruned: what is compared has to be trained alike.

    Raises:
        InputError: ``file`` cannot be used.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        return optuna.create_study(
            storage=storage(f"sqlite:///{file.absolute()}"),
            study_name=name,
            direction=direction,
            sampler=optuna.samplers.RandomSampler(),
            pruner=optuna.pruners.NopPruner(),
            load_if_exists=True,
        )
    except (OptunaError, SQLAlchemyError, RuntimeError) as error:
        said = str(error.__cause__ or error).splitlines()[0]
        raise InputError(str(file), f"cannot keep the runs ({said})", "name another file with --file") from error
