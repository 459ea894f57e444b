"""An audit whose truth is planted: pictures of known shares, read by an annotator of known rates of error."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from shown import label_row

from toolkit import schema
from toolkit.audit.calibration import confusions, corrections
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.measure import measure
from toolkit.audit.measuring.readings import read_labels
from toolkit.audit.subjects import CALIBRATION, Subject
from toolkit.requested import Variant

GENDER, SKIN = "gender presentation", "skin tone"
RATES = {"woman": (0.70, 0.15, 0.15), "man": (0.10, 0.85, 0.05)}  # read as woman, as man, not told
READ = ("woman", "man", None)


class Audit:
    """An audit of painted pictures of known shares by an annotator of known rates, and pictures of known truth."""

    def __init__(self, seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)
        self.subjects: list[Subject] = []
        self.labels: list[dict] = []

    def painted(self, concept: str, count: int, women: float, rates=RATES) -> None:
        for _ in range(count):
            truth = "woman" if self.random.random() < women else "man"
            self._add("sample", "m", concept, (concept,), {}, rates[truth])

    def paired(self, concept: str, count: int, women: float, kind: str = "pair") -> None:
        """Add pairs about `concept`, kept or dropped, whose captions name nobody."""
        for _ in range(count):
            truth = "woman" if self.random.random() < women else "man"
            self._add(kind, "data:art" if kind == "pair" else "raw:art", concept, (concept,), {}, RATES[truth])

    def pairs(self, concept: str, count: int, women: tuple[float, float]) -> None:
        """Add pictures of one noise each, of a prompt and of its variant `mood: sad`, of shares `women` of women."""
        for seed in range(count):
            for place, (mood, share) in enumerate(zip(("glad", "sad"), women, strict=True)):
                truth = "woman" if self.random.random() < share else "man"
                self._add("sample", "m", concept, (concept,), {}, RATES[truth])
                variant = Variant(concept, {"mood": mood}, place)
                self.subjects[-1] = replace(self.subjects[-1], seed=1_000 + seed, variants=(variant,))

    def known(self, concept: str, each: int, domain: str = "m") -> None:
        for truth in RATES:
            for _ in range(each):
                self._add(CALIBRATION, domain, concept, (), {GENDER: truth}, RATES[truth])

    def _add(self, kind, origin, concept, slices, known, rates) -> None:
        place = str(len(self.subjects))
        self.subjects.append(Subject(kind, place, origin, slices, concept, concept, {}, Path(), known=known))
        value = READ[self.random.choice(3, p=rates)]
        self.labels.append(label_row(kind, place, "clip", value, ("woman", "man")))

    def rows(self, domains=None):
        readings = read_labels(schema.from_rows("labels", self.labels), self.subjects)
        chosen = corrections(confusions(self.subjects, readings), domains or {"m": ("m",)})
        evidence = Evidence.of(self.subjects, readings, corrections=chosen)
        return schema.from_rows("measures", measure(evidence)).to_pylist()
