"""Layouts out of C structs: what a person pastes, what its fields can mean, how much fits."""
