"""A latent model of this project as diffusers would wrap it: the same networks behind the usual call."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import DiffusionPipeline
from diffusers.image_processor import VaeImageProcessor
from diffusers.pipelines.pipeline_utils import ImagePipelineOutput
from diffusers.utils.torch_utils import randn_tensor

from toolkit.generate.sampler import euler, guided
from toolkit.models.flow import FlowModel


class LatentPipeline(DiffusionPipeline):
    """Encodes what it is called with, paints it as one batch, and returns Pillow pictures."""

    def __init__(self, model: FlowModel, text_encoder: Any, tokenizer: Any) -> None:
        super().__init__()
        self.register_modules(model=model, text_encoder=text_encoder, tokenizer=tokenizer)
        self.image_processor = VaeImageProcessor()

    @torch.inference_mode()
    def __call__(
        self,
        prompt: str | list[str],
        num_inference_steps: int = 20,
        guidance_scale: float = 4.0,
        generator: torch.Generator | list[torch.Generator] | None = None,
    ) -> ImagePipelineOutput:
        prompts = [prompt] if isinstance(prompt, str) else prompt
        tokens, mask = self.encode_prompt(prompts)
        tokens, mask = torch.cat([tokens, tokens]), torch.cat([mask, mask])
        dropped = torch.tensor([False, True]).repeat_interleave(len(prompts)).to(tokens.device)
        shape = (len(prompts), *self.model.noise_shape)
        noise = randn_tensor(shape, generator=generator, device=tokens.device)

        def velocity(latents: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
            twice = self.model.velocity(torch.cat([latents] * 2), time.repeat(2), tokens, mask, dropped)
            return guided(*twice.chunk(2), guidance_scale)

        pictures = self.model.pictures(euler(velocity, noise, num_inference_steps))
        return ImagePipelineOutput(images=self.image_processor.postprocess(pictures, output_type="pil"))

    def encode_prompt(self, prompts: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """Return tokens (n, length, width) and their mask, of as many texts as there are and no more."""
        length = self.model.transformer.config.text_tokens
        inputs = self.tokenizer(prompts, padding="max_length", truncation=True, max_length=length, return_tensors="pt")
        inputs = inputs.to(next(self.model.parameters()).device)
        found = self.text_encoder(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"])
        return found.last_hidden_state, inputs["attention_mask"].bool()
