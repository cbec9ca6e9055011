"""What agents are worth: the cosine gradient Shapley value, what it is built from, and the games it is read from."""

from cgs_core.contribution.axioms import AxiomCheck, Rule, Verdict, check_axioms, individually_irrational
from cgs_core.contribution.classic_games import (
    CLASSIC_GAMES,
    ClassicGame,
    airport_game,
    glove_game,
    unanimity_game,
    voting_game,
)
from cgs_core.contribution.coalitions import coalition_values, gram_of
from cgs_core.contribution.cosine_gradient import (
    cgsv_approx,
    cgsv_exact,
    cgsv_sampled,
    cosine_semivalue,
    leave_one_out,
    others_cosine,
)
from cgs_core.contribution.games import (
    leave_one_out_values,
    marginals_in_order,
    mean_marginals_by_size,
    singleton_values,
    subgame,
)
from cgs_core.contribution.information_gain import information_gain, information_gain_sampled, upload_cosines
from cgs_core.contribution.plane import PlaneView, gram_of_arrows, plane_of_arrows, plane_view
from cgs_core.contribution.sampling import (
    SamplingPath,
    ValueFunction,
    gram_game,
    permutation_path,
    stratified_marginals,
    stratified_path,
    table_game,
)
from cgs_core.contribution.semivalues import banzhaf_weights, beta_weights, semivalues, shapley_weights
from cgs_core.contribution.shapley import shapley_values
from cgs_core.contribution.stability import MAX_CORE_AGENTS, LeastCore, least_core, worst_objection

__all__ = [
    "CLASSIC_GAMES",
    "MAX_CORE_AGENTS",
    "AxiomCheck",
    "ClassicGame",
    "LeastCore",
    "PlaneView",
    "Rule",
    "SamplingPath",
    "ValueFunction",
    "Verdict",
    "airport_game",
    "banzhaf_weights",
    "beta_weights",
    "cgsv_approx",
    "cgsv_exact",
    "cgsv_sampled",
    "check_axioms",
    "coalition_values",
    "cosine_semivalue",
    "glove_game",
    "gram_game",
    "gram_of",
    "gram_of_arrows",
    "individually_irrational",
    "information_gain",
    "information_gain_sampled",
    "least_core",
    "leave_one_out",
    "leave_one_out_values",
    "marginals_in_order",
    "mean_marginals_by_size",
    "others_cosine",
    "permutation_path",
    "plane_of_arrows",
    "plane_view",
    "semivalues",
    "shapley_values",
    "shapley_weights",
    "singleton_values",
    "stratified_marginals",
    "stratified_path",
    "subgame",
    "table_game",
    "unanimity_game",
    "upload_cosines",
    "voting_game",
    "worst_objection",
]
