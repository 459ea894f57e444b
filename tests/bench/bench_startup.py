"""How long the doors take to open: `tain --help`, `import toolkit`, and the command line's imports, best of five."""

import json
import subprocess
import sys
from pathlib import Path
from time import perf_counter

TAIN = str(Path(sys.executable).with_name("tain"))
COMMANDS = {
    "bare_python_seconds": [sys.executable, "-c", "pass"],
    "import_toolkit_seconds": [sys.executable, "-c", "import toolkit"],
    "tain_help_seconds": [TAIN, "--help"],
}


def best_of_five(command: list[str]) -> float:
    """Return the shortest of five wall-clock times in seconds."""
    times = []
    for _ in range(5):
        started = perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(perf_counter() - started)
    return round(min(times), 3)


if __name__ == "__main__":
    print(json.dumps({"bench": "startup"} | {name: best_of_five(command) for name, command in COMMANDS.items()}))
