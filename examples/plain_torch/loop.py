"""Five agents train a net of torch's on wines, and a server pays each of them by what its update was worth."""

import torch
from torch import nn

from cgs_core import Scenario
from cgs_core.data import federated_data
from cgs_core.federation import Server

scenario = Scenario(dataset="wine", n_agents=5, n_rounds=10, altruism_degree=0.5)
shards = federated_data(scenario).shards
data = [(torch.tensor(shard.features, dtype=torch.float32), torch.tensor(shard.labels).long()) for shard in shards]
torch.manual_seed(0)
nets = [nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3)) for _ in data]
for net in nets:
    net.load_state_dict(nets[0].state_dict())

server = Server(len(nets), scenario)
for _ in range(scenario.n_rounds):
    updates = []
    for net, (features, labels) in zip(nets, data, strict=True):
        before = {name: layer.clone() for name, layer in net.state_dict().items()}
        for _ in range(scenario.local_epochs):
            net.zero_grad()
            nn.functional.cross_entropy(net(features), labels).backward()
            for layer in net.parameters():
                layer.data -= scenario.learning_rate * layer.grad
        updates.append({name: layer - before[name] for name, layer in net.state_dict().items()})
        net.load_state_dict(before)  # its own step is undone: it gets what it is paid
    done = server.round(updates, [len(labels) for _, labels in data])
    for net, reward in zip(nets, done.rewards, strict=True):
        net.load_state_dict({name: layer + reward[name] for name, layer in net.state_dict().items()})

print("worth     ", done.contribution.round(3))
print("importance", done.importance.round(3))
print("paid      ", done.reward_ratio.round(3))
