"""Trains the model that tells an article's text from what stands around it."""
