"""From the list of channels to each buffer: what is damaged hides nothing else."""
