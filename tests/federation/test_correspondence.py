"""A federation by messages: whoever is late, dies, lies or comes later, the others' rounds are as if it were absent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgs_core import Scenario, ScenarioError
from cgs_core.federation import Server, ServerRound
from cgs_core.federation.correspondence import NO_ANSWER, NO_MODEL, Answer, Correspondence, Letter
from cgs_core.mechanisms import with_mechanism

START = {"weight": np.arange(6.0).reshape(2, 3), "bias": np.zeros(2)}
NAMES = ("ann", "ben", "cay")


class Agent:
    """One that follows the letters, and learns by a stream of its own."""

    def __init__(self, seed: int) -> None:
        self.rng, self.model, self.paid, self.told = np.random.default_rng(seed), None, -1, ""

    def read(self, letter: Letter) -> None:
        self.told = letter.told
        if letter.start is not None:
            self.model, self.paid = {name: layer.copy() for name, layer in letter.start.items()}, -1
        if letter.reward is not None and letter.reward_round > self.paid:
            self.model = {name: layer + letter.reward[name] for name, layer in self.model.items()}
            self.paid = letter.reward_round

    def update(self) -> dict[str, np.ndarray]:
        return {name: self.rng.standard_normal(layer.shape) + 0.5 for name, layer in START.items()}


def begun(n_agents: int = 3, **options: Any) -> Correspondence[str]:
    return Correspondence(n_agents, Scenario(), START, **options)


def played(post: Correspondence[str], agents: dict[str, Agent], silent: tuple[str, ...] = ()) -> ServerRound:
    """A round in which all can be reached, and all but the silent answer in time."""
    letters = post.training_letters(agents)
    answers = {}
    for name, letter in letters.items():
        if name not in silent:
            agents[name].read(letter)
            answers[name] = Answer(update=agents[name].update(), n_samples=10)
    return post.settle(answers)


def everybody() -> dict[str, Agent]:
    return {name: Agent(seed) for seed, name in enumerate(NAMES)}


def test_models_and_numbers_are_those_of_the_server_alone() -> None:
    post, agents, server = begun(), everybody(), Server(3, start=START)
    models = [START] * 3
    twins = [Agent(seed) for seed in range(3)]
    for _ in range(4):
        done, expected = played(post, agents), server.round([twin.update() for twin in twins], [10, 10, 10])
        np.testing.assert_array_equal(done.importance, expected.importance)
        models = [
            {name: model[name] + reward[name] for name in model}
            for model, reward in zip(models, expected.rewards, strict=True)
        ]
    assert post.addresses == NAMES
    for name, letter in post.closing_letters(NAMES).items():
        agents[name].read(letter)
    for agent, model in zip(agents.values(), models, strict=True):
        assert all((agent.model[name] == model[name]).all() for name in model)


def test_a_reward_goes_along_until_it_has_arrived_and_counts_once() -> None:
    post, agents = begun(), everybody()
    played(post, agents)
    lost = post.training_letters(NAMES)["ann"]  # which arrives, but her answer does not
    agents["ann"].read(lost)
    post.settle({name: Answer(update=agents[name].update(), n_samples=10) for name in ("ben", "cay")})
    again = post.training_letters(NAMES)["ann"]
    assert again.reward_round == lost.reward_round == 0 and again.told == NO_ANSWER
    before = agents["ann"].model
    agents["ann"].read(again)
    assert agents["ann"].model is before
    post.settle({"ann": Answer(update=agents["ann"].update(), n_samples=10)})
    assert post.training_letters(NAMES)["ann"].reward_round == 2


@given(st.lists(st.tuples(*[st.sampled_from(["well", "not reached", "answer lost", "bad"])] * 3), max_size=6))
def test_whatever_is_lost_each_model_moves_by_its_own_rewards_once(pattern: list[tuple[str, ...]]) -> None:
    post, agents = begun(), everybody()
    expected = [{name: layer.copy() for name, layer in START.items()} for _ in NAMES]
    post.training_letters(NAMES)
    post.settle({})  # everybody has a place
    for fates in pattern:
        answers = {}
        reached = [name for name, fate in zip(NAMES, fates, strict=True) if fate != "not reached"]
        for name, letter in post.training_letters(reached).items():
            agents[name].read(letter)
            if (fate := fates[NAMES.index(name)]) != "answer lost":
                answers[name] = Answer(update=agents[name].update() if fate == "well" else {}, n_samples=10)
        done = post.settle(answers)
        for model, reward in zip(expected, done.rewards, strict=True):
            for name in START if reward is not None else ():
                model[name] = model[name] + reward[name]
    for name, letter in post.closing_letters(NAMES).items():
        agents[name].read(letter)
    for agent, model in zip(agents.values(), expected, strict=True):
        assert all((agent.model[name] == model[name]).all() for name in START)


BAD = {
    "numbers that are none": Answer(update={name: layer * np.nan for name, layer in START.items()}, n_samples=10),
    "another shape": Answer(update={"weight": np.ones(6), "bias": np.ones(2)}, n_samples=10),
    "other layers": Answer(update={"weight": np.ones((2, 3))}, n_samples=10),
    "no update": Answer(update=None, n_samples=10),
    "no samples": Answer(update=START, n_samples=None),
    "too many samples": Answer(update=START, n_samples=np.inf),
    "a failure": Answer(failure="the client's app failed: out of memory"),
    "no model": Answer(is_without_model=True),
}


@pytest.mark.parametrize("bad", BAD)
def test_who_sends_what_cannot_be_used_is_told_and_harms_nobody(bad: str) -> None:
    posts = []
    for answer in (BAD[bad], None):  # the same, and nothing at all
        post, agents = begun(), everybody()
        played(post, agents)
        post.training_letters(NAMES)
        answers = {name: Answer(update=agents[name].update(), n_samples=10) for name in ("ann", "ben")}
        done = post.settle(answers if answer is None else answers | {"cay": answer})
        assert list(done.refused) == [2] and not done.is_present[2]
        posts.append((post, done))
    (post, done), (_, without) = posts
    assert done.importance.tobytes() == without.importance.tobytes()
    for reward, other in zip(done.rewards[:2], without.rewards[:2], strict=True):
        assert all(reward[name].tobytes() == other[name].tobytes() for name in START)
    letters = post.training_letters(NAMES)
    assert letters["cay"].told == done.refused[2] != ""
    assert letters["ann"].told == ""


def test_who_lost_its_model_begins_again() -> None:
    post, agents = begun(), everybody()
    played(post, agents)
    post.training_letters(NAMES)
    done = post.settle({"ann": Answer(is_without_model=True)})
    assert done.refused[0] == NO_MODEL
    letters = post.training_letters(NAMES)
    assert letters["ann"].start is START and letters["ann"].reward is None
    assert letters["ben"].start is None and letters["ben"].reward_round == 0


def test_who_comes_later_joins_and_starts_from_the_start() -> None:
    post, agents = begun(), everybody()
    played(post, agents)
    agents["dan"] = Agent(9)
    done = played(post, agents)
    assert post.addresses == (*NAMES, "dan") and done.importance[3] > 0
    assert (agents["dan"].model["weight"] == START["weight"]).all()


def test_there_are_no_more_places_than_allowed() -> None:
    post = begun(2, max_agents=2)
    assert list(post.training_letters(NAMES)) == ["ann", "ben"]
    few = Correspondence(10, Scenario(valuation="least_core"), START)
    assert len(few.training_letters(range(12))) == 10  # which the least core is for, at most
    with pytest.raises(ScenarioError, match="max_agents: must be at least the 3 who are expected"):
        begun(3, max_agents=2)


def test_who_was_not_asked_is_not_heard() -> None:
    post, agents = begun(), everybody()
    post.training_letters(["ann", "ben"])
    answers = {name: Answer(update=agents[name].update(), n_samples=10) for name in NAMES}
    done = post.settle(answers)
    assert done.is_present.tolist() == [True, True, False] and done.refused == {}
    assert post.training_letters(NAMES)["cay"].start is START


def test_who_was_evicted_gets_what_it_was_paid_last_and_is_asked_no_more() -> None:
    post, agents = Correspondence(3, with_mechanism(Scenario(), "rffl"), START), everybody()
    for _ in range(40):
        letters = post.training_letters(NAMES)
        if len(letters) < 3:
            break
        answers = {}
        for name, letter in letters.items():
            agents[name].read(letter)
            sign = -1 if name == "cay" else 1
            answers[name] = Answer(update={layer: sign * np.abs(own) + 1 for layer, own in START.items()}, n_samples=10)
        last = post.settle(answers)
    assert last.is_evicted.tolist() == [False, False, True]
    assert post.closing_letters(["cay"])["cay"].reward_round == last.round_index


def test_rules_that_need_more_than_uploads_are_refused() -> None:
    with pytest.raises(ScenarioError, match=r"needs starts of Server\.round"):
        Correspondence(3, with_mechanism(Scenario(), "iafl"), START)
