"""The network that compares picture and caption, and what is asked of its scores."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from toolkit.curate.limits import Cosine, LimitRecipe
from toolkit.recipe import Recipe

Fraction = Annotated[float, Field(gt=0, le=1)]
Clusters = Annotated[int, Field(ge=1)]
SELF = "self"


class BestRecipe(Recipe):
    """What is asked of a score: the best fraction of rows, a minimum, or both."""

    top_fraction: Fraction | None = None
    minimum: float | None = None

    @model_validator(mode="after")
    def _something_is_asked(self) -> BestRecipe:
        if self.top_fraction is None and self.minimum is None:
            raise ValueError("give top_fraction, for example 0.3, or minimum")
        return self


class NegClipRecipe(BestRecipe):
    """negCLIPLoss over `permutations` random divisions of the rows into batches; see `negclip`."""

    batch_size: Annotated[int, Field(ge=2)] = 32768
    permutations: Annotated[int, Field(ge=1)] = 10
    seed: Annotated[int, Field(ge=0)] = 0


class NormSimRecipe(BestRecipe):
    """NormSim to the pictures of `target`: a source, the folder of a run (its kept rows), or `self` for the data
    themselves, which are thinned to top_fraction in `steps`; see `normsim`."""

    target: str
    norm: Literal[2, "inf"] = "inf"
    steps: Annotated[int, Field(ge=1)] = 100

    @model_validator(mode="after")
    def _self_takes_a_fraction(self) -> NormSimRecipe:
        if self.target == SELF and (self.top_fraction is None or self.minimum is not None):
            raise ValueError("target self is thinned to a fraction: give top_fraction, and no minimum")
        return self


class KMeansRecipe(Recipe):
    """How k-means divides embeddings: `clusters` of them (null: one for each 128 rows), trained on at most `sample`
    rows, which bounds its memory; see `kmeans`."""

    clusters: Clusters | None = None
    sample: Annotated[int, Field(ge=1)] = 65536
    seed: Annotated[int, Field(ge=0)] = 0


class ImageClustersRecipe(KMeansRecipe):
    """DataComp's image-based filter: keeps the clusters of pictures that a picture of `target` (a source or the folder
    of a run) falls into."""

    target: str


class CaptionClustersRecipe(KMeansRecipe):
    """Keeps the clusters of captions that one of `concepts`, words or phrases, falls into."""

    concepts: Annotated[tuple[str, ...], Field(min_length=1)]


class HeadRecipe(LimitRecipe):
    """A small network on the embeddings of pictures, in the file `weights`; see `heads`."""

    weights: str
    activation: Literal["none", "relu"] = "none"
    output: Literal["identity", "sigmoid"] = "identity"
    allow_pickle: bool = False


class PairingRecipe(Recipe):
    """The network that compares picture and caption (`zoo:clip`, `open_clip:ARCH/TAG`, a folder), the `device` that it
    runs on, and what it asks for.

    `threshold` is a cosine; `top_fraction` the best rows of all; `top_fraction_by_language` the best of each language:
    one fraction for all, or a mapping such as `{en: 0.3, other: 0.5}`. `caption_concepts` is the path of a text file
    with one concept a line, of which captions must name one; it needs no model.
    """

    model: str | None = None
    device: str = "cpu"
    threshold: Cosine | None = None
    heads: dict[str, HeadRecipe] = Field(default_factory=dict)
    top_fraction: Fraction | None = None
    top_fraction_by_language: Fraction | dict[str, Fraction] | None = None
    negclip: NegClipRecipe | None = None
    normsim: NormSimRecipe | None = None
    image_clusters: ImageClustersRecipe | None = None
    caption_clusters: CaptionClustersRecipe | None = None
    caption_concepts: str | None = None

    @model_validator(mode="after")
    def _limits_need_a_model(self) -> PairingRecipe:
        free = ("model", "device", "caption_concepts")
        asked = [name for name in type(self).model_fields if name not in free and getattr(self, name)]
        if self.model is None and asked:
            raise ValueError(f"{' and '.join(asked)} need a model, for example zoo:clip")
        return self
