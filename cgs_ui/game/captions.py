"""The captions of the game's exported charts."""

from __future__ import annotations

from dataclasses import replace

from cgs_core.export import caption
from cgs_ui.charts import captions
from cgs_ui.game.games import Game


def of_game(game: Game, is_of_all_rounds: bool = False) -> captions.Caption:
    """Of a coalition game. ``is_of_all_rounds``: the chart has a frame for each round, not the one on screen alone."""
    agents = ", ".join(str(agent + 1) for agent in game.agents)
    if game.source:
        words = captions.of_log(game.source)
    elif game.scenario is None:
        return of_sandbox()
    else:
        words = captions.of_run(game.scenario)
    words = words.after(f"{game.name} game among agents {agents}")
    if game.n_averaged:
        return words.after(f"mean over {game.n_averaged} rounds")
    return words if is_of_all_rounds else replace(words.after(f"round {game.round_index + 1}"), labels=())


def of_sandbox() -> captions.Caption:
    """Of a game without a run."""
    return captions.Caption(caption("Sandbox of the coalition game"))
