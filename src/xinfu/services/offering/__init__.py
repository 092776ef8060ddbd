"""The offers of a participant: assets, sources, terms, grades, and the catalog made of them."""
