"""The GPUs of one machine: which are to be used, by how many workers each, and how they are doing."""

from __future__ import annotations

from dataclasses import dataclass

MOST_PER_GPU = 32
GPU_VARIABLE = "HPT_TUI_GPU"
"""Tells a worker what its GPU is called, so that it need not ask the driver."""
SHARE_VARIABLE = "HPT_TUI_GPU_SHARE"
"""What part of its GPU's memory a worker may take, for a study file to know; of torch the worker sees to it."""
ALL = "all"
"""What stands for every GPU of a machine."""


@dataclass(frozen=True, slots=True)
class Packing:
    """Which GPUs of one machine get workers, and how many each."""

    gpus: tuple[str, ...] = ()
    """Their names, as :func:`is_called` knows them; empty: all."""
    per_gpu: int | None = None
    """How many workers a GPU gets at most, 1..32, each with that share of its memory; None: as many as are
    wanted, in turns and without a share."""
    at: float = 0.0
    """When it was ordered, epoch seconds."""

    @property
    def words(self) -> str:
        """``gpu 0, 2 with up to 3 workers each``."""
        which = "all GPUs" if not self.gpus else f"gpu {', '.join(self.gpus)}"
        if self.per_gpu is None:
            return which
        return f"{which} with up to {self.per_gpu} worker{'s' * (self.per_gpu != 1)} each"

    @property
    def share(self) -> float:
        """What part of a GPU's memory each worker may take, above 0 and at most 1."""
        return 1.0 / self.per_gpu if self.per_gpu else 1.0


EVERYTHING = Packing()
"""All GPUs, in turns: what holds until somebody says otherwise."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU of this machine, or one MIG instance of it, as it is now. Memory is in bytes."""

    uuid: str
    label: str
    """``gpu0``, or ``gpu0:1`` for a MIG instance."""
    name: str
    total: int
    used: int | None = None
    busy: int | None = None
    """Percent of the last moment in which it computed; None where the driver doesn't say (MIG)."""
    chosen: bool = True
    drained: bool = False


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine that a session runs on."""

    host: str = ""
    gpus: tuple[Gpu, ...] = ()
    packing: Packing = EVERYTHING


NO_MACHINE = Machine()


def is_called(name: str, uuid: str, index: int, part: int | None) -> bool:
    """Whether ``name`` names that GPU or MIG instance: by its index as nvidia-smi has it (which means all the
    instances of one that is split), by ``INDEX:INSTANCE``, or by the beginning of its UUID."""
    if name.startswith(("GPU-", "MIG-")):
        return uuid.startswith(name)
    number = name.removeprefix("gpu")
    return number == str(index) or (part is not None and number == f"{index}:{part}")


def gpu_names(text: str) -> tuple[str, ...]:
    """``0,2`` as the names in it; ``all`` as none.

    Raises:
        ValueError: something in it is no name of a GPU, or there is one twice; the text says which.
    """
    if text.strip() == ALL:
        return ()
    names = tuple(name.strip().removeprefix("gpu") for name in text.split(","))
    for name in names:
        if not _is_name(name):
            raise ValueError(
                f"{name!r} is no GPU; write indices or beginnings of UUIDs, as nvidia-smi -L has them"
            )
        if names.count(name) > 1:
            raise ValueError(f"{name!r} is named twice")
    return names


def _is_name(name: str) -> bool:
    if name.startswith(("GPU-", "MIG-")):
        return len(name) > len("GPU-") and not any(c.isspace() for c in name)
    index, colon, part = name.partition(":")
    return _is_number(index) and (not colon or _is_number(part))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 4
