"""What a range test is to be: which parameter, with which others, from where to where, on which GPU."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hpt_tui.cli import gpu_choice, orders
from hpt_tui.cli.one_study import read_study, studies_of
from hpt_tui.domain.configuration import value_of
from hpt_tui.domain.description import Description
from hpt_tui.domain.lint.declared import Declared, numbers
from hpt_tui.domain.lint.wording import listed, number
from hpt_tui.domain.lr_range import default_sweep
from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.range_request import RangeRequest
from hpt_tui.domain.roles import Role, with_role
from hpt_tui.domain.space import ParamValue, Range
from hpt_tui.domain.target import is_sweep, target_file
from hpt_tui.errors import InputError, OrderRefusedError, StudyFileError, StudyNotFoundError
from hpt_tui.store.address import Address, Kind, parse_address


@dataclass(frozen=True, slots=True)
class Asked:
    """The command line."""

    target: str
    parameter: str = ""
    trial: int | None = None
    params: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    steps: int | None = None
    storage: str | None = None
    study: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is known before anything is trained."""

    target: str
    """``FILE.py[:objective]``."""
    name: str
    """The study's."""
    parameter: str
    """Empty where the file declares no space and none was named."""
    space: Mapping[str, Range]
    request: RangeRequest
    device: str
    """``gpu0``, or ``cpu``."""
    where: orders.Where | None = None
    """The study that the range is to be written into; None: none, or there is none yet."""
    wanted: bool = False
    """Whether it is to be written."""

    @property
    def declared(self) -> Declared:
        return Declared(self.space, fixed=self.request.params)


def check(asked: Asked, *, write: bool, yes: bool) -> None:
    """What can be seen without the study file.

    Raises:
        InputError: it makes no sense.
    """
    if is_sweep(asked.target):
        raise InputError(
            asked.target, "is a sweep, and lr-find trains a study file's own model", "give a .py file"
        )
    for option, rate in (("--from", asked.low), ("--to", asked.high)):
        if rate is not None and not (math.isfinite(rate) and rate > 0):
            raise InputError(option, f"must be a learning rate above 0, not {rate:g}")
    if asked.low is not None and asked.high is not None:
        _check_order(asked.low, asked.high)
    for word in asked.params:
        _pair(word)
    if write and not yes:
        orders.need_somebody("Writing the range that is found")


def planned(asked: Asked, described: Description, device: str, *, write: bool) -> Plan:
    """What ``asked`` means for the study file that is ``described``.

    Raises:
        InputError: it means nothing, or what is found could not be written; nothing was trained.
    """
    space = _space(described)
    parameter = _parameter(described, space, asked.parameter)
    default = default_sweep(numbers(space[parameter]) if parameter in space else ())
    low = default[0] if asked.low is None else asked.low
    high = default[1] if asked.high is None else asked.high
    _check_order(low, high)
    request = RangeRequest(_params(asked, described, space, parameter, low), low, high, asked.steps)
    where = _where(asked, described, parameter) if write else None
    name = asked.study or described.name
    return Plan(asked.target, name, parameter, space, request, device, where, write)


def _check_order(low: float, high: float) -> None:
    if not low < high:
        raise InputError("--from and --to", f"{number(low)} is not below {number(high)}")


def _pair(word: str) -> tuple[str, str]:
    name, _, text = (part.strip() for part in word.partition("="))
    if not (name and text):
        raise InputError("--params", f"{word!r} is not NAME=VALUE")
    return name, text


def _space(described: Description) -> dict[str, Range]:
    from hpt_tui.store.distribution_json import range_from_json

    read = {name: range_from_json(text) for name, text in described.space.items()}
    return {name: range_ for name, range_ in read.items() if range_ is not None}


def _parameter(described: Description, space: Mapping[str, Range], wanted: str) -> str:
    """The learning rate that is meant."""
    if not space:
        return wanted
    rates = with_role(space, Role.LEARNING_RATE)
    if wanted:
        if wanted not in space:
            raise InputError(wanted, "there is no such parameter", f"the study has: {listed(sorted(space))}")
        return wanted
    if not rates:
        found = f"has no learning rate among its parameters ({listed(space)})"
        raise StudyFileError(described.file, found, "say which it is: --parameter PARAM")
    if len(rates) > 1:
        raise StudyFileError(
            described.file, f"has several learning rates ({listed(rates)})", f"say which: --parameter {rates[0]}"
        )
    return rates[0]


def _params(
    asked: Asked, described: Description, space: Mapping[str, Range], parameter: str, low: float
) -> dict[str, ParamValue]:
    params = dict(described.baseline) if asked.trial is None else _of_trial(asked, described, asked.trial)
    for word in asked.params:
        name, text = _pair(word)
        if space and name not in space:
            raise InputError(name, "there is no such parameter", f"the study has: {listed(sorted(space))}")
        params[name] = value_of(name, text, space[name]) if space else _literal(text)
    if parameter and parameter not in params:
        # It is swept anyway; this is but what the optimizer is made with.
        params[parameter] = low
    if missing := [name for name in space if name not in params]:
        whose = "the baseline" if asked.trial is None else f"trial #{asked.trial}"
        remedy = f"give it: --params {missing[0]}=VALUE" + (", or --trial N" if asked.trial is None else "")
        raise InputError(whose, f"has no value for {listed(missing)}", remedy)
    return params


def _of_trial(asked: Asked, described: Description, trial: int) -> dict[str, ParamValue]:
    address = _address(asked)
    study = read_study(address.url, asked.study or described.name)
    place = study.trials.place(trial)
    if place is None:
        raise InputError(f"--trial {trial}", f"{study.name} has no such trial", f"it has {len(study.trials)}")
    return dict(study.trials[place].params)


def _literal(text: str) -> ParamValue:
    """A value of a parameter that no declaration knows: a number where it reads like one."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _address(asked: Asked) -> Address:
    from hpt_tui.cli.run import default_storage

    return parse_address(asked.storage or str(default_storage(Path(target_file(asked.target)).expanduser())))


def _where(asked: Asked, described: Description, parameter: str) -> orders.Where | None:
    """Where the range is to be written; None where there is no such study yet.

    Raises:
        InputError: it could not be written.
    """
    if not parameter:
        raise InputError("--write", "needs to know which parameter the rate is", "add --parameter PARAM")
    address, name = _address(asked), asked.study or described.name
    if address.kind is Kind.SQLITE and not address.file.exists():
        return None
    try:
        studies_of(address, name)
    except StudyNotFoundError:
        return None
    where = orders.Where(address.url, name, as_document=False)
    _check_open(where, parameter)
    return where


def _check_open(where: orders.Where, parameter: str) -> None:
    """Whether the study would take other bounds at all."""
    # Bounds that no study has: the range that will be found is not known yet.
    probe = ChangeBound(parameter, 1.2345e-7, 12.345)
    with orders.open_errand(where) as errand:
        errand.foresee([probe])
        fixed = errand.frame.study.control.fixed
    if parameter in fixed:
        raise OrderRefusedError(parameter, f"is fixed to {fixed[parameter]}", "free it first: hpt-tui unfix")


def device_for(gpu: tuple[str, ...] | None) -> tuple[str, dict[str, str]]:
    """The GPU, or the CPU where there is none, and what makes a process see that one alone."""
    from hpt_tui.supervisor.allotment import resolved
    from hpt_tui.supervisor.gauge import freest, read_loads
    from hpt_tui.supervisor.gpu import gpu_slot

    devices = gpu_choice.devices_here()
    if gpu is not None:
        try:
            chosen = resolved(gpu, devices)
        except LookupError as error:
            raise InputError("--gpu", str(error)) from error
        if len(chosen) != 1:
            raise InputError("--gpu", "names several GPUs, and one model trains on one", "name one")
        slot = gpu_slot(chosen[0])
    elif devices:
        device, free = freest(devices, read_loads(devices))
        if not free:
            orders.narrate(f"no GPU is free: sharing {device.label}; --gpu takes another one")
        slot = gpu_slot(device)
    else:
        return "cpu", {}
    return slot.device, dict(slot.environment)
