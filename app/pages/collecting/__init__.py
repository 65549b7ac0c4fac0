"""Pages of evidence that is asked for elsewhere or collected online."""
