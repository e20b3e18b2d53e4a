"""What a worker remembers of a study: the same as asking again, at the cost of what changed."""

from __future__ import annotations

import random
from itertools import combinations

from optuna.trial import FrozenTrial, TrialState, create_trial

from hpt_tui.store.study_cache import StudyCache

STATES = tuple(TrialState)
WANTED = [set(some) for size in range(1, 6) for some in combinations(STATES, size)]


def trial(number: int, state: TrialState) -> FrozenTrial:
    made = create_trial(state=state, value=1.0 if state is TrialState.COMPLETE else None)
    made.number, made._trial_id = number, 100 + number
    return made


def test_trials_are_found_by_state_and_by_number_in_whatever_order_they_come_and_end() -> None:
    dice = random.Random(0)
    cache, known = StudyCache(), dict[int, FrozenTrial]()
    for _ in range(300):
        number = dice.randrange(60)
        if number not in known or not known[number].state.is_finished():
            known[number] = trial(number, dice.choice(STATES))
            cache.saw([known[number]])
        wanted = dice.choice(WANTED)
        expected = [known[n] for n in sorted(known)]
        assert cache.trials(None) == expected
        assert cache.trials(wanted) == [t for t in expected if t.state in wanted]
        assert cache.waiting(100 + number) == (None if known[number].state.is_finished() else known[number])
