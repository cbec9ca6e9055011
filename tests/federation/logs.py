"""Logs of federations: good ones, and bad files with what must be said of each."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from cgs_core import Scenario, Trace
from cgs_core.federation import LogWriter, Server, ServerRound
from cgs_core.records.federation_log import NUMBERS, RULE_FIELDS, FederationLog, rules_of
from tests.data.uploads import npy_header, npy_of, npz_of, zip_of

UPDATES = np.random.default_rng(7).standard_normal((3, 4, 6)) + 0.4
GRAM = UPDATES @ UPDATES.transpose(0, 2, 1)


def log_of_run(trace: Trace) -> FederationLog:
    """A run's rounds as a federation that had the same uploads would have logged them."""
    told = {name: trace.stack(name) for name in NUMBERS}
    everybody = np.ones(told["weight"].shape, np.bool_)
    fields = trace.scenario.model_dump(mode="json", include=set(RULE_FIELDS))
    rules = rules_of(fields, trace.scenario.n_agents, trace.n_rounds)
    return FederationLog(gram=trace.gram, is_present=everybody, is_member=everybody, rules=rules, **told)


def served(rules: Scenario | None = None, n_rounds: int = 8) -> tuple[FederationLog, list[ServerRound]]:
    """Four agents; one is absent in two rounds, one leaves, one joins, and once nobody is there."""
    server, rng = Server(4, rules), np.random.default_rng(3)
    writer, done = LogWriter(server.rules, ["north", "south", "=1+1", "<b>west</b>", "late"]), []
    for at in range(n_rounds):
        if at == 3:
            server.leave(1)
        if at == 4:
            server.join()
        present = server.is_active & ~(np.arange(server.n_agents) == (2 if at in (2, 5) else 99)) & (at != 6)
        done.append(server.round(rng.standard_normal((server.n_agents, 9)) + 0.6, present=present))
        writer.add(done[-1])
    return writer.log, done


def file_of(**changes: Any) -> bytes:
    """A small log that is right; changes replace arrays, None leaves one out."""
    arrays = {"version": np.array(1), "gram": GRAM} | changes
    content = io.BytesIO()
    np.savez_compressed(content, **{name: array for name, array in arrays.items() if array is not None})
    return content.getvalue()


def changed(array: np.ndarray, place: tuple[int, ...], value: float) -> np.ndarray:
    copy = array.copy()
    copy[place] = value
    return copy


ONES = np.ones((3, 4))
BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "a file must have 1 to 5,000,000 bytes; got 0"),
    "a table": (b"a,b\n1,2\n", "must be an npz file, as numpy.savez writes it"),
    "pictures": (npz_of(), "must hold the arrays version, gram or updates, and perhaps others that"),
    "cut short": (file_of()[:-30], "must be a whole npz file"),
    "no version": (file_of(version=None), "version: is missing; must be 1"),
    "another version": (file_of(version=np.array(2)), "version: must be 1; got 2"),
    "a version in words": (file_of(version=np.array("1")), "version: must be whole numbers; got <U1"),
    "nothing": (file_of(gram=None), "gram, updates: must be one of the two; got neither"),
    "both": (file_of(updates=UPDATES), "gram, updates: must be one of the two; got both"),
    "one matrix": (file_of(gram=GRAM[0]), "gram: must have the shape (rounds, agents, agents); got (4, 4)"),
    "not square": (file_of(gram=UPDATES), "gram: must have the shape (rounds, agents, agents); got (3, 4, 6)"),
    "no round": (file_of(gram=GRAM[:0]), "gram: must be of 1 to 500 rounds; got 0"),
    "many rounds": (file_of(gram=np.ones((501, 2, 2))), "gram: must be of 1 to 500 rounds; got 501"),
    "one agent": (file_of(gram=GRAM[:, :1, :1]), "gram: must be of 2 to 50 agents; got 1"),
    "many agents": (file_of(gram=np.ones((1, 51, 51))), "gram: must be of 2 to 50 agents; got 51"),
    "NaN": (file_of(gram=changed(GRAM, (1, 2, 0), np.nan)), "gram, round 2, agents 1 and 3: must be finite, at most"),
    "too large": (file_of(gram=GRAM * 1e200), "gram, round 1, agent 1: must be finite, at most 1e+100"),
    "lopsided": (file_of(gram=changed(GRAM, (2, 0, 3), 9.0)), "gram, round 3, agents 1 and 4: must be symmetric"),
    "no inner products": (
        file_of(gram=np.array([[[1.0, 2.0], [2.0, 1.0]]])),
        "gram, round 1: must be inner products of updates, which have no eigenvalue below 0; got -1",
    ),
    "decimals as truths": (file_of(present=ONES), "present: must be truths, or 0 and 1; got float64"),
    "two as a truth": (file_of(present=np.full((3, 4), 2)), "present: must be truths, or 0 and 1; got 2"),
    "short presence": (file_of(present=np.ones((3, 3), int)), "present: must have the shape (rounds, agents), (3, 4)"),
    "absent with an upload": (
        file_of(present=changed(ONES.astype(int), (1, 2), 0)),
        "gram, round 2, agent 3: must be 0 for who is absent",
    ),
    "present and no member": (
        file_of(members=changed(ONES.astype(int), (1, 2), 0)),
        "present, round 2, agent 3: who is no member cannot be present",
    ),
    "importance that is none": (file_of(importance=ONES), "importance, round 1: must sum to 1; got 4"),
    "negative importance": (file_of(importance=-ONES), "importance, round 1, agent 1: must be from 0 to 1; got -1.0"),
    "pay above everything": (file_of(reward_ratio=2 * ONES), "reward_ratio, round 1, agent 1: must be from 0 to 1"),
    "worth that is none": (
        file_of(contribution=changed(ONES, (0, 3), np.inf)),
        "contribution, round 1, agent 4: must be finite; got inf",
    ),
    "half a byte": (file_of(download_bytes=ONES), "download_bytes: must be whole numbers; got float64"),
    "weights of fewer": (file_of(weight=ONES[:2]), "weight: must have the shape (rounds, agents), (3, 4) as gram"),
    "names of fewer": (file_of(agents=np.array(["a"])), "column agents: must be one for each of the 4 agents; got 1"),
    "a name that hides": (file_of(agents=np.array(["a\u202eb"] * 4)), "row 1, column agents: must be 1 to 60 print"),
    "pickled names": (file_of(agents=np.array([{}] * 4)), "agents: must be whole numbers or words; got pickled"),
    "rules that are none": (file_of(rules=np.array("[1]")), "rules: scenario: must be a JSON object of fields"),
    "rules that are no rules": (file_of(rules=np.array('{"dataset": "wine"}')), "rules: must be fields of valuation,"),
    "a rule out of range": (file_of(rules=np.array('{"altruism_degree": 0}')), "rules: altruism_degree: must be"),
    "an unknown valuation": (file_of(rules=np.array('{"valuation": "best"}')), "rules: valuation: must be"),
    "samples beside a matrix": (file_of(n_samples=ONES), "n_samples: must be left out beside gram; it goes with up"),
    "weights beside updates": (
        file_of(gram=None, updates=UPDATES, weight=ONES),
        "weight: must be left out beside updates; it goes with gram",
    ),
    "an update that is none": (
        file_of(gram=None, updates=changed(UPDATES, (2, 1, 5), np.nan)),
        "updates, round 3, agent 2: update: finite numbers; got nan at place 5 of 6",
    ),
    "no parameter": (file_of(gram=None, updates=UPDATES[:, :, :0]), "updates: must be of at least one parameter"),
    "nobody's samples": (file_of(gram=None, updates=UPDATES, n_samples=0 * ONES), "agent 1: must be above 0; got 0"),
    "rules that need more": (
        file_of(gram=None, updates=UPDATES, rules=np.array('{"valuation": "leave_one_out", "n_validation": 5}')),
        "rules: valuation: 'leave_one_out' needs start and validation_accuracy",
    ),
    "asks for all memory": (
        zip_of(**{"version.npy": npy_of(np.array(1)), "gram.npy": npy_header((500, 3000, 3000), "<f8")}),
        "gram: must be at most 4,000,000 numbers; got 4,500,000,000",
    ),
}
