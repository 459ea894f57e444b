"""imagededup's pHash over a folder of pictures: `with_imagededup.py IMAGES ANSWER WORK CHECKS N`."""

import json
import sys
from pathlib import Path

from imagededup.methods import PHash

DISTANCE = 10  # its own default

if __name__ == "__main__":
    images, answer, _, _, processes = sys.argv[1:]
    found = PHash(verbose=False).find_duplicates(
        image_dir=images,
        max_distance_threshold=DISTANCE,
        num_enc_workers=int(processes),
        num_dist_workers=int(processes),
    )
    pairs = sorted({tuple(sorted((one, other))) for one, others in found.items() for other in others})
    Path(answer).write_text(json.dumps({"pairs": pairs}), "utf-8")
