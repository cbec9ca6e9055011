"""Federated training: many agents, and many federations of them, at once."""

from cgs_core.federation.log_file import LogWriter, read_log
from cgs_core.federation.model import Evaluation, Model
from cgs_core.federation.models import given_model, given_name, model_of, second_model
from cgs_core.federation.one_thread import on_one_thread
from cgs_core.federation.rounds import Federation, FederationsRound, iterate_federations
from cgs_core.federation.server import Server, ServerRound
from cgs_core.federation.settlement import Exchange
from cgs_core.mechanisms.download import sparsify

__all__ = [
    "Evaluation",
    "Exchange",
    "Federation",
    "FederationsRound",
    "LogWriter",
    "Model",
    "Server",
    "ServerRound",
    "given_model",
    "given_name",
    "iterate_federations",
    "model_of",
    "on_one_thread",
    "read_log",
    "second_model",
    "sparsify",
]
