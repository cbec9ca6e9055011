"""What follows from the change of one field, and the sentence that says so."""

from __future__ import annotations

from cgs_core import Scenario
from cgs_core.scenario import Agent
from cgs_ui.session.adjusted import adjusted


def changed(scenario: Scenario, name: str, value: object) -> tuple[Scenario, str]:
    changes, note = adjusted(scenario, name, value)
    return scenario.replace(**changes), note


def test_a_change_that_brings_nothing_else_is_just_made():
    assert adjusted(Scenario(), "altruism_degree", 2.0) == ({"altruism_degree": 2.0}, "")


def test_fewer_agents_drop_the_last_ones_and_copies_of_them():
    agents = (Agent(copy_of=4), Agent(copy_of=2), Agent(label_noise=0.1), Agent(), Agent(label_noise=0.5))
    new, _ = changed(Scenario(agents=agents), "n_agents", 3)
    assert new.full_agents == (Agent(), Agent(copy_of=2), Agent(label_noise=0.1))


def test_more_agents_than_samples_gives_the_number_of_samples_up_and_says_so():
    new, note = changed(Scenario(n_samples=6), "n_agents", 8)
    assert new.n_samples is None and "fewer samples than agents" in note


def test_another_data_set_takes_back_what_it_cannot_have_and_says_so():
    small = Agent(shard_size=100, label_noise=0.5)
    agents = (Agent(shard_size=1000), Agent(classes=(7, 8)), Agent(classes=(0, 1)), small)
    new, note = changed(Scenario(model="cnn", n_samples=900, agents=agents), "dataset", "wine")
    assert new.full_agents[:4] == (Agent(), Agent(), Agent(classes=(0, 1)), small)
    assert (new.n_samples, new.model) == (None, "mlp")
    assert "Wine" in note and "taken back" in note and "convolutional net" in note


def test_a_data_set_of_too_small_images_changes_the_model_and_says_so():
    new, note = changed(Scenario(dataset="mnist", model="paper_mnist"), "dataset", "digits")
    assert new.model == "mlp" and "Digits (8×8) cannot go into the paper's net for MNIST" in note


def test_another_data_set_that_everything_fits_says_nothing():
    new, note = changed(Scenario(model="cnn", agents=(Agent(classes=(7, 8)),)), "dataset", "mnist")
    assert (new.agents, new.model, note) == ((Agent(classes=(7, 8)),), "cnn", "")


def test_text_brings_its_model_and_its_numbers_and_says_so():
    agents = (Agent(feature_noise=0.5, label_noise=0.2),)
    new, note = changed(Scenario(agents=agents), "dataset", "sentences")
    assert (new.model, new.learning_rate, new.update_norm, new.n_rounds) == ("text_cnn", 1.0, 0.5, 30)
    assert new.agents == (Agent(label_noise=0.2),) and "blur" in note
    assert "learning rate 1, update norm 0.5, rounds 30" in note
    back, note = changed(new.replace(split="owners"), "dataset", "digits")
    assert back == Scenario(agents=(Agent(label_noise=0.2),)) and "no owners" in note and "net for text" in note


def test_text_leaves_numbers_that_were_chosen():
    new, note = changed(Scenario(learning_rate=0.3, n_rounds=12, update_norm=1.0), "dataset", "sentences")
    assert (new.learning_rate, new.update_norm, new.n_rounds) == (0.3, 1.0, 12) and "learns with" not in note
