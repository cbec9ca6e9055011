"""Names for the arrays that recur; the comment gives shape, range and unit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.floating]
IntArray = npt.NDArray[np.integer]

Gram = npt.NDArray[np.float64]  # (n_agents, n_agents): inner products of the weighted updates a_i u_i
CoalitionValues = npt.NDArray[np.float64]  # (2**n_agents,): bit i of the index says whether agent i is in
Contribution = npt.NDArray[np.float64]  # (n_agents,): what each agent's upload is worth this round
Importance = npt.NDArray[np.float64]  # (n_agents,): in [0, 1], sums to 1 (r)
RewardRatio = npt.NDArray[np.float64]  # (n_agents,): in [0, 1], 1 = the whole aggregate (rho)
Params = FloatArray  # (n_params,) or (n_models, n_params): one flat vector a model
