"""fastdup over a folder of pictures, as its guide begins: `with_fastdup.py IMAGES ANSWER WORK CHECKS N`.

Its groups are its connected components, with its own default threshold.
"""

import json
import os
import sys
from collections import defaultdict
from pathlib import Path

os.environ["SENTRY_OPT_OUT"] = "1"  # it reports home otherwise

import fastdup

if __name__ == "__main__":
    images, answer, work, _, processes = sys.argv[1:]
    made = fastdup.create(work_dir=work, input_dir=images)
    made.run(num_threads=int(processes), overwrite=True)
    components, _ = made.connected_components()
    groups = defaultdict(list)
    for row in components.to_dict("records"):  # no row and no column where there are no copies
        groups[row["component_id"]].append(Path(row["filename"]).name)
    Path(answer).write_text(json.dumps({"groups": [one for one in groups.values() if len(one) > 1]}), "utf-8")
