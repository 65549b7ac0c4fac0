"""The witness: a small program of its own that signs what a log says only if it fits what the log said before.

It is run by somebody else than the log, on another machine, with its own key.  It needs no deployment, and takes
nothing from the house but the formats, the proofs and the signatures of the ledger.
"""
