"""Policies of polling set against each other on publication times, without a network and without waiting."""
