"""What the fields of a scenario may be set to: each choice's name, with its words and facts beside it.

Menus, tables, documents, errors and the checks of a scenario read them here. What a choice does is a row of the table
of its kind, under the same name (``cgs_core.mechanisms``, ``cgs_core.data.partition``, ``cgs_core.federation``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cgs_core.scenario.catalogue import DatasetInfo

XU = "Xu et al., NeurIPS 2021"
LYU = "Lyu et al., Federated Learning: Privacy and Incentive, 2020"
RFFL = "Xu and Lyu, arXiv:2011.10464"
TASTAN = "Tastan et al., IJCAI 2024"
WU = "Wu et al., ICLR 2024"
LIN = "Lin et al., ICML 2023"
JIANG = "Jiang et al., CVPR 2023"


def _any_data(info: DatasetInfo) -> bool:
    return True


@dataclass(frozen=True)
class Choice:
    """A value that a field may have, as people read it.

    Attributes
    ----------
    title: in menus, tables and charts; its one name.
    sentence: what it does.
    source: whose it is; empty where it is nobody's.
    unit: of a valuation's worth: cosine, share, length, accuracy, distance, score or nats.
    needs_validation: of a valuation or a reward rule that asks how good a model is on samples set aside.
    most_agents: of a valuation that is for so many agents at most; None: for as many as there may be.
    fits: which data sets it is for.
    takes: the same in words.
    ratio: of a reward rule: what its reward ratio is.
    goes_by_worth: of an aggregation weight or a reward rule: whether worth changes anything.
    counts_entries: of a reward rule: whether that is the part of the aggregate's entries that come back, and nothing
        else does.
    needs_all_there: of an importance or a reward rule that has no meaning where agents come late, leave or are absent.
    """

    title: str
    sentence: str
    source: str = ""
    unit: str = ""
    needs_validation: bool = False
    most_agents: int | None = None
    fits: Callable[[DatasetInfo], bool] = _any_data
    takes: str = "numbers"
    ratio: str = "the reward rule's own measure of how much an agent gets"
    goes_by_worth: bool = True
    counts_entries: bool = False
    needs_all_there: bool = False


# -- the data ----------------------------------------------------------------------------------------------------

SPLITS = {
    "uniform": Choice("equal shards", "Everybody gets as many samples, drawn at random.", XU),
    "powerlaw": Choice(
        "unequal sizes (power law)", "The last agent gets most samples, the first fewest, all drawn at random.", XU
    ),
    "classimbalance": Choice(
        "unequal classes", "As many samples each, but the first agent has one class and the last has all.", XU
    ),
    "dirichlet": Choice(
        "skewed classes (Dirichlet)",
        "Each class is shared out in random parts: the lower the concentration, the fewer classes an agent has.",
        "Hsu, Qi and Brown, arXiv:1909.06335",
    ),
    "owners": Choice(
        "by owner", "To those whom the samples came from.", fits=lambda info: bool(info.owner_names), takes="owners"
    ),
}

CONDUCTS = {
    "honest": Choice("honest", "Uploads what it learnt."),
    "free_rider": Choice("free rider", "Uploads noise as long as an update instead of its own."),
    "sign_flipper": Choice("sign flipper", "Uploads its update negated."),
    "echo": Choice(
        "echo",
        "Uploads again what it got back last; noise where that was nothing, as in the first round.",
        "after Lin, Du and Liu, arXiv:1911.12560",
    ),
    "climber": Choice(
        "climber",
        "Mixes what it got back last into its upload, more from round to round; where it is paid less for it, it turns "
        "round, with half the step.",
    ),
    "colluder": Choice("colluder", "Uploads what all colluders learnt, on average: they all send the same."),
    "overstater": Choice("overstater", "Uploads what it learnt, and says that it has ten times as many samples."),
    "private": Choice("private", "Adds Gaussian noise to its update before it sends it."),
}

# -- the models --------------------------------------------------------------------------------------------------


def _images_from(side: int) -> Callable[[DatasetInfo], bool]:
    """Data whose samples are images of at least this height and width, in pixels."""
    return lambda info: info.kind == "image" and min(info.shape[:2]) >= side


def _numbers(info: DatasetInfo) -> bool:
    return info.kind != "text"


_LARGE_IMAGES = "images large enough for it"
MODELS = {
    "logistic": Choice("logistic regression", "One weight a feature and class.", fits=_numbers),
    "mlp": Choice("neural net, one hidden layer", "A dense net with ReLU.", fits=_numbers),
    "cnn": Choice(
        "small convolutional net", "Two convolutions and a dense layer.", fits=_images_from(4), takes=_LARGE_IMAGES
    ),
    "paper_mnist": Choice(
        "the paper's net for MNIST",
        "104,242 parameters for 28 x 28 pixels; takes much longer than the small one.",
        "the authors' program",
        fits=_images_from(16),
        takes=_LARGE_IMAGES,
    ),
    "paper_cifar": Choice(
        "the paper's net for CIFAR-10",
        "121,182 parameters in colour; takes much longer than the small one.",
        "the authors' program",
        fits=_images_from(16),
        takes=_LARGE_IMAGES,
    ),
    "text_cnn": Choice(
        "small convolutional net for text",
        "Words become vectors, and windows of three to five of them are looked for.",
        "Kim, EMNLP 2014",
        fits=lambda info: info.kind == "text",
        takes="text",
    ),
}

# -- the mechanism -----------------------------------------------------------------------------------------------

VALUATIONS = {
    "cgsv_approx": Choice("CGSV, cosine approximation", "The cosine of an upload to the shared update.", XU, "cosine"),
    "cgsv_exact": Choice(
        "CGSV, exact",
        "The Shapley value of the cosine game; above 24 agents an estimate from random orders of joining.",
        XU,
        "cosine",
    ),
    "data_size": Choice("Share of the data", "How many samples an agent says that it has.", "", "share"),
    "leave_one_out": Choice(
        "Leave one out",
        "How much accuracy is lost when an upload is left out, on samples set aside.",
        "",
        "accuracy",
        needs_validation=True,
    ),
    "reconstructed_shapley": Choice(
        "Reconstructed Shapley",
        "The Shapley value of accuracy, of models put together from the uploads, on samples set aside.",
        "Song et al., IEEE Big Data 2019",
        "accuracy",
        needs_validation=True,
    ),
    "fedsv": Choice(
        "FedSV",
        "The Shapley value, among who is there, of how far the loss on samples set aside falls under the mean upload.",
        "Wang et al., arXiv:2009.06192",
        "nats",
        needs_validation=True,
    ),
    "validation_accuracy": Choice(
        "Validation accuracy",
        "How accurate an agent's own model is on samples set aside, as a share of all agents'.",
        f"CFFL: {LYU}",
        "share",
        needs_validation=True,
    ),
    "norm_weighted": Choice(
        "Length along the shared update",
        "How far an upload, as long as it was trained, goes along.",
        "FedFAIM",
        "length",
    ),
    "classwise_cosine": Choice(
        "Class-wise cosine",
        "The cosine of the last layer's rows, mean over the classes and, slowly moving, over the rounds.",
        f"ShapFed: {TASTAN}",
        "cosine",
    ),
    "stratified_cgsv": Choice(
        "CGSV, stratified",
        "An estimate of the exact CGSV from one random coalition of each size a round, mean over the rounds so far.",
        LIN,
        "cosine",
    ),
    "banzhaf": Choice(
        "Banzhaf value",
        "What an upload adds to the cosine, mean over all coalitions; above 24 agents an estimate.",
        "Wang and Jia, arXiv:2205.15466",
        "cosine",
    ),
    "beta_shapley": Choice(
        "Beta(4, 1) value",
        "What an upload adds to the cosine, small coalitions counting more; above 24 agents an estimate.",
        "Kwon and Zou, arXiv:2110.14049",
        "cosine",
    ),
    "least_core": Choice(
        "Least core",
        "Shares of the cosine that leave every coalition the least to object to; of several, the most equal ones.",
        "Yan and Procaccia, AAAI 2021",
        "cosine",
        most_agents=10,
    ),
    "others_cosine": Choice(
        "Cosine to the others",
        "The cosine of an upload to the sum of the others', in which its own has no part.",
        f"inside FedCE: {JIANG}",
        "cosine",
    ),
    "fedce": Choice(
        "FedCE's gradient part",
        "One minus the cosine to the others, mean over the rounds so far: who points elsewhere is worth more.",
        JIANG,
        "distance",
    ),
    "foolsgold": Choice(
        "FoolsGold's weights",
        "Little for agents whose uploads so far, added up, point the same way, as those of copies do.",
        "Fung et al., RAID 2020",
        "score",
    ),
    "information_gain": Choice(
        "Information gain (our construction)",
        "The Shapley value of how much uploads tell that is not said twice; above 24 agents an estimate.",
        "after Sim et al., ICML 2020",
        "nats",
    ),
    "fltrust": Choice(
        "FLTrust's trust",
        "The cosine of an upload to what the server itself learns from samples set aside, 0 where that is negative.",
        "Cao et al., NDSS 2021",
        "cosine",
        needs_validation=True,
    ),
    "in_run_first": Choice(
        "In-run Shapley, first order",
        "How far an upload goes down the slope of the server's loss on samples set aside.",
        "Wang et al., ICLR 2025; DIG-FL, ICDE 2022",
        "nats",
        needs_validation=True,
    ),
    "in_run_second": Choice(
        "In-run Shapley, second order",
        "How far an upload makes the server's loss on samples set aside fall, curvature included: of those that repeat "
        "each other each is worth less.",
        "Wang et al., ICLR 2025",
        "nats",
        needs_validation=True,
    ),
}

IMPORTANCE_RULES = {
    "smoothed": Choice("moving average (paper)", "Importance follows worth slowly.", XU),
    "unsmoothed": Choice("of this round alone", "Importance is the share of this round's worth."),
    "cffl": Choice(
        "sinh of a moving average (CFFL)", "What is a little more becomes much more, and more so each round.", LYU
    ),
    "explored": Choice(
        "mean of the exploration",
        "The mean worth of the rounds of exploration; then it stays.",
        LIN,
        needs_all_there=True,
    ),
}

AGGREGATION_WEIGHTS = {
    "importance": Choice("importance (paper)", "Who is worth more weighs more.", XU),
    "data_size": Choice(
        "share of the data", "Who has more samples weighs more.", "McMahan et al., AISTATS 2017", goes_by_worth=False
    ),
    "loss_power": Choice(
        "data times a power of the loss (q-FFL)",
        "Who fares badly weighs more.",
        "Li et al., ICLR 2020",
        goes_by_worth=False,
    ),
    "equal": Choice("equal", "All weigh the same.", WU, goes_by_worth=False),
    "importance_from_equal": Choice(
        "importance, equal at first", "Who is worth more weighs more; in the first round all weigh the same.", TASTAN
    ),
}

REWARD_RULES = {
    "sparsified": Choice(
        "largest entries (paper)",
        "The shared update's largest entries, as many as the agent has earned.",
        XU,
        ratio="the part of the shared update's entries that an agent gets back",
        counts_entries=True,
    ),
    "full": Choice(
        "everything (FedAvg)",
        "The whole shared update for everybody.",
        "McMahan et al., AISTATS 2017",
        ratio="1 for everybody: all get the whole of the shared update",
        goes_by_worth=False,
    ),
    "own": Choice(
        "nothing (alone)",
        "Its own update: training without sharing.",
        ratio="0 for everybody: nothing is shared",
        goes_by_worth=False,
    ),
    "sparsified_or_evicted": Choice(
        "own step and largest entries, or evicted (RFFL)",
        "Its own step, and the largest entries on top; who is worth little trains alone from the eleventh round on.",
        RFFL,
        ratio="the part of the shared update's entries that an agent gets on top of its own step, 0 once it is evicted",
    ),
    "by_size_or_evicted": Choice(
        "others' largest entries by size too, or evicted (CFFL)",
        "Its own step and the largest entries, by importance and data, less its own part; who is worth little trains "
        "alone.",
        LYU,
        ratio="the part of the shared update's entries that an agent gets besides its own step, 0 once it is evicted",
    ),
    "interpolated": Choice(
        "between own and server's model (ShapFed)",
        "A mixture of the agent's own model and the server's, which is the mean of all by importance.",
        TASTAN,
        ratio="how far an agent's model is moved from its own to the server's",
    ),
    "random_subset": Choice(
        "some others' updates (IAFL)",
        "The mean of its own update and some of the others'.",
        WU,
        ratio="the part of the others' updates that an agent gets, 1 where it gets the server's model",
    ),
    "sampled_sync": Choice(
        "server's model by lot",
        "The server's model, for agents drawn by importance, who train the next one; the others wait.",
        LIN,
        ratio="1 in a round after which an agent has the server's model, else 0",
        needs_all_there=True,
    ),
    "rho_shapley": Choice(
        "never worse than one's own (like ρ-Shapley)",
        "A model between its own and the server's, as accurate on samples set aside as worth earns, and never less "
        "than its own.",
        "after Sim et al., ICML 2020",
        needs_validation=True,
        ratio="how far an agent's model is moved from its own to the server's",
    ),
}

MASK_SCOPES = {
    "global": Choice("whole update (paper)", "The largest entries of the whole shared update.", XU),
    "layer": Choice("layer by layer (authors' code)", "The largest entries of each tensor.", "the authors' program"),
}

UPLOAD_SCALINGS = {
    "to_norm": Choice(
        "to one length (paper)", "Every update is cut or stretched to the length Γ: nobody can shout.", XU
    ),
    "at_most_norm": Choice("to that length at most (RFFL)", "An update longer than Γ is cut to Γ.", RFFL),
    "as_trained": Choice(
        "as trained",
        "An update is sent as long as training made it, as in plain federated averaging.",
        "McMahan et al., AISTATS 2017",
    ),
    "clipped_entries": Choice("entries cut (CFFL)", "Each entry of an update is cut to a size of at most 0.01.", LYU),
}

CHOICES: Mapping[str, Mapping[str, Choice]] = MappingProxyType(
    {
        "split": SPLITS,
        "conduct": CONDUCTS,
        "model": MODELS,
        "valuation": VALUATIONS,
        "importance_rule": IMPORTANCE_RULES,
        "upload_scaling": UPLOAD_SCALINGS,
        "aggregation_weight": AGGREGATION_WEIGHTS,
        "reward_rule": REWARD_RULES,
        "mask_scope": MASK_SCOPES,
    }
)
"""By field: the choices that come with this package, in the order of a menu. The data sets are in ``catalogue``."""
