"""The press: makes foreign documents ready for binding, in processes that may do nothing else."""
