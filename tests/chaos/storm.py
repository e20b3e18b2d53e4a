"""A storm over a real search, and the account of what it left."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from optuna.trial import TrialState

from hpt_tui.errors import HptError
from hpt_tui.store import keys
from hpt_tui.store.connect import quiet_optuna
from hpt_tui.store.faults import FAULTS
from tests.chaos import audit
from tests.chaos.audit import Album, Finding
from tests.chaos.clock import Clock, NoClockError
from tests.chaos.grounds import prepared
from tests.chaos.hand import Hand
from tests.chaos.mishaps import Mishap, Scene, deck, possible
from tests.chaos.search import NETWORK, WORKERS, Search
from tests.tmux import has_tmux
from tests.waiting import eventually

LONGEST = 300.0
"""Seconds in which whatever is left undisturbed must have come to its end."""
STARVED = 40.0
"""Seconds without a worker after which the user asks for some again: slots are given up where workers keep dying,
and rest for 30 s where the storage was away."""
LEAVING = 2
"""How many workers may be about to leave while others have come in their places."""
TRIES = 4
"""How often a mishap that meets nobody is tried: between two rounds there are no workers."""
BREATH = 10.0
"""Seconds that the search gets at most to get going between two mishaps."""


@dataclass
class Report:
    """What befell a search, and what is left of it."""

    title: str
    facts: list[tuple[str, str]]
    findings: list[Finding]

    @property
    def problems(self) -> list[str]:
        return [f"{finding.what}: {problem}" for finding in self.findings for problem in finding.problems]

    def table(self) -> str:
        rows = [(name, text, "") for name, text in self.facts]
        rows += [(f.what, f.counted, f"{len(f.problems)} WRONG" if f.problems else "ok") for f in self.findings]
        wide = max(len(name) for name, _, _ in rows)
        lines = [f"  {name:{wide}}  {text:>8}  {verdict}".rstrip() for name, text, verdict in rows]
        return "\n".join([self.title, *lines, *(f"  WRONG: {problem}" for problem in self.problems[:20])]) + "\n"


@dataclass
class Storm:
    """Mishaps over a search that is kept going between them, as its user would."""

    scene: Scene
    album: Album
    title: str
    round: int
    """Finished trials by which the budget grows each time that it is used up."""
    mishaps: dict[str, Mishap]
    order: random.Random
    """What the deck is shuffled with, and nothing else: the seed alone decides the order of the mishaps. Whom they
    meet is left to the dice and to the moment."""
    befell: Counter[str] = field(default_factory=Counter)
    missed: int = 0
    rounds: list[tuple[int, int]] = field(default_factory=list)
    """Budget, and how many counted trials there were once it was used up."""
    blind: int = 0
    crowd: int = 0
    """The most worker processes that were seen at once."""
    _fed: float = field(default_factory=time.monotonic)

    def run(self, going_on: Callable[[int], bool]) -> Report:
        """Mishaps while ``going_on`` says so of how many there were, then peace until the search has come to its
        end."""
        search = self.scene.search
        search.budget = self.round
        for count, (name, mishap) in enumerate(deck(self.mishaps, self.order)):
            if not going_on(count):
                break
            if self._befall(mishap):
                self.befell[name] += 1
            else:
                self.missed += 1
            self._photograph()
        try:
            eventually(lambda: self._keep_going(last=True), LONGEST, every=0.2)
            unfinished: list[str] = []
        except AssertionError as error:
            unfinished = [f"{error}; {search.reason() or 'the supervisor goes on'}"]
        if search.screen is not None:
            search.screen.kill()
        return self._report(Finding("the search comes to its end", str(len(self.rounds)), unfinished))

    def _befall(self, mishap: Mishap) -> bool:
        """Whether the mishap met somebody, within a few tries."""
        for _ in range(TRIES):
            self._breathe()
            if mishap(self.scene):
                return True
        return False

    def _breathe(self) -> None:
        """Let the search get going, mostly: mishaps also meet it while it does."""
        until = time.monotonic() + (BREATH if self.scene.dice.random() < 0.7 else 0)
        self._keep_going()
        while time.monotonic() < until and not self._trains():
            self._keep_going()
            self.scene.rest(0.2, 0.2)
        self.scene.rest(0, 0.5)

    def _trains(self) -> bool:
        study = self.scene.hand.look()
        return study is not None and sum(lease.trial is not None for lease in study.leases) >= 2

    def _keep_going(self, *, last: bool = False) -> bool:
        """See to it that somebody keeps the workers and somebody watches; whether the ``last`` round is over."""
        search = self.scene.search
        if search.supervised():
            self._feed()
        else:
            if search.reason() == "budget":
                self._close_round()
                if last:
                    return True
            search.start_supervisor()
        if not search.shown():
            search.start_screen()
        return False

    def _feed(self) -> None:
        if self.scene.search.workers():
            self._fed = time.monotonic()
        elif time.monotonic() - self._fed > STARVED:
            self._fed = time.monotonic()
            self.scene.hand.revive()

    def _close_round(self) -> None:
        search = self.scene.search
        eventually(lambda: not search.workers(), LONGEST)
        trials, _ = audit.look(search.address)
        self.rounds.append((search.budget, audit.counted(trials)))
        search.budget += self.round

    def _photograph(self) -> None:
        self.crowd = max(self.crowd, len(self.scene.search.workers()))
        try:
            self.album.take()
        except (HptError, *FAULTS):
            self.blind += 1

    def _report(self, end: Finding) -> Report:
        """The account of a search that has ended, and of which no process should be left."""
        search, hand = self.scene.search, self.scene.hand
        left = [f"worker {process.pid}" for process in search.workers()]
        self.album.take()
        trials, attributes = audit.look(search.address)
        audit.write_down(trials, attributes, search.folder / "study.txt")
        rows = audit.abandoned(trials, attributes, time.time())
        wrong = [f"{count} instead of {budget}" for budget, count in self.rounds if count != budget]
        crowded = [] if self.crowd <= WORKERS + LEAVING else [f"{self.crowd}, though {WORKERS} were wanted"]
        findings = [
            end,
            Finding("no RUNNING row without a living worker", str(len(rows)), rows),
            Finding("finished trials neither lost nor changed", str(len(self.album.pictures)), self.album.changed),
            *audit.of_trials(trials),
            Finding("budgets used up exactly", str(len(self.rounds)), wrong),
            *audit.of_events(trials, keys.decode_events(attributes), hand.sent),
            Finding("never many more workers at once than wanted", str(self.crowd), crowded),
            Finding("workers left behind", str(len(left)), left),
            Finding("programs that came to a bad end", str(len(search.tracebacks())), search.tracebacks()),
        ]
        states = Counter(t.state for t in trials)
        facts = [
            *sorted((name, str(count)) for name, count in self.befell.items()),
            ("mishaps that met nobody", str(self.missed)),
            *((f"supervisors that ended with {how}", str(n)) for how, n in sorted(search.ended.items())),
            *((f"trials {state.name.lower()}", str(states[state])) for state in TrialState if states[state]),
            ("orders refused", str(hand.refused)),
            *((f"orders without an answer: {line[:60]}", str(n)) for line, n in sorted(hand.doubtful.items())),
            ("times that workers had to be asked for again", str(hand.revived)),
            ("photographs", f"{self.album.taken}"),
            ("photographs that an outage prevented", str(self.blind)),
        ]
        return Report(self.title, facts, findings)


@contextmanager
def brewing(
    storage: str, seed: int, folder: Path, *kinds: str, budget: int, code: str = NETWORK
) -> Iterator[Storm]:
    """A storm over a new study in ``storage`` (see grounds.prepared), not yet begun; no process is left of it.

    ``kinds`` are words in the names of the mishaps that there are to be; without any, all. Each time that
    ``budget`` trials have finished there are to be as many more. ``code`` is what is trained (see search).
    """
    quiet_optuna()
    with ExitStack() as stack:
        ground = stack.enter_context(prepared(storage, folder))
        try:
            clock: Clock | None = Clock(folder)
            jumps = "jumps"
        except NoClockError as error:
            clock, jumps = None, f"NOT TESTED: {error}"
        search = Search(folder, ground.address, clock.environment if clock is not None else {}, code)
        stack.callback(search.end)
        screen = "in tmux" if has_tmux() else "NOT TESTED: there is no tmux"
        title = f"storm of seed {seed}; outage: {ground.outage}; clock: {jumps}; screen: {screen}"
        scene = Scene(search, ground, Hand(ground.address), clock, random.Random(seed))
        mishaps = {n: act for n, act in possible(scene).items() if not kinds or any(kind in n for kind in kinds)}
        yield Storm(scene, Album(ground.address), title, budget, mishaps, random.Random(seed))
