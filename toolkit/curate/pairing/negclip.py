"""negCLIPLoss: how well picture and caption fit each other, beyond how well each fits anything.

Wang et al., CLIPLoss and Norm-Based Data Selection Methods for Multimodal Contrastive Learning (arXiv 2405.19547),
section 3.1. With unit vectors v_i of pictures and t_i of captions, a temperature tau and a random batch B that holds i:

    R_B(i) = tau / 2 * (log sum_{j in B} exp(v_i . t_j / tau) + log sum_{j in B} exp(v_j . t_i / tau))
    negCLIPLoss(i) = v_i . t_i - mean of R_B(i) over K random divisions of the rows into batches

which is -tau times the CLIP loss of the pair. It is at most 0; a caption that fits many pictures, and a picture that
fits many captions, are marked down. The paper uses batches of 32768, K = 10 and tau = 0.01, that of OpenAI's networks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.pairing.recipe import NegClipRecipe
from toolkit.curate.pairing.top_fraction import below_limit
from toolkit.curate.rule import Scope, Status, Taken
from toolkit.errors import RunError

_BLOCK = 1 << 22  # cosines at a time: 32 MiB of float64
Vectors = NDArray[np.float32]
Read = Callable[[Sequence[str]], Vectors]


def neg_clip_loss(pictures: Vectors, captions: Vectors, logit_scale: float) -> NDArray[np.float64]:
    """Return v_i . t_i - R_B(i), float64 (n,), for one batch B: unit vectors `pictures` and `captions`, float32 (n,
    dimension); `logit_scale` is 1 / tau. Memory: a block of rows against the whole batch."""
    size = len(pictures)
    of_pictures, of_captions = np.zeros(size), np.zeros(size)
    step = max(1, _BLOCK // size)
    for start in range(0, size, step):
        # A cosine is at most 1, so that exp((cosine - 1) / tau) neither overflows nor, in float64, vanishes.
        cosines = (pictures[start : start + step] @ captions.T).astype(np.float64)
        terms = np.exp((cosines - 1) * logit_scale)
        of_pictures[start : start + step] = terms.sum(axis=1)
        of_captions += terms.sum(axis=0)
    own = np.einsum("ij,ij->i", pictures, captions, dtype=np.float64)
    normaliser = 1 + (np.log(of_pictures) + np.log(of_captions)) / (2 * logit_scale)
    return np.asarray(own - normaliser)


def divisions(rows: int, batch_size: int, count: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Yield the batches of `count` random divisions of `rows` rows, as positions; the same for the same seed.

    The batches of a division are of one size (but for one row), at most `batch_size`: in a smaller last one, rows
    would have less to be compared with. Rows that fit in one batch are divided once.
    """
    batches = -(-rows // batch_size)
    for division in range(count if batches > 1 else 1):
        order = np.random.Generator(np.random.PCG64([seed, division])).permutation(rows)
        yield from np.array_split(order, batches)


@dataclass(frozen=True)
class NegClipLoss:
    """Keeps the rows at hand with the highest negCLIPLoss, as a fraction or from a minimum on.

    `pictures` and `captions` read embeddings by content_id and caption_id; memory is that of one batch.
    """

    asked: NegClipRecipe
    pictures: Read | None
    captions: Read | None
    logit_scale: Callable[[], float]
    name: str = "pairing_negclip"
    columns: tuple[str, ...] = ("content_id", "caption_id")
    status: Status = "dropped"
    scope: Scope = "global"

    def judge(self, rows: pa.Table) -> Taken:
        """Return the rows below the limit. Raises RunError where an embedding is not in the cache."""
        text = "picture and caption agree by {value} beyond what each has in common with others (negCLIPLoss)"
        return below_limit([self.scores(rows)], self.asked.top_fraction, self.asked.minimum, self.name, text)

    def scores(self, rows: pa.Table) -> NDArray[np.float64]:
        """Return the negCLIPLoss of each of `rows`, float64 (n,), rounded to 4 decimals as all scores are."""
        assert self.pictures is not None, "rules on embeddings decide, and are not asked while rows are scored"
        assert self.captions is not None, "rules on embeddings decide, and are not asked while rows are scored"
        if not rows.num_rows:
            return np.zeros(0)
        total, times = np.zeros(rows.num_rows), np.zeros(rows.num_rows)
        scale, asked = self.logit_scale(), self.asked
        for batch in divisions(rows.num_rows, asked.batch_size, asked.permutations, asked.seed):
            some = rows.take(pa.array(batch))
            pictures = complete(self.pictures(some["content_id"].to_pylist()), self.name)
            captions = complete(self.captions(some["caption_id"].to_pylist()), self.name)
            total[batch] += neg_clip_loss(pictures, captions, scale)
            times[batch] += 1
        return np.round(total / times, 4)


def complete(vectors: Vectors, rule: str) -> Vectors:
    """Return `vectors`. Raises RunError where one is missing, which would change what `rule` decides."""
    lost = int(np.isnan(vectors[:, 0]).sum())
    if lost:
        raise RunError(
            f"{rule} needs {lost} embeddings that are not in the cache; make them again with tain decide --score, or "
            "give the folder that has them with --cache"
        )
    return vectors
