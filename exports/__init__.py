"""What leaves the house: dossiers, their numbers, their PDF, the bundle, its verifier and the register of exports."""
