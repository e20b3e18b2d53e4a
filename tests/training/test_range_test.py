"""G9: the sweep trains what it is given, and leaves no trace of itself, bit for bit."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader, TensorDataset

from hpt_tui.errors import InputError
from hpt_tui.training import RangeTest, run_range_test, seed_everything

STEPS = 30


class Net(nn.Module):
    """BatchNorm, Dropout, a buffer that is replaced, not filled, one that is not saved, a state of its own."""

    seen: Tensor
    last: Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 3))
        self.frozen = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4)).eval().requires_grad_(False)
        self.register_buffer("seen", torch.zeros(()))
        self.register_buffer("last", None, persistent=False)
        self.calls = 0

    def forward(self, x: Tensor) -> Tensor:
        self.seen = self.seen + len(x)
        self.last = x.mean()
        self.calls += 1
        found: Tensor = self.body(self.frozen(x) + x)
        return found

    def get_extra_state(self) -> dict[str, int]:
        return {"calls": self.calls}

    def set_extra_state(self, state: dict[str, int]) -> None:
        self.calls = state["calls"]


@pytest.fixture(autouse=True)
def seeded() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    seed_everything(0)
    yield
    torch.set_num_threads(threads)


def adam(model: nn.Module) -> Optimizer:
    head = [p for n, p in model.named_parameters() if n.startswith("body.4")]
    rest = [p for n, p in model.named_parameters() if not n.startswith("body.4")]
    groups: list[dict[str, Any]] = [{"params": rest}, {"params": head, "lr": 1e-4}]
    return torch.optim.Adam(groups, lr=1e-3)


def sgd(model: nn.Module) -> Optimizer:
    return torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)


def tensor_rate(model: nn.Module) -> Optimizer:
    return torch.optim.AdamW(model.parameters(), lr=torch.tensor(0.01), capturable=False, foreach=False)


def setup(make: Callable[[nn.Module], Optimizer] = adam, before: int = 3) -> RangeTest:
    model = Net()
    optimizer = make(model)
    x, y = torch.randn(20, 4), torch.randint(0, 3, (20,))
    loader = DataLoader(TensorDataset(x, y), 5, shuffle=True, generator=torch.Generator().manual_seed(3))
    test = RangeTest(model, optimizer, loader, lambda b: nn.functional.cross_entropy(model(b[0]), b[1]))
    for _, batch in zip(range(before), loader, strict=False):
        test.one_step(batch)
    return test


def traces(test: RangeTest) -> dict[str, Any]:
    """All that training may change, copied."""
    model, optimizer, loader = test.model, test.optimizer, test.batches
    assert isinstance(loader, DataLoader)
    return copy.deepcopy(
        {
            "parameters": dict(model.named_parameters()),
            "buffers": dict(model.named_buffers()),
            "grads": {name: p.grad for name, p in model.named_parameters()},
            "trained": {name: p.requires_grad for name, p in model.named_parameters()},
            "modes": {name: m.training for name, m in model.named_modules()},
            "extra": model.get_extra_state(),
            "optimizer": optimizer.state_dict(),
            "state": len(optimizer.state),
            "order": loader.generator.get_state() if loader.generator is not None else None,
            "python": random.getstate(),
            "numpy": np.random.get_state(),
            "torch": torch.get_rng_state(),
            "cudnn": (torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic),
        }
    )


def same(one: Any, other: Any) -> bool:  # noqa: ANN401  whatever a state holds
    if isinstance(one, Tensor):
        return isinstance(other, Tensor) and one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    return bool(one == other)


def assert_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert [name for name in one if not same(one[name], other[name])] == []


@pytest.mark.parametrize("before", [0, 3])
@pytest.mark.parametrize("make", [adam, sgd, tensor_rate])
def test_g9_everything_is_as_before(make: Callable[[nn.Module], Optimizer], before: int) -> None:
    test = setup(make, before)
    was = traces(test)
    parameters = [id(p) for p in test.model.parameters()]
    swept = run_range_test(test, 1e-5, 1.0, STEPS)
    assert len(set(swept.losses)) > 3
    assert_same(was, traces(test))
    assert parameters == [id(p) for p in test.model.parameters()]
    assert [id(p) for g in test.optimizer.param_groups for p in g["params"]] != []


def test_the_training_goes_on_as_if_there_had_been_no_test() -> None:
    ends = []
    for tested in (False, True):
        seed_everything(5)
        test = setup()
        if tested:
            run_range_test(test, 1e-5, 1.0, STEPS)
        for batch in test.batches:
            test.one_step(batch)
        ends.append(traces(test))
    assert_same(*ends)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_and_ctrl_c_leave_no_trace_either(error: type[BaseException]) -> None:
    test = setup()
    was = traces(test)

    def vandal(step: int, of: int, rate: float, loss: float) -> None:
        if step == 7:
            test.model.eval()
            test.optimizer.add_param_group({"params": [nn.Parameter(torch.zeros(1))]})
            for parameter in test.model.parameters():
                parameter.requires_grad_(not parameter.requires_grad)
            torch.backends.cudnn.benchmark = not torch.backends.cudnn.benchmark
            random.random()
            np.random.rand()
            raise error

    with pytest.raises(error):
        run_range_test(test, 1e-5, 1.0, STEPS, vandal)
    assert_same(was, traces(test))


def test_the_rates_rise_exponentially_and_groups_keep_their_ratio() -> None:
    test, seen = setup(adam), []

    def each(step: int, of: int, rate: float, loss: float) -> None:
        seen.append((step, of, rate, [group["lr"] for group in test.optimizer.param_groups]))

    swept = run_range_test(test, 1e-6, 1e-2, 5, each)
    assert swept.rates == pytest.approx([1e-6, 1e-5, 1e-4, 1e-3, 1e-2])
    assert [(step, of) for step, of, *_ in seen] == [(k, 5) for k in range(1, 6)]
    assert [rates for *_, rates in seen] == [pytest.approx([rate, rate / 10]) for *_, rate, _ in seen]
    assert (swept.steps, swept.optimizer, swept.batches) == (5, "Adam", 4)


def test_it_takes_about_an_epoch_within_limits_and_goes_through_short_data_again() -> None:
    assert len(run_range_test(setup(), 1e-6, 1e-5).rates) == 100


def test_it_ends_where_the_loss_diverges_or_is_no_number() -> None:
    swept = run_range_test(setup(sgd), 1e-3, 1e9, STEPS)
    assert len(swept.rates) < STEPS == swept.steps
    test, step = setup(), iter([1.0, 1.0, float("nan"), 1.0])
    swept = run_range_test(RangeTest(test.model, test.optimizer, test.batches, step=lambda _: next(step)), 1, 2, 4)
    assert len(swept.losses) == 3


def test_a_step_of_its_own_does_all_of_it() -> None:
    test = setup(sgd)

    def step(batch: tuple[Tensor, Tensor]) -> Tensor:
        test.optimizer.zero_grad()
        loss = nn.functional.cross_entropy(test.model(batch[0]), batch[1])
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(test.model.parameters(), 1.0)
        test.optimizer.step()
        return loss.detach()

    swept = run_range_test(RangeTest(test.model, test.optimizer, test.batches, step=step), 1e-5, 1.0, STEPS)
    assert len(set(swept.losses)) > 3


LOSS = torch.tensor(1.0)


def without_rate() -> Optimizer:
    """As some optimizers are that find a rate by themselves."""
    optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters())
    optimizer.param_groups[0]["lr"] = None
    return optimizer


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"model": 3}, "model must be a torch.nn.Module, not int"),
        ({"model": nn.LazyLinear(3)}, "the model has lazy parameters; run one batch through it first"),
        ({"optimizer": None}, "optimizer must be a torch.optim.Optimizer, not None"),
        ({"optimizer": torch.optim.SGD([{"params": []}])}, "the optimizer has no parameter to train"),
        ({"optimizer": without_rate()}, "the optimizer has a group without a learning rate; give it one: lr=..."),
        (
            {"optimizer": torch.optim.SGD(nn.Linear(1, 1).parameters())},
            "the optimizer trains no parameter of the model; give it model.parameters()",
        ),
        ({"batches": 5}, "batches must be a DataLoader or a list, not int"),
        ({"loss": None}, "needs a loss or a step, one of the two; loss=lambda batch: ..."),
        ({"step": lambda _: LOSS}, "needs a loss or a step, one of the two; loss=lambda batch: ..."),
        ({"loss": 3}, "loss must be a function of a batch, not int"),
        ({"batches": []}, "batches is empty"),
        ({"batches": iter([])}, "batches is empty"),
        (
            {"batches": iter([torch.ones(2, 1)] * 2)},
            "batches ended after 2 of 30 steps and cannot be gone through again; return a DataLoader or a list",
        ),
        (
            {"loss": lambda _: torch.zeros(4, 2)},
            "loss must return one number, not a tensor of shape (4, 2); end it",
        ),
        ({"loss": lambda _: 0.5}, "loss must return a tensor with one number, not float"),
        ({"loss": lambda _: LOSS}, "the loss has no gradient; return a tensor that the model's output went into"),
        ({"loss": None, "step": lambda _: None}, "step must return a tensor with one number, not None"),
    ],
)
def test_what_cannot_be_trained_is_one_line(wrong: dict[str, Any], line: str) -> None:
    model = nn.Linear(1, 1)
    right: dict[str, Any] = {
        "model": model,
        "optimizer": torch.optim.SGD(model.parameters()),
        "batches": [torch.ones(2, 1)],
        "loss": lambda x: model(x).mean(),
    }
    with pytest.raises(InputError) as raised:
        run_range_test(RangeTest(**{**right, **wrong}), 1e-5, 1.0, STEPS)
    assert raised.value.line.startswith(f"RangeTest: {line}")
