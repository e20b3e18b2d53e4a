"""A labelled corpus: studies made by real Optuna runs, half healthy, half with one planted fault each.

It is made from the requirements (G6, G24) and from what training does, not from the rules or their thresholds.
``python -m tests.corpus --seed 3`` prints how the rules do on another throw of it.
"""
