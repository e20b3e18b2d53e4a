"""G1 and G2: what a parameter is by its name, and how the budget is shared."""

from __future__ import annotations

import pytest

from hpt_tui.domain.roles import Role, role_of, with_role
from hpt_tui.domain.tiers import SHARES, Group, budget_shares, tier_of

NAMED = {
    Role.LEARNING_RATE: "lr LR learning_rate learningRate optimizer__lr optim.lr base-lr lr0 max_lr",
    Role.SCHEDULE: "lr_schedule scheduler LRScheduler lr_scheduler_type min_lr eta_min lr_step_size lr_patience"
    " final_lr schedule",
    Role.DECAY_FACTOR: "lr_decay lr_gamma scheduler__gamma scheduler_factor lr_decay_rate lr_decay_per_epoch",
    Role.BATCH_SIZE: "batch_size batchSize bs train_batch_size per_device_batch_size",
    Role.OPTIMIZER: "optimizer Optimiser optim optimizer_name optimizer.type train_optimizer",
    Role.WEIGHT_DECAY: "wd weight_decay weightDecay optimizer__weight_decay adam_wd",
    Role.REGULARISATION: "l2 l1 l2_reg lambda_l1 reg_lambda regularization regularisation_strength",
    Role.MOMENTUM: "momentum beta1 beta_2 betas adam_beta1 sgd_momentum nesterov",
    Role.WARMUP: "warmup warmup_steps warm_up_ratio lr_warmup_epochs warmupSteps",
    Role.WIDTH: "width hidden hidden_size hidden_dim n_units n_units_l0 channels d_model embed_dim layer_size",
    Role.DEPTH: "depth n_layers num_layers numLayers hidden_layers blocks",
    Role.DROPOUT: "dropout dropout_rate attn_dropout Dropout1 drop_rate attention.dropout",
    Role.CLIPPING: "grad_clip gradient_clipping max_grad_norm clipnorm clip_norm gradient_clip_val",
    Role.ACTIVATION: "activation act_fn activation_function hidden_activation nonlinearity",
    Role.NORM_EPSILON: "layer_norm_eps layernorm_epsilon bn_eps norm_eps",
    Role.ADAM_EPSILON: "adam_epsilon adam_eps optimizer__eps",
}

UNKNOWN = """
gamma alpha beta decay eps epsilon C x seed epochs max_depth n_estimators image_width
frozen_layers tau label_smoothing momentum_schedule bn_momentum l1_ratio lr_mult
clip_range optimizer_steps patience size ∂x _ 日本
"""


@pytest.mark.parametrize(
    ("role", "name"), [(role, name) for role, names in NAMED.items() for name in names.split()]
)
def test_g1_a_name_tells_its_role(role: Role, name: str) -> None:
    assert role_of(name) is role


@pytest.mark.parametrize("name", [*UNKNOWN.split(), "", " "])
def test_g1_an_unknown_or_ambiguous_name_is_unclassified_never_a_guess(name: str) -> None:
    assert role_of(name) is Role.UNCLASSIFIED
    assert tier_of(name) is None


def test_g1_the_tiers_are_the_guides() -> None:
    tiers = {
        1: "lr schedule",
        2: "batch_size optimizer",
        3: "wd momentum warmup",
        4: "width depth dropout grad_clip",
    }
    tiers[5] = "activation norm_eps adam_eps"
    assert {name: tier_of(name) for names in tiers.values() for name in names.split()} == {
        name: tier for tier, names in tiers.items() for name in names.split()
    }


def test_g2_the_shares_of_a_whole_space_are_the_guides() -> None:
    shares = budget_shares(["activation", "dropout", "optimizer", "lr", "lr_schedule", "wd", "odd"])
    assert [(s.group, round(s.share, 6)) for s in shares] == list(SHARES.items())
    assert shares[3].parameters == ("dropout", "wd")
    assert shares[4].parameters == ("activation", "odd")


def test_g2_shares_are_renormalised_over_the_groups_that_are_present() -> None:
    shares = budget_shares(["lr", "dropout"])
    assert {s.group: round(s.share, 6) for s in shares} == {Group.LEARNING_RATE: 0.8, Group.REGULARISATION: 0.2}
    assert budget_shares([]) == ()


def test_parameters_are_found_by_role() -> None:
    assert with_role(("wd", "lr", "width", "n_layers"), Role.WIDTH, Role.DEPTH) == ("width", "n_layers")
