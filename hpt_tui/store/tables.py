"""Optuna's tables of a database, under the names that our own statements give them."""

from __future__ import annotations

import sqlalchemy
from optuna.storages._rdb import models

STUDIES: sqlalchemy.Table = models.StudyModel.__table__
STUDY: sqlalchemy.Table = models.StudyUserAttributeModel.__table__
"""The attributes of a study that are not Optuna's own."""
TRIALS: sqlalchemy.Table = models.TrialModel.__table__
PARAMS: sqlalchemy.Table = models.TrialParamModel.__table__
VALUES: sqlalchemy.Table = models.TrialValueModel.__table__
STEPS: sqlalchemy.Table = models.TrialIntermediateValueModel.__table__
"""What trials reported."""
USER: sqlalchemy.Table = models.TrialUserAttributeModel.__table__
"""The attributes of a trial that are not Optuna's own."""
SYSTEM: sqlalchemy.Table = models.TrialSystemAttributeModel.__table__
