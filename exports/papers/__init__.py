"""Papers for the scene and the store: labels with codes, sheets for evidence bags, kits, reports of audits."""
