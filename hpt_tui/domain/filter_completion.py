"""How a word of the trial filter goes on: names, states, keywords and choices of the study."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from hpt_tui.domain.figures import plain
from hpt_tui.domain.filter_comparison import meant_by, names
from hpt_tui.domain.filter_syntax import Text
from hpt_tui.domain.quantities import PARAM, chosen
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.trial_filter import FEATURES, KINDS

LONGEST = 64
"""Letters; what is longer is not offered."""
KEYWORDS = ("state:", "is:", "has:", "worker:", "and", "not")
_WORD = re.compile(r"""(?P<before>(?:(?P<name>"[^"]+"|[^\s<>=!:()"-][^\s<>=!:()"]*)\s*(?P<sign>[:=<>!]+)\s*)?)
                       (?P<word>"[^"]*|[^\s<>=!:()"-][^\s<>=!:()"]*)$""", re.VERBOSE)  # fmt: skip
_PLAIN = re.compile(r"[^\s<>=!:()\"-][^\s<>=!:()\"]*")


@dataclass(frozen=True, slots=True)
class Completion:
    """A filter with the word at the cursor written out, and where the cursor then is."""

    text: str
    cursor: int


def complete(text: str, cursor: int, study: StudySnapshot) -> Completion | None:
    """``text`` with the word that ends at ``cursor`` written out; None if nothing goes on so."""
    found = _WORD.search(text[:cursor])
    if found is None:
        return None
    word = found["word"]
    begun = word.lstrip('"').lower()
    if not begun:
        return None
    for candidate in _candidates(found["name"], found["sign"], study):
        known = plain(candidate)
        if known.lower().startswith(begun) and known.lower() != begun and len(known) <= LONGEST:
            written = _written(word, known)
            start = cursor - len(word)
            return Completion(text[:start] + written + text[cursor:], start + len(written))
    return None


def _written(word: str, known: str) -> str:
    """``known`` with the letters of ``word`` as they were typed, quoted if it must be."""
    if word.startswith('"') or not _PLAIN.fullmatch(known.removesuffix(":")):
        return '"' + known.replace('"', '""') + '"'
    return word + known[len(word) :]


def _candidates(name: str | None, sign: str | None, study: StudySnapshot) -> Iterable[str]:
    if name is None or sign is None:
        return (*names(study), *KEYWORDS, *TrialState)
    if sign == ":":
        params = study.trials.columns.params
        asked = {
            "state": tuple(TrialState),
            "is": KINDS,
            "has": (*FEATURES, *params),
            "worker": study.trials.columns.worker_ids,
        }
        if (known := asked.get(name.lower())) is not None:
            return known
    return _choices(Text(name.strip('"'), quoted=name.startswith('"')), study) if sign in (":", "=", "!=") else ()


def _choices(name: Text, study: StudySnapshot) -> Iterable[str]:
    params = study.trials.columns.params
    meant = [quantity.removeprefix(PARAM) for quantity in meant_by(name, study) if quantity.startswith(PARAM)]
    options = (option for one in meant if one in params for option in chosen(study.trials, one).options)
    return dict.fromkeys(option for option in options if isinstance(option, str))
