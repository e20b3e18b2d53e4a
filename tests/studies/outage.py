"""Its trial's result cannot be told until a file called ``back`` lies beside the database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import optuna
from optuna.exceptions import StorageInternalError


def objective(trial: optuna.Trial) -> float:
    storage: Any = trial.storage
    back = Path(storage._backend.engine.url.database).parent / "back"
    tell = storage.set_trial_state_values

    def refuse(*arguments: object, **named: object) -> bool:
        if not back.exists():
            raise StorageInternalError("the server is restarted")
        return bool(tell(*arguments, **named))

    storage.set_trial_state_values = refuse
    trial.study.stop()
    return 1.0
