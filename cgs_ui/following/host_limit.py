"""That a run would not end within the server's limit of time: said before it is begun, wherever runs are asked for."""

from __future__ import annotations

from cgs_core.durations import time_in_words
from cgs_ui.background import job_runner


def is_beyond(seconds: float) -> bool:
    """Whether a run of so many seconds would be ended by the server."""
    return seconds > job_runner().deadline_seconds


def beyond_words(what: str, seconds: float) -> str:
    """What that means; ``what`` begins the sentence."""
    return (
        f"{what} would take about {time_in_words(seconds)}, and this server ends a run after "
        f"{time_in_words(job_runner().deadline_seconds)}: only its first rounds would be computed. Fewer agents, "
        "rounds, local epochs or samples take less, and so does a smaller model."
    )
