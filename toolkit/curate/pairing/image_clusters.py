"""DataComp's image-based filter: pictures that lie near those of a target set (see `kmeans`)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from toolkit.curate.duplicates.vector_file import vectors_on_disk
from toolkit.curate.pairing.kmeans import in_target_clusters
from toolkit.curate.pairing.recipe import ImageClustersRecipe
from toolkit.curate.pairing.target import Target
from toolkit.curate.resources import Embeddings
from toolkit.curate.rule import Reason, Scope, Status, Taken


@dataclass(frozen=True)
class ImageClusters:
    """Takes the rows whose picture is in a cluster that no picture of the target falls into.

    DataComp asks of captions, too, that they be English and of more than one word: that is `captions.languages` and
    `captions.min_words`. The vectors lie in a file in `folder` while they are compared.
    """

    asked: ImageClustersRecipe
    target: Target
    embeddings: Embeddings | None
    folder: Path | None
    name: str = "pairing_image_clusters"
    columns: tuple[str, ...] = ("content_id", "pairing_similarity")
    status: Status = "dropped"
    scope: Scope = "global"

    def judge(self, rows: pa.Table) -> Taken:
        """Return the rows far from the target. Raises SourceError where the target holds no pictures."""
        assert self.embeddings is not None, "rules on embeddings decide, and are not asked while rows are scored"
        if not rows.num_rows:
            return Taken.nothing()
        with (
            vectors_on_disk(rows["content_id"].to_pylist(), self.embeddings, self.folder) as held,
            self.target.vectors() as target,
        ):
            clusters, near = in_target_clusters(held.vectors, target, self.asked)
        far = np.flatnonzero(~near)

        def explain(index: int) -> Reason:
            cluster = str(clusters[far[index]])
            text = f"picture is in cluster {cluster}, where no picture of {self.asked.target} is"
            return Reason(self.name, cluster, "", text)

        return Taken(held.places[far], explain)
