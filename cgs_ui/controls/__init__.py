"""The controls that pages share: the scenario, its agents, own data, the pin."""
