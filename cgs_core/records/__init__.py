"""What a run leaves behind: frozen records, a round each, and the trace of all of them."""

from cgs_core.records.round_record import LATER, RoundRecord
from cgs_core.records.trace import Trace

__all__ = ["LATER", "RoundRecord", "Trace"]
