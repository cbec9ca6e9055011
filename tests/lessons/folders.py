"""A small lesson, to be changed and broken."""

from __future__ import annotations

from pathlib import Path

OPTIONS = """
[[step.question.option]]
key = "a"
label = "Agent 1"
told = "It has few samples."

[[step.question.option]]
key = "b"
label = "Agent 2"

[[step.question.option]]
key = "c"
label = "Agent 3"

"""

LESSON = f'''
title = "A lesson"
minutes = 3
aim = "To see that it works."

[[plan]]
minutes = 3
what = "All of it."

[scenario.main]
dataset = "wine"
n_agents = 3
n_rounds = 3

[scenario.full]
like = "main"
mechanism = "fedavg"

[[step]]
kind = "read"
title = "Look"
text = """
Three agents.
[[step]] = this is no header
"""
picture = "shards"

[[step]]
kind = "predict"
title = "Guess"
text = "Who is worth most?"
result = "ledger"
runs = ["main"]
facts = "of_worth"

[step.question]
kind = "choice"
text = "Which agent?"
truth = "worth"
margin = 0.01
expected = "b"
reveal = "Agent 2 is worth {{most:.2f}}."

{OPTIONS}
[[step]]
kind = "manipulate"
title = "Change"
text = "What if?"
result = "pay"
runs = ["chosen"]
facts = "of_pay"
told = "Agent 1 is paid {{pay:%}}."

[step.change]
label = "Mechanism"

[[step.change.option]]
label = "CGSV"
scenario = "main"

[[step.change.option]]
label = "FedAvg"
scenario = "full"

[[check]]
text = "Is it so?"
right = "yes"
why = "It is."

[[check.option]]
key = "yes"
label = "Yes"

[[check.option]]
key = "no"
label = "No"

[[check]]
text = "And this?"
right = "no"
why = "It is not."

[[check.option]]
key = "yes"
label = "Yes"

[[check.option]]
key = "no"
label = "No"
'''

TRUTH = '''
"""What is so."""


def worth(runs):
    return dict(zip("abc", runs.trace().stack("contribution").mean(axis=0)))


def of_worth(runs):
    return {"most": max(worth(runs).values())}


def of_pay(runs):
    return {"pay": runs.trace("chosen").stack("reward_ratio").mean(axis=0)[0]}
'''


def lesson_folder(place: Path, lesson: str = LESSON, truth: str = TRUTH, name: str = "a_lesson") -> Path:
    """A folder with the two files."""
    folder = place / name
    folder.mkdir(parents=True)
    (folder / "lesson.toml").write_text(lesson, encoding="utf-8")
    (folder / "truth.py").write_text(truth, encoding="utf-8")
    return folder
