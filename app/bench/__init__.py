"""Measures of speed, each as a ratio to a baseline that runs in the same minute on the same machine."""
