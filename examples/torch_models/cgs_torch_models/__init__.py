"""Two torch models under their names: what the app's server reads, which loads no torch."""

from cgs_core.federation.models import ModelRow
from cgs_core.scenario import Choice
from cgs_core.scenario.catalogue import DatasetInfo


def _grey_squares(info: DatasetInfo) -> bool:
    return info.kind == "image" and len(info.shape) == 2 and info.shape[0] == info.shape[1] >= 4


RESIDUAL = ModelRow(
    Choice(
        "Small residual net",
        "Convolutions whose results are added to what went in.",
        "He et al., ECCV 2016",
        fits=_grey_squares,
        takes="square grey images",
    ),
    "cgs_torch_models.nets:Residual",
)

TRANSFORMER = ModelRow(
    Choice(
        "Small transformer",
        "Each word looks at all words of its sentence.",
        "Vaswani et al., 2017",
        fits=lambda info: info.name == "sentences",
        takes="the review sentences",
    ),
    "cgs_torch_models.nets:Transformer",
)
