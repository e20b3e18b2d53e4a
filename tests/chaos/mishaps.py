"""What befalls a search: a deck of mishaps, in which every one comes once before any comes again."""

from __future__ import annotations

import os
import random
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import psutil

from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.orders.search import PauseStudy, ResumeStudy
from hpt_tui.domain.orders.trials import PruneTrial
from hpt_tui.domain.orders.workers import WantWorkers
from tests.chaos.clock import Clock
from tests.chaos.grounds import Ground
from tests.chaos.hand import Hand
from tests.chaos.search import WORKERS, Search
from tests.waiting import eventually

KINDS = ("worker", "supervisor", "screen")
JUMPS = (-86_400, -3_600, -30, 30, 3_600, 86_400)
"""Seconds by which the time of day may be off."""


@dataclass
class Scene:
    """Whom a mishap can befall, and the dice."""

    search: Search
    ground: Ground
    hand: Hand
    clock: Clock | None
    dice: random.Random
    widened: int = 0

    def victims(self, kind: str) -> list[psutil.Process]:
        """The living processes of that kind, one of KINDS. Of workers mostly those alone that train: they take so
        long to start that there are often more of the others."""
        found = self.search.victims(kind)
        if kind != "worker" or self.dice.random() > 0.75 or (study := self.hand.look()) is None:
            return found
        training = {lease.pid for lease in study.leases if lease.trial is not None}
        return [process for process in found if process.pid in training] or found

    def rest(self, least: float, most: float) -> None:
        """Let time pass: what befalls a search takes some."""
        threading.Event().wait(self.dice.uniform(least, most))


Mishap = Callable[[Scene], bool]
"""Befalls the search; False where there was nobody to befall."""


def deck(mishaps: Mapping[str, Mishap], dice: random.Random) -> Iterator[tuple[str, Mishap]]:
    """Mishaps without end: all of them, shuffled, and again."""
    while True:
        names = [*mishaps]
        dice.shuffle(names)
        for name in names:
            yield name, mishaps[name]


def possible(scene: Scene) -> dict[str, Mishap]:
    """All mishaps that can happen here, by name."""
    known: dict[str, Mishap] = {}
    for kind in KINDS:
        for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP):
            known[f"{number.name} {kind}"] = partial(_send, kind, number)
        known[f"SIGSTOP, SIGCONT {kind}"] = partial(_freeze, kind)
    known |= {
        "terminal lost": _lose_terminal,
        "order: widen": _widen,
        "order: prune": _prune,
        "orders: pause, resume": _pause,
        "orders: a worker less, again": _fewer,
    }
    if scene.ground.take is not None:
        known["storage away"] = _take_storage
    if scene.clock is not None:
        known["clock jumps"] = _jump
    return known


def _send(kind: str, number: signal.Signals, scene: Scene) -> bool:
    victims = scene.victims(kind)
    if not victims:
        return False
    victim = scene.dice.choice(victims)
    with suppress(ProcessLookupError):
        os.kill(victim.pid, number)
    return True


def _freeze(kind: str, scene: Scene) -> bool:
    victims = scene.victims(kind)
    if not victims:
        return False
    victim = scene.dice.choice(victims)
    with suppress(ProcessLookupError):
        os.kill(victim.pid, signal.SIGSTOP)
        try:
            scene.rest(0.5, 3)
        finally:
            os.kill(victim.pid, signal.SIGCONT)
    return True


def _lose_terminal(scene: Scene) -> bool:
    if scene.search.screen is None or not scene.search.shown():
        return False
    scene.search.screen.kill()
    return True


def _take_storage(scene: Scene) -> bool:
    if scene.ground.take is None:
        return False
    scene.ground.take()
    try:
        scene.rest(1, 4)
    finally:
        scene.ground.give()
    return True


def _jump(scene: Scene) -> bool:
    if scene.clock is None:
        return False
    scene.clock.set(scene.dice.choice(JUMPS))
    return True


def _widen(scene: Scene) -> bool:
    scene.widened += 1
    high = 1e-3 * (1 + scene.widened / 100)
    return scene.hand.give(ChangeBound("lr", high=high, reason=f"storm-{scene.widened}"))


def _prune(scene: Scene) -> bool:
    study = scene.hand.look()
    if study is None or not study.running:
        return False
    return scene.hand.give(PruneTrial(scene.dice.choice([t.number for t in study.running])))


def _pause(scene: Scene) -> bool:
    if scene.hand.look() is None:
        return False
    paused = scene.hand.give(PauseStudy())
    scene.rest(0.2, 2)
    eventually(lambda: scene.hand.give(ResumeStudy()), 120)
    return paused


def _fewer(scene: Scene) -> bool:
    here = socket.gethostname()
    fewer = scene.hand.give(WantWorkers(here, WORKERS - 1))
    scene.rest(0.2, 2)
    return scene.hand.give(WantWorkers(here, WORKERS)) and fewer
