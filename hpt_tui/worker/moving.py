"""Going on in the study that this worker's was forked into."""

from __future__ import annotations

from optuna.study import Study

from hpt_tui.errors import StorageLostError
from hpt_tui.store.carry import carry
from hpt_tui.store.connect import close_storage
from hpt_tui.worker.narration import say
from hpt_tui.worker.patience import MOMENT
from hpt_tui.worker.station import StandingOrders, Station


def leave_for(study: Study, url: str, successor: str, station: Station) -> bool:
    """Bring what this worker has ended over to ``successor``, and forget ``study``; whether there is where to go.

    Nothing runs any more, and no lease stands in ``study``. What could not be brought over stays where it is:
    the next worker that moves, or ordering the fork once more, brings it.
    """
    storage, station.orders = study._storage, StandingOrders()
    try:
        station.patiently(
            lambda: carry(storage, url, study._study_id, successor, waiting=True, worker=station.worker),
            "moving over",
            MOMENT,
        )
    except StorageLostError as error:
        say(f"{error.line}; the trials stay in {study.study_name}")
    except KeyError:
        say(f"{study.study_name} goes on in {successor}, which has been deleted")
        return False
    finally:
        close_storage(storage)
    station.arrive()
    say(f"{study.study_name} goes on in {successor}: moving there")
    return True
