"""The pairing network: pictures and texts as unit vectors in one space (CLIP, Radford et al., arXiv 2103.00020).

Any open_clip model is one; `zoo:clip` is this project's own: a small image tower trained here, and the frozen text
encoder with a trained projection (a locked text tower, after LiT, arXiv 2111.07991).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from toolkit.errors import ModelError
from toolkit.models import torchvision_ops, uri, weights
from toolkit.models.devices import check_device
from toolkit.models.text_encoder import quiet_transformers
from toolkit.models.text_encoder_files import weights_location

FAMILY = "clip"
TEXT_STEP = 4  # tokens between the lengths that texts are padded to
BATCH_TOKENS = 256  # in a batch of texts that are shorter than the context: the last of each length is padded
TRAINED_PARTS = ("visual.", "text.proj.", "logit_scale", "logit_bias")
DEFAULT_CONFIG: dict[str, Any] = {
    "family": FAMILY,
    "embed_dim": 256,
    "vision_cfg": {
        "timm_model_name": "resnet10t",
        "timm_model_pretrained": False,
        "timm_pool": "avg",
        "timm_proj": "linear",
        "image_size": 64,
    },
    "text_cfg": {"context_length": 24, "hf_proj_type": "mlp", "hf_pooler_type": "mean_pooler"},
    "preprocess_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]},
}


class PairingNetwork:
    """A CLIP-like network ready to embed. Batches are padded to one shape: neighbours do not change a result."""

    def __init__(
        self,
        network: Any,
        tokenizer: Callable[[list[str]], torch.Tensor],
        config: dict[str, Any],
        *,
        device: str = "cpu",
    ) -> None:
        self.network = network.eval().to(device)
        network.visual.to(memory_format=torch.channels_last)  # convolutions on CPUs take half the time
        self.config = config
        self.device = device
        self._tokenizer = tokenizer
        self._fingerprint = ""

    @property
    def dimension(self) -> int:
        """The length of an embedding."""
        return int(self.config["embed_dim"])

    @property
    def image_size(self) -> int:
        """The side in pixels of the square that the image tower reads."""
        size = self.config["vision_cfg"]["image_size"]
        return int(size if isinstance(size, int) else size[0])

    @property
    def logit_scale(self) -> float:
        """The learned factor on a cosine similarity before a softmax: 1 / temperature."""
        return float(self.network.logit_scale.detach().exp())

    @property
    def fingerprint(self) -> str:
        """A hash of all weights and of the configuration: it keys cached embeddings."""
        if not self._fingerprint:
            self._fingerprint = weights.fingerprint(self.network, **self.config)
        return self._fingerprint

    def tokenize(self, texts: Sequence[str]) -> torch.Tensor:
        """Return the tokens of `texts`, int64 (n, context length), cut off or padded."""
        return self._tokenizer(list(texts))

    @torch.inference_mode()
    def embed_images(self, pictures: Sequence[NDArray[np.uint8]], *, batch_size: int = 64) -> NDArray[np.float32]:
        """Return unit vectors, float32 (n, dimension), of RGB uint8 pictures of any size (height, width, 3)."""

        def embed(chunk: list[NDArray[np.uint8]]) -> torch.Tensor:
            return self.network.encode_image(self.preprocess(chunk).to(self.device), normalize=True)  # type: ignore[no-any-return]

        blank = np.zeros((self.image_size, self.image_size, 3), np.uint8)
        return self._in_fixed_batches(embed, list(pictures), blank, batch_size)

    @torch.inference_mode()
    def embed_texts(self, texts: Sequence[str], *, batch_size: int = 64) -> NDArray[np.float32]:
        """Return unit vectors, float32 (n, dimension), of `texts`; what exceeds the context length is cut off.

        Equal texts go through the network once, and texts of like length together.
        """
        distinct = {text: index for index, text in enumerate(dict.fromkeys(texts))}
        tokens = self._tokenizer(list(distinct)) if distinct else torch.zeros((0, 1), dtype=torch.long)
        vectors = np.zeros((len(distinct), self.dimension), np.float32)
        for length, chosen in self._by_length(tokens):

            def embed(chunk: list[torch.Tensor]) -> torch.Tensor:
                return self.network.encode_text(torch.stack(chunk).to(self.device), normalize=True)  # type: ignore[no-any-return]

            short = list(tokens[chosen, :length])
            size = batch_size if length == tokens.shape[1] else min(batch_size, BATCH_TOKENS // length)
            vectors[chosen.numpy()] = self._in_fixed_batches(embed, short, short[0], size)
        return vectors[[distinct[text] for text in texts]]

    def _by_length(self, tokens: torch.Tensor) -> Iterator[tuple[int, torch.Tensor]]:
        """Yield lengths and the indices of the texts that fit them, shortest first. A text's own length decides, so
        that neighbours do not. Only the frozen text encoder may be given less than its context: it masks padding."""
        context = tokens.shape[1]
        lengths = (tokens != 0).sum(1) if self.config.get("family") == FAMILY else torch.full((len(tokens),), context)
        shorter = 0
        for length in [*range(TEXT_STEP, context, TEXT_STEP), context]:
            chosen = torch.nonzero((lengths > shorter) & (lengths <= length)).flatten()
            if len(chosen):
                yield length, chosen
            shorter = length

    def preprocess(self, pictures: Sequence[NDArray[np.uint8]]) -> torch.Tensor:
        """Return pictures as the image tower reads them: float32 (n, 3, side, side), whole, padded with white."""
        from toolkit.images import resize_square

        stacked = np.stack([resize_square(picture, self.image_size) for picture in pictures])
        return normalise(torch.from_numpy(stacked).permute(0, 3, 1, 2), self.config["preprocess_cfg"])

    def _in_fixed_batches(
        self, embed: Callable[[Any], torch.Tensor], items: list[Any], filler: Any, batch_size: int
    ) -> NDArray[np.float32]:
        parts = []
        for start in range(0, len(items), batch_size):
            chunk = items[start : start + batch_size]
            padded = chunk + [filler] * (batch_size - len(chunk))
            parts.append(embed(padded)[: len(chunk)].float().cpu().numpy())
        return np.concatenate(parts) if parts else np.zeros((0, self.dimension), np.float32)

    def save(self, folder: str | Path) -> None:
        """Write the parts that were trained here (image tower, text projection, scale, bias) as a model folder.

        Raises ModelError for a network whose text tower is not the shared text encoder: that one needs an export.
        """
        if self.config.get("family") != FAMILY:
            raise ModelError(
                "only networks made by `tain train clip` are saved this way; use tain export --to open_clip"
            )
        state = {k: v for k, v in self.network.state_dict().items() if k.startswith(TRAINED_PARTS)}
        weights.save_folder(Path(folder), self.config, state)


def normalise(pixels: torch.Tensor, preprocess: dict[str, Any]) -> torch.Tensor:
    """Return uint8 `pixels` (n, 3, h, w) as float32 with the channel means removed, over the deviations."""
    mean = torch.tensor(preprocess["mean"]).view(1, 3, 1, 1)
    std = torch.tensor(preprocess["std"]).view(1, 3, 1, 1)
    ready = torch.addcmul(-mean / std, pixels.float(), 1 / (255 * std))
    return ready.contiguous(memory_format=torch.channels_last)


def create_pairing(config: dict[str, Any] | None = None, seed: int = 0) -> PairingNetwork:
    """Return a pairing network of `config` (default: that of `zoo:clip`) with a random image tower and projection.

    The text tower is the frozen text encoder. The same seed gives the same weights.
    """
    torchvision_ops.ensure()
    import open_clip

    config = DEFAULT_CONFIG if config is None else config
    location = weights_location()
    text = {**config["text_cfg"], "hf_model_name": location, "hf_tokenizer_name": location}
    with torch.random.fork_rng(), quiet_transformers():
        torch.manual_seed(seed)
        start = {key: config[key] for key in ("init_logit_scale", "init_logit_bias") if key in config}
        network = open_clip.CustomTextCLIP(config["embed_dim"], dict(config["vision_cfg"]), text, **start)
        tokenizer = open_clip.tokenizer.HFTokenizer(location, context_length=text["context_length"])
    return PairingNetwork(network, tokenizer, config)


def load_pairing(name: str | Path, *, device: str = "cpu", allow_pickle: bool = False) -> PairingNetwork:
    """Return the pairing network called `name`: `zoo:clip`, a folder of `tain train clip`, a folder or file that
    open_clip wrote, `open_clip:ARCH/TAG`, or a hub id. Raises ModelError where it cannot be had."""
    check_device(device)
    parsed = uri.parse(str(name))
    if parsed.kind == "zoo":
        return _load_trained(uri.zoo_folder(parsed.name), device)
    if parsed.kind == "path":
        path = Path(parsed.name)
        if path.is_dir() and (path / "open_clip_config.json").is_file():
            _refuse_pickles(path, allow_pickle=allow_pickle)
            return _load_open_clip(f"local-dir:{path.resolve()}", None, device)
        if path.is_dir():
            return _load_trained(path, device)
        raise ModelError(f"{path} is a file; give its folder, or open_clip:ARCH/{path} to name its architecture")
    if parsed.kind == "hub":
        return _load_open_clip(f"hf-hub:{parsed.name}", None, device)
    architecture, _, tag = parsed.name.partition("/")
    if Path(tag).suffix in weights.PICKLES and Path(tag).is_file() and not allow_pickle:
        raise ModelError(f"{tag} is a pickle, which can run any code; use safetensors, or say --allow-pickle")
    return _load_open_clip(architecture, tag or None, device)


def _load_trained(folder: Path, device: str) -> PairingNetwork:
    config = weights.read_config(folder, FAMILY)
    state = weights.load_state(folder / "model.safetensors")
    made = create_pairing(config)
    frozen = {k: v for k, v in made.network.state_dict().items() if not k.startswith(TRAINED_PARTS)}
    weights.fill(made.network, frozen | state, str(folder))
    made.network.to(device)
    return PairingNetwork(made.network, made._tokenizer, config, device=device)


def _load_open_clip(architecture: str, tag: str | None, device: str) -> PairingNetwork:
    torchvision_ops.ensure()
    import open_clip

    try:
        with quiet_transformers():
            network = open_clip.create_model(architecture, pretrained=tag, require_pretrained=True)
            tokenizer = open_clip.get_tokenizer(architecture)
    except (RuntimeError, OSError, ValueError, KeyError) as error:
        known = "open_clip.list_pretrained() names the known ones"
        raise ModelError(
            f"open_clip cannot load {architecture}/{tag or ''}: {' '.join(str(error).split())[:300]}; {known}"
        ) from error
    visual = network.visual
    config = {
        "architecture": architecture,
        "tag": tag,
        "embed_dim": int(network.encode_text(tokenizer(["a"])).shape[-1]),
        "vision_cfg": {"image_size": visual.image_size},
        "preprocess_cfg": {"mean": list(visual.preprocess_cfg["mean"]), "std": list(visual.preprocess_cfg["std"])},
    }
    return PairingNetwork(network, tokenizer, config, device=device)


def _refuse_pickles(folder: Path, *, allow_pickle: bool) -> None:
    if any(folder.glob("*.safetensors")):
        return
    found = sorted(path.name for path in folder.iterdir() if path.suffix in weights.PICKLES)
    if not found:
        raise ModelError(f"{folder} has no weights; expected open_clip_model.safetensors beside open_clip_config.json")
    if not allow_pickle:
        raise ModelError(
            f"{folder / found[0]} is a pickle, which can run any code; use safetensors, or say --allow-pickle"
        )
