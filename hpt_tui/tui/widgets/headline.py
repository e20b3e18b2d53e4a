"""The head of the main screen: is it healthy, how far is it, what is best."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from hpt_tui.domain import figures
from hpt_tui.domain.configuration import written
from hpt_tui.domain.frame import EMPTY_FRAME, Frame
from hpt_tui.domain.phases.course import course, eta_words
from hpt_tui.domain.progress import Progress, Tally, progress, steps_words, tally
from hpt_tui.domain.space import ParamValue, Range
from hpt_tui.domain.trial import Direction, TrialState
from hpt_tui.tui.text import Piece, clip, line, pack, spread
from hpt_tui.tui.widgets.panel import Panel
from hpt_tui.tui.words import BEST, goes_on, kinship, plural, range_text, reading, standing

COUNTED = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED, TrialState.RUNNING)
COUNT_PENS = {
    TrialState.COMPLETE: "text",
    TrialState.PRUNED: "text",
    TrialState.FAILED: "bad",
    TrialState.RUNNING: "run",
}


class Headline(Panel, can_focus=False):
    """Three lines, or two where the height is wanted for other things. What has no room is left out whole."""

    def __init__(self, title: str, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._title = title
        self._frame = EMPTY_FRAME

    def show(self, frame: Frame) -> None:
        self._frame = frame
        self.redraw()

    def lines(self) -> Sequence[Text]:
        frame, width = self._frame, self.room
        state = progress(frame.study, frame.now)
        first = spread(self._identity(frame, state, width), self._pulse(frame, state), width)
        if self.size.height < 3:
            return first, self._summary(frame, state, width)
        return first, self._advance(frame, state, width), self._result(frame, state, width)

    def _identity(self, frame: Frame, state: Progress, width: int) -> Text:
        study, now = frame.study, standing(frame)
        pieces = [
            Piece(line((f"{now.sign} {now.word}", self.pen(now.pen))), 0),
            Piece(line((clip(study.name or self._title, max(12, width // 5)), self.pen("strong"))), 0),
        ]
        if frame.finished and (key := goes_on(frame)).startswith("p "):
            pieces.insert(1, Piece(line((key, self.pen("key"))), 1))
        if frame.opened and not frame.access.steering:
            pieces.append(Piece(line(("○ watching only", self.pen("warn"))), 1))
        if kin := kinship(study):
            pieces.append(Piece(line((clip(kin, max(16, width // 4)), self.pen("run"))), 1))
        if frame.opened:
            aim = "several objectives" if not study.single else f"{study.direction} {clip(study.metric, 24)}"
            pieces.append(Piece(line(aim), 1))
            pieces.append(Piece(line((clip(study.storage, width // 4), self.pen("dim"))), 2))
            if study.method is not None:
                pieces.append(Piece(line((study.method.words, self.pen("dim"))), 3))
        reserved = self._pulse(frame, state).cell_len + 2
        return pack(pieces, width - reserved)

    def _pulse(self, frame: Frame, state: Progress) -> Text:
        """Workers, rate and time, at places that do not move."""
        if not frame.opened:
            return Text(end="")
        alive = sum(w.here and w.state != "lost" for w in frame.workers)
        others = sum(not w.here for w in frame.workers)
        rate = figures.UNKNOWN if state.per_minute is None else f"{state.per_minute:.1f}"[:5].rstrip(".")
        pen = "bad" if alive < frame.wanted and not frame.finished else "text"
        workers = f"{alive}/{frame.wanted} workers" if frame.wanted or alive else "no workers"
        if others:
            workers += f" +{others} elsewhere" if self.room >= 100 else f" +{others}"
        parts = [line((workers, self.pen(pen)))]
        if self.room >= 100:
            parts.append(line(f"{rate:>5} trials/min"))
        parts.append(line(f"{figures.elapsed(state.elapsed):>8}"))
        return Text("   ", end="").join(parts)

    def _advance(self, frame: Frame, state: Progress, width: int) -> Text:
        """The bar, and the counts in words."""
        if not frame.opened:
            return line()
        bar_width = max(10, width * 2 // 5 if state.step_budget is None else width // 4)
        pieces = [Piece(line(self._of_budget(state)), 0), *self._phase(frame)]
        if state.step_budget is not None:
            pieces.append(Piece(line(steps_words(state)), 0))
        pieces += [Piece(text, rank) for rank, text in enumerate(self._counts(frame))]
        pieces.append(Piece(self._eta(frame), 4 if frame.study.control.plan is None else 1))
        tail = pack(pieces, width - bar_width - 2, gap=2)
        return Text.assemble(self._bar(state, bar_width), "  ", tail, no_wrap=True, end="")

    def _bar(self, state: Progress, width: int) -> Text:
        halves = round(state.share * width * 2)
        full, half = divmod(halves, 2)
        return line(
            ("━" * full + "╸" * half, self.pen("run")),
            ("─" * (width - full - half), self.pen("dim")),
        )

    @staticmethod
    def _of_budget(state: Progress) -> str:
        if state.budget is None:
            return f"{figures.count(state.finished)} finished"
        budget = figures.count(state.budget)
        return f"{figures.count(state.finished):>{len(budget)}}/{budget}"

    def _counts(self, frame: Frame) -> list[Text]:
        found = tally(frame.study)
        counts, cut = found.search, found.interrupted
        shown = [(s.value, counts[s] - (cut if s is TrialState.FAILED else 0), COUNT_PENS[s]) for s in COUNTED]
        if cut:
            shown.insert(3, ("interrupted", cut, "warn"))
        if word := _validated(found):
            shown.insert(1, (word, found.validated, "run"))
        return [line((f"{figures.count(n)} {word}", self.pen(pen if n else "dim"))) for word, n, pen in shown]

    def _phase(self, frame: Frame) -> list[Piece]:
        """``refine 23/50``, where the study goes through phases."""
        seen = course(frame.study, frame.now)
        view = seen.now if seen is not None else None
        return [] if view is None else [Piece(line((view.words, self.pen("run"))), 0)]

    def _eta(self, frame: Frame) -> Text:
        """Of the phase and of the plan, where the study has one."""
        eta = eta_words(frame.study, frame.now)
        return line(("ETA ", self.pen("dim")), eta) if eta else line()

    def _best(self, frame: Frame) -> list[Piece]:
        study, best = frame.study, frame.study.best
        if not frame.opened:
            return []
        if not study.single:
            names = " ".join(study.directions)
            return [Piece(line(("several objectives: no single best", self.pen("dim")), f"  ({names})"))]
        if best is None or best.value is None:
            return [Piece(line((f"{BEST} no best yet", self.pen("dim")), "  the first complete trial sets it"))]
        pieces = [
            Piece(line((f"{BEST} best {figures.metric(best.value)}", self.pen("best")), f"  #{best.number}")),
        ]
        base = study.baseline
        if base is not None and base.value is not None and base.number != best.number:
            gap = best.value - base.value
            good = (study.direction is Direction.MAXIMIZE and gap > 0) or (
                study.direction is Direction.MINIMIZE and gap < 0
            )
            words = f"{figures.gap(gap)} {'better' if good else 'worse'} than the baseline"
            pieces.append(Piece(line((words, self.pen("good" if good else "warn"))), 1))
            pieces.append(Piece(line((f"({figures.metric(base.value)}, #{base.number})", self.pen("dim"))), 3))
        return pieces

    def _result(self, frame: Frame, state: Progress, width: int) -> Text:
        """Best, baseline, what pruning saved; at the right what steering has put in force."""
        pieces = self._best(frame)
        pieces.append(Piece(line((reading(frame.study), self.pen("run"))), 2))
        if state.saved is not None and frame.opened:
            pieces.append(Piece(line(f"pruning saved {figures.percent(state.saved)} of the steps"), 2))
        overrides = self._overrides(frame)
        left = pack(pieces, width - overrides.cell_len - 2 if overrides.cell_len < width // 2 else width)
        return spread(left, overrides, width) if overrides.cell_len else left

    def _overrides(self, frame: Frame) -> Text:
        control, space = frame.study.control, frame.study.space
        steered = [f"{clip(n, 20)} {range_text(space.get(n)).split(',')[0]}" for n in control.bounds]
        steered += [f"{clip(n, 20)} = {clip(_value(v, space.get(n)), 20)}" for n, v in control.fixed.items()]
        if not steered:
            return Text(end="")
        more = f", {len(steered) - 1} more" if len(steered) > 1 else ""
        return line(("steered: ", self.pen("dim")), (f"{steered[0]}{more}", self.pen("run")))

    def _summary(self, frame: Frame, state: Progress, width: int) -> Text:
        """The second of two lines: everything that the three lines have, as far as it goes."""
        best = self._best(frame)
        if not frame.opened:
            return line()
        found = tally(frame.study)
        counts, cut = found.search, found.interrupted
        words = [("pruned", counts[TrialState.PRUNED], 5), ("failed", counts[TrialState.FAILED] - cut, 4)]
        words += [("interrupted", cut, 7)] if cut else []
        words.append(("running", counts[TrialState.RUNNING], 6))
        words += [(word, found.validated, 4)] if (word := _validated(found)) else []
        pieces = [Piece(line(self._of_budget(state).strip()), 0), *self._phase(frame)]
        pieces += [Piece(self._eta(frame), 2), *best[:1]]
        if state.step_budget is not None:
            pieces.insert(1, Piece(line(steps_words(state)), 1))
        pieces.append(Piece(line((reading(frame.study), self.pen("run"))), 2))
        if len(best) > 1:
            pieces.append(Piece(line(best[1].text.plain.replace(" the baseline", " baseline")), 3))
        pieces += [Piece(line(f"{figures.count(n)} {word}"), rank) for word, n, rank in words]
        control = frame.study.control
        if control.bounds:
            pieces.append(Piece(line((plural(len(control.bounds), "bound") + " steered", self.pen("run"))), 7))
        if control.fixed:
            pieces.append(Piece(line((f"{len(control.fixed)} fixed", self.pen("run"))), 7))
        return pack(pieces, width, gap=2)


def _value(value: ParamValue, range_: Range | None) -> str:
    return str(value) if range_ is None else written(value, range_)


def _validated(found: Tally) -> str:
    """What follows the number of validated runs: ``of 15 validated``; empty where there are none."""
    total = found.validated + found.validating
    return f"of {figures.count(total)} validated" if total else ""
