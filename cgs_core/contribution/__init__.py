"""What each agent's update is worth in a round: the cosine gradient Shapley value and what it is built from."""

from cgs_core.contribution.coalitions import coalition_values
from cgs_core.contribution.cosine_gradient import cgsv_approx, cgsv_exact, cgsv_sampled, leave_one_out
from cgs_core.contribution.shapley import shapley_values

__all__ = ["cgsv_approx", "cgsv_exact", "cgsv_sampled", "coalition_values", "leave_one_out", "shapley_values"]
