"""A program as people write them for W&B's sweeps; it knows nothing of hpt-tui or Optuna."""

from __future__ import annotations

import argparse

import wandb


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.5)
    parser.add_argument("--layers", type=int, default=1)
    given, _ = parser.parse_known_args()
    with wandb.init(project="mine", config={"lr": 0.123, "epochs": 3, "momentum": 0.9}) as run:
        config = wandb.config
        assert config.lr == given.lr
        assert config["momentum"] == 0.9
        run.watch(object(), log="all")
        for epoch in range(config.epochs):
            loss = (config.lr - 0.3) ** 2 + config.optimizer.decay + 1.0 / (epoch + 1)
            wandb.log({"val_loss": loss, "train_loss": loss / 2, "picture": wandb.Image(None), "epoch": epoch})
    wandb.finish()


if __name__ == "__main__":
    main()
