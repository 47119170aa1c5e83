"""A channel and what is done to it: sizes, operations, results, states. The ground of the model."""
