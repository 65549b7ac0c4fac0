"""Found across cases: what a term is, two engines behind one protocol, the finder, and links that a person judges."""
