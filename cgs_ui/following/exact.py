"""The exact CGSV of 21 to 24 agents, which is computed when somebody looks at it: said meanwhile, and kept."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from cgs_core import Trace
from cgs_core.errors import JobError
from cgs_core.records.logged_trace import LoggedTrace
from cgs_ui.background import job_runner


def exact_is_there(*traces: Trace | LoggedTrace) -> None:
    """Call it before what looks at the exact values of all rounds; does nothing where they are there."""
    for trace in traces:
        if isinstance(trace, LoggedTrace) or trace.is_whole:
            continue
        n_agents = trace.scenario.n_agents
        with st.spinner(f"Exact values of {n_agents} agents: {2**n_agents:,} coalitions a round.", width="stretch"):
            for record in trace.rounds:
                record.whole()
        if trace.is_complete:
            with suppress(JobError):  # it was forgotten meanwhile, or the disk is full: for this session they are there
                job_runner().store.keep_derived(trace.scenario.scenario_id, trace.rounds)
