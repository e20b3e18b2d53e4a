"""G1 to G22, G30 to G37: what to tune, how, in which space, and what the example studies show."""

from __future__ import annotations

from hpt_tui.domain.rulebook.rule import Rule

PLANNING: tuple[Rule, ...] = (
    Rule(
        "G1",
        "Parameters matter in tiers: learning rate and schedule, batch and optimizer, regularisation, size, "
        "the rest.",
        "What matters most hides what matters less until it is settled.",
        "Classed by name, never guessed: an unknown name is unclassified.",
    ),
    Rule(
        "G2",
        "The budget follows the tiers: 40 % learning rate, 30 % schedule, 15 % batch and optimizer, 10 %, 5 %.",
        "Trials spent on what hardly matters are lost to what does.",
        "hpt-tui advise shares out the groups that are there.",
    ),
    Rule(
        "G3",
        "Tune in the order of the tiers.",
        "A size chosen at a bad learning rate is chosen by accident.",
        "Hold later tiers at their baseline until the earlier ones have settled.",
    ),
    Rule(
        "G4",
        "Measured importance stands beside the prior tier.",
        "A prior is other people's experience; your trials may disagree.",
        "hpt-tui importance, I on the screen, and hpt-tui advise on a study say where they do.",
    ),
    Rule(
        "G5",
        "Not everything is worth tuning.",
        "A model that converges well, or an hour of budget, gains less than it costs.",
        "hpt-tui advise asks for the situation and says tune or leave.",
    ),
    Rule(
        "G6",
        "Curves tell what is wrong before any search does.",
        "Underfit, overfit, slow and unstable runs have different cures, and only some are tuning.",
        "hpt-tui check tells the best trial's, with the numbers.",
    ),
    Rule(
        "G7",
        "The model's size follows the data's: some 100 K parameters for 10 K examples, 10 M for a million.",
        "Too small underfits whatever the rate, too large learns by heart.",
        "Below 10 K examples start from a pre-trained model.",
    ),
    Rule(
        "G8",
        "Each optimizer has its usual learning rates.",
        "SGD wants rates a hundred times those of AdamW.",
        "hpt-tui lint compares the range with the table.",
    ),
    Rule(
        "G9",
        "One short run with a rising learning rate shows which rates train at all.",
        "The loss falls where the rate begins to work, and leaps where it is too high.",
        "hpt-tui lr-find FILE.py does it on the model itself, and writes the range into the study.",
    ),
    Rule(
        "G10",
        "For one or two parameters, changing them by hand takes three to five runs.",
        "A search needs fifty to say the same.",
        "hpt-tui manual FILE.py: halve on oscillation, change on a plateau, stop when it converges.",
    ),
    Rule(
        "G11",
        "One or two parameters: grid or by hand; three or four: random; more: Bayesian.",
        "A model of the space pays once it is too large to cover.",
        "hpt-tui advise counts them.",
    ),
    Rule(
        "G12",
        "The budget in GPU-hours decides how much can be searched.",
        "Ten hours settle a learning rate, a thousand a whole configuration.",
        "hpt-tui advise --budget says what is in reach.",
    ),
    Rule(
        "G13",
        "Budget and number of parameters together give one answer.",
        "Either alone may ask for what the other forbids.",
        "hpt-tui advise names the rule that it followed where they disagree.",
    ),
    Rule(
        "G14",
        "A grid of more than 100 configurations is no plan.",
        "It grows by a factor with each parameter, and most of its points differ in what does not matter.",
        "Draw at random; hpt-tui advise shows both costs.",
    ),
    Rule(
        "G15",
        "The number of trials is what the budget pays for, or what the stop rules leave.",
        "A number out of the air is either too few or wasted.",
        "The cost of a trial is measured once some have finished.",
    ),
    Rule(
        "G16",
        "Grid, random, Sobol, TPE, GP and CMA-ES are the strategies that run.",
        "Each is best somewhere.",
        "hpt-tui run --strategy names one.",
    ),
    Rule(
        "G17",
        "Explore, refine, validate.",
        "A narrow search finds the top of the wrong hill, one run of it proves nothing.",
        "Run 100 configurations everywhere, 50 round the best ten, and the best five with three seeds.",
    ),
    Rule(
        "G18",
        "A search space has faults that are seen before a trial is run.",
        "A linear learning rate spends nine tenths of the trials on its top decade.",
        "hpt-tui lint names each with its numbers, and --fix writes the corrected space.",
    ),
    Rule(
        "G19",
        "Some parameters only make sense together.",
        "The best learning rate moves with the batch size; search one alone and the other is wrong.",
        "hpt-tui lint names the pairs: batch and rate, size and regularisation, warmup and rate, decay and "
        "optimizer.",
    ),
    Rule(
        "G20",
        "The learning rate grows with the square root of the batch size.",
        "A larger batch has less noise to average away.",
        "Linear for SGD with warmup, if you know that it holds (C7).",
    ),
    Rule(
        "G21",
        "The median pruner is the default: five trials and ten steps of grace.",
        "A trial that is worse than half of the others halfway rarely wins.",
        "It needs an objective that reports every step.",
    ),
    Rule(
        "G22",
        "The guide's pruner allows a gap to the best that shrinks: 15, 10, 5 points at epochs 5, 10, 30.",
        "Early curves tell little, late ones nearly everything.",
        "Other objectives than accuracies have the gaps relative to their spread (C5).",
    ),
    Rule(
        "G30",
        "Schedule, warmup, optimizer and clipping are parameters like any other.",
        "A learning rate is only good for the schedule and the optimizer that it was found with.",
        "In hpt_tui.training make_optimizer and make_schedule take their names from a trial.",
    ),
    Rule(
        "G31",
        "A picture net trained from scratch shows what each parameter is worth.",
        "One at a time from the same default, with seeds: what a change gains stands beside the noise.",
        "The table of studies/cifar10_resnet18.py, ResNet-18 on CIFAR-10, is printed as measured (C6).",
    ),
    Rule(
        "G32",
        "Fine-tuning asks for other settings than training from scratch.",
        "What was learned before is lost at a high rate, and frozen layers cannot lose it.",
        "Run studies/finetune_resnet50.py: it measures rate, warmup, weight decay and frozen layers.",
    ),
    Rule(
        "G33",
        "Transformers need warmup.",
        "Their first gradients are large, and Adam has not yet measured them.",
        "Run studies/transformer_warmup.py --proof: it trains the same one with and without.",
    ),
    Rule(
        "G34",
        "What is said of searches can be measured.",
        "A figure from another network is a hope, not a promise.",
        "Run python -m benchmarks.claims: what it measures stands beside each claim.",
    ),
    Rule(
        "G35",
        "A W&B sweep is a search space, too.",
        "Nobody should write a space twice.",
        "hpt-tui lint SWEEP.yaml reads it, and says what has no counterpart.",
    ),
    Rule(
        "G36",
        "Common arguments have measured answers.",
        "Grids are not thorough, five runs prove little, and bad configurations do not improve with time.",
        "hpt-tui advise walks the decision tree.",
    ),
    Rule(
        "G37",
        "Optimizer, schedule, weight decay, warmup and momentum have usual values by task.",
        "A search that starts far from them spends its trials on getting there.",
        "hpt-tui lint --task judges by the table.",
    ),
)
