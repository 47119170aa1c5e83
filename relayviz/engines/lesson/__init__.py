"""Answers of lessons: computed by playing them."""
