"""The floor: what a bare decoder does with the same files: `bare_decoder.py DECODER FILES PROCESSES ROUNDS`.

Each process reads its share of the files, one after the other, and keeps nothing. Prints JSON: files a second of all
processes together, once all have warmed up, a figure a round. It runs in any environment.
"""

import json
import sys
import time
from multiprocessing import get_context
from pathlib import Path

SIDE = 256
WARM = 8
LEAST_SECONDS = 1.0  # few files are read over and over for so long


def pillow_header(path):
    """Open the picture and look at its size."""
    from PIL import Image

    with Image.open(path) as image:
        return image.size


def pillow_draft(path):
    """Decode for 256 px: a JPEG at a fraction of its size, all others whole."""
    from PIL import Image

    with Image.open(path) as image:
        image.draft("RGB", (SIDE, SIDE))
        return image.load()


def pillow_full(path):
    """Decode all of it."""
    from PIL import Image

    with Image.open(path) as image:
        return image.load()


def opencv(path):
    """Decode to 8-bit BGR."""
    import cv2
    import numpy as np

    cv2.setNumThreads(1)
    return cv2.imdecode(np.frombuffer(Path(path).read_bytes(), np.uint8), cv2.IMREAD_COLOR)


def imagecodecs(path):
    """Decode to whatever the file holds, by the codec of its suffix."""
    import imagecodecs as codecs

    decode = {".png": codecs.png_decode, ".webp": codecs.webp_decode, ".jpg": codecs.jpeg8_decode}
    return decode[Path(path).suffix](Path(path).read_bytes())


def pyvips(path):
    """Decode to memory; libvips keeps no copies."""
    import pyvips as vips

    vips.cache_set_max(0)
    return vips.Image.new_from_file(path, access="sequential").write_to_memory()


def simplejpeg(path):
    """Decode a JPEG for 256 px, as libjpeg-turbo scales it."""
    import simplejpeg as codec

    return codec.decode_jpeg(Path(path).read_bytes(), min_height=SIDE, min_width=SIDE, fastdct=True)


DECODERS = {
    one.__name__: one for one in (pillow_header, pillow_draft, pillow_full, opencv, imagecodecs, pyvips, simplejpeg)
}


def _share(name, files, barrier, results):
    decode = DECODERS[name]
    for path in files[:WARM]:
        decode(path)
    barrier.wait()
    done, started = 0, time.perf_counter()
    while (seconds := time.perf_counter() - started) < LEAST_SECONDS:
        for path in files:
            decode(path)
        done += len(files)
    results.put((done, seconds))


def files_a_second(name, files, processes):
    """Return how many of `files` a second `processes` processes read by the decoder `name`."""
    context = get_context("spawn")
    barrier, results = context.Barrier(processes), context.Queue()
    started = [
        context.Process(target=_share, args=(name, files[part::processes], barrier, results))
        for part in range(processes)
    ]
    for process in started:
        process.start()
    told = [results.get(timeout=600) for _ in started]
    for process in started:
        process.join()
    return sum(done / seconds for done, seconds in told)


if __name__ == "__main__":
    decoder, listed, processes, rounds = sys.argv[1:]
    paths = Path(listed).read_text("utf-8").splitlines()
    rates = [files_a_second(decoder, paths, int(processes)) for _ in range(int(rounds))]
    print(json.dumps({"files_a_second": rates}))
