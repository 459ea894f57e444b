"""Captions that lie near concepts: clusters of caption embeddings, as DataComp clusters pictures (see `kmeans`)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from toolkit.curate.duplicates.vector_file import vectors_on_disk
from toolkit.curate.pairing.embedder import Embedder
from toolkit.curate.pairing.kmeans import in_target_clusters
from toolkit.curate.pairing.recipe import CaptionClustersRecipe
from toolkit.curate.rule import Reason, Scope, Status, Taken


@dataclass(frozen=True)
class CaptionClusters:
    """Takes the rows whose caption is in a cluster that none of the recipe's concepts falls into.

    The vectors lie in a file in `folder` while they are compared.
    """

    asked: CaptionClustersRecipe
    embedder: Embedder
    folder: Path | None
    name: str = "pairing_caption_clusters"
    columns: tuple[str, ...] = ("caption_id",)
    status: Status = "dropped"
    scope: Scope = "global"

    def judge(self, rows: pa.Table) -> Taken:
        """Return the rows far from every concept."""
        if not rows.num_rows:
            return Taken.nothing()
        concepts = self.embedder.embed_captions(self.asked.concepts)
        with vectors_on_disk(rows["caption_id"].to_pylist(), self.embedder.known_captions, self.folder) as held:
            clusters, near = in_target_clusters(held.vectors, concepts, self.asked)
        far = np.flatnonzero(~near)

        def explain(index: int) -> Reason:
            cluster = str(clusters[far[index]])
            return Reason(self.name, cluster, "", f"caption is in cluster {cluster}, where none of the concepts is")

        return Taken(held.places[far], explain)
