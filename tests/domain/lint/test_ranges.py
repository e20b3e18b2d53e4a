"""G18, G8, G37, C1: what is wrong with a single range."""

from __future__ import annotations

import pytest

from hpt_tui.domain.lint.declared import Declared
from hpt_tui.domain.lint.finding import Level
from hpt_tui.domain.space import Choices, FloatRange, IntRange, Range
from tests.domain.lint.declarations import HEALTHY, LR, changed, found, ids, space


def test_g18_a_healthy_space_has_nothing_but_information() -> None:
    levels = {f.level for id_ in ids(HEALTHY) for f in found(HEALTHY, id_)}
    assert levels == {Level.INFO}
    assert ids(HEALTHY) == {"interaction"}


@pytest.mark.parametrize(
    ("name", "range_", "level"),
    [
        ("lr", FloatRange(1e-4, 1e-1), Level.ERROR),
        ("lr", FloatRange(0.0, 1e-1), Level.ERROR),
        ("lr", FloatRange(5e-3, 1e-2), Level.WARNING),
        ("lr", Choices((1e-4, 2e-3, 4e-3, 6e-3, 8e-3, 1e-2)), Level.ERROR),
        ("weight_decay", FloatRange(0.0, 0.1), Level.WARNING),
        ("weight_decay", Choices((0.0, 0.025, 0.05, 0.075, 0.1)), Level.WARNING),
        ("l2_reg", FloatRange(1e-6, 1e-2), Level.WARNING),
        ("lr_gamma", FloatRange(0.1, 0.9), Level.WARNING),
        ("scheduler__gamma", FloatRange(0.9, 0.99), Level.INFO),
    ],
)
def test_g18_what_acts_by_factors_must_not_be_linear(name: str, range_: Range, level: Level) -> None:
    (finding,) = found(changed(**{name: range_}), "linear-scale")
    assert (finding.level, finding.rule, finding.parameters) == (level, "G18", (name,))
    corrected = finding.corrected[name]
    assert isinstance(corrected, FloatRange)
    assert corrected.log
    assert not found(changed(**{name: corrected}), "linear-scale")


@pytest.mark.parametrize(
    ("name", "range_"),
    [
        ("lr", LR),
        ("lr", Choices((1e-4, 1e-3, 1e-2, 1e-1))),
        ("lr", Choices((1e-3, 2e-3, 3e-3, 5e-3, 1e-2))),
        ("lr", Choices((1e-3, 1e-1))),
        ("weight_decay", Choices((0.0, 1e-5, 1e-4, 1e-3, 1e-2, 0.1))),
        ("weight_decay", Choices(("none", 1e-4, 2e-4, 3e-4))),
        ("gamma", FloatRange(0.1, 0.9)),
        ("dropout", FloatRange(0.0, 0.5)),
    ],
)
def test_g18_log_scales_spread_lists_and_unknown_names_are_left_alone(name: str, range_: Range) -> None:
    assert not found(changed(**{name: range_}), "linear-scale")


def test_g18_a_linear_learning_rate_is_shown_with_the_share_of_draws_that_it_wastes() -> None:
    (finding,) = found(space(lr=FloatRange(0.0, 0.1)), "linear-scale")
    assert "90 % of the draws lie above 0.01" in finding.summary
    assert finding.corrected["lr"] == FloatRange(1e-5, 0.1, log=True)


def test_c1_a_weight_decay_from_zero_becomes_a_switch_and_a_log_range() -> None:
    (finding,) = found(space(wd=FloatRange(0.0, 0.1)), "linear-scale")
    assert finding.corrected == {"wd": FloatRange(1e-5, 0.1, log=True), "use_wd": Choices((False, True))}
    assert "C1" in finding.fix


@pytest.mark.parametrize(
    ("name", "range_", "corrected", "level"),
    [
        ("batch_size", IntRange(16, 256), IntRange(16, 256, log=True), Level.WARNING),
        ("width", IntRange(64, 1024, step=64), IntRange(64, 1024, log=True), Level.WARNING),
        ("x", FloatRange(0.01, 1.0), FloatRange(0.01, 1.0, log=True), Level.WARNING),
        ("x", FloatRange(0.01, 1.0, step=0.01), FloatRange(0.01, 1.0, log=True), Level.WARNING),
        ("n_layers", IntRange(1, 20), IntRange(1, 20, log=True), Level.INFO),
    ],
)
def test_g18_over_one_order_of_magnitude_belongs_on_a_log_scale(
    name: str, range_: Range, corrected: Range, level: Level
) -> None:
    (finding,) = found(space({name: range_}), "wide-linear")
    assert (finding.level, dict(finding.corrected)) == (level, {name: corrected})


@pytest.mark.parametrize(
    ("name", "range_"),
    [
        ("x", FloatRange(0.01, 0.1)),
        ("x", FloatRange(0.0, 100.0)),
        ("x", FloatRange(-5.0, 100.0)),
        ("dropout", FloatRange(0.01, 0.5)),
        ("warmup_steps", IntRange(10, 1000)),
        ("n_layers", IntRange(1, 8)),
        ("batch_size", IntRange(16, 256, log=True)),
        ("batch_size", Choices((16, 32, 64, 128, 256))),
    ],
)
def test_g18_one_order_zero_and_what_is_linear_by_nature_are_left_alone(name: str, range_: Range) -> None:
    assert not found(space({name: range_}), "wide-linear")


@pytest.mark.parametrize(
    ("name", "range_", "low"),
    [("lr", FloatRange(0.0, 0.1, log=True), 1e-5), ("x", FloatRange(0.0, 10.0, log=True), 1e-3)],
)
def test_c1_a_log_scale_from_zero_is_an_error(name: str, range_: Range, low: float) -> None:
    (finding,) = found(space({name: range_}), "log-from-zero")
    corrected = finding.corrected[name]
    assert isinstance(corrected, FloatRange)
    assert (finding.level, corrected.log) == (Level.ERROR, True)
    assert corrected.low == pytest.approx(low)
    assert not found(space({name: corrected}), "log-from-zero")


@pytest.mark.parametrize(
    "range_",
    [FloatRange(1e-3, 5e-2, log=True), FloatRange(5e-3, 1e-2), Choices((8e-3, 9e-3, 1e-2, 1.1e-2, 1.2e-2))],
)
def test_g18_a_learning_rate_under_two_orders_of_magnitude_is_too_narrow(range_: Range) -> None:
    (finding,) = found(space(lr=range_), "narrow-lr")
    assert finding.corrected == {"lr": FloatRange(1e-5, 1e-1, log=True)}


@pytest.mark.parametrize(
    "range_", [FloatRange(1e-4, 1e-2, log=True), Choices((1e-4, 1e-3, 1e-2)), Choices(("low", "high"))]
)
def test_g18_two_orders_of_magnitude_are_enough(range_: Range) -> None:
    assert not found(space(lr=range_), "narrow-lr")


@pytest.mark.parametrize(
    ("optimizers", "range_", "level"),
    [
        (("sgd",), FloatRange(1e-5, 1e-3, log=True), Level.WARNING),
        (("AdamW", "adam"), FloatRange(1e-2, 1.0, log=True), Level.WARNING),
        (("sgd", "adamw"), FloatRange(1e-5, 1e-3, log=True), Level.INFO),
        (("rmsprop",), FloatRange(1e-7, 5e-5, log=True), Level.WARNING),
    ],
)
def test_g8_a_learning_rate_out_of_its_optimizers_region_is_found(
    optimizers: tuple[str, ...], range_: Range, level: Level
) -> None:
    declared = space(lr=range_, optimizer=Choices(optimizers))
    (finding,) = found(declared, "lr-region")
    assert finding.level is level
    if level is Level.WARNING:
        assert not found(space({**declared.space, **finding.corrected}), "lr-region")


@pytest.mark.parametrize(
    ("optimizers", "range_"),
    [
        (("sgd", "adamw"), FloatRange(1e-4, 1e-1, log=True)),
        (("adam",), FloatRange(1e-3, 1e-1, log=True)),
        (("lion",), FloatRange(1e-9, 1e-8, log=True)),
        ((), FloatRange(1e-9, 1e-8, log=True)),
    ],
)
def test_g8_a_range_that_touches_the_region_or_an_unknown_optimizer_is_left_alone(
    optimizers: tuple[str, ...], range_: Range
) -> None:
    assert not found(space(lr=range_, optimizer=Choices(optimizers)), "lr-region")


def test_g8_a_learning_rate_that_names_its_optimizer_is_judged_by_that_one() -> None:
    declared = space(
        sgd_lr=FloatRange(1e-2, 1.0, log=True),
        adamw_lr=FloatRange(1e-2, 1.0, log=True),
        optimizer=Choices(("sgd", "adamw")),
    )
    (finding,) = found(declared, "lr-region")
    assert (finding.parameters, finding.level) == (("adamw_lr",), Level.WARNING)
    assert finding.corrected == {"adamw_lr": FloatRange(1e-5, 1e-2, log=True)}


@pytest.mark.parametrize(
    ("range_", "level", "corrected"),
    [
        (FloatRange(0.0, 0.7), Level.WARNING, FloatRange(0.0, 0.6)),
        (FloatRange(0.0, 0.9), Level.ERROR, FloatRange(0.0, 0.6)),
        (FloatRange(0.0, 0.9, step=0.25), Level.ERROR, FloatRange(0.0, 0.5, step=0.25)),
        (FloatRange(0.7, 0.9), Level.ERROR, FloatRange(0.0, 0.6)),
        (Choices((0.0, 0.3, 0.6, 0.9)), Level.ERROR, Choices((0.0, 0.3, 0.6))),
    ],
)
def test_g18_dropout_above_06_is_a_warning_and_above_08_an_error(
    range_: Range, level: Level, corrected: Range
) -> None:
    (finding,) = found(space(dropout=range_), "dropout")
    assert (finding.level, dict(finding.corrected)) == (level, {"dropout": corrected})


@pytest.mark.parametrize("range_", [FloatRange(0.0, 0.6), Choices((0.0, 0.2, 0.4, 0.6)), IntRange(0, 50)])
def test_g18_dropout_up_to_06_or_in_another_unit_is_left_alone(range_: Range) -> None:
    assert not found(space(dropout=range_), "dropout")


@pytest.mark.parametrize(
    ("options", "corrected"),
    [
        (("adam", "sgd"), ("adamw", "sgd")),
        (("Adam", "AdamW"), ("AdamW",)),
        (("torch.optim.Adam", "SGD"), ("torch.optim.AdamW", "SGD")),
    ],
)
@pytest.mark.parametrize("decay", ["weight_decay", "l2"])
def test_g18_weight_decay_with_adam_calls_for_adamw(
    decay: str, options: tuple[str, ...], corrected: tuple[str, ...]
) -> None:
    declared = space({decay: FloatRange(1e-5, 1e-2, log=True), "optimizer": Choices(options)})
    (finding,) = found(declared, "adam-with-l2")
    assert finding.corrected == {"optimizer": Choices(corrected)}


@pytest.mark.parametrize(
    "declared",
    [
        space(wd=FloatRange(1e-5, 1e-2, log=True), optimizer=Choices(("sgd", "adamw"))),
        space(lr=LR, optimizer=Choices(("adam", "sgd"))),
        space(l1=FloatRange(1e-5, 1e-2, log=True), optimizer=Choices(("adam",))),
    ],
)
def test_g18_adamw_sgd_and_adam_without_decay_are_left_alone(declared: Declared) -> None:
    assert "adam-with-l2" not in ids(declared)


@pytest.mark.parametrize("range_", [FloatRange(1e-9, 1e-7, log=True), FloatRange(1.0, 50.0, log=True)])
def test_g37_weight_decay_out_of_every_usual_region_is_found(range_: Range) -> None:
    (finding,) = found(space(weight_decay=range_), "decay-region")
    assert finding.rule == "G37"
    assert not found(space(finding.corrected), "decay-region")


def test_g37_weight_decay_that_reaches_a_usual_region_is_left_alone() -> None:
    assert not found(space(weight_decay=FloatRange(1e-9, 1e-4, log=True)), "decay-region")


@pytest.mark.parametrize(
    ("range_", "level"),
    [
        (FloatRange(0.1, 0.5), Level.WARNING),
        (FloatRange(0.96, 0.999), Level.WARNING),
        (FloatRange(0.0, 0.99), Level.INFO),
        (Choices((0.5, 0.9)), Level.INFO),
    ],
)
def test_g37_momentum_works_from_08_to_095(range_: Range, level: Level) -> None:
    (finding,) = found(space(momentum=range_), "momentum-region")
    assert (finding.rule, finding.level) == ("G37", level)


@pytest.mark.parametrize("range_", [FloatRange(0.8, 0.95), FloatRange(0.9, 0.99), Choices((0.8, 0.9, 0.95))])
def test_g37_usual_momentum_is_left_alone(range_: Range) -> None:
    assert not found(space(momentum=range_), "momentum-region")


@pytest.mark.parametrize(
    ("name", "range_"), [("warmup_ratio", FloatRange(0.3, 0.5)), ("warmup_pct", IntRange(20, 60))]
)
def test_g37_warmup_takes_5_to_10_percent_of_the_steps(name: str, range_: Range) -> None:
    (finding,) = found(space({name: range_}), "warmup-share")
    assert (finding.rule, finding.level) == ("G37", Level.INFO)


def test_g37_warmup_epochs_are_measured_against_the_length_of_a_trial() -> None:
    declared = changed(warmup_epochs=IntRange(10, 20))
    (finding,) = found(declared, "warmup-share")
    assert "33 % to 67 %" in finding.summary
    assert not found(changed(warmup_epochs=IntRange(0, 5)), "warmup-share")
    assert not found(space(warmup_epochs=IntRange(10, 20)), "warmup-share")
