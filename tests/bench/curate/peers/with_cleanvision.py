"""cleanvision over a folder of pictures, in its own environment: `with_cleanvision.py IMAGES ANSWER WORK CHECKS N`."""

import json
import sys
from pathlib import Path

from cleanvision import Imagelab

CHECKS = {"quality": None, "duplicates": {"exact_duplicates": {}, "near_duplicates": {}}}

if __name__ == "__main__":
    images, answer, _, checks, processes = sys.argv[1:]
    lab = Imagelab(data_path=images, verbose=False)
    lab.find_issues(issue_types=CHECKS[checks], n_jobs=int(processes), verbose=False)
    groups = [
        [Path(str(one)).name for one in members]
        for kind in ("exact_duplicates", "near_duplicates")
        for members in lab.info[kind]["sets"]
    ]
    Path(answer).write_text(json.dumps({"groups": groups}), "utf-8")
