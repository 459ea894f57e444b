"""From a finding to a change: what is aimed at, at which shares, and which prompts may be touched. Tables in, plain
values out; the stages that carry a change out are called by pipelines."""
