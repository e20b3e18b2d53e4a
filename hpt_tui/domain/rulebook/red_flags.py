"""G23 to G29: what a running search shows, when to stop it, and what its result is worth."""

from __future__ import annotations

from hpt_tui.domain.rulebook.rule import Rule

RED_FLAGS: tuple[Rule, ...] = (
    Rule(
        "G23",
        "What pruning has saved is measured.",
        "A share that somebody measured elsewhere says nothing of your pruner.",
        "The headline shows the steps that were spared over those that full training would have taken.",
    ),
    Rule(
        "G24",
        "A search whose trials fail one after the other is paused, not trained on.",
        "The code, the data or the machine is broken: the next trial would fail as well, all night long.",
        "Read what the last one wrote, mend it, go on with p. One worker that fails beside healthy ones gives up "
        "alone.",
        "crash-loop",
    ),
    Rule(
        "G24.1",
        "A training loss that jumps up and down means a learning rate that is too high.",
        "Steps that overshoot undo what the steps before have learnt; where it ends is luck.",
        "Lower the rate tenfold; w moves its upper bound, but never past the best steady trial.",
        "spiky-loss",
    ),
    Rule(
        "G24.2",
        "Trials that all come out alike mean a search with nothing to learn from.",
        "Either the space is so narrow that everything in it is the same, or the parameters never reach the "
        "model.",
        "Check that the objective uses what it suggests, then widen. Alike is half a percentage point (C5).",
        "all-alike",
    ),
    Rule(
        "G24.3",
        "A best trial at the end of a range means that better ones may lie beyond it.",
        "A bound is somebody's guess; where the good ones crowd against it, the guess was wrong.",
        "Widen that side: w, or hpt-tui widen. Nearness is judged on the parameter's own scale (C2); natural "
        "limits, such as a dropout of 0, are no bounds.",
        "edge",
    ),
    Rule(
        "G24.4",
        "A pruner that ends nine of ten trials leaves too few to choose from.",
        "Most of the space is poor, or the pruner judges before a trial can show what it is worth.",
        "Give it more startup trials or warmup steps, or widen the space.",
        "over-pruned",
    ),
    Rule(
        "G24.5",
        "Trials that end within one step, or go NaN, train nothing.",
        "A learning rate far too high diverges at once; a batch that does not fit crashes.",
        "Take the learning rate's and the batch size's bounds in; the flag names the one that tells them apart.",
        "early-death",
    ),
    Rule(
        "G24.6",
        "A default that beats the tuned best means that the search has gained nothing.",
        "The space leaves the good region out, there were too few trials, or the two are measured differently.",
        "Widen round the default, run more trials, and compare the two runs' code.",
        "baseline-wins",
    ),
    Rule(
        "G24.7",
        "Two independent searches that find the same best are a good sign.",
        "Chance hardly leads two searches to the same region of every parameter that matters.",
        "Compare them with hpt-tui check --against; then validate that configuration with several seeds.",
        "confirmed-best",
    ),
    Rule(
        "G24",
        "A configuration that is run twice costs twice and shows nothing new.",
        "Workers that share a seed, or a sampler on a small space, draw the same points.",
        "Seed each worker for itself, or stop once the space is exhausted. Seeds of the best few are on "
        "purpose (G28).",
        "duplicates",
    ),
    Rule(
        "G24",
        "A parameter that never varies, or has no effect, is not searched.",
        "It costs a dimension, and hides that the objective may not use it.",
        "Let it vary, wire it up, or take it out. No effect is only said where the others explain the results "
        "well.",
        "dead-parameter",
    ),
    Rule(
        "G24",
        "A running trial without progress holds a worker up.",
        "A hung data loader or collective never comes back by itself.",
        "Prune it; if it does not hear, end its worker. Late is ten times its own pace, a minute at least.",
        "stalled",
    ),
    Rule(
        "G24",
        "A trial that is marked as running though nothing runs it never ends.",
        "A process that is killed cannot say how its trial ended; samplers and budgets go on counting on it.",
        "hpt-tui run puts its own workers' trials in order; tell Optuna that another program's have failed.",
        "zombie",
    ),
    Rule(
        "G24",
        "An objective that always returns the same value is broken.",
        "Training never comes out exactly alike; the value is of something else.",
        "Look at what the objective returns.",
        "constant",
    ),
    Rule(
        "G24",
        "More than a fifth of the trials failing is more than a search can afford.",
        "Their time is lost, and most samplers learn nothing from them.",
        "Mend the exception that is named, or leave the region out where it comes from.",
        "failing",
    ),
    Rule(
        "G24",
        "Seeds that differ more than the best candidates do leave their order open.",
        "The winner of one run each is the luckiest, not the best.",
        "Run the best few with more seeds and compare means (G28), or take the cheapest of them.",
        "seed-noise",
    ),
    Rule(
        "G6",
        "A training loss that falls while the held-out one does not is overfitting.",
        "The net learns its data by heart; tuning by the training loss rewards that.",
        "More weight decay or dropout, a schedule that ends lower, more data.",
        "overfit",
    ),
    Rule(
        "G6",
        "Training and held-out loss that are both high, close together, are underfitting.",
        "The model is too small, or trained too briefly, and no learning rate changes that.",
        "A larger model or longer training, not more trials.",
        "underfit",
    ),
    Rule(
        "G25",
        "Before trusting a search, five questions are asked of it.",
        "A search that records nothing, repeats itself or sits at a bound looks busy and finds nothing.",
        "hpt-tui check answers them: trials differ, results differ, pruned share, best inside, random ones "
        "differ.",
    ),
    Rule(
        "G26.1",
        "Stop when a trial improves the best by less than 0.1 %.",
        "Past that, the next fifty trials gain less than a second seed would change.",
        "Measured over the last 50 trials, in percentage points of an accuracy, else of the spread (C5).",
    ),
    Rule(
        "G26.2",
        "Stop when the same configuration has been the best for 20 trials.",
        "A search that has seen the best early looks for what is not there.",
        "hpt-tui check shows how many it is; another seed of the same configuration does not count as a new one.",
    ),
    Rule(
        "G26.3",
        "Stop after 30 trials without improvement.",
        "The sampler has converged, and the pruner ends what comes.",
        "Pruned trials count here: each has shown that it is no better (C8).",
    ),
    Rule(
        "G26.4",
        "Stop when the budget is used up.",
        "A search without an end is never validated.",
        "Trials, time or GPU-hours: hpt-tui check --trials, --timeout, --gpu-hours.",
    ),
    Rule(
        "G27",
        "The default configuration runs first, and everything is compared with it.",
        "A best of 82 % is good news only if the default gave less.",
        "Declare a baseline in the StudySpec; hpt-tui check says better, within noise or worse.",
    ),
    Rule(
        "G28",
        "The best five are run with three seeds before one of them is named the winner.",
        "Of a hundred single runs the best is partly luck.",
        "Compare means and standard deviations; an ensemble of the winner's seeds is often better still.",
    ),
    Rule(
        "G29",
        "Many configurations with one seed beat few with many.",
        "While exploring, the difference between configurations is larger than that between seeds.",
        "Spend the seeds on the finalists; hpt-tui advise splits the budget so.",
    ),
)
