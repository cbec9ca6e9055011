"""The data stage: a scenario in, every agent's shard out (numpy only)."""

from cgs_core.data.shards import FederatedData, Shard, federated_data
from cgs_core.data.sources import Dataset, dataset_fingerprint, load_dataset

__all__ = ["Dataset", "FederatedData", "Shard", "dataset_fingerprint", "federated_data", "load_dataset"]
